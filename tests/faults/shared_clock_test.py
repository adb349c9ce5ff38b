"""F13 with several relays that share a queue in PostgreSQL: their wall clocks are a day apart.

Leases are by the database's clock, so nobody takes over what another still has.
"""

import unittest
from pathlib import Path

from tests.faults.cluster import CONNECTIONS, LEASE, NODES, ClusterScenario
from tests.support.script import Script
from tests.support.wall_clock import LIBRARY, Clock, remove_shared_memory

DAY = 86_400
LEFT = 40  # messages of each relay


class SharedClock(ClusterScenario):
    @unittest.skipUnless(Path(LIBRARY).exists(), "libfaketime is not installed")
    def test_f13_clocks_a_day_apart_take_nothing_from_each_other(self) -> None:
        cluster = self.cluster()
        self.addCleanup(remove_shared_memory)
        for days, node in enumerate(cluster.nodes):
            clock = Clock(node.folder)
            clock.jump_to(days * DAY)
            node.variables |= clock.variables
        # For longer than a lease, while mail waits: whoever has just started takes nothing over.
        slow = {"at": "dot", "delay": LEASE / 2, "times": 3 * NODES * CONNECTIONS}
        cluster.world.far.sites["127.0.0.1"] = Script(rules=[slow])
        cluster.start()
        for node in cluster.nodes:
            cluster.send(node, LEFT)
        self.account(cluster, 0)
        self.assertEqual((cluster.count("claim_lost"), cluster.count("claims_expired")), (0, 0))


if __name__ == "__main__":
    unittest.main()
