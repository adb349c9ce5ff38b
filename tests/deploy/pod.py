"""The container of a pod as a folder: its environment, and the files of its volumes as the kubelet
writes them, so that a real Kurir can be asked about them."""

import subprocess
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.relay import BINARY

VERSION = "..2026_11_28_08_00_00.123456789"
WORKLOADS = ("StatefulSet", "Deployment")
MOUNTED = ("/etc/kurir/", "/var/lib/kurir")  # folders of the container


TOKEN = "t" * 40


def example_secrets(folder, names):
    """The Secrets of these names, with what an operator would have put in."""
    authority = Authority(folder)
    certificate, key = authority.issue("mail.example.org")
    signing = subprocess.run(
        ["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True
    ).stdout
    hashed = subprocess.run(
        [BINARY, "hash-password", "billing"],
        input="a password\n",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    known = {
        "provider": {"password": "a password"},
        "ses": {"smtp-password": "a password"},
        "mail-users": {"users": hashed},
        "handover": {
            "url": f"https://{TOKEN}@mail-kurir-0.mail-kurir-headless:9926",
            "tokens": f"mover act {TOKEN}\n",
        },
        "mail-database-app": {"uri": "postgresql://app:secret@mail-database-rw.post:5432/app"},
        # The operator's Secret has its authority's key, too, which no pod has to see.
        "mail-database-ca": {"ca.crt": authority.file.read_text(), "ca.key": "a key"},
        "kurir-dkim": {"202611.pem": signing},
        "kurir-keys": {"example.org.pem": signing},
        "mail-kurir-tls": {
            "tls.crt": certificate.read_text(),
            "tls.key": key.read_text(),
            "ca.crt": authority.file.read_text(),
        },
    }
    return {name: known[name] for name in names if name in known}


class Pod:
    """Of the StatefulSet or Deployment among these objects; `secrets` are those that the chart does not
    make."""

    def __init__(self, objects, root, secrets):
        self.root = Path(root)
        self.data = {
            (each["kind"], each["metadata"]["name"]): each.get("data") or each.get("stringData")
            for each in objects
            if each["kind"] in ("ConfigMap", "Secret")
        } | {("Secret", name): data for name, data in secrets.items()}
        self.workload = next(each for each in objects if each["kind"] in WORKLOADS)
        self.spec = self.workload["spec"]["template"]["spec"]
        (self.container,) = self.spec["containers"]

    def here(self, text):
        """A value of the container, its paths being those of our folder."""
        for place in MOUNTED:
            text = text.replace(place, f"{self.root}{place}")
        return text

    def environment(self):
        given = {each["name"]: self.here(each["value"]) for each in self.container["env"]}
        return {"PATH": "/usr/bin:/bin"} | given

    def write_volumes(self):
        (self.root / "var/lib/kurir").mkdir(parents=True)
        volumes = {each["name"]: each for each in self.spec.get("volumes", [])}
        for mount in self.container["volumeMounts"]:
            if mount["name"] in volumes and "emptyDir" not in volumes[mount["name"]]:
                folder = Path(self.here(mount["mountPath"] + "/"))
                self._write(folder, volumes[mount["name"]])

    def _write(self, folder, volume):
        """As the kubelet: files in a hidden folder, to which a link leads, and links to what is there."""
        files = {}
        sources = volume.get("projected", {}).get("sources", [volume])
        for source in sources:
            files |= self._files(source)
        for path, text in files.items():
            written = folder / VERSION / path
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(text)
            written.chmod(0o440)
        (folder / "..data").symlink_to(VERSION)
        for name in {path.split("/")[0] for path in files}:
            (folder / name).symlink_to(f"..data/{name}")

    def _files(self, source):
        kind = "ConfigMap" if "configMap" in source else "Secret"
        named = source.get("configMap") or source["secret"]
        data = self.data[kind, named.get("name") or named["secretName"]]
        items = named.get("items") or [{"key": key, "path": key} for key in data]
        return {each["path"]: data[each["key"]] for each in items}

    def kurir(self, *arguments):
        """Runs the program in this environment."""
        return subprocess.run(
            [BINARY, *arguments],
            env=self.environment(),
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
