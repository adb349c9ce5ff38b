"""A PostgreSQL server of the tests' own: an unprivileged user, a port on loopback, a folder that goes
with it.

    with PostgresServer() as server:
        database = server.create_database()
        Relay(store="postgresql", database_url=database.url)
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.relay import PATIENCE, STARTER

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = "kurir"
PASSWORD = "open/sesame@the:door"  # with what a URL must encode
ENCODED = "open%2Fsesame%40the%3Adoor"


@dataclass(frozen=True)
class Database:
    """One database of a server, which its user owns."""

    port: int
    name: str
    password: str = ENCODED

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{self.name}"

    def run(self, statements: str, patience: float = 30 * PATIENCE) -> str:
        """What psql answers, without headings; it has so many seconds."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", "-d", self.url],
            input=statements,
            text=True,
            capture_output=True,
            timeout=patience,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def count(self, table: str) -> int:
        return int(self.run(f"SELECT count(*) FROM {table}"))

    def but(self, **changes: str) -> "Database":
        return replace(self, **changes)


class PostgresServer:
    """One server; it ends with the context, or with the process that started it. Its `settings` count
    from the next start."""

    def __init__(self, parent: Path | None = None) -> None:
        """`parent`: the folder in which its own is made; else that of temporary files."""
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-postgres-", dir=parent))
        self.port = free_port()
        self.settings: dict[str, object] = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": 60,
        }
        self.process: subprocess.Popen | None = None
        self._as = self._other_user()
        self._made = 0
        self._lock = threading.Lock()
        secret = self.folder / "password"
        secret.write_text(PASSWORD, encoding="ascii")
        if self._as:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            os.chown(secret, account.pw_uid, account.pw_gid)
        subprocess.run(
            [*self._as, PROGRAMS / "initdb", "-D", self.folder / "data", "-U", USER]
            + ["-A", "scram-sha-256", "--pwfile", secret, "-N", "-E", "UTF8", "--locale=C"],
            cwd="/",
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def start(self) -> "PostgresServer":
        given = self.settings.items()
        words = [word for name, value in given for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = STARTER.submit(
                subprocess.Popen,
                [*self._as, "setpriv", "--pdeathsig", "QUIT"]
                + [PROGRAMS / "postgres", "-D", self.folder / "data", *words],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            ).result()
        if not wait_until(self._answers, 60 * PATIENCE, 0.05):
            raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))
        return self

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once by default: connections end in the middle of what they do."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30 * PATIENCE)
            self.process = None

    def create_database(self) -> Database:
        """An empty one."""
        with self._lock:
            self._made += 1
            name = f"queue{self._made}"
        Database(self.port, "postgres").run(f"CREATE DATABASE {name}")
        return Database(self.port, name)

    def __enter__(self) -> "PostgresServer":
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        asked = [PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    @staticmethod
    def _other_user() -> tuple[str, ...]:
        """PostgreSQL does not run as root."""
        if os.geteuid() != 0:
            return ()
        return ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups")
