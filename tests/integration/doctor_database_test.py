"""What `kurir doctor` finds at the database of a queue: a real PostgreSQL, and what can be wrong with one."""

import json
import unittest

from tests.integration.doctor_test import NAMES, DoctorCase
from tests.support.client import wait_until
from tests.support.postgres import PASSWORD, Database, PostgresServer, StandbyServer
from tests.support.relay import PATIENCE

STRANGER = "stranger"  # a user without rights
KEY = "of-the-stranger"
TABLES = "CREATE TABLE schema_version (number bigint NOT NULL); INSERT INTO schema_version VALUES"


class DoctorDatabase(DoctorCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(PostgresServer(fsync="on"))
        cls.server.run(f"CREATE USER {STRANGER} PASSWORD '{KEY}'")

    def setUp(self) -> None:
        super().setUp()
        self.names(*NAMES)
        self.database = self.server.create_database()

    def found_at(self, database: Database, status: int = 1) -> list[dict]:
        found = self.look(store="postgresql", database_url=database.url, status=status)
        self.assertNotIn(PASSWORD, json.dumps(found))
        self.assertNotIn(database.password, json.dumps(found))
        return found["database"]

    def assert_found(self, database: Database, status: str, *parts: str) -> None:
        (finding,) = self.found_at(database, status=int(status == "wrong"))
        self.assertEqual(finding["status"], status, finding)
        for part in parts:
            self.assertIn(part, finding["found"] + " " + finding["advice"])

    def test_it_is_as_a_relay_needs_it_before_its_first_start_and_while_it_runs(self) -> None:
        self.assert_found(self.database, "ok", "PostgreSQL 15", "no tables yet")
        near = self.relay(
            store="postgresql", database_url=self.database.url, relayhost="127.0.0.1:1"
        )
        near.submit("a@client.test", "b@remote.test")
        self.assert_found(self.database, "ok", "tables of version")
        near.stop()
        self.assertEqual(self.database.count("message"), 1)

    def test_it_does_not_let_us_in(self) -> None:
        self.assert_found(self.database.but(password="other"), "wrong", "pg_hba.conf")
        self.assert_found(self.database.but(name="missing"), "wrong", "CREATE DATABASE")
        self.assert_found(self.database.but(port=1), "wrong", "Connection refused", "host, port")

    def test_nobody_else_has_to_have_a_database(self) -> None:
        self.assertNotIn("database", self.look())

    def test_the_user_may_not_make_tables(self) -> None:
        stranger = self.database.but(user=STRANGER, password=KEY)
        self.assert_found(stranger, "wrong", "may not make", "GRANT CREATE")
        self.database.run(f"GRANT CREATE ON SCHEMA public TO {STRANGER}")
        self.assert_found(stranger, "ok")
        # Tables of an earlier version that belong to somebody else.
        self.database.run(f"CREATE TABLE message (id bigint); {TABLES} (1)")
        self.database.run(f"GRANT SELECT ON schema_version TO {STRANGER}")
        self.assert_found(stranger, "wrong", "tables of version 1")

    def test_tables_of_a_later_version(self) -> None:
        self.database.run(f"{TABLES} (99)")
        self.assert_found(self.database, "wrong", "tables of version 99", "one older")

    def test_few_connections_are_left(self) -> None:
        self.server.run(f"ALTER DATABASE {self.database.name} CONNECTION LIMIT 6")
        self.assert_found(self.database, "warning", "6 connections left", "needs 7")
        self.server.run(f"ALTER DATABASE {self.database.name} CONNECTION LIMIT 7")
        self.assert_found(self.database, "ok")
        limited = self.database.but(user=STRANGER, password=KEY)
        self.database.run(f"GRANT CREATE ON SCHEMA public TO {STRANGER}")
        self.server.run(f"ALTER USER {STRANGER} CONNECTION LIMIT 2")
        self.addCleanup(self.server.run, f"ALTER USER {STRANGER} CONNECTION LIMIT -1")
        self.assert_found(limited, "warning", "2 connections left")

    def test_a_server_that_a_power_cut_empties(self) -> None:
        with PostgresServer(fsync="off") as careless:
            self.assert_found(careless.create_database(), "wrong", "power cut", "fsync")
            careless.stop()
            careless.settings |= {"fsync": "on", "full_page_writes": "off"}
            careless.start()
            self.assert_found(careless.create_database(), "wrong", "full_page_writes")

    def test_a_standby(self) -> None:
        with StandbyServer(self.server) as standby:
            copied = self.database.but(port=standby.port)
            wait_until(
                lambda: self.database.name in standby.run("SELECT datname FROM pg_database"),
                60 * PATIENCE,
            )
            self.assert_found(copied, "wrong", "read-only", "name the primary")
            anyhow = copied.but(name=f"{copied.name}?target_session_attrs=any")
            self.assert_found(anyhow, "wrong", "can only be read", "primary")


if __name__ == "__main__":
    unittest.main()
