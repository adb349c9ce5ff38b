"""Relays behind a PgBouncer: it works where sessions are kept together, and is told where they are not."""

import unittest

from tests.integration.doctor_test import NAMES, DoctorCase
from tests.integration.shared_queue_test import SharedQueueCase, StartCase
from tests.support.pgbouncer import PgBouncer
from tests.support.postgres import PostgresServer
from tests.support.relay import PATIENCE

MAIL = 20
WHY = "a pooler gives this session to others"
HANG = {"rules": [{"at": "mail", "connection": 1, "then": "hang"}]}


class Together(SharedQueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.pooler = self.enterContext(PgBouncer(self.server, "session"))

    def settings(self, **settings: object) -> dict[str, object]:
        pooled = self.database.but(port=self.pooler.port)
        return super().settings(database_url=pooled.url, **settings)

    def test_what_a_dead_relay_leaves_another_delivers(self) -> None:
        far = self.remote(HANG)
        dying = self.node(far, destination_concurrency=1)
        for i in range(MAIL):
            dying.submit("a@client.test", f"user{i}@remote.test")
        self.assert_soon(lambda: len(far.connections) > 0, dying.tail)
        dying.kill()
        self.node(far)
        far.wait_delivered(MAIL, timeout=90 * PATIENCE)
        self.assert_empty()
        taken = [one for message in far.delivered() for one in message.recipients]
        self.assertEqual(sorted(taken), sorted(f"user{i}@remote.test" for i in range(MAIL)))

    def test_a_pooler_that_ends_and_comes_back(self) -> None:
        far = self.remote()
        near = self.node(far)
        self.pooler.stop()
        near.wait_log("database", what="disconnected")
        self.pooler.start()
        self.assert_soon(near.ready, near.tail, 30)
        near.submit("a@client.test", "b@remote.test")
        far.wait_delivered(1)
        self.assert_empty()


class Apart(StartCase):
    def test_no_relay_starts(self) -> None:
        for mode, in_turn in (("transaction", False), ("transaction", True), ("statement", False)):
            with self.subTest(mode=mode), PgBouncer(self.server, mode, in_turn) as pooler:
                pooled = self.database.but(port=pooler.port)
                # Also where others have used the session before.
                for _ in range(3):
                    self.assertIn(WHY, self.refused(database_url=pooled.url))


class Doctor(DoctorCase):
    def test_it_tells_whether_sessions_are_kept_together(self) -> None:
        self.names(*NAMES)
        server = self.enterContext(PostgresServer(fsync="on"))
        database = server.create_database()
        for mode, status in (("session", "ok"), ("transaction", "wrong"), ("statement", "wrong")):
            with self.subTest(mode=mode), PgBouncer(server, mode) as pooler:
                url = database.but(port=pooler.port).url
                for _ in range(3):
                    found = self.look(
                        store="postgresql", database_url=url, status=int(status == "wrong")
                    )
                    (finding,) = found["database"]
                    self.assertEqual(finding["status"], status, finding)
                    self.assertEqual("pool_mode = session" in finding["advice"], status == "wrong")


if __name__ == "__main__":
    unittest.main()
