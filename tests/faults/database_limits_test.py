"""F7, F14 of the database of a shared queue: it has no connections for its relays, or no room.

Or somebody has locked its tables. Clients are refused with 451 or 452 meanwhile; afterwards everything
resumes by itself.
"""

import unittest

from tests.faults.cluster import Cluster, ClusterScenario
from tests.faults.scenario import rounds
from tests.faults.small_disk import can_mount, fill, small_disk
from tests.support.postgres import PASSWORD, PostgresServer

MAIL = 20
TROUBLES = rounds(2)
RELAY = "relay"  # a user without the superuser's privileges
ROOM = 96 * 1024 * 1024  # bytes
SIZES = (200, 2000, 20_000)


class DatabaseLimits(ClusterScenario):
    def limited(self, options: str = "") -> Cluster:
        """Relays that are started and whose user is limited as any other."""
        self.server.run(f"CREATE ROLE {RELAY} LOGIN PASSWORD '{PASSWORD}'")
        database = self.server.create_database(f"OWNER {RELAY} {options}")
        database.run(f"GRANT CREATE ON SCHEMA public TO {RELAY}")
        cluster = Cluster(self, database.but(user=RELAY))
        cluster.database = database
        cluster.start()
        return cluster

    def limit(self, connections: int) -> None:
        """So many for all relays together, -1: as many as they like. All that there are end."""
        self.server.run(f"ALTER ROLE {RELAY} CONNECTION LIMIT {connections}")
        self.server.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{RELAY}'"
        )

    def test_f14_without_connections_mail_waits(self) -> None:
        self.server = self.enterContext(PostgresServer())
        cluster = self.limited()
        with cluster.load(clients=1):
            for _ in range(TROUBLES):
                cluster.wait_acked(MAIL)
                # None; too few for one relay; one relay has them all.
                for connections in (0, 1, 3, 5):
                    self.limit(connections)
                    cluster.world.pause(1.0, 3.0)
                    if connections == 0:
                        cluster.wait_refused(421, 451)
                self.limit(-1)
                cluster.wait_ready()
                cluster.wait_acked(MAIL)
        self.account(cluster, cluster.doubled(), indeterminate=True)

    def assert_told(self, cluster: Cluster, why: str) -> None:
        """A relay says it at /readyz."""
        self.assert_soon(
            lambda: any(why in node.get("/readyz")[1] for node in cluster.nodes),
            lambda: cluster.nodes[0].get("/readyz")[1],
            60,
        )

    def test_f7_while_somebody_locks_its_tables_mail_is_refused(self) -> None:
        self.server = self.enterContext(PostgresServer())
        cluster = self.limited()
        with cluster.load(clients=1, sizes=SIZES):
            cluster.wait_acked(MAIL)
            with cluster.database.holding("BEGIN; LOCK TABLE message IN SHARE MODE"):
                cluster.wait_refused(421, 451)
                self.assert_told(cluster, "the database of the queue fails: ")
            cluster.wait_ready()
            cluster.wait_acked(MAIL)
        self.account(cluster, cluster.doubled(), indeterminate=True)
        self.assertGreater(cluster.count("database", what="failing"), 0)
        self.assertEqual(cluster.count("database", what="full"), 0)

    @unittest.skipUnless(can_mount(), "mounting a small file system takes root")
    def test_f7_without_room_mail_is_refused_and_goes_out(self) -> None:
        disk = small_disk(self, ROOM)
        self.server = self.enterContext(PostgresServer(autovacuum_naptime="1s"))
        self.server.give(disk)
        self.server.run(f"CREATE TABLESPACE small LOCATION '{disk}'")
        cluster = self.limited("TABLESPACE small")
        filler = disk / "somebody-else"
        with cluster.load(clients=1, sizes=SIZES):
            for _ in range(TROUBLES):
                cluster.wait_acked(MAIL)
                fill(filler)
                cluster.wait_refused(452)
                self.assert_told(cluster, "the database of the queue has no room: ")
                filler.unlink()
                cluster.wait_ready()
                cluster.wait_acked(MAIL)
        self.account(cluster, cluster.doubled(), indeterminate=True)
        self.assertGreater(cluster.count("database", what="full"), 0)


if __name__ == "__main__":
    unittest.main()
