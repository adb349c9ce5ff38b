"""What operators see and order of a queue that several relays share, from any of them."""

import json
import unittest

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.api import SocketConnection
from tests.support.case import RelayCase
from tests.support.relay import Relay, run

LATER = {"at": "rcpt", "reply": "451 4.3.0 come back"}
NOBODY_HOME = "127.0.0.1:9"  # a relayhost that can't be reached


class SharedOrders(SharedQueueCase):
    def queue(self, relay: Relay, *words: str, status: int = 0, command: str = "queue") -> str:
        done = run(command, *words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def lines(self, relay: Relay, *words: str, command: str = "queue") -> list[dict]:
        said = self.queue(relay, "--json", *words, command=command)
        return [json.loads(line) for line in said.splitlines()]

    def listed(self, relay: Relay, *words: str) -> list[str]:
        """The ids of what fits, or none."""
        done = run("queue", "--ids", *words, **relay.settings)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return sorted(done.stdout.split())

    def deferred(self, count: int = 3) -> tuple[list[Relay], list[str]]:
        """Two relays, and mail whose next attempt is in an hour: nobody has claimed it."""
        far = self.remote({"rules": [LATER]})
        nodes = [self.node(far, retry_min="1h", retry_max="2h") for _ in range(2)]
        ids = [
            nodes[at % 2].submit(f"app{at}@shop.test", f"user{at}@d{at}.test")
            for at in range(count)
        ]
        for node in nodes:
            node.wait_log("deferred")
        free = "SELECT count(*) FROM entry WHERE owner IS NULL"
        self.assert_soon(lambda: int(self.database.run(free)) == count, free)
        return nodes, sorted(ids)

    def test_mail_that_waits_is_seen_from_every_relay(self) -> None:
        nodes, ids = self.deferred()
        for node in nodes:
            entries = self.lines(node)
            self.assertEqual(sorted(one["id"] for one in entries), ids)
            for one in entries:
                self.assertEqual(one["state"], "deferred")
                self.assertEqual(one["attempts"], 1)
                self.assertIn("come back", " ".join(one["why"]))
                self.assertIn("next_attempt_at", one)
            self.assertEqual(len(self.queue(node).splitlines()), 4)
            for words, wanted in (
                (["--state", "deferred"], ids),
                (["--state", "held"], []),
                (["--domain", "d1.test"], None),
                (["--from", "app1@*"], None),
                (["--reason", "come back"], ids),
                (["--id", ids[0]], [ids[0]]),
            ):
                with self.subTest(words):
                    found = self.listed(node, *words)
                    self.assertEqual(found, wanted) if wanted is not None else None
                    self.assertEqual(len(found), 1 if wanted is None else len(wanted))
            for by in ("domain", "state", "reason", "client", "destination"):
                sums = self.lines(node, "--by", by)
                self.assertEqual(sum(one["deliveries"] for one in sums), 3, by)
            self.assertEqual(len(self.listed(node, "--limit", "2")), 2)
            for order in ("age", "size", "next", "from", "domain"):
                first = self.lines(node, "--sort", order, "--limit", "2")
                self.assertEqual(len(first), 2, order)
            shown = json.loads(self.queue(node, "show", "--json", ids[0]))
            self.assertTrue(all(one["waits"] for one in shown["recipients"]))
            self.assertIn("waits for its next attempt", self.queue(node, "why", ids[0]))
            self.assertIn("A test.", self.queue(node, "show", "--raw", ids[0]))

    def test_pages_have_all_of_it_once(self) -> None:
        nodes, ids = self.deferred(7)
        api, cursor, seen = nodes[0], "", []
        for _ in range(8):
            page = self.ask(api, f"/api/v1/queue?limit=2{cursor}")
            self.assertTrue(page["complete"])
            seen += [one["id"] for one in page["entries"]]
            if "next" not in page:
                break
            cursor = f"&cursor={page['next']}"
        self.assertEqual(sorted(seen), ids)

    def ask(self, relay: Relay, target: str) -> dict:
        connection = SocketConnection(str(relay.queue_dir / "admin.sock"))
        self.addCleanup(connection.close)
        connection.request("GET", target)
        return json.loads(connection.getresponse().read())

    def test_it_is_deleted_from_a_relay_that_did_not_take_it(self) -> None:
        nodes, ids = self.deferred()
        for other, mail in zip(nodes, (["--domain", "d1.test"], ["--domain", "d0.test"])):
            said = self.queue(other, "delete", "--yes", "--because", "a test", *mail)
            self.assertIn("1 delivery", said)
            other.wait_log("removed", because="a test")
        for node in nodes:
            left = self.lines(node)
            self.assertEqual([one["domain"] for one in left], ["d2.test"])
        self.queue(nodes[0], "delete", "--yes")
        self.assert_empty()
        self.assertEqual(len(ids), 3)

    def test_a_hold_of_one_relay_is_ended_by_another(self) -> None:
        far = self.remote({"rules": [LATER | {"times": 2}]})
        first, second = (self.node(far, retry_min="1h", retry_max="2h") for _ in range(2))
        for relay in (first, second):
            relay.submit("a@client.test", "b@remote.test")
            relay.wait_log("deferred")
        self.assertIn("2 deliveries", self.queue(first, "hold", "--because", "wait"))
        for node in (first, second):
            held = self.lines(node, "--state", "held")
            self.assertEqual(len(held), 2)
            self.assertEqual({one["hold"]["reason"] for one in held}, {"wait"})
        free = "SELECT count(*) FROM entry WHERE owner IS NULL"
        self.assert_soon(lambda: int(self.database.run(free)) == 2, free)
        self.assertIn("2 deliveries", self.queue(second, "release"))
        far.wait_delivered(2)
        self.assert_empty()

    def test_mail_that_is_due_is_held_by_nobody(self) -> None:
        """It waits for a destination that can't be reached, in the relay that took it."""
        first, second = (
            self.node(relayhost=NOBODY_HOME, retry_min="1h", retry_max="2h") for _ in range(2)
        )
        first.submit("a@client.test", "b@remote.test")
        first.wait_log("destination_suspended")
        ident = first.submit("a@client.test", "c@remote.test")
        (entry,) = self.lines(second, "--id", ident)
        self.assertIn("node", entry)
        self.assertIn("1 delivery", self.queue(first, "hold", "--id", ident))
        self.assert_soon(lambda: "node" not in self.lines(second, "--id", ident)[0], "given back")
        self.assertIn("1 delivery", self.queue(second, "delete", "--yes", "--id", ident))
        self.assertEqual(self.listed(first, "--id", ident), [])

    def test_a_retry_tries_what_nobody_has_claimed(self) -> None:
        far = self.remote({"rules": [LATER | {"times": 1}]})
        first, second = (self.node(far, retry_min="1h", retry_max="2h") for _ in range(2))
        first.submit("a@client.test", "b@remote.test")
        first.wait_log("deferred")
        self.assertIn("1 delivery", self.queue(second, "retry"))
        second.wait_log("delivered")
        self.assert_empty()

    def test_a_bounce_goes_back_from_the_other_relay(self) -> None:
        nodes, _ = self.deferred(2)
        self.queue(nodes[0], "bounce", "--yes", "--text", "no such shop", "--domain", "d1.test")
        nodes[0].wait_log("bounced")
        self.assertEqual(self.listed(nodes[1], "--domain", "d1.test"), [])

    def test_what_another_relay_has_is_told_and_left_alone(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "then": "hang"}]})
        first, second = self.node(far), self.node(far)
        first.submit("a@client.test", "b@remote.test")
        far.wait_for(lambda server: any(one.commands for one in server.connections))
        (entry,) = self.lines(second)
        self.assertEqual(entry["state"], "active")
        name = next(one["name"] for one in self.nodes(first) if one["self"])
        self.assertEqual(entry["node"], name)
        self.assertIn(f"tried by {name}", entry["why"])
        self.assertIn(f"tried by {name}", self.queue(second, "why", entry["id"]))
        said = self.queue(second, "retry")
        self.assertIn("1 is being tried, 1 of them by other nodes", said)
        first.kill()  # it would wait for its attempt

    def nodes(self, relay: Relay) -> list[dict]:
        return self.lines(relay, command="nodes")

    def test_nodes_are_listed_and_one_that_died_is_silent(self) -> None:
        first, second = self.node(relayhost=NOBODY_HOME), self.node(relayhost=NOBODY_HOME)
        for node in (first, second):
            self.assert_soon(lambda node=node: len(self.nodes(node)) == 2, "two nodes")
            known = self.nodes(node)
            self.assertEqual([one["alive"] for one in known], [True, True])
            self.assertEqual(sorted(one["self"] for one in known), [False, True])
            self.assertEqual(len({one["name"] for one in known}), 2)
        self.assertIn("this one", self.queue(first, command="nodes"))
        second.kill()
        self.assert_soon(
            lambda: sorted(one["alive"] for one in self.nodes(first)) == [False, True],
            "one is silent",
            60,
        )
        self.assertIn("silent", self.queue(first, command="nodes"))

    def test_one_that_ends_is_no_node_any_more(self) -> None:
        first, second = self.node(relayhost=NOBODY_HOME), self.node(relayhost=NOBODY_HOME)
        self.assert_soon(lambda: len(self.nodes(first)) == 2, "two nodes")
        second.stop()
        self.assertEqual(len(self.nodes(first)), 1)


class OneNode(RelayCase):
    def test_a_queue_in_a_folder_has_one_node(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME)
        relay.submit("a@client.test", "b@remote.test")
        done = run("nodes", "--json", **relay.settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        (only,) = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(only["self"] and only["alive"])
        self.assertEqual(only["deliveries"], 1)


if __name__ == "__main__":
    unittest.main()
