"""The relays that the benchmark measures: how each is started, watched and stopped.

A subject relays everything to the sink whose address it is given, keeps its queue on the disk
under the given folder and runs with its defaults otherwise. Used as a context manager: inside, it
listens at `address`.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.ports import free_port  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def free_address():
    return f"127.0.0.1:{free_port()}"


def greets(address):
    host, port = address.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=1) as peer:
            peer.settimeout(5)
            return peer.recv(512).startswith(b"220")
    except OSError:
        return False


class Subject:
    """One relay under load. A subclass says how to start it and which processes are its own."""

    name = ""

    def __init__(self, folder):
        self.folder = folder / self.name
        self.address = free_address()
        self.tls_address = free_address()  # TLS from the first byte, if there is TLS at all
        self.process = None

    def __enter__(self):
        deadline = time.monotonic() + 30
        while not greets(self.address):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise SystemExit(f"{self.name} does not start; see {self.folder}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.stop()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)

    def processes(self):
        return [self.process.pid]

    def memory(self):
        """Resident bytes, shared pages counted once."""
        total = 0
        for pid in self.processes():
            try:
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
            except OSError:
                pass  # it has ended
        return total

    def cpu_seconds(self):
        """Of all processes, those that have ended and been waited for included."""
        total = 0
        for pid in self.processes():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            total += sum(int(ticks) for ticks in fields[11:15])
        return total / TICKS


class Kurir(Subject):
    name = "kurir"

    def __init__(self, folder, build, security, settings, queued=0, name=""):
        """`build` has the programs; `queued` messages that are due in an hour wait in the queue; `name`
        tells several apart."""
        self.name = name or self.name
        super().__init__(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.queued = queued
        self.metrics = free_address()
        queue = self.folder / "queue"
        if queued:
            filling = [build / "tests/fill_queue", queue, "--messages", str(queued)]
            subprocess.run(
                filling + ["--domains", str(max(queued // 10, 1)), "--due-in", "3600"],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        environment = {key: value for key, value in os.environ.items() if "KURIR_" not in key}
        environment |= (
            {
                "KURIR_HOSTNAME": "relay.bench.example",
                "KURIR_LISTEN": self.address
                + (f", {self.tls_address}?tls=implicit" if security.tls else ""),
                "KURIR_HTTP_LISTEN": self.metrics,
                "KURIR_QUEUE_DIR": str(queue),
            }
            | security.settings()
            | settings
        )
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [build / "kurir"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self):
        super().__enter__()
        deadline = time.monotonic() + 60
        while self.waiting() < self.queued:
            if time.monotonic() > deadline:
                self.__exit__()
                raise SystemExit(f"{self.name} does not find its queue; see {self.folder}")
            time.sleep(0.1)
        return self

    def waiting(self):
        """Messages in the queue that are known."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            float(one.split()[-1]) for one in lines if one.startswith("kurir_queue_messages{")
        )

    def memory(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0


class Postfix(Subject):
    """Debian's Postfix with the configuration that its package makes, in a root of its own.

    Changed are the port it listens on, the relayhost, and its name. Nobody reads its system log.
    """

    name = "postfix"
    packages = ("postfix", "libsasl2-modules", "sasl2-bin")
    archive = "postfix-sasl.tar"

    def __init__(self, folder, relayhost, security, transports="", parameters=()):
        """Sends to `relayhost`, or where the lines of the table `transports` say."""
        super().__init__(folder)
        if os.geteuid() != 0:
            raise SystemExit("Postfix starts only as root; --only kurir measures without it")
        self.unpack(folder)
        host, port = relayhost.rsplit(":", 1)
        self.inside(
            "postconf", "-e", f"relayhost = [{host}]:{port}", "myhostname = relay.bench.example"
        )
        if transports:
            (self.folder / "etc/postfix/bench_transports").write_text(transports)
            self.inside("postconf", "-e", "transport_maps = texthash:/etc/postfix/bench_transports")
        for parameter in [*parameters, *security.parameters()]:
            self.inside("postconf", "-e", parameter)
        security.prepare(self.folder, self.inside)
        # `smtp inet` is the listener of the package's master.cf. Cyrus SASL finds its table only
        # outside of the queue's folder.
        confined = "n" if security.login else "y"
        self.inside("postconf", "-MX", "smtp/inet")
        self.inside(
            "postconf", "-M", f"{self.address}/inet={self.address} inet n - {confined} - - smtpd"
        )
        if security.tls:
            wrapped = f"{self.tls_address} inet n - y - - smtpd -o smtpd_tls_wrappermode=yes"
            self.inside("postconf", "-M", f"{self.tls_address}/inet={wrapped}")
        self.inside("/usr/lib/postfix/configure-instance.sh", "-")
        with open(folder / "postfix.log", "wb") as log:
            self.process = subprocess.Popen(
                ["chroot", self.folder, "postfix", "start-fg"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def unpack(self, folder):
        """Installs into a root that is kept as an archive; every run begins with a fresh one."""
        archive = folder / self.archive
        if not archive.exists():
            made = archive.with_suffix(".tar.new")
            subprocess.run(
                [
                    "mmdebstrap",
                    "--quiet",
                    "--variant=minbase",
                    f"--include={','.join(self.packages)}",
                    "--format=tar",
                    "bookworm",
                    made,
                ],
                check=True,
            )
            made.rename(archive)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        subprocess.run(["tar", "-C", self.folder, "-xf", archive], check=True)

    def inside(self, *command, text=""):
        """Runs a command in the root, with `text` as its standard input."""
        subprocess.run(
            ["chroot", self.folder, *command],
            check=True,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
        )

    def stop(self):
        # What was started is a shell; the master process would outlive it.
        subprocess.run(
            ["chroot", self.folder, "postfix", "stop"],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def processes(self):
        """All whose root directory is ours, or the queue in it, where the package confines some."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                root = os.readlink(entry / "root") if entry.name.isdigit() else ""
            except OSError:
                continue
            if root.startswith(str(self.folder)):
                found.append(int(entry.name))
        return found
