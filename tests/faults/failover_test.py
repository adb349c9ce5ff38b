"""F6 the primary of the shared queue is killed, and its streaming replica takes its place.

The relays have both servers in KURIR_DATABASE_URL and go on by themselves. With synchronous
replication nothing is lost. A replica that did not have the tail loses just that: what was
acknowledged in it is gone, what ended in it comes back to life, and the relays say so.
"""

import signal
import unittest

from tests.faults.cluster import NODES, Cluster, ClusterScenario, refusal
from tests.support.postgres import PostgresServer, StandbyServer
from tests.support.relay import queue_id
from tests.support.script import Script

MAIL = 30  # messages between two steps


class Failover(ClusterScenario):
    def replicated(self, script: Script = Script()) -> Cluster:
        """Relays that are started, with `self.server` and its replica `self.standby`."""
        self.server = self.enterContext(PostgresServer())
        database = self.server.create_database()
        self.standby = self.enterContext(StandbyServer(self.server))
        cluster = Cluster(self, database.but(standby=self.standby.port))
        cluster.world.far.sites["127.0.0.1"] = script
        cluster.start()
        return cluster

    def fail_over(self, cluster: Cluster) -> None:
        self.server.stop(signal.SIGKILL)
        self.standby.promote()
        cluster.wait_ready()

    def test_f6_a_synchronous_replica_has_everything(self) -> None:
        cluster = self.replicated()
        self.server.run("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.server.run("SELECT pg_reload_conf()")
        with cluster.load():
            cluster.wait_acked(MAIL)
            self.fail_over(cluster)
            cluster.wait_acked(MAIL)
        self.account(cluster, cluster.doubled(), indeterminate=True)
        self.assertEqual(cluster.count("database", what="rolled_back"), 0)

    def test_f6_a_replica_without_the_tail_loses_the_tail_and_nothing_else(self) -> None:
        slow = Script(rules=[{"at": "dot", "delay": 0.2}])  # so that there is a backlog
        cluster = self.replicated(slow)
        ledger = cluster.ledger
        with cluster.load():
            cluster.wait_acked(MAIL)
            self.standby.cut_off()
            cluster.wait_acked(2 * MAIL)
            # A relay that lives on still delivers what it had in hand, whoever has forgotten it.
            cluster.kill(0)
            self.server.stop(signal.SIGKILL)
            # Whoever got a 250 from it has read that by now.
            for node in cluster.nodes[1:]:
                node.wait_log("database", what="disconnected")
                self.assert_soon(lambda: refusal(node) != 0, node.tail)
            before = {one.token for one in ledger.entries() if one.state == "acked"}
            kept = set(cluster.database.but(port=self.standby.port, standby=None).ids())
            # What had ended, but not for the replica, goes out a second time.
            again = sum(
                ledger.copies(one)
                for one in ledger.entries()
                if one.state != "acked" or queue_id(one.reply) in kept
            )
            self.standby.promote()
            cluster.revive(0)
            cluster.wait_ready()
            cluster.wait_acked(MAIL)
        slow.forget_rules()  # how long the backlog is depends on the machine
        account = self.account(
            cluster, again + NODES * cluster.in_hand, indeterminate=True, lost=True
        )
        acked = {one.token: queue_id(one.reply) for one in ledger.entries() if one.state == "acked"}
        lost = {fault.split()[0] for fault in account.lost}
        print(f"{len(lost)} messages lost, {len(kept)} were on the replica")
        self.assertGreater(len(lost), 0)
        self.assertEqual(lost - before, set(), "acknowledged by the replica, and lost")
        self.assertEqual({acked[token] for token in lost} & kept, set(), "the replica had these")
        self.assertEqual(len(set(acked.values())), len(acked), "an id was given twice")
        self.assertGreater(cluster.count("database", what="rolled_back"), 0, cluster.tails())


if __name__ == "__main__":
    unittest.main()
