"""Negative controls of a shared queue: without a fence, with leases by a relay's own clock, or with a 250
before COMMIT, mail is doubled or lost, and the account says so.

As in mutants_test.py each check runs on the healthy relay, where it must find nothing, and on its
mutant, where it must find what that breaks.
"""

import contextlib
import unittest
from pathlib import Path
from typing import Callable

from tests.faults.cluster import LEASE, Cluster, ClusterScenario
from tests.support.client import ConnectionEnded
from tests.support.ledger import Account
from tests.support.postgres import PostgresServer
from tests.support.proxy import Proxy
from tests.support.relay import PATIENCE
from tests.support.script import MODERN, Script
from tests.support.wall_clock import LIBRARY, Clock, remove_shared_memory

PLAIN = [one for one in MODERN if one != "CHUNKING"]
DAY = 86_400
MUTANTS = ("has_no_fence", "takes_over_by_its_own_clock", "acknowledges_before_write")


class SharedMutants(ClusterScenario):
    def sleeps_until_another_delivers(self, mutant: str) -> Account:
        """It is told to wait when another relay has its claim, and is about to deliver."""
        cluster = self.cluster(nodes=2, mutant=mutant)
        sleeper, far = cluster.nodes[0], cluster.world.far
        later = {"at": "rcpt", "connection": 1, "times": 1, "delay": 3, "reply": "451 4.3.0 later"}
        slow = {"at": "dot", "connection": 2, "times": 1, "delay": 6}
        far.sites["127.0.0.1"] = Script(rules=[later, slow], extensions=PLAIN)
        cluster.start()
        cluster.send(sleeper, 1)
        self.assert_soon(lambda: any(one.commands for one in far.connections), sleeper.tail)
        with cluster.asleep(0):
            self.assert_soon(lambda: len(far.messages) == 1, cluster.tails, LEASE + 60)
        return self.drained(cluster)

    def waits_longer_than_another_has_been_up(self, mutant: str) -> Account:
        """Its message is under way when a relay looks around whose clock is a day ahead."""
        cluster = self.cluster(nodes=2, mutant=mutant)
        ahead, far = cluster.nodes[1], cluster.world.far
        clock = Clock(ahead.folder)
        clock.jump_to(DAY)
        ahead.variables |= clock.variables
        self.addCleanup(remove_shared_memory)
        slow = {"at": "dot", "connection": 1, "times": 1, "delay": 2 * LEASE}
        far.sites["127.0.0.1"] = Script(rules=[slow])
        cluster.start()
        cluster.send(cluster.nodes[0], 1)
        return self.drained(cluster)

    def is_killed_before_the_database_answers(self, mutant: str) -> Account:
        """A client sends while nothing comes back from the database."""
        self.server = self.enterContext(PostgresServer())
        database = self.server.create_database()
        proxy = self.enterContext(Proxy(self.server.port))
        cluster = Cluster(self, database.but(port=proxy.port), nodes=1, mutant=mutant)
        cluster.database = database
        node = cluster.nodes[0]
        cluster.start()
        cluster.send(node, 1)
        self.assert_soon(lambda: cluster.ledger.outstanding() == 0, node.tail)
        proxy.partition()
        with contextlib.suppress(OSError, ConnectionEnded):  # the healthy one gives no answer
            cluster.send(node, 1, timeout=2.0 * PATIENCE)
        node.kill()
        proxy.reset_all()
        proxy.heal()
        node.start()
        return self.drained(cluster)

    def drained(self, cluster: Cluster) -> Account:
        """When the queue is empty."""
        self.assert_soon(lambda: cluster.database.count("entry") == 0, cluster.tails, 60)
        account = cluster.ledger.account()
        print(account, flush=True)
        return account

    def check(self, run: Callable[[str], Account], mutant: str, harm: str) -> None:
        for name in ("", mutant):
            with self.subTest(mutant=name or "none"):
                account = run(name)
                found = len(account.lost) if harm == "lost" else account.duplicates
                self.assertEqual(found > 0, bool(name), account)

    def test_without_a_fence_mail_is_doubled(self) -> None:
        self.check(self.sleeps_until_another_delivers, MUTANTS[0], "doubled")

    @unittest.skipUnless(Path(LIBRARY).exists(), "libfaketime is not installed")
    def test_with_leases_by_its_own_clock_mail_is_doubled(self) -> None:
        self.check(self.waits_longer_than_another_has_been_up, MUTANTS[1], "doubled")

    def test_with_a_250_before_commit_mail_is_lost(self) -> None:
        self.check(self.is_killed_before_the_database_answers, MUTANTS[2], "lost")


if __name__ == "__main__":
    unittest.main()
