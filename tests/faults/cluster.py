"""Several relays with one queue in PostgreSQL, under load, and the account of what was sent to any of
them.

    class Kills(ClusterScenario):
        def test_f1_a_relay_is_killed(self) -> None:
            cluster = self.cluster()
            cluster.start()
            with cluster.load():
                cluster.kill(0)
            self.account(cluster, cluster.in_hand)

A database is away from its relays for as long as a test wants; a relay is killed, put to sleep, and
comes back.
"""

import contextlib
import signal
from typing import Callable, Iterator

from tests.faults.scenario import MOST_RECIPIENTS, WINDOW, Scenario, World
from tests.support.client import Client, ConnectionEnded, wait_until
from tests.support.ledger import Account
from tests.support.load import Load, send_one
from tests.support.postgres import Database, PostgresServer
from tests.support.relay import FAULTY, PATIENCE, Relay

NODES = 3
CONNECTIONS = 2
LEASE = 10  # seconds
SIZES = (200, 2000, 20_000, 600_000)
LEFT = {
    "messages": "SELECT count(*) FROM message",
    "entries": "SELECT count(*) FROM entry",
    "recipients": "SELECT count(*) FROM recipient",
    # Those of messages whose client or relay went away are kept for a day.
    "bodies": "SELECT count(*) FROM body WHERE message NOT IN (SELECT message FROM arriving)",
}


class Cluster:
    """Relays with one queue in `database`, and a remote server."""

    # Recipients that one relay may have sent the end of a message to and not recorded.
    in_hand = CONNECTIONS * WINDOW * MOST_RECIPIENTS

    def __init__(
        self,
        case: Scenario,
        database: Database,
        nodes: int = NODES,
        mutant: str | None = None,
        **settings: object,
    ) -> None:
        self.database = database
        shared = {
            "store": "postgresql",
            "database_url": database.url,
            "database_lease": f"{LEASE}s",
        }
        self.world: World = case.world(
            connections=CONNECTIONS, well_behaved=not mutant, **shared | settings
        )
        self.ledger = self.world.ledger
        self.dice = self.world.dice
        self.nodes = [self.world.near]
        for _ in range(nodes - 1):
            copied = dict(self.world.near.settings)
            del copied["queue_dir"]
            self.nodes.append(Relay(**copied))
            case.addCleanup(case._stop_relay, self.nodes[-1])
        if mutant is not None:
            for node in self.nodes:
                node.binary = FAULTY
                node.variables["MUTANT"] = mutant
        self.loads: list[Load] = []

    def start(self) -> None:
        for node in self.nodes:
            node.start()

    @contextlib.contextmanager
    def load(
        self, clients: int = 2, sizes: tuple[int, ...] = SIZES, pause: float = 0.0
    ) -> Iterator[None]:
        """So many clients of each relay that send as soon as it runs, by default without pause."""
        with contextlib.ExitStack() as stack:
            for node in self.nodes:
                seed = self.dice.randrange(2**32)
                load = Load(self.ledger, seed, clients, sizes, pause=pause)
                self.loads.append(stack.enter_context(load))
                load.port = node.port if node.process else None
            try:
                yield
            finally:
                for load in self.loads:
                    load.port = None
                self.loads = []

    def send(self, node: Relay, count: int, **options: object) -> None:
        """So many small messages to one recipient each, over one connection."""
        with node.client(**options) as client:
            for _ in range(count):
                send_one(client, self.ledger, self.dice, (2000,), recipients=(1,))

    def kill(self, victim: int) -> None:
        self._lead(victim, None)
        self.nodes[victim].kill()

    def revive(self, victim: int) -> None:
        self.nodes[victim].start()
        self._lead(victim, self.nodes[victim].port)

    def sleep(self, victim: int) -> None:
        """It does nothing until it wakes, and does not know."""
        self._lead(victim, None)
        self.nodes[victim].signal(signal.SIGSTOP)

    def wake(self, victim: int) -> None:
        self.nodes[victim].signal(signal.SIGCONT)
        self._lead(victim, self.nodes[victim].port)

    @contextlib.contextmanager
    def asleep(self, victim: int) -> Iterator[None]:
        self.sleep(victim)
        try:
            yield
        finally:
            self.wake(victim)

    def count(self, event: str, **fields: object) -> int:
        """Lines of this event that all relays have logged together."""
        return sum(len(node.select(event, **fields)) for node in self.nodes)

    def doubled(self) -> int:
        """Recipients that a relay has delivered to when another had its claim: both said so."""
        return sum(line["delivered"] for node in self.nodes for line in node.select("claim_lost"))

    def wait_ready(self) -> None:
        for node in self.nodes:
            assert wait_until(node.ready, 60 * PATIENCE), node.tail()

    def acked(self) -> int:
        return sum(entry.state == "acked" for entry in self.ledger.entries())

    def wait_acked(self, more: int) -> None:
        """Until so many more messages are acknowledged: mail flows."""
        before = self.acked()
        assert wait_until(lambda: self.acked() >= before + more, 60 * PATIENCE), self.tails()

    def wait_refused(self, *codes: int) -> None:
        """Until a client of some relay is refused with one of these, before it has sent a message."""

        def refused() -> bool:
            return any(refusal(node) in codes for node in self.nodes)

        assert wait_until(refused, 60 * PATIENCE, 0.1), self.tails()

    def tails(self, lines: int = 15) -> str:
        return "\n".join(node.tail(lines) for node in self.nodes)

    def _lead(self, victim: int, port: int | None) -> None:
        if self.loads:
            self.loads[victim].port = port


def refusal(node: Relay) -> int:
    """The reply that refuses a new client, or its MAIL; zero if none does."""
    try:
        with Client(node.port) as client:
            reply = client.reply()
            if reply.code == 220:
                client.ask("EHLO client.test", 250)
                reply = client.ask("MAIL FROM:<probe@client.test>")
    except (ConnectionEnded, OSError, AssertionError):
        return 0
    return reply.code if reply.code >= 400 else 0


def wait_for_none(count: Callable[[], int]) -> None:
    """Until it is zero, or has not become smaller for longer than a lease and a retry take."""
    left = count()
    while left > 0 and wait_until(lambda: count() < left, (LEASE + 60) * PATIENCE, 0.2):
        left = count()


class ClusterScenario(Scenario):
    def cluster(self, **options: object) -> Cluster:
        """Relays that are not started yet, with a server of their own in `self.server`."""
        self.server = self.enterContext(PostgresServer())
        return Cluster(self, self.server.create_database(), **options)

    def account(
        self, cluster: Cluster, explained: int, indeterminate: bool = False, lost: bool = False
    ) -> Account:
        """Waits until the queue is empty, and accounts for every message. `explained`: duplicates.
        `lost`: the database lost what it had acknowledged, so the caller looks at what is lost.
        """
        ledger = cluster.ledger
        if not lost:
            wait_for_none(ledger.outstanding)
        wait_for_none(lambda: cluster.database.count("message"))
        account = ledger.account()
        print(account, flush=True)
        faults = account.faults(indeterminate)
        if lost:
            faults = [fault for fault in faults if not fault.startswith("lost: ")]
        tails = cluster.tails()
        self.assertEqual(faults, [], tails)
        for what, count in LEFT.items():
            self.assertEqual(cluster.database.run(count), "0", f"{what}\n{tails}")
        sums = "SELECT coalesce(sum(messages), 0), coalesce(sum(recipients), 0) FROM total"
        self.assertEqual(cluster.database.run(sums), "0|0", tails)
        self.assertGreater(account.delivered, 0)
        self.assertLessEqual(account.duplicates, explained, tails)
        for alarm in ("internal", "store_damaged", "quarantined"):
            self.assertEqual(cluster.count(alarm), 0, tails)
        self.assertEqual(cluster.count("database", what="unreadable"), 0, tails)
        return account
