"""A rate with a long period holds over all relays that share a queue, whichever come and go."""

import json
import signal
import unittest

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.relay import Relay, run
from tests.support.remote_server import RemoteServer


class SharedRates(SharedQueueCase):
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


if __name__ == "__main__":
    unittest.main()
