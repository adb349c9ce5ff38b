"""PgBouncer as Debian builds it, in front of a PostgreSQL server of the tests' own.

The package is unpacked beside the system, like those of `peers`, and its program run from there.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support import peers
from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.postgres import PASSWORD, USER, PostgresServer, answers
from tests.support.relay import PATIENCE

SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 40
server_round_robin = {in_turn}
"""


class PgBouncer:
    """`mode`: session, transaction or statement. `in_turn`: sessions that wait take turns, else the
    last one that was used is the next. It listens on `port` while the context lasts.
    """

    def __init__(self, server: PostgresServer, mode: str, in_turn: bool = False) -> None:
        self.port = free_port()
        self._server = server
        self._folder = Path(tempfile.mkdtemp(prefix="kurir-pgbouncer-"))
        server.give(self._folder)
        self._write("users", f'"{USER}" "{PASSWORD}"\n')
        settings = SETTINGS.format(
            server=server.port,
            own=self.port,
            folder=self._folder,
            mode=mode,
            in_turn=int(in_turn),
        )
        self._write("pgbouncer.ini", settings)
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        root = peers.unpacked("pgbouncer")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._server.as_user, "setpriv", "--pdeathsig", "KILL"]
                + [root / "usr/sbin/pgbouncer", self._folder / "pgbouncer.ini"],
                env=peers.environment(root),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not wait_until(lambda: answers(self.port), 30 * PATIENCE, 0.05):
            raise AssertionError((self._folder / "log").read_text(errors="replace"))

    def stop(self) -> None:
        """At once: its connections end in the middle of what they do."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def __enter__(self) -> "PgBouncer":
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8")
        self._server.give(self._folder / name)
