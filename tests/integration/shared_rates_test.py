"""A rate with a long period holds over all relays that share a queue, whichever come and go."""

import json
import signal
import unittest

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.proxy import Proxy
from tests.support.relay import Relay, run
from tests.support.remote_server import RemoteServer


class RatesCase(SharedQueueCase):
    def submit(self, node: Relay, count: int, name: str) -> None:
        for number in range(count):
            node.submit("a@client.test", f"{name}{number}@remote.test")

    def destination(self, node: Relay, far: RemoteServer) -> dict:
        done = run("destinations", "--json", f"127.0.0.1:{far.port}", **node.settings)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def wait_withheld(self, node: Relay, far: RemoteServer) -> None:
        """It has mail, has asked for tokens, and there are none."""

        def is_withheld() -> bool:
            one = self.destination(node, far)
            told = one.get("learnt", {}).get("tokens_left") == 0
            return told and one.get("withheld_by") == "rate"

        self.assert_soon(is_withheld, "its mail waits for the rate", 60)

    def drawn(self) -> int:
        text = self.database.run("SELECT convert_from(drawn, 'UTF8') FROM drawn_rate")
        return sum(int(line.split()[2]) for line in text.splitlines() if line.strip())


class SharedRates(RatesCase):
    def test_one_message_a_day_is_one_whoever_comes_sleeps_and_dies(self) -> None:
        far = self.remote()
        first = self.node(far, destination_rate="1/d")
        self.submit(first, 3, "first")
        far.wait_delivered(1)
        self.wait_withheld(first, far)

        second = self.node(far, destination_rate="1/d")
        self.submit(second, 3, "second")
        self.wait_withheld(second, far)
        first.kill()
        second.signal(signal.SIGSTOP)

        third = self.node(far, destination_rate="1/d")
        self.submit(third, 3, "third")
        self.wait_withheld(third, far)
        second.signal(signal.SIGCONT)
        self.submit(second, 1, "awake")
        self.wait_withheld(second, far)
        third.restart()
        self.submit(third, 1, "again")
        self.wait_withheld(third, far)
        self.assertEqual(len(far.delivered()), 1)
        self.assertEqual(self.drawn(), 1)
        told = run("destinations", f"127.0.0.1:{far.port}", **third.settings).stdout
        self.assertIn("0 drawn by this node and not used, 0 left for all", told)

    def test_what_a_relay_does_not_use_another_one_may(self) -> None:
        far = self.remote()
        first = self.node(far, destination_rate="86400/d")
        second = self.node(far, destination_rate="86400/d")
        self.submit(first, 4, "first")
        self.submit(second, 2, "second")
        far.wait_delivered(6, timeout=60)
        self.assertGreaterEqual(self.drawn(), 6)
        learnt = self.destination(first, far)["learnt"]
        self.assertEqual(learnt["rate"], "86400/d")
        first.stop()
        second.stop()
        self.assertEqual(self.drawn(), 6)


class RatesWithoutDatabase(RatesCase):
    """PostgreSQL is stopped and started again: no token is used twice, and mail goes on."""

    own_server = True

    def restart(self, *nodes: Relay) -> None:
        """The database is away until they have noticed it."""
        self.server.stop()
        for node in nodes:
            node.wait_log("database", what="disconnected", timeout=60)
        self.server.start()
        for node in nodes:
            self.assert_soon(node.ready, node.tail, 60)

    def lossy(self) -> Proxy:
        """A way to the database that can lose an answer."""
        return self.enterContext(Proxy(self.server.port))

    def test_mail_goes_on_after_an_outage_by_new_tokens(self) -> None:
        far = self.remote()
        nodes = [self.node(far, destination_rate="86400/d") for _ in range(2)]
        for node, name in zip(nodes, ("first", "second")):
            self.submit(node, 6, name)
        far.wait_delivered(2, timeout=60)
        self.restart(*nodes)
        far.wait_delivered(12, timeout=120)
        self.assertGreaterEqual(self.drawn(), 12)
        for node, name in zip(nodes, ("third", "fourth")):
            self.submit(node, 1, name)
        far.wait_delivered(14, timeout=60)
        self.assertEqual(len(far.delivered()), 14)
        self.assertGreaterEqual(self.drawn(), 14)

    def test_an_outage_brings_no_more_than_the_rate(self) -> None:
        far = self.remote()
        nodes = [self.node(far, destination_rate="1/d") for _ in range(2)]
        for node, name in zip(nodes, ("first", "second")):
            self.submit(node, 2, name)
        far.wait_delivered(1)
        self.restart(*nodes)
        for node in nodes:
            self.wait_withheld(node, far)
        self.assertEqual(len(far.delivered()), 1)
        self.assertEqual(self.drawn(), 1)

    def test_tokens_whose_grant_got_lost_are_used_by_nobody(self) -> None:
        far = self.remote()
        proxy = self.lossy()
        near = self.database.but(port=proxy.port)
        node = self.node(far, destination_rate="86400/d", database_url=near.url)
        self.submit(node, 1, "first")
        far.wait_delivered(1)
        self.assertEqual(self.drawn(), 1)

        proxy.cut_answer_to(b"change_drawn_rate")
        self.submit(node, 4, "second")
        self.assert_soon(lambda: proxy.broken > 0, node.tail, 60)
        lost = self.drawn() - 1
        self.assertGreater(lost, 0)
        self.restart(node)
        far.wait_delivered(5, timeout=60)
        self.assertEqual(len(far.delivered()), 5)
        self.assertGreaterEqual(self.drawn(), 5 + lost)
        node.wait_log("rate_unshared")

    def test_the_only_token_of_a_day_is_gone_when_its_grant_got_lost(self) -> None:
        far = self.remote()
        proxy = self.lossy()
        proxy.cut_answer_to(b"add_drawn_rate")
        near = self.database.but(port=proxy.port)
        node = self.node(far, destination_rate="1/d", database_url=near.url)
        self.submit(node, 1, "first")
        self.assert_soon(lambda: proxy.broken > 0, node.tail, 60)
        other = self.node(far, destination_rate="1/d")
        self.submit(other, 1, "second")
        self.restart(node, other)
        for each in (node, other):
            self.wait_withheld(each, far)
        self.assertEqual(far.delivered(), [])
        self.assertEqual(self.drawn(), 1)


if __name__ == "__main__":
    unittest.main()
