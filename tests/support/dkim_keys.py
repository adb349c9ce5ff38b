"""Keys that `kurir dkim` made, and what other people's verifiers say of messages signed by them.

    keys = DkimKeys(folder)
    keys.generate("a.example", "r")
    keys.verdicts(data)  ->  {"dkimpy": [("rsa-sha256", "pass")], "libopendkim": …, "Mail::DKIM": …}
"""

import re
import subprocess
import tempfile
from pathlib import Path

from tests.support.relay import ROOT, run

FOLDER = ROOT / "tests/dkim/verifiers"
# Debian's Python has Debian's modules, whichever Python runs this.
VERIFIERS = {
    "dkimpy": ("/usr/bin/python3", "-B", FOLDER / "dkimpy.py", "verify"),
    "libopendkim": ("/usr/bin/python3", "-B", FOLDER / "opendkim.py"),
    "Mail::DKIM": ("perl", FOLDER / "mail_dkim.pl"),
}
ZONE_LINE = re.compile(r"^(\S+)\. IN TXT \((.*)\)$", re.MULTILINE)
RSA, ED25519 = "rsa-sha256", "ed25519-sha256"


class DkimKeys:
    """A folder of keys, and the records that publish them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.zone = ""

    def generate(self, domain: str, *arguments: str) -> str:
        done = run("dkim", "generate", domain, *arguments, dkim_key_dir=self.folder, timeout=60)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        self.publish(done.stdout)
        return done.stdout

    def publish(self, shown: str) -> None:
        """The lines of a zone in what `kurir dkim generate` or `show` has printed."""
        self.zone += "".join(f"{found[0]}\n" for found in ZONE_LINE.finditer(shown))

    def verdicts(self, *messages: bytes) -> dict[str, list[list[tuple[str, str]]]]:
        """Of each verifier, for each message: algorithm and verdict of each signature, top down."""
        said = {}
        with tempfile.TemporaryDirectory(prefix="kurir-dkim-") as name:
            folder = Path(name)
            zone, web = folder / "zone", folder / "web"
            zone.write_text(self.zone)
            web.write_text(
                "".join(
                    "{}\t{}\n".format(found[1], "".join(re.findall(r'"([^"]*)"', found[2])))
                    for found in ZONE_LINE.finditer(self.zone)
                )
            )
            paths = [folder / str(number) for number in range(len(messages))]
            for path, message in zip(paths, messages):
                path.write_bytes(message)
            for verifier, command in VERIFIERS.items():
                records = zone if verifier == "Mail::DKIM" else web
                done = subprocess.run(
                    [*command, records, *paths], capture_output=True, check=True, timeout=120
                )
                of_path: dict[str, list[tuple[str, str]]] = {str(path): [] for path in paths}
                for line in done.stdout.decode().splitlines():
                    path, algorithm, word = line.split("\t")
                    of_path[path].append((algorithm, word))
                said[verifier] = [of_path[str(path)] for path in paths]
        return said
