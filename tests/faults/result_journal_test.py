"""F1, F6 the database of a shared queue goes away between a remote server's 250 and its record, and then
the relay is killed: its journal tells the next process what was delivered.
"""

import unittest
from pathlib import Path

from tests.faults.cluster import CONNECTIONS, LEASE, Cluster, ClusterScenario
from tests.support.client import wait_until
from tests.support.relay import PATIENCE
from tests.support.script import Script

HEAD = len("kurir-results 1\n")


class ResultJournal(ClusterScenario):
    def delivered_and_killed(self, nodes: int) -> Cluster:
        """The first relay has delivered one message on each connection, and is killed before the
        database is there again.
        """
        cluster = self.cluster(nodes=nodes)
        node, far = cluster.nodes[0], cluster.world.far
        far.sites["127.0.0.1"] = Script(rules=[{"at": "dot", "delay": 3, "times": CONNECTIONS}])
        cluster.start()
        cluster.send(node, CONNECTIONS)
        # Both messages are with the remote server, which has not answered yet.
        self.assertTrue(wait_until(lambda: len(far.messages) == CONNECTIONS, 30 * PATIENCE))
        self.server.stop()
        node.wait_log("database", what="disconnected")
        journal = node.queue_dir / "results"
        self.assertTrue(
            wait_until(lambda: records(journal) == CONNECTIONS, 30 * PATIENCE), node.tail()
        )
        node.kill()
        return cluster

    def test_f1_what_was_delivered_during_an_outage_is_not_sent_again(self) -> None:
        cluster = self.delivered_and_killed(1)
        node = cluster.nodes[0]
        self.server.start()
        node.start()
        node.wait_log("result_replayed", CONNECTIONS, late=False)
        self.account(cluster, 0)
        self.assertEqual(node.metric("store_replayed_results_total"), CONNECTIONS)
        self.assert_soon(lambda: (node.queue_dir / "results").stat().st_size == HEAD)

    def test_f1_a_result_that_comes_too_late_is_told(self) -> None:
        cluster = self.delivered_and_killed(2)
        node, other = cluster.nodes
        self.server.start()
        other.wait_log("delivered", CONNECTIONS, timeout=LEASE + 60)
        node.start()
        node.wait_log("result_replayed", CONNECTIONS, late=True)
        self.assertEqual(node.metric("queue_claims_lost_total"), CONNECTIONS)
        account = self.account(cluster, CONNECTIONS)
        self.assertEqual(account.duplicates, CONNECTIONS)


def records(journal: Path) -> int:
    """How many a journal holds: each begins with a mark and its size."""
    text, count = journal.read_bytes()[HEAD:], 0
    while text:
        text, count = text[5 + int.from_bytes(text[1:5], "big") :], count + 1
    return count


if __name__ == "__main__":
    unittest.main()
