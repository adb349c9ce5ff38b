"""F1, F6, F7 the database of a shared queue goes away between a remote server's 250 and its record, and
then the relay is killed: its journal tells the next process what was delivered.

A journal that has no room is told. Then the process that delivered is the only one that knows it:
nothing is doubled unless that one is killed before the database is there again.
"""

import unittest
from pathlib import Path

from tests.faults.cluster import CONNECTIONS, LEASE, Cluster, ClusterScenario
from tests.faults.small_disk import can_mount, fill, small_disk
from tests.support.client import wait_until
from tests.support.relay import PATIENCE
from tests.support.script import Script

HEAD = len("kurir-results 1\n")
ROOM = 8 * 1024 * 1024  # bytes
# Of one message half get it at first. What the others were told makes a record that has no room in
# what is left of the journal's first page.
NAMES = [f"user-{number}@remote.test" for number in range(40)]
LATER = "451 4.7.1 " + 400 * "x"


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


@unittest.skipUnless(can_mount(), "mounting a small file system takes root")
class FullJournal(ClusterScenario):
    def delivered(self) -> Cluster:
        """A relay that can't write down what it has delivered, neither here nor there."""
        self.disk = small_disk(self, ROOM)
        cluster = self.cluster(nodes=1, queue_dir=self.disk / "queue")
        [node], far = cluster.nodes, cluster.world.far
        later = {"at": "rcpt", "match": "[02468]@", "times": len(NAMES) // 2, "reply": LATER}
        far.sites["127.0.0.1"] = Script(rules=[later, {"at": "dot", "delay": 8, "times": 1}])
        cluster.start()
        with node.client() as client:
            entry, text = cluster.ledger.compose(NAMES)
            reply = client.mail("sender@client.test", NAMES, text)
            cluster.ledger.record(entry, "acked", str(reply))
            self.assertEqual(reply.code, 250)
        self.assertTrue(wait_until(lambda: len(far.messages) == 1, 30 * PATIENCE), node.tail())
        self.server.stop()
        fill(self.disk / "somebody-else")
        node.wait_log("database", what="journal_failed")
        self.assertEqual(cluster.ledger.outstanding(), len(NAMES) // 2)
        self.assertEqual(records(self.disk / "queue/results"), 0)
        self.assertIn("known to this process only: No space left", node.get("/readyz?verbose")[1])
        return cluster

    def test_f7_the_process_that_delivered_writes_it_when_the_database_is_back(self) -> None:
        cluster = self.delivered()
        self.server.start()
        cluster.nodes[0].wait_log("database", what="journal_works", timeout=60)
        self.account(cluster, 0)
        self.assertNotIn("results", cluster.nodes[0].get("/readyz?verbose")[1])

    def test_f7_the_journal_is_written_when_there_is_room_again(self) -> None:
        cluster = self.delivered()
        [node] = cluster.nodes
        (self.disk / "somebody-else").unlink()
        node.wait_log("database", what="journal_works", timeout=60)
        self.assertEqual(records(self.disk / "queue/results"), 1)
        node.kill()
        self.server.start()
        node.start()
        node.wait_log("result_replayed", late=False)
        self.account(cluster, 0)

    def test_f1_f7_what_only_a_killed_process_knew_arrives_twice(self) -> None:
        cluster = self.delivered()
        [node] = cluster.nodes
        node.kill()
        (self.disk / "somebody-else").unlink()
        self.server.start()
        node.start()
        account = self.account(cluster, len(NAMES) // 2)
        self.assertEqual(account.duplicates, len(NAMES) // 2)


def records(journal: Path) -> int:
    """How many whole ones a journal holds: each begins with a mark and its size."""
    text, count = journal.read_bytes()[HEAD:], 0
    while text:
        size = 5 + int.from_bytes(text[1:5], "big")
        count += len(text) >= size
        text = text[size:]
    return count


if __name__ == "__main__":
    unittest.main()
