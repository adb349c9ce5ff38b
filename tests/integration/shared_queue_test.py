"""Several relays with one queue in PostgreSQL (KURIR_STORE=postgresql)."""

import json
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.support.api import SocketConnection
from tests.support.case import RelayCase
from tests.support.client import Client
from tests.support.postgres import ENCODED, PASSWORD, PostgresServer
from tests.support.relay import BINARY, PATIENCE, Relay, environment, run

# No BDAT, so that the end of a message waits for the reply to DATA.
PLAIN = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
MAIL = 30


class SharedQueueCase(RelayCase):
    own_server = False  # each test has one, which it may stop
    server: PostgresServer

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not cls.own_server:
            cls.server = cls.enterClassContext(PostgresServer())

    def setUp(self) -> None:
        super().setUp()
        if self.own_server:
            self.server = self.enterContext(PostgresServer())
        self.database = self.server.create_database()

    def settings(self, **settings: object) -> dict[str, object]:
        return {
            "store": "postgresql",
            "database_url": self.database.url,
            "database_lease": "10s",
        } | settings

    def node(self, far=None, **settings: object) -> Relay:
        return self.relay(far, **self.settings(**settings))

    def assert_empty(self, timeout: float = 20.0) -> None:
        for table in ("message", "entry", "recipient", "body"):
            self.assert_soon(lambda: self.database.count(table) == 0, table, timeout)


class SharedQueue(SharedQueueCase):
    def test_mail_goes_out_once_whichever_relay_took_it(self) -> None:
        later = {"at": "rcpt", "times": MAIL, "reply": "451 4.3.0 come back"}
        far = self.remote({"rules": [later]})
        nodes = [self.node(far), self.node(far)]
        ids = [nodes[i % 2].submit("a@client.test", f"user{i}@remote.test") for i in range(MAIL)]
        self.assertEqual(len(set(ids)), MAIL)
        far.wait_delivered(MAIL, timeout=60 * PATIENCE)
        self.assert_empty()
        taken = [one for message in far.delivered() for one in message.recipients]
        self.assertEqual(sorted(taken), sorted(f"user{i}@remote.test" for i in range(MAIL)))
        done = [node.select("delivered") for node in nodes]
        self.assertEqual(sum(len(each) for each in done), MAIL)

    def test_any_relay_tells_the_size_of_the_whole_queue(self) -> None:
        """Deferred mail is nobody's: no relay would count it."""
        far = self.remote({"rules": [{"at": "rcpt", "reply": "451 4.3.0 come back"}]})
        nodes = [self.node(far, retry_min="1h", retry_max="2h"), self.node(far)]
        for i in range(3):
            nodes[0].submit("a@client.test", f"user{i}@remote.test")
        nodes[0].wait_metric("queue_enqueued_total", lambda count: count == 3)
        for node in nodes:
            node.wait_metric("shared_queue_messages", lambda count: count == 3, 40)
            self.assertEqual(node.metric("shared_queue_recipients"), 3)
            self.assertGreater(node.metric("shared_queue_size_bytes"), 3)
            self.assertEqual(node.metric("store_claiming"), 1)
        self.assertEqual(nodes[1].metric("queue_enqueued_total"), 0)

    def test_mail_of_a_relay_that_died_goes_out_by_another(self) -> None:
        far = self.remote({"rules": [{"at": "mail", "connection": 1, "then": "hang"}]})
        dying = self.node(far)
        other = self.node(far)
        dying.submit("a@client.test", "b@remote.test")
        far.wait_for(lambda server: any(one.commands for one in server.connections))
        dying.kill()
        other.wait_log("delivered", timeout=40)
        self.assertEqual(len(far.delivered()), 1)
        self.assert_empty()

    def test_a_relay_with_a_flood_of_its_own_takes_over_too(self) -> None:
        self.take_over_beside_a_flood(delivery_workers=1)

    def test_so_does_one_with_its_part_of_the_destination(self) -> None:
        """But room for more."""
        self.take_over_beside_a_flood(delivery_workers=20, destination_concurrency=1)

    def take_over_beside_a_flood(self, **settings: object) -> None:
        flood = 80
        far = self.remote(
            {
                "rules": [
                    {"at": "mail", "connection": 1, "then": "hang"},
                    {"at": "dot", "delay": 0.5},
                ]
            }
        )
        dying = self.node(far)
        full = self.node(far, **settings)
        dying.submit("a@client.test", "left@remote.test")
        far.wait_for(lambda server: any(one.commands for one in server.connections))
        dying.kill()
        for i in range(flood):
            full.submit("a@client.test", f"own{i}@remote.test")
        far.wait_delivered(1, "left@remote.test", timeout=60 * PATIENCE)
        self.assertLess(len(far.delivered()), flood * 3 / 4)

    def test_what_a_dead_relay_left_goes_out_by_priority_and_tenant(self) -> None:
        """Behind much bulk mail of one tenant: one urgent message of it, one of another tenant."""
        flood = 60
        far = self.remote({"rules": [{"at": "mail", "connection": 1, "then": "hang"}]})
        dying = self.node(far, delivery_workers=1)
        bulk = "X-Kurir-Priority: bulk\r\n\r\nA test.\r\n"
        urgent = "X-Kurir-Priority: urgent\r\n\r\nA test.\r\n"
        for i in range(flood):
            dying.submit("a@many.test", f"bulk@d{i}.test", bulk)
        dying.submit("a@many.test", "urgent@late.test", urgent)
        dying.submit("a@few.test", "few@late.test", bulk)
        far.wait_for(lambda server: any(one.commands for one in server.connections))
        dying.kill()
        slow = {"rules": [{"at": "dot", "delay": 0.2}]}
        next_server = self.remote(slow)
        self.node(next_server, delivery_workers=1)
        next_server.wait_delivered(flood + 2, timeout=60 * PATIENCE)
        order = [message.recipients[0] for message in next_server.delivered()]
        self.assertLess(order.index("urgent@late.test"), flood / 2, order)
        self.assertLess(order.index("few@late.test"), flood / 2, order)
        self.assert_empty()

    def after_a_sleep(self, far) -> Relay:
        """A relay that was stopped in the middle of a message until another had delivered it."""
        sleeping = self.node(far)
        other = self.node(far)
        sleeping.submit("a@client.test", "b@remote.test")
        far.wait_message_begun()
        sleeping.signal(signal.SIGSTOP)
        other.wait_log("delivered", timeout=40)
        sleeping.signal(signal.SIGCONT)
        return sleeping

    def test_a_relay_that_slept_longer_than_its_lease_sends_nothing(self) -> None:
        far = self.remote(
            {"extensions": PLAIN, "rules": [{"at": "data", "connection": 1, "delay": 3}]}
        )
        sleeping = self.after_a_sleep(far)
        sleeping.wait_log("shortage", resource="claim")
        sleeping.wait_log("claims_expired")
        self.assertEqual(sleeping.metric("queue_claims_expired_total"), 1)
        self.assertEqual(sleeping.select("delivered"), [])
        self.assertEqual(len(far.delivered()), 1)
        self.assert_empty()

    def test_what_was_sent_before_the_sleep_is_doubled_and_counted(self) -> None:
        """The end of the message was sent: nobody can know whether it was taken."""
        far = self.remote({"rules": [{"at": "dot", "connection": 1, "delay": 3}]})
        sleeping = self.after_a_sleep(far)
        sleeping.wait_log("claim_lost")
        self.assertEqual(sleeping.metric("queue_claims_lost_total"), 1)
        self.assertEqual(sleeping.select("delivered"), [])
        self.assertEqual(len(far.delivered()), 2)
        self.assert_empty()

    def test_a_relay_that_stops_leaves_its_mail_to_others_at_once(self) -> None:
        far = self.remote()
        leaving = self.node(relayhost="127.0.0.1:9", retry_min="1h", retry_max="2h")
        leaving.submit("a@client.test", "b@remote.test")
        leaving.wait_log("destination_suspended")
        leaving.submit("a@client.test", "c@remote.test")
        self.assertEqual(leaving.stop(), 0)
        self.assertEqual(
            int(self.database.run("SELECT count(*) FROM entry WHERE owner IS NOT NULL")), 0
        )
        self.node(far)
        far.wait_delivered(1, "c@remote.test")

    def test_one_folder_has_one_relay(self) -> None:
        first = self.node(relayhost="127.0.0.1:9")
        done = run("serve", **{**first.settings, "queue_lock_wait": "0s"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("KURIR_QUEUE_DIR", done.stdout + done.stderr)


class Outage(SharedQueueCase):
    own_server = True

    def test_everything_resumes_by_itself(self) -> None:
        far = self.remote(
            {"rules": [{"at": "rcpt", "match": "waits", "times": 1, "reply": "451 4.3.0 later"}]}
        )
        relay = self.node(far, retry_min="2s")
        relay.submit("a@client.test", "waits@remote.test")
        relay.wait_log("deferred")
        before = self.enterContext(relay.client())
        self.server.stop()
        relay.wait_log("database", what="disconnected")
        status, why = relay.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("the database of the queue can't be reached", why)
        self.assertEqual(relay.metric("store_connected"), 0)
        before.ask("MAIL FROM:<a@client.test>", 451)
        with Client(relay.port) as late:
            late.expect(421)
        self.server.start()
        relay.wait_log("database", what="connected")
        self.assert_soon(relay.ready)
        relay.submit("a@client.test", "c@remote.test")
        far.wait_delivered(2)
        self.assertEqual(relay.metric("store_connected"), 1)
        self.assertEqual(relay.metric("store_disconnects_total"), 1)
        self.assert_empty()
        self.assert_no_secret(relay)

    def test_a_relay_that_can_not_claim_says_so(self) -> None:
        """New mail comes in, but the connection for claims does not come back."""
        relay = self.node(self.remote())
        outside = self.database.but(name="postgres")
        name = self.database.name
        sessions = f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"
        claims = f"{sessions} AND query LIKE '%lease_end%'"
        self.assert_soon(lambda: outside.run(claims))
        outside.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        outside.run(f"SELECT pg_terminate_backend(pid) FROM ({claims}) AS one")
        told = relay.wait_log("database", what="not_claiming")
        self.assertEqual(relay.metric("store_claiming"), 0)
        self.assert_soon(lambda: "can't be claimed" in relay.get("/readyz?verbose")[1])
        self.assertEqual(relay.get("/readyz")[0], 200, told)
        relay.submit("a@client.test", "b@remote.test")
        outside.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        relay.wait_log("database", what="claiming")
        self.assertEqual(relay.metric("store_claiming"), 1)
        self.assert_soon(lambda: "can't be claimed" not in relay.get("/readyz?verbose")[1])

    def test_a_transaction_without_a_database_is_not_ended(self) -> None:
        """Longer than the lease: somebody else may have the mail by then."""
        far = self.remote(
            {"extensions": PLAIN, "rules": [{"at": "data", "connection": 1, "delay": 15}]}
        )
        relay = self.node(far)
        relay.submit("a@client.test", "b@remote.test")
        far.wait_message_begun()
        self.server.stop()
        relay.wait_log("shortage", resource="claim", timeout=60)
        self.assertEqual(far.delivered(), [])
        self.server.start()
        far.wait_delivered(1, timeout=40)
        self.assert_empty()

    def assert_no_secret(self, relay: Relay) -> None:
        api = SocketConnection(str(relay.queue_dir / "admin.sock"))
        api.request("GET", "/api/v1/config")
        shown = api.getresponse().read().decode()
        api.close()
        self.assertIn("KURIR_DATABASE_URL", shown)
        for text in (shown, json.dumps(relay.events), *relay.other_output, relay.get("/readyz")[1]):
            for secret in (PASSWORD, ENCODED, "sesame"):
                self.assertNotIn(secret, text)


class StartCase(SharedQueueCase):
    def refused(self, **settings: object) -> str:
        """What a relay says that does not start."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "queue"
        done = subprocess.run(
            [BINARY, "serve"],
            env=environment(
                self.settings(
                    queue_dir=folder, log_format="json", **({"database_wait": "0s"} | settings)
                )
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30 * PATIENCE,
            check=False,
        )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 1, said)
        self.assertNotIn("sesame", said)
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        (failed,) = [one for one in events if one.get("what") == "store_failed"]
        self.assertEqual(failed["setting"], "KURIR_DATABASE_URL")
        return failed["error"]


class Start(StartCase):
    def test_what_can_not_be_opened_is_named(self) -> None:
        wrong = self.database.but(password="sesame")
        self.assertIn("password authentication failed", self.refused(database_url=wrong.url))
        missing = self.database.but(name="nowhere")
        self.assertIn('"nowhere" does not exist', self.refused(database_url=missing.url))
        silent = self.database.but(port=9)
        said = self.refused(database_url=silent.url)
        self.assertIn("the database", said)
        self.assertIn("127.0.0.1:9", said)
        self.assertIn("refused", said)
        self.assertEqual(self.refused(database_url=silent.url, database_wait="2s"), said)

    def test_a_newer_schema_is_refused(self) -> None:
        self.node(relayhost="127.0.0.1:9").stop()
        self.database.run("INSERT INTO schema_version VALUES (99)")
        self.assertIn("has version 99", self.refused())

    def test_a_queue_in_the_folder_is_not_forgotten_silently(self) -> None:
        local = self.relay(relayhost="127.0.0.1:9")
        local.stop()
        local.settings |= self.settings()
        local.start()
        (told,) = local.select("queue_folder")
        self.assertIn("KURIR_STORE=rocksdb", told["doubt"])


if __name__ == "__main__":
    unittest.main()
