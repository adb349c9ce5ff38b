"""Other people's mail servers, to be delivered to: Postfix, Exim and OpenSMTPD as Debian builds them.

Only one mail server can be installed at a time, and installing starts it. So the package is
unpacked beside the system (into build/peers, once) and laid over it in a mount and process
namespace of its own, where it finds its paths and its users; nothing outside changes, and all of it
ends with the context. That takes root and overlayfs; without them `available` says no.
"""

import fcntl
import functools
import mailbox
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.client import wait_until
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / "build/peers"
MAIL = "/var/peer-mail"
USER = 20123  # owns the mailboxes; nobody on the host

# Builds the layered file system and becomes the server. $0: where mail and log go, $1: the unpacked
# package, $2: the folder of the host for them, $3: files to put into the layer; the rest is the
# server's command.
LAYER = """
set -e
unpacked=$1 shared=$2 files=$3
shift 3
mount --make-rprivate /
mount -t tmpfs layer "$shared/layer"
mkdir "$shared"/layer/{upper,work,merged}
cp -a "$unpacked/." "$files/." "$shared/layer/upper/"
mount -t overlay layer -o "lowerdir=/,upperdir=$shared/layer/upper,workdir=$shared/layer/work" \
    "$shared/layer/merged"
cd "$shared/layer/merged"
mount -t proc proc proc
mount --rbind /dev dev
mkdir -p .$0
mount --bind "$shared/mail" .$0
exec chroot . "$@"
"""


@functools.cache
def available() -> bool:
    """Whether this machine lets us layer file systems."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        script = (
            'mount -t tmpfs t "$0" && mkdir "$0"/{u,w,m} && '
            'mount -t overlay t -o "lowerdir=/,upperdir=$0/u,workdir=$0/w" "$0/m"'
        )
        return (
            subprocess.run(
                ["unshare", "--mount", "bash", "-c", script, folder],
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )


def unpacked(package: str) -> Path:
    """The unpacked files of a package and of those it needs that the system has not got."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    target = UNPACKED / package
    with (UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=UNPACKED) as folder:
                unpack(package, Path(folder))
                (Path(folder) / "root").rename(target)
    return target


def environment(root: Path) -> dict[str, str]:
    """In which a program of an unpacked package finds the libraries that came with it."""
    libraries = [str(found) for found in root.glob("usr/lib/*-linux-gnu")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(libraries)}


def unpack(package: str, folder: Path) -> None:
    named = subprocess.run(
        [
            *("apt-get", "install", "--print-uris", "-qq", "--no-install-recommends", package),
            *("-o", f"Dir::Cache::archives={folder}"),  # what was downloaded before is listed, too
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [line.split()[1].partition("_")[0] for line in named.splitlines()]
    subprocess.run(
        ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *names],
        cwd=folder,
        check=True,
    )
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder / "root"], check=True)
    for name in ("bin", "sbin", "lib"):  # links into /usr on the system that it is laid over
        if (folder / "root" / name).is_dir():
            shutil.copytree(
                folder / "root" / name,
                folder / "root/usr" / name,
                symlinks=True,
                dirs_exist_ok=True,
            )
            shutil.rmtree(folder / "root" / name)


class Peer:
    """A mail server on loopback that keeps what it gets in one Maildir."""

    package = ""
    domain = ""
    command: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-peer-"))
        for name in ("layer", "mail", "files/etc"):
            (self.folder / name).mkdir(parents=True)
        self.port = free_port()
        os.chown(self.folder / "mail", USER, USER)
        self.write(
            "etc/passwd",
            Path("/etc/passwd").read_text()
            + "".join(
                line + "\n" for line in (*self.accounts, f"box:x:{USER}:{USER}::{MAIL}:/bin/sh")
            ),
        )
        self.write(
            "etc/group",
            Path("/etc/group").read_text()
            + "".join(line + "\n" for line in (*self.groups, f"box:x:{USER}:")),
        )
        self.configure()

    def configure(self) -> None:
        """Writes the server's files."""
        raise NotImplementedError

    def write(self, path: str, text: str) -> None:
        file = self.folder / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def __enter__(self) -> "Peer":
        log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "bash",
                "-c",
                LAYER,
                MAIL,
                unpacked(self.package),
                self.folder,
                self.folder / "files",
                *self.command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        if not wait_until(self._greets, 30):
            said = self.log()
            self.__exit__()
            raise AssertionError(f"{self.package} does not greet:\n{said}")
        return self

    def __exit__(self, *_: object) -> None:
        inits = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for init in inits.split():  # the first process of the namespace: all others die with it
            os.kill(int(init), signal.SIGKILL)
        self._process.wait(20)
        for _ in range(50):  # its namespace goes a moment after it
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)

    def log(self) -> str:
        files = [self.folder / "log", *(self.folder / "mail").glob("*.log")]
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    def messages(self) -> list[bytes]:
        folder = self.folder / "mail/Maildir"
        if not all((folder / name).is_dir() for name in ("new", "cur")):
            return []
        return [bytes(message) for message in mailbox.Maildir(folder, create=False)]

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as probe:
                return probe.recv(100).startswith(b"220")
        except OSError:
            return False


class Postfix(Peer):
    """box@postfix.test goes to the Maildir, every other recipient is unknown."""

    package = "postfix"
    domain = "postfix.test"
    command = (
        "/bin/sh",
        "-c",
        "chown postfix /var/lib/postfix && chmod 755 /var/spool/postfix && "
        "cd /usr/sbin && chgrp postdrop postqueue postdrop && chmod g+s postqueue postdrop && "
        "exec postfix start-fg",
    )
    accounts = ("postfix:x:20121:20121::/var/spool/postfix:/usr/sbin/nologin",)
    groups = ("postfix:x:20121:", "postdrop:x:20122:")
    settings: dict[str, object] = {}

    def configure(self) -> None:
        settings = {
            "compatibility_level": "3.6",
            "maillog_file": f"{MAIL}/postfix.log",
            "maillog_file_prefixes": MAIL,
            "myhostname": self.domain,
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "inet_interfaces": "127.0.0.1",
            "alias_maps": "",
            "alias_database": "",
            "virtual_mailbox_domains": self.domain,
            "virtual_mailbox_base": MAIL,
            "virtual_minimum_uid": 1,
            "virtual_mailbox_maps": f"inline:{{box@{self.domain}=Maildir/}}",
            "message_size_limit": 50_000_000,
            "virtual_uid_maps": f"static:{USER}",
            "virtual_gid_maps": f"static:{USER}",
        } | self.settings
        self.write(
            "etc/postfix/main.cf", "".join(f"{key} = {value}\n" for key, value in settings.items())
        )
        services = [
            "postlog unix-dgram n - n - 1 postlogd",
            f"127.0.0.1:{self.port} inet n - n - - smtpd",
            "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
        ]
        services += ["cleanup unix n - n - 0 cleanup", "virtual unix - n n - - virtual"]
        services += [
            f"{name} unix - - n - {limit} {program}"
            for name, limit, program in (
                ("rewrite", "-", "trivial-rewrite"),
                ("bounce", 0, "bounce"),
                ("defer", 0, "bounce"),
                ("trace", 0, "bounce"),
                ("anvil", 1, "anvil"),
                ("error", "-", "error"),
                ("retry", "-", "error"),
                ("smtp", "-", "smtp"),
                ("relay", "-", "smtp"),
                ("proxymap", "-", "proxymap"),
                ("local", "-", "local"),
            )
        ]
        self.write("etc/postfix/master.cf", "".join(line + "\n" for line in services))


class Exim(Peer):
    """box@exim.test goes to the Maildir, every other recipient is unknown."""

    package = "exim4-daemon-light"
    domain = "exim.test"
    command = (
        "/bin/sh",
        "-c",
        f"mkdir /var/spool/exim4 && chown Debian-exim:Debian-exim /var/spool/exim4 && "
        f"chmod 1777 {MAIL} && exec exim4 -bdf",
    )
    accounts = ("Debian-exim:x:20121:20121::/var/spool/exim4:/usr/sbin/nologin",)
    groups = ("Debian-exim:x:20121:",)

    def configure(self) -> None:
        self.write(
            "etc/exim4/exim4.conf",
            f"""
primary_hostname = {self.domain}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {self.port}
log_file_path = {MAIL}/%s.log
keep_environment =
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = known

begin acl
known:
  accept
    domains = {self.domain}
    local_parts = box
  deny
    message = no such user here

begin routers
all:
  driver = accept
  transport = keep

begin transports
keep:
  driver = appendfile
  directory = {MAIL}/Maildir
  maildir_format
  user = box
""",
        )


class OpenSmtpd(Peer):
    """box@opensmtpd.test goes to the Maildir, every other recipient is unknown."""

    package = "opensmtpd"
    domain = "opensmtpd.test"
    command = ("/usr/sbin/smtpd", "-d", "-v", "-f", "/etc/smtpd.conf")
    accounts = (
        "opensmtpd:x:20121:20121::/run/opensmtpd:/usr/sbin/nologin",
        "opensmtpq:x:20122:20122::/run/opensmtpd:/usr/sbin/nologin",
    )
    groups = ("opensmtpd:x:20121:", "opensmtpq:x:20122:")

    def configure(self) -> None:
        self.write("etc/mailname", self.domain + "\n")
        self.write(
            "etc/smtpd.conf",
            f"""
listen on 127.0.0.1 port {self.port} hostname {self.domain}
action "keep" maildir "{MAIL}/Maildir"
match from any for domain "{self.domain}" action "keep"
""",
        )
