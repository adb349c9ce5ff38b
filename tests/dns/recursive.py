"""Real recursive name servers for the tests: Debian's unbound and dnsmasq, which ask one server for everything.

    with DnsServer(zone) as far, Recursive(far.port) as names:
        ... names.address ...
"""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.support.client import wait_until
from tests.support.ports import free_port

CONFIGURATION = """
server:
  interface: 127.0.0.1
  port: {port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  do-ip6: no
  num-threads: 1
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  local-zone: "test." nodefault
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
"""


class Recursive:
    def __init__(self, upstream: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kurir-unbound-"))
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        (self._folder / "unbound.conf").write_text(
            CONFIGURATION.format(port=self.port, folder=self._folder, upstream=upstream),
            encoding="ascii",
        )
        self._command = self.command(upstream)

    def command(self, upstream: int) -> list[str]:
        return ["unbound", "-d", "-p", "-c", str(self._folder / "unbound.conf")]

    def __enter__(self) -> "Recursive":
        log = self._folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=output,
                env={"PATH": "/usr/sbin:/usr/bin"},
            )
        if not wait_until(self._answers, 15):
            said = log.read_text(errors="replace")
            self.__exit__()
            raise AssertionError(f"{self._command[0]} does not answer:\n{said}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            try:
                client.sendto(
                    b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x09localhost\x00\x00\x01\x00\x01",
                    ("127.0.0.1", self.port),
                )
                return client.recv(512)[:2] == b"\x12\x34"
            except OSError:
                return False


class Forwarder(Recursive):
    """Debian's dnsmasq, as it stands in many routers and containers: it answers from a cache."""

    def command(self, upstream: int) -> list[str]:
        return [
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--pid-file=",
            "--user=root",
            "--no-resolv",
            "--no-hosts",
            "--bind-interfaces",
            "--listen-address=127.0.0.1",
            f"--port={self.port}",
            f"--server=127.0.0.1#{upstream}",
        ]
