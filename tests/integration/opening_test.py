"""While the queue is being opened, which may take long, HTTP answers: alive, not ready, and why
(KURIR_HTTP_LISTEN). Nothing that restarts what does not answer ends it then."""

import contextlib
import json
import shutil
import signal
import socket
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.postgres import PostgresServer
from tests.support.relay import PATIENCE, Relay

# What a relay holds that brings the tables up to date (queue/postgres/schema.cpp).
SCHEMA_LOCK = "DO 'BEGIN PERFORM pg_advisory_lock(7238115437921); END'"

# The first function of the schema takes as long as the index of a large table.
SLOW_MIGRATION = """
CREATE FUNCTION be_slow() RETURNS event_trigger LANGUAGE plpgsql
  AS 'BEGIN PERFORM pg_sleep(4); END';
CREATE EVENT TRIGGER slow_migration ON ddl_command_start WHEN TAG IN ('CREATE FUNCTION')
  EXECUTE FUNCTION be_slow();
"""


class Asker:
    """Asks a path again and again, with a connection for each, until the context ends."""

    def __init__(self, relay: Relay, path: str) -> None:
        self.url = f"http://127.0.0.1:{relay.http_port}{path}"
        self.answers: list[int | str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> "Asker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _ask(self) -> None:
        while not self._over.wait(0.01):
            try:
                with urllib.request.urlopen(self.url, timeout=10 * PATIENCE) as answer:
                    self.answers.append(answer.status)
            except urllib.error.HTTPError as error:
                with error:
                    self.answers.append(error.code)
            except OSError as error:
                self.answers.append(str(error))


class OpeningCase(RelayCase):
    size_metric = "shared_queue_size_bytes"

    def opening(self, **settings: object) -> Relay:
        """A relay whose HTTP answers, and which has no other listener yet."""
        relay = Relay(**({"relayhost": "127.0.0.1:1"} | settings))
        return self.begun(relay, "http_listening")

    def begun(self, relay: Relay, *states: str) -> Relay:
        """Started, without waiting for other listeners than these."""
        self.addCleanup(self.end, relay)
        bound = relay._bound
        relay._bound = lambda begun, state, setting: (
            bound(begun, state, setting) if state in states else 0
        )
        try:
            return relay.start(ready=False)
        finally:
            relay._bound = bound

    def end(self, relay: Relay) -> None:
        relay.kill()
        shutil.rmtree(relay.folder, ignore_errors=True)
        relay.assert_no_complaint()

    def assert_opening(self, relay: Relay, *words: str, connected: int = 1) -> None:
        """It is alive, is not ready for this reason, and can be looked at."""
        self.assert_soon(lambda: all(each in relay.get("/readyz")[1] for each in words))
        status, text = relay.get("/readyz?verbose")
        self.assertEqual(status, 503)
        told = json.loads(text)
        self.assertIs(told["ready"], False)
        (check,) = told["checks"]
        self.assertEqual((check["name"], check["ok"]), ("store", False))
        for each in words:
            self.assertIn(each, check["detail"])
        self.assertEqual(relay.get("/livez"), (200, "ok\n"))
        self.assertEqual(relay.get("/api/v1/queue")[0], 404)
        self.assertEqual(relay.metric("ready"), 0)
        self.assertEqual(relay.metric("build_info"), 1)
        # An alert says when it is gone.
        self.assertEqual(relay.metric("store_connected"), connected)
        self.assertGreater(relay.metric("filesystem_free_bytes"), 0)
        self.assertEqual(relay.select("lifecycle", what="listening"), [])

    def assert_opens(self, relay: Relay, let_go) -> None:
        """When it can, and HTTP has answered all the time."""
        with Asker(relay, "/livez") as alive, Asker(relay, "/readyz") as ready:
            let_go()
            self.assert_soon(relay.ready, relay.tail)
            relay.wait_log("lifecycle", what="started")
        self.assertEqual(set(alive.answers), {200})
        self.assertLessEqual(set(ready.answers), {200, 503})
        relay.port = relay.select("lifecycle", what="listening")[0]["port"]
        relay.submit("a@client.test", "b@remote.test")
        self.assertEqual(len(relay.select("lifecycle", what="http_listening")), 1)
        # Asked for at a scrape.
        relay.wait_metric(self.size_metric, lambda count: count > 0)

    def assert_ends_soon(self, relay: Relay) -> None:
        relay.signal(signal.SIGTERM)
        self.assertEqual(relay.wait(5 * PATIENCE), 0)
        self.assertTrue(relay.select("lifecycle", what="stopped_while_starting"))


class Folder(OpeningCase):
    """KURIR_QUEUE_LOCK_WAIT."""

    size_metric = "queue_size_bytes"

    def setUp(self) -> None:
        super().setUp()
        self.holder = self.relay(relayhost="127.0.0.1:1")
        self.waits = {"queue_dir": self.holder.queue_dir, "queue_lock_wait": "1h"}

    def why(self) -> tuple[str, ...]:
        return ("waiting for the queue folder: ", f"pid {self.holder.process.pid} since")

    def test_it_answers_while_another_process_has_the_folder(self) -> None:
        second = self.opening(**self.waits)
        self.assert_opening(second, *self.why())
        second.wait_log("lifecycle", what="waiting_for_queue")
        self.assert_opens(second, self.holder.stop)
        self.assertEqual(second.stop(), 0)

    def test_R10_a_signal_meanwhile_ends_it_soon_with_status_0(self) -> None:
        second = self.opening(**self.waits)
        self.assert_opening(second, *self.why())
        with contextlib.closing(socket.create_connection(("127.0.0.1", second.http_port))):
            self.assert_ends_soon(second)  # whoever is connected

    def test_who_has_waited_for_long_enough_ends_as_before(self) -> None:
        second = self.opening(**(self.waits | {"queue_lock_wait": "3s"}))
        self.assertEqual(second.get("/livez")[0], 200)
        with contextlib.closing(socket.create_connection(("127.0.0.1", second.http_port))):
            self.assertEqual(second.wait(20 * PATIENCE), 1)
        (failed,) = [one for one in second.events if one["level"] == "error"]
        self.assertEqual((failed["what"], failed["setting"]), ("store_failed", "KURIR_QUEUE_DIR"))
        self.assertIn("is in use by", failed["error"])

    def test_an_address_that_the_other_process_has_is_waited_for_too(self) -> None:
        taken = {"http_listen": f"127.0.0.1:{self.holder.http_port}"}
        second = self.begun(Relay(relayhost="127.0.0.1:1", **self.waits, **taken))
        second.wait_log("lifecycle", what="waiting_for_queue")
        self.assertEqual(second.select("lifecycle", what="http_listening"), [])
        self.holder.stop()
        second.wait_log("lifecycle", what="started")
        second.http_port = self.holder.http_port
        self.assertTrue(second.ready())
        self.assertEqual(len(second.select("lifecycle", what="http_listening")), 1)
        self.assertEqual(second.stop(), 0)

    def test_operating_systemd_gives_it_the_time(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        manager = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        manager.bind(str(folder / "notify"))
        manager.settimeout(20 * PATIENCE)
        second = Relay(relayhost="127.0.0.1:1", **self.waits)
        second.variables = {"NOTIFY_SOCKET": str(folder / "notify")}
        self.begun(second)
        told = manager.recv(4096).decode()
        self.assertTrue(told.startswith(f"EXTEND_TIMEOUT_USEC={(3600 + 300) * 1_000_000}\n"), told)
        self.assertIn("STATUS=not accepting mail: waiting for the queue folder: ", told)
        self.holder.stop()
        self.assertEqual(manager.recv(4096).decode(), "READY=1\nSTATUS=accepting mail\n")
        self.assertEqual(second.stop(), 0)


class Migration(OpeningCase):
    """KURIR_STORE=postgresql."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(PostgresServer())

    def setUp(self) -> None:
        super().setUp()
        self.database = self.server.create_database()
        self.settings = {"store": "postgresql", "database_url": self.database.url}

    def test_it_answers_while_another_relay_brings_the_tables_up_to_date(self) -> None:
        lock = self.enterContext(contextlib.ExitStack())
        lock.enter_context(self.database.holding(SCHEMA_LOCK))
        relay = self.opening(**self.settings)
        waits = "opening the queue: this relay waits: another relay brings the tables up to date: "
        self.assert_opening(relay, waits)
        relay.wait_log("database", what="migrating")
        self.assert_opens(relay, lock.close)
        self.assertEqual(relay.stop(), 0)

    def test_R10_a_signal_meanwhile_ends_it_soon_with_status_0(self) -> None:
        self.enterContext(self.database.holding(SCHEMA_LOCK))
        relay = self.opening(**self.settings)
        self.assert_opening(relay, "another relay brings the tables up to date: ")
        self.assert_ends_soon(relay)

    def test_it_answers_while_it_brings_the_tables_up_to_date_itself(self) -> None:
        self.database.run(SLOW_MIGRATION)
        relay = self.opening(**self.settings)
        self.assert_opening(relay, "opening the queue: this relay brings the tables from version 0")
        self.assert_opens(relay, lambda: None)
        self.assertEqual(relay.stop(), 0)

    def test_it_answers_while_the_database_does_not(self) -> None:
        silent = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        where = self.database.but(port=silent.getsockname()[1])
        away = {"database_url": where.url, "database_wait": "0s"}
        relay = self.opening(**(self.settings | away))
        self.assert_opening(relay, "connecting to the database ")
        self.assertNotIn("sesame", relay.get("/readyz")[1])
        self.assertEqual(relay.wait(30 * PATIENCE), 1)
        (failed,) = [one for one in relay.events if one["level"] == "error"]
        self.assertEqual(failed["what"], "store_failed")
        self.assertIn("does not answer in time", failed["error"])


class Away(OpeningCase):
    """KURIR_DATABASE_WAIT."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.enterContext(PostgresServer())
        self.settings = {
            "store": "postgresql",
            "database_url": self.server.create_database().url,
        }

    def test_a_database_that_comes_later_is_waited_for(self) -> None:
        self.server.stop()
        relay = self.opening(**self.settings)
        self.assert_opening(relay, "waiting for the database: ", "refused", connected=0)
        (told,) = relay.select("database")
        self.assertEqual((told["what"], told["level"]), ("awaited", "warning"))
        self.assertIn("refused", told["cause"])
        self.assert_opens(relay, self.server.start)
        relay.wait_log("database", what="connected")
        self.assertEqual(relay.metric("store_connected"), 1)
        self.assertEqual(relay.stop(), 0)

    def test_R10_a_signal_meanwhile_ends_it_soon_with_status_0(self) -> None:
        self.server.stop()
        relay = self.opening(**self.settings)
        self.assert_opening(relay, "waiting for the database: ", connected=0)
        self.assert_ends_soon(relay)


if __name__ == "__main__":
    unittest.main()
