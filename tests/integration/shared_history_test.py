"""What became of mail, asked of any relay that shares a queue in PostgreSQL."""

import json
import unittest

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.relay import Relay, run


class SharedHistoryCase(SharedQueueCase):
    def trace(self, relay: Relay, subject: str) -> list[dict]:
        """What this relay tells of it; nothing, if it knows nothing."""
        done = run("trace", subject, "--json", **relay.settings)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def assert_traced(self, relay: Relay, subject: str, events: list[str]) -> list[dict]:
        def told() -> list[str]:
            return [one["event"] for one in self.trace(relay, subject)]

        self.assert_soon(lambda: told() == events, f"{subject}: {events}")
        return self.trace(relay, subject)

    def name(self, relay: Relay) -> str:
        """As `kurir nodes` tells it of this relay."""
        done = run("nodes", "--json", **relay.settings)
        nodes = [json.loads(line) for line in done.stdout.splitlines()]
        return next(one["name"] for one in nodes if one["self"])


class SharedHistory(SharedHistoryCase):
    def test_each_relay_tells_what_all_have_done_also_after_they_died(self) -> None:
        far = self.remote()
        first, second = self.node(far), self.node(far)
        names = [self.name(first), self.name(second)]
        ident = first.submit("a@client.test", "bob@remote.test")
        second.submit("a@client.test", "eve@remote.test")
        far.wait_delivered(2)
        for relay in (first, second):
            for subject in ("bob@remote.test", "BOB@Remote.test", ident):
                told = self.assert_traced(relay, subject, ["received", "delivered"])
                self.assertEqual(told[0]["node"], names[0])
                self.assertIn(told[1]["node"], names)
            self.assert_traced(relay, "eve@remote.test", ["received", "delivered"])
            self.assertEqual(len(self.trace(relay, "a@client.test")), 4)
            self.assertEqual(self.trace(relay, "nobody@remote.test"), [])
        first.kill()
        said = run("trace", ident, **second.settings).stdout
        self.assertIn(f"relay {names[0]}", said)
        self.assertFalse(any((second.queue_dir / "history").glob("*")))

    def test_nothing_is_kept_if_nothing_is_to_be(self) -> None:
        far = self.remote()
        relay = self.node(far, history="0")
        relay.submit("a@client.test", "b@remote.test")
        far.wait_delivered(1)
        self.assertIn("KURIR_HISTORY=0", run("trace", "b@remote.test", **relay.settings).stderr)
        self.assertEqual(self.database.count("history_part"), 0)


class Outage(SharedHistoryCase):
    own_server = True

    def test_what_happens_without_the_database_is_told_afterwards(self) -> None:
        relay = self.node(relayhost="127.0.0.1:9")
        with relay.client() as client:
            self.server.stop()
            relay.wait_log("database", what="disconnected")
            self.assertEqual(client.ask("MAIL FROM:<refused@client.test>").code // 100, 4)
        relay.wait_log("rejected")
        done = run("trace", "refused@client.test", **relay.settings)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("the history can't be read", done.stdout + done.stderr)
        self.server.start()
        self.assert_traced(relay, "refused@client.test", ["rejected"])


if __name__ == "__main__":
    unittest.main()
