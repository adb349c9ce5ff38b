"""A real name server for the tests: Debian's nsd with the records that a test names.

    with NameServer({"remote.test": "127.0.0.1"}, "null.test. MX 0 .") as names:
        Relay(dns_servers=names.address, ...)

It answers for the root, so every name it does not know is NXDOMAIN. The program is run as it is,
with files and a port of its own; no daemon of the system is touched.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.support.client import wait_until
from tests.support.ports import free_port

HEADER = """$TTL 60
. SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 5
. NS ns.invalid.
ns.invalid. A 127.0.0.1
"""
CONFIGURATION = """
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  server-count: 1
  database: ""
  pidfile: "{folder}/pid"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  zonelistfile: "{folder}/zone.list"
  cookie-secret-file: ""
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "{folder}/zone"
"""


class NameServer:
    """`hosts` are domains with one exchange, mx.<domain>, at that address; `records` are lines of a
    zone file with full names."""

    def __init__(self, hosts: dict[str, str] | None = None, records: str = "") -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kurir-names-"))
        lines = [
            line
            for domain, address in (hosts or {}).items()
            for line in (
                f"{domain}. MX 10 mx.{domain}.",
                f"mx.{domain}. {'AAAA' if ':' in address else 'A'} {address}",
            )
        ]
        extra = [line.strip() for line in records.strip().splitlines()]
        (self._folder / "zone").write_text(
            HEADER + "\n".join(lines + extra) + "\n", encoding="ascii"
        )
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"

    def __enter__(self) -> "NameServer":
        for _ in range(5):
            if self._start():
                return self
            self._kill()  # its port was taken in between, or it hangs at start
            self.port = free_port()
            self.address = f"127.0.0.1:{self.port}"
        said = (self._folder / "log").read_text(errors="replace")
        shutil.rmtree(self._folder)
        raise AssertionError(f"nsd does not answer:\n{said}")

    def _start(self) -> bool:
        settings = self._folder / "nsd.conf"
        text = CONFIGURATION.format(port=self.port, folder=self._folder)
        settings.write_text(text, encoding="ascii")
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["nsd", "-d", "-c", settings],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env={"PATH": "/usr/sbin:/usr/bin"},
            )
        return bool(wait_until(self._answers, 5))

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answers(self) -> bool:
        question = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x02ns\x07invalid\x00\x00\x01\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            try:
                client.sendto(question, ("127.0.0.1", self.port))
                return client.recv(512)[:2] == b"\x12\x34"
            except OSError:
                return False
