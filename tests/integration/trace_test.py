"""kurir trace: what became of mail, also after it has left, and after a kill."""

import json
import signal
import unittest

from tests.integration.operators_test import NOBODY_HOME, OperatorCase
from tests.support.client import wait_until
from tests.support.relay import run


class Traces(OperatorCase):
    def trace(self, relay, subject: str, *words: str, status: int = 0) -> list[dict]:
        done = run("trace", "--json", subject, *words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def lines_of(self, relay, subject: str, event: str) -> list[str]:
        """The lines for people, of such an event."""
        found: list[str] = []

        def told() -> bool:
            lines = run("trace", subject, **relay.settings).stdout.splitlines()
            found[:] = [line for line in lines if f" {event} " in line]
            return bool(found)

        self.assertTrue(wait_until(told))
        return found

    def events(self, relay, subject: str) -> list[str]:
        done = run("trace", "--json", subject, **relay.settings)
        return [json.loads(line)["event"] for line in done.stdout.splitlines()]

    def wait_events(self, relay, subject: str, *wanted: str) -> None:
        """They are written some moments after they happen."""
        found = wait_until(lambda: self.events(relay, subject) == list(wanted))
        self.assertTrue(found, f"{self.events(relay, subject)} instead of {wanted}")

    def test_a_message_that_has_left(self) -> None:
        remote = self.remote()
        relay = self.relay(remote)
        number = relay.submit("app@shop.test", ["bob@one.test", "eve@one.test"])
        relay.wait_log("delivered", count=2)
        self.wait_events(relay, number, "received", "delivered", "delivered")
        self.assertEqual(
            [each["to"] for each in self.trace(relay, "EVE@one.test")][1:], ["eve@one.test"]
        )
        self.assertEqual(len(self.trace(relay, "app@shop.test")), 3)
        text = run("trace", number, **relay.settings).stdout
        self.assertIn("delivered " + number + " app@shop.test to bob@one.test", text)
        self.assertNotIn("in the queue", text)

    def test_a_message_that_waits(self) -> None:
        relay = self.full()
        self.assertTrue(wait_until(lambda: "received" in self.events(relay, self.ids[1])))
        text = run("trace", self.ids[1], **relay.settings).stdout
        self.assertIn(f"kurir queue why {self.ids[1]}", text)
        relay.wait_log("deferred")
        line = self.lines_of(relay, relay.select("deferred")[0]["queue_id"], "deferred")[0]
        self.assertRegex(line, r", again in \d+[ms]")

    def test_at_a_glance(self) -> None:
        relay = self.full()

        def screen() -> str:
            return run("top", **relay.settings).stdout

        self.assertTrue(wait_until(lambda: "Connection refused" in screen()), screen())
        self.assertIn("QUEUE", screen())
        relay.stop()
        self.assertEqual(run("top", "--once", **relay.settings).returncode, 2)

    def test_what_an_operator_did(self) -> None:
        relay = self.full()
        self.queue(relay, "delete", "--to", "carl@two.test", "--yes", "--because", "a mistake")
        self.assertTrue(wait_until(lambda: "removed" in self.events(relay, self.ids[1])))
        self.assertIn("because a mistake", run("trace", self.ids[1], **relay.settings).stdout)
        self.assertIn("removed", self.events(relay, "carl@two.test"))

    def test_a_refused_recipient(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME, allowed_recipient_domains="one.test")
        with relay.client() as client:
            client.ask("MAIL FROM:<app@shop.test>", 250)
            client.ask("RCPT TO:<far@away.test>", 550)
        self.wait_events(relay, "far@away.test", "rejected")

    def test_it_survives_a_kill_and_a_log_of_another_form(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME, log_level="notice", history="1d")
        number = relay.submit("app@shop.test", "bob@one.test")
        self.assertTrue(wait_until(lambda: "deferred" in self.events(relay, number)))
        before = self.events(relay, number)
        relay.signal(signal.SIGKILL)
        relay.stop()
        relay.start()
        self.assertEqual(self.events(relay, number)[: len(before)], before)

    def test_hidden_addresses_stay_hidden_and_are_found(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME, log_redact="hash", log_redact_key="k" * 20)
        relay.submit("app@shop.test", "bob@one.test")
        self.assertTrue(wait_until(lambda: "received" in self.events(relay, "bob@one.test")))
        files = list((relay.queue_dir / "history").iterdir())
        for each in files:
            self.assertNotIn(b"bob@", each.read_bytes())

    def test_nothing_is_kept_unless_it_is_wanted(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME, history="0")
        relay.submit("app@shop.test", "bob@one.test")
        done = run("trace", "bob@one.test", **relay.settings)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("KURIR_HISTORY", done.stderr)
        self.assertFalse((relay.queue_dir / "history").exists())

    def test_nobody_knows_it(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME)
        self.trace(relay, "nobody@nowhere.test", status=1)
        done = run("trace", "nobody@nowhere.test", **relay.settings)
        self.assertIn("nothing is known of nobody@nowhere.test", done.stderr)
        self.trace(relay, "bob@one.test", "--limit", "2000", status=64)


if __name__ == "__main__":
    unittest.main()
