"""A PostgreSQL server of the tests' own: an unprivileged user, a port on loopback, a folder that goes
with it.

    with PostgresServer() as server:
        database = server.create_database()
        Relay(store="postgresql", database_url=database.url)

A standby copies a server that runs, and can be made the primary when that one is gone:

    with StandbyServer(server) as standby:
        server.stop(signal.SIGKILL)
        standby.promote()
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterator

from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.relay import PATIENCE, STARTER

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = "kurir"
PASSWORD = "open/sesame@the:door"  # with what a URL must encode
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ENCODED = "open%2Fsesame%40the%3Adoor"


def crockford(number: int) -> str:
    """A message id as text (queue/message_id.hpp)."""
    return "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(13)))


def answers(port: int) -> bool:
    """Whether what listens there takes clients of PostgreSQL."""
    asked = [PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0


@dataclass(frozen=True)
class Database:
    """One database of a server, which its user owns. `standby`: the port of another server, which
    may be the primary one day.
    """

    port: int
    name: str
    password: str = ENCODED
    user: str = USER
    standby: int | None = None

    @property
    def url(self) -> str:
        account = f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}"
        if self.standby is None:
            return f"{account}/{self.name}"
        return f"{account},127.0.0.1:{self.standby}/{self.name}?target_session_attrs=read-write"

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

    @contextlib.contextmanager
    def holding(self, statements: str) -> Iterator[None]:
        """A session has run these, which print nothing, and keeps its locks until the context ends."""
        with subprocess.Popen(
            ["psql", "--no-psqlrc", "-qtA", "-d", self.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as session:
            session.stdin.write(f"{statements};\nSELECT 'held';\n")
            session.stdin.flush()
            assert session.stdout.readline() == "held\n"
            try:
                yield
            finally:
                session.stdin.close()  # which ends the session

    def count(self, table: str) -> int:
        return int(self.run(f"SELECT count(*) FROM {table}"))

    def ids(self) -> list[str]:
        """Of the messages in a queue, as Kurir writes them."""
        return [crockford(int(line)) for line in self.run("SELECT id FROM message").splitlines()]

    def but(self, **changes: str | int | None) -> "Database":
        return replace(self, **changes)


class PostgresServer:
    """One server; it ends with the context, or with the process that started it.

    `settings`: as in postgresql.conf; they count from the next start. `parent`: the folder in which
    its own is made; else that of temporary files. `log_folder`: an empty one for its write-ahead log,
    which then has segments of one megabyte; else that is among its data.
    """

    def __init__(
        self, parent: Path | None = None, log_folder: Path | None = None, **settings: object
    ) -> None:
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": 60,
        } | settings
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-postgres-", dir=parent))
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.as_user = self._other_user()
        self._log_folder = log_folder
        self._made = 0
        self._lock = threading.Lock()
        self.give(self.folder)
        self._fill(self.folder / "data")

    def give(self, path: Path) -> None:
        """To the user that the server runs as."""
        if self.as_user:
            account = pwd.getpwnam("postgres")
            os.chown(path, account.pw_uid, account.pw_gid)

    def start(self) -> "PostgresServer":
        self.launch()
        if not wait_until(lambda: answers(self.port), 60 * PATIENCE, 0.05):
            raise AssertionError(self.told())
        return self

    def launch(self) -> None:
        """Starts it without waiting: it may fail to."""
        settings = self.settings | {
            "port": self.port,
            "unix_socket_directories": self.folder,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = STARTER.submit(
                subprocess.Popen,
                [*self.as_user, "setpriv", "--pdeathsig", "QUIT"]
                + [PROGRAMS / "postgres", "-D", self.folder / "data", *words],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            ).result()

    def told(self) -> str:
        """What it has logged since it was made."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def ended(self) -> bool:
        """Whether the process that was started is gone."""
        return self.process is None or self.process.poll() is not None

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once by default: connections end in the middle of what they do."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30 * PATIENCE)
            self.process = None

    def create_database(self, options: str = "") -> Database:
        """An empty one, with these options of CREATE DATABASE."""
        with self._lock:
            self._made += 1
            name = f"queue{self._made}"
        self.run(f"CREATE DATABASE {name} {options}")
        return Database(self.port, name)

    def run(self, statements: str) -> str:
        """In no database of a queue: about the whole server."""
        return Database(self.port, "postgres").run(statements)

    def __enter__(self) -> "PostgresServer":
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _fill(self, data: Path) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD, encoding="ascii")
        self.give(secret)
        apart: tuple[object, ...] = ()
        if self._log_folder is not None:
            self.give(self._log_folder)
            apart = ("-X", self._log_folder, "--wal-segsize=1")
        self._call(
            *("initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", secret),
            *("-N", "-E", "UTF8", "--locale=C", *apart),
        )

    def _call(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [*self.as_user, PROGRAMS / program, *arguments],
            cwd="/",
            stdout=subprocess.DEVNULL,
            check=True,
        )

    @staticmethod
    def _other_user() -> tuple[str, ...]:
        """PostgreSQL does not run as root."""
        if os.geteuid() != 0:
            return ()
        return ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups")


class StandbyServer(PostgresServer):
    """A streaming replica of `primary`, which runs and has its databases."""

    def __init__(self, primary: PostgresServer) -> None:
        self._primary = primary
        super().__init__(**primary.settings)

    def promote(self) -> None:
        """It is the primary from now on; returns when it can be written to."""
        self._call("pg_ctl", "promote", "-D", self.folder / "data")

    def cut_off(self) -> None:
        """What the primary writes from now on does not arrive here."""
        self.run("ALTER SYSTEM SET primary_conninfo = ''")
        self.run("SELECT pg_reload_conf()")
        wait_until(
            lambda: self.run("SELECT count(*) FROM pg_stat_wal_receiver") == "0", PATIENCE * 30
        )

    def _fill(self, data: Path) -> None:
        source = f"{Database(self._primary.port, 'postgres').url}?application_name=standby"
        self._call("pg_basebackup", "-d", source, "-D", data, "-X", "stream", "-c", "fast", "-N")
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"primary_conninfo = '{source}'\n")
        self.give(data / "postgresql.auto.conf")
        (data / "standby.signal").touch()
        self.give(data / "standby.signal")
