"""PostgreSQL for the benchmarks: a server with the durable defaults of its package, and what it counts."""

import contextlib
import dataclasses
import pathlib
import re
import subprocess
import sys

import subjects

sys.path.insert(0, str(subjects.ROOT))

from tests.support.postgres import Database, PostgresServer  # noqa: E402

# What `figures` reads, in this order. A statement that a batch sends only if it has to read before
# it can write tells which batches take two round trips (queue/postgres/SCHEMA.md).
COUNTERS = """
SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database();
SELECT wal_sync FROM pg_stat_wal;
SELECT wal_bytes FROM pg_stat_wal;
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query <> 'BEGIN' AND query <> 'COMMIT';
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE 'INSERT INTO written%false%';
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
  WHERE query LIKE 'SELECT id, recipients, chunks, size FROM message%FOR UPDATE';
"""
DEAREST = """
SELECT calls, round(total_exec_time::numeric), round((1000 * mean_exec_time)::numeric),
  round(100 * total_exec_time / sum(total_exec_time) OVER ()), left(query, 60)
  FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 12;
"""


@dataclasses.dataclass
class Counts:
    """Since the server started, or between two moments."""

    transactions: float  # explicit ones, and those of single statements
    syncs: float  # of the write-ahead log
    log_bytes: float
    statements: float
    batches: float
    batches_that_read: float

    @property
    def round_trips(self) -> float:
        """Each transaction takes one, and a batch that reads before it writes another."""
        return self.transactions + self.batches_that_read

    def __sub__(self, other: "Counts") -> "Counts":
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other))
        return Counts(*(now - before for now, before in pairs))


class Server(PostgresServer):
    """Durable, as the package configures it, with statistics of statements."""

    def __init__(self, folder: pathlib.Path, **settings: object) -> None:
        super().__init__(folder)
        self.settings |= {
            "fsync": "on",
            "shared_buffers": "128MB",
            "max_connections": 100,
            "shared_preload_libraries": "pg_stat_statements",
            "pg_stat_statements.track_utility": "on",
        } | settings

    def create_database(self) -> Database:
        made = super().create_database()
        made.run("CREATE EXTENSION pg_stat_statements")
        return made

    def cpu_seconds(self) -> float:
        """Of all its processes, those that have ended included."""
        total = 0
        for pid in [self.process.pid, *self._children()]:
            with contextlib.suppress(OSError):
                total += sum(
                    int(ticks) for ticks in stat_of(pid)[11 : 15 if pid == self.process.pid else 13]
                )
        return total / subjects.TICKS

    def _children(self) -> list[int]:
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]


def stat_of(pid: int) -> list[str]:
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def counts(database: Database) -> Counts:
    """What the server has counted. Sessions that are open may not have told it of their last second."""
    return Counts(*(float(line) for line in database.run(COUNTERS).split()))


def dearest(database: Database) -> str:
    """The statements that take most of the server's time."""
    head = f'{"calls":>10}{"ms":>10}{"us each":>10}{"%":>5}  statement'
    lines = [
        line.split("|", 4) for line in database.run(DEAREST).splitlines() if line.count("|") >= 4
    ]
    return "\n".join([head, *(f"{a:>10}{b:>10}{c:>10}{d:>5}  {e}" for a, b, c, d, e in lines)])


def timed(
    database: Database, prepared: str, step: str, rounds: int, counted: int = 1
) -> list[float]:
    """Milliseconds of the first so many of the statements in `step`, again and again over one connection."""
    script = "\n".join([prepared, "\\timing on", *[step] * rounds])
    done = subprocess.run(
        ["psql", "--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", "-d", database.url],
        input=script,
        text=True,
        capture_output=True,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    times = [float(found) for found in re.findall(r"^Time: ([\d.]+) ms", done.stdout, re.M)]
    size = len(times) // rounds
    return [sum(times[at : at + counted]) for at in range(0, len(times), size)]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
