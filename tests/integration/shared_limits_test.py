"""Limits of destinations hold over all relays that share a queue."""

import hashlib
import json
import unittest

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.case import MESSAGE
from tests.support.relay import Relay, run
from tests.support.remote_server import RemoteServer

SLOW = {"at": "dot", "delay": 0.2}


def most_at_once(far: RemoteServer) -> int:
    """The connections that were open at the same time, at most."""
    steps = [(one.opened_at, 1) for one in far.connections]
    steps += [(one.closed_at, -1) for one in far.connections if one.closed_at is not None]
    count = most = 0
    for _, step in sorted(steps):
        count += step
        most = max(most, count)
    return most


def open_now(far: RemoteServer) -> int:
    return sum(one.closed_at is None for one in far.connections)


class SharedLimits(SharedQueueCase):
    def nodes(self, count: int, far: RemoteServer, **settings: object) -> list[Relay]:
        """So many relays that know each other. Connections stay open: none takes another's place."""
        made = [self.node(far, connection_idle="5m", **settings) for _ in range(count)]
        for node in made:
            self.wait_nodes(node, count)
        return made

    def wait_nodes(self, node: Relay, alive: int) -> None:
        def told() -> int:
            return node.select("nodes")[-1]["alive"] if node.select("nodes") else 0

        self.assert_soon(lambda: told() == alive, f"{alive} nodes are alive", 40)

    def submit(self, node: Relay, count: int, name: str) -> None:
        with node.client() as client:
            for number in range(count):
                reply = client.mail("a@client.test", [f"{name}{number}@remote.test"], MESSAGE)
                self.assertEqual(reply.code, 250)

    def wait_delivered(self, node: Relay, count: int) -> None:
        """So many by this relay: its log may come later than the remote server's word."""
        self.assert_soon(lambda: len(node.select("delivered")) == count, f"{count} deliveries")

    def learnt(self, node: Relay, far: RemoteServer) -> dict:
        done = run("destinations", "--json", f"127.0.0.1:{far.port}", **node.settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["learnt"]

    def test_connections_are_those_of_one_relay(self) -> None:
        far = self.remote({"rules": [SLOW]})
        nodes = self.nodes(3, far, destination_concurrency=4)
        for at, node in enumerate(nodes):
            self.submit(node, 15, f"n{at}-")
        far.wait_delivered(45, timeout=60)
        self.assertEqual(most_at_once(far), 4)
        parts = [self.learnt(node, far) for node in nodes]
        self.assertEqual(sorted(one["connections_max"] for one in parts), [1, 1, 2])
        for node, one in zip(nodes, parts):
            self.assertEqual(one["shared"], {"nodes": 3, "connections_max": 4})
            self.wait_delivered(node, 15)
            self.assertEqual(node.metric("store_nodes"), 3)
        told = run("destinations", f"127.0.0.1:{far.port}", **nodes[0].settings).stdout
        self.assertIn("of 4 for 3 nodes", told)

    def test_a_rate_is_that_of_one_relay(self) -> None:
        far = self.remote()
        nodes = self.nodes(3, far, destination_rate="5/s")
        for at, node in enumerate(nodes):
            self.submit(node, 8, f"n{at}-")
        taken = [one.at for one in far.wait_delivered(24, timeout=60)]
        # Each with the whole rate, they would have taken one and a half seconds.
        self.assertGreater(max(taken) - min(taken), 3)
        parts = [self.learnt(node, far) for node in nodes]
        self.assertEqual(sorted(one["rate"] for one in parts), ["1/s", "2/s", "2/s"])
        self.assertEqual({one["shared"]["rate"] for one in parts}, {"5/s"})

    def test_one_that_dies_leaves_its_part_and_one_that_comes_gets_it(self) -> None:
        far = self.remote({"rules": [SLOW]})
        first, second = self.nodes(2, far, destination_concurrency=4)
        self.submit(first, 10, "early")
        far.wait_delivered(10)
        self.assertEqual(most_at_once(far), 2)
        second.kill()
        self.wait_nodes(first, 1)
        self.submit(first, 40, "alone")
        far.wait_for(lambda server: open_now(server) == 4)
        far.wait_delivered(50, timeout=60)
        self.assertEqual(most_at_once(far), 4)

        third = self.node(far, connection_idle="5m", destination_concurrency=4)
        self.wait_nodes(third, 2)
        self.wait_nodes(first, 2)
        self.assert_soon(lambda: open_now(far) <= 2, "connections beyond its part end")
        self.submit(third, 10, "late")
        self.submit(first, 10, "late-too")
        far.wait_delivered(70, timeout=60)
        self.assertEqual(most_at_once(far), 4)
        self.wait_delivered(third, 10)

    def test_one_that_comes_sends_nothing_before_it_has_its_part(self) -> None:
        far = self.remote()
        self.nodes(1, far)
        comes = self.node(far)
        comes.submit("a@client.test", "b@remote.test")
        comes.wait_log("delivered")
        told = [one["event"] for one in comes.events if one["event"] in ("nodes", "delivered")]
        self.assertEqual(told, ["nodes", "delivered"])
        self.assertEqual(comes.select("nodes")[0]["alive"], 2)

    def test_one_connection_for_all_is_one_relays(self) -> None:
        far = self.remote({"rules": [SLOW]})
        nodes = self.nodes(3, far, destination_concurrency=1)
        for at, node in enumerate(nodes):
            self.submit(node, 5, f"n{at}-")
        far.wait_delivered(15, timeout=60)
        self.assertEqual(most_at_once(far), 1)
        self.assert_soon(
            lambda: sorted(len(node.select("delivered")) for node in nodes) == [0, 0, 15],
            "one relay has delivered all",
        )
        self.assert_empty()

        # It dies with mail that waits, and another one goes on.
        owner = max(nodes, key=lambda node: len(node.select("delivered")))
        self.submit(owner, 5, "left")
        owner.kill()
        self.assert_empty(60)
        taken = {name for one in far.delivered() for name in one.recipients}
        self.assertEqual(len(taken), 20)


class SharedQuota(SharedQueueCase):
    def sent(self, node: Relay, count: int = 1) -> int:
        """How many of so many messages are taken."""
        taken = 0
        with node.client() as client:
            for _ in range(count):
                reply = client.ask("MAIL FROM:<a@client.test>")
                if reply.code == 250:
                    client.ask("RCPT TO:<b@remote.test>", 250)
                    client.ask("DATA", 354)
                    client.send(MESSAGE + b".\r\n")
                    reply = client.reply()
                    taken += reply.code == 250
                self.assertIn(reply.code, (250, 450))
        return taken

    def words(self) -> list[str]:
        """What the relays tell each other, the eldest first."""
        return self.database.run("SELECT md5(words) FROM node ORDER BY since").splitlines()

    def tell(self, place: int, node: Relay) -> None:
        """It has told the others of one message, and heard what they told before."""
        before = self.words()[place]
        self.assertEqual(self.sent(node), 1)
        self.assert_soon(lambda: self.words()[place] != before, "the count is told")

    def test_what_a_client_sent_to_one_counts_at_the_other(self) -> None:
        far = self.remote()
        first, second = (self.node(far, permissions="* rate=10/h") for _ in range(2))
        silence = hashlib.md5(b"").hexdigest()
        self.assert_soon(lambda: len(self.words()) == 2 and silence not in self.words())
        self.tell(0, first)
        self.tell(1, second)
        taken = [2]

        def all_of_it() -> bool:
            taken[0] += self.sent(first, 10)
            return taken[0] >= 10

        self.assert_soon(all_of_it, "the whole limit at one relay", 60)
        taken[0] += self.sent(second, 20)
        self.assertLessEqual(taken[0], 11)  # it need not have heard of the last one
        self.assertEqual(self.sent(first, 5), 0)
        far.wait_delivered(taken[0])


if __name__ == "__main__":
    unittest.main()
