"""F11 between relays and the database of their queue: slow, cut at any byte, silent, parted.

The database is reached through a proxy that plays the network. Clients are refused with 451 while it
fails, relays go on by themselves when it works again, and the account closes.
"""

import random
import unittest

from tests.faults.cluster import LEASE, Cluster, ClusterScenario
from tests.faults.scenario import rounds
from tests.support.client import wait_until
from tests.support.postgres import PostgresServer
from tests.support.proxy import Drawn, Plan, Proxy, Way, fair
from tests.support.relay import PATIENCE

TROUBLES = rounds(3)
MAIL = 20
BREAKS = 5  # connections that a network breaks before it is whole again


class DatabaseNetwork(ClusterScenario):
    def networked(self) -> Cluster:
        """Relays that are started and reach the database through `self.proxy`."""
        self.server = self.enterContext(PostgresServer())
        database = self.server.create_database()
        self.proxy = self.enterContext(Proxy(self.server.port, self.dice.randrange(2**32)))
        cluster = Cluster(self, database.but(port=self.proxy.port))
        cluster.database = database
        cluster.start()
        return cluster

    def endure(self, plan: Drawn) -> Cluster:
        """Load over a network of this plan, until it has broken some connections; then it is whole.
        The plan is that of connections which come later, so all that there are end first.
        """
        cluster = self.networked()
        with cluster.load(clients=1):
            cluster.wait_acked(MAIL)
            self.proxy.plan = plan
            for _ in range(TROUBLES):
                most = self.proxy.broken + BREAKS
                self.proxy.reset_all()
                wait_until(lambda: self.proxy.broken >= most, 30 * PATIENCE)
            self.proxy.plan = fair
            self.proxy.reset_all()
            cluster.wait_ready()
            cluster.wait_acked(MAIL)
        return cluster

    def close(self, cluster: Cluster) -> None:
        """What came twice was told: a relay delivered it, and another had taken the claim over."""
        account = self.account(cluster, cluster.in_hand * 3 * TROUBLES, indeterminate=True)
        told = cluster.doubled()
        print(
            f"broken: {self.proxy.broken} of {self.proxy.connections} connections; "
            f"{account.duplicates} duplicates, {told} told as claim_lost"
        )
        self.assertLessEqual(account.duplicates, told)

    def test_f11_latency_costs_time_only(self) -> None:
        cluster = self.networked()
        slow = Way(latency=0.05)
        self.proxy.plan = lambda dice: Plan(slow, slow)
        self.proxy.reset_all()
        cluster.wait_ready()
        with cluster.load(clients=1):
            cluster.wait_acked(MAIL)
        self.account(cluster, 0)

    def test_f11_resets_at_any_byte_lose_nothing(self) -> None:
        self.close(self.endure(lambda dice: broken_somewhere(dice, "reset")))

    def test_f11_black_holes_at_any_byte_lose_nothing(self) -> None:
        self.close(self.endure(lambda dice: broken_somewhere(dice, "black hole")))

    def test_f11_a_partition_shorter_than_a_lease_doubles_nothing(self) -> None:
        cluster = self.networked()
        with cluster.load(clients=1):
            for _ in range(TROUBLES):
                cluster.wait_acked(MAIL)
                self.proxy.partition()
                cluster.world.pause(0.1, LEASE / 4)
                self.proxy.heal()
                cluster.wait_ready()
        self.close(cluster)

    def test_f11_a_partition_longer_than_a_lease_heals(self) -> None:
        cluster = self.networked()
        with cluster.load(clients=1):
            cluster.wait_acked(MAIL)
            self.proxy.partition()
            cluster.wait_refused(421, 451)
            cluster.world.pause(LEASE, LEASE + 2)
            self.proxy.heal()
            cluster.wait_ready()
            cluster.wait_acked(MAIL)
        self.close(cluster)


def broken_somewhere(dice: random.Random, then: str) -> Plan:
    """One direction of the connection breaks, sooner more often than later."""
    way = Way(limit=int(10 ** dice.uniform(0, 5.5)), then=then)
    return Plan(up=way) if dice.random() < 0.5 else Plan(down=way)


if __name__ == "__main__":
    unittest.main()
