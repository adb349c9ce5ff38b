"""F1 with several relays: one of three that share a queue in PostgreSQL is killed, or put to sleep for
longer than its lease, or the database is. What one had, another delivers.
"""

import contextlib
import signal
import unittest
from typing import Iterator

from tests.faults.scenario import MOST_RECIPIENTS, WINDOW, Scenario, World, rounds
from tests.support.client import wait_until
from tests.support.load import Load
from tests.support.postgres import PostgresServer
from tests.support.relay import PATIENCE, Relay

KILLS = rounds(10)
OUTAGES = rounds(2)
NODES = 3
CONNECTIONS = 2
LEASE = 10
SIZES = (200, 2000, 20_000, 600_000)


class Cluster:
    """Relays with one queue, a remote server, and the account of what was sent to any of them."""

    def __init__(self, case: Scenario) -> None:
        self.server = case.enterContext(PostgresServer())
        self.database = self.server.create_database()
        shared = {
            "store": "postgresql",
            "database_url": self.database.url,
            "database_lease": f"{LEASE}s",
        }
        self.world: World = case.world(connections=CONNECTIONS, **shared)
        self.ledger = self.world.ledger
        self.dice = self.world.dice
        self.nodes = [self.world.near]
        for _ in range(NODES - 1):
            settings = dict(self.world.near.settings)
            del settings["queue_dir"]
            self.nodes.append(Relay(**settings))
            case.addCleanup(case._stop_relay, self.nodes[-1])
        self.loads: list[Load] = []

    def start(self) -> None:
        for node in self.nodes:
            node.start()

    @contextlib.contextmanager
    def load(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for node in self.nodes:
                load = Load(self.ledger, self.dice.randrange(2**32), 2, SIZES)
                self.loads.append(stack.enter_context(load))
                load.port = node.port
            try:
                yield
            finally:
                for load in self.loads:
                    load.port = None

    def kill(self, victim: int) -> None:
        self.loads[victim].port = None
        self.nodes[victim].kill()

    def revive(self, victim: int) -> None:
        self.nodes[victim].start()
        self.loads[victim].port = self.nodes[victim].port

    def count(self, event: str) -> int:
        return sum(len(node.select(event)) for node in self.nodes)


class SharedQueue(Scenario):
    def account(self, cluster: Cluster, explained: int, indeterminate: bool = False) -> None:
        ledger = cluster.ledger
        wait_until(lambda: ledger.outstanding() == 0, (LEASE + 60) * PATIENCE, 0.1)
        wait_until(lambda: cluster.database.count("message") == 0, 60 * PATIENCE, 0.2)
        account = ledger.account()
        print(account, flush=True)
        tail = "\n".join(node.tail(15) for node in cluster.nodes)
        self.assertEqual(account.faults(indeterminate), [], tail)
        for table in ("message", "entry", "recipient", "total"):
            left = cluster.database.run(
                "SELECT coalesce(sum(messages), 0) FROM total"
                if table == "total"
                else f"SELECT count(*) FROM {table}"
            )
            self.assertEqual(left, "0", table)
        self.assertGreater(account.delivered, 0)
        self.assertLessEqual(account.duplicates, explained)

    def test_f1_a_relay_is_killed_at_random(self) -> None:
        cluster = Cluster(self)
        cluster.start()
        with cluster.load():
            for _ in range(KILLS):
                victim = cluster.dice.randrange(NODES)
                cluster.world.pause(0.1, 2.0)
                cluster.kill(victim)
                cluster.world.pause(0.0, 1.0)
                cluster.revive(victim)
        # Between the reply of the remote server and its record.
        self.account(cluster, KILLS * CONNECTIONS * WINDOW * MOST_RECIPIENTS)
        self.assertEqual(cluster.count("claim_lost"), 0)

    def test_f15_a_relay_sleeps_longer_than_its_lease(self) -> None:
        cluster = Cluster(self)
        cluster.start()
        sleeper = cluster.nodes[0]
        with cluster.load():
            cluster.world.pause(0.5, 2.0)
            cluster.loads[0].port = None
            sleeper.signal(signal.SIGSTOP)
            wait_until(
                lambda: int(
                    cluster.database.run(
                        "SELECT count(*) FROM entry WHERE lease_end < queue_now()"
                        " OR owner IS NOT NULL AND fence > 1"
                    )
                )
                > 0,
                (LEASE + 10) * PATIENCE,
                0.2,
            )
            cluster.world.pause(LEASE, LEASE + 1)
            sleeper.signal(signal.SIGCONT)
            cluster.world.pause(0.5, 1.0)
        # What it had sent the end of.
        self.account(cluster, CONNECTIONS * WINDOW * MOST_RECIPIENTS)

    def test_f6_the_database_is_killed_under_load(self) -> None:
        cluster = Cluster(self)
        cluster.start()
        with cluster.load():
            for _ in range(OUTAGES):
                cluster.world.pause(0.5, 2.0)
                cluster.server.stop()
                cluster.world.pause(0.1, 3.0)
                cluster.server.start()
                for node in cluster.nodes:
                    self.assertTrue(wait_until(node.ready, 60 * PATIENCE), node.tail())
        # A message that was refused in doubt, and that another relay had claimed meanwhile, goes out.
        self.account(cluster, 0, indeterminate=True)


if __name__ == "__main__":
    unittest.main()
