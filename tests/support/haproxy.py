"""HAProxy as Debian builds it, in front of a relay, with a PROXY header for each connection.

The package is unpacked beside the system, like those of `peers`, and its program run from there.
"""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.support import peers
from tests.support.client import wait_until
from tests.support.ports import free_port

TEMPLATE = """
global
    maxconn 100
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
"""


class Haproxy:
    """`backends`: the options of a server by a name, such as `{"v1": (port, "send-proxy")}`; `ports`
    has the port of each that clients connect to."""

    def __init__(self, backends: dict[str, tuple[int, str]]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-haproxy-"))
        self.ports = {name: free_port() for name in backends}
        text = TEMPLATE
        for name, (port, options) in backends.items():
            text += f"listen {name}\n    bind 127.0.0.1:{self.ports[name]}\n"
            text += f"    server relay 127.0.0.1:{port} {options}\n"
        (self.folder / "haproxy.cfg").write_text(text, encoding="utf-8")
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Haproxy":
        root = peers.unpacked("haproxy")
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [root / "usr/sbin/haproxy", "-db", "-f", self.folder / "haproxy.cfg"],
                env=peers.environment(root),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if not wait_until(lambda: all(map(self._listens, self.ports.values())), 30):
            said = (self.folder / "log").read_text(errors="replace")
            self.__exit__()
            raise AssertionError(f"haproxy does not listen:\n{said}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _listens(port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 2):
                return True
        except OSError:
            return False
