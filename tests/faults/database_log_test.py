"""F7 of the database of a shared queue: the volume of its write-ahead log is full.

PostgreSQL panics then, often in the middle of a COMMIT, and does not start again until there is room.
Clients are refused with 451 meanwhile (421 at the greeting), /readyz says why, what is under way at
remote servers ends well. When there is room and the server was started, all goes on without anybody
touching a relay.
"""

import contextlib
import subprocess
import unittest
from pathlib import Path

from tests.faults.cluster import CONNECTIONS, Cluster, ClusterScenario
from tests.faults.result_journal_test import records
from tests.faults.scenario import rounds
from tests.faults.small_disk import can_mount, fill, small_disk
from tests.support.client import wait_until
from tests.support.postgres import PostgresServer
from tests.support.relay import PATIENCE, Relay
from tests.support.script import Script

MAIL = 20
TROUBLES = rounds(3)
ROOM = 32 * 1024 * 1024  # bytes
SIZES = (200, 2000, 20_000)
# Segments are removed when they are not needed, so that their room goes to whoever takes it.
LOG = {"max_wal_size": "4MB", "min_wal_size": "2MB", "wal_recycle": "off"}
# Of two segments.
WRITE = "SELECT pg_logical_emit_message(true, 'test', repeat('x', 2000000))"


@unittest.skipUnless(can_mount(), "mounting a small file system takes root")
class DatabaseLog(ClusterScenario):
    def with_small_log(self, **options: object) -> Cluster:
        """Relays that are started, and a database whose log has `self.disk` for itself."""
        self.disk = small_disk(self, ROOM)
        self.server = self.enterContext(PostgresServer(log_folder=self.disk, **LOG))
        cluster = Cluster(self, self.server.create_database(), **options)
        cluster.start()
        return cluster

    def fill_up(self) -> Path:
        """Somebody else takes all room, and then the server is gone."""
        filler = self.disk / "somebody-else"

        def is_down() -> bool:
            fill(filler)
            with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
                self.server.run(WRITE)
            return self.server.ended()

        self.assertTrue(wait_until(is_down, 120 * PATIENCE, 0.05), self.server.told()[-3000:])
        self.assertRegex(self.server.told(), "PANIC: .*No space left on device")
        return filler

    def make_room(self, filler: Path) -> None:
        """The server does not come back before there is room, whoever starts it."""
        self.server.stop()
        self.server.launch()
        self.assertTrue(wait_until(self.server.ended, 60 * PATIENCE), self.server.told()[-3000:])
        self.server.stop()
        filler.unlink()
        self.server.start()

    def assert_told(self, node: Relay) -> None:
        """/readyz says soon that it is the database."""

        def is_told() -> bool:
            status, text = node.get("/readyz")
            return status == 503 and "the database of the queue can't be reached: " in text

        self.assert_soon(is_told, node.tail, 30)

    def test_f7_a_full_log_loses_nothing_and_is_over_when_there_is_room(self) -> None:
        cluster = self.with_small_log()
        with cluster.load(clients=1, sizes=SIZES):
            for _ in range(TROUBLES):
                cluster.wait_acked(MAIL)
                filler = self.fill_up()
                cluster.wait_refused(421)
                for node in cluster.nodes:
                    self.assert_told(node)
                self.make_room(filler)
                cluster.wait_ready()
                cluster.wait_acked(MAIL)
        self.account(cluster, cluster.doubled(), indeterminate=True)
        causes = [
            line["cause"]
            for node in cluster.nodes
            for line in node.select("database", what="disconnected")
        ]
        print(f"{sum('No space left' in cause for cause in causes)} of {len(causes)} say why")
        self.assertEqual(cluster.count("database", what="rolled_back"), 0)

    def test_f7_what_is_under_way_when_the_log_is_full_ends_well(self) -> None:
        cluster = self.with_small_log(nodes=1)
        [node], far = cluster.nodes, cluster.world.far
        # Each answer to the end of a message comes when the server is gone.
        far.sites["127.0.0.1"] = Script(rules=[{"at": "dot", "delay": 10, "times": CONNECTIONS}])
        with node.client() as client:
            cluster.send(node, CONNECTIONS)
            begun = wait_until(lambda: len(far.messages) == CONNECTIONS, 30 * PATIENCE)
            self.assertTrue(begun, node.tail())
            filler = self.fill_up()
            node.wait_log("database", what="disconnected")
            refused = client.ask("MAIL FROM:<sender@client.test>")
            self.assertEqual((refused.code, refused.text[:5]), (451, "4.3.0"))
            journal = node.queue_dir / "results"
            kept = wait_until(lambda: records(journal) == CONNECTIONS, 30 * PATIENCE)
            self.assertTrue(kept, node.tail())
            self.assertEqual(cluster.ledger.outstanding(), 0)
            self.assert_told(node)
            self.make_room(filler)
            cluster.wait_ready()
            client.ask("MAIL FROM:<sender@client.test>", 250)
        self.account(cluster, 0)
        self.assertEqual(len(far.messages), CONNECTIONS)


if __name__ == "__main__":
    unittest.main()
