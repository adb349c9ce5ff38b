"""Orders and lists that come before a relay has read its whole queue."""

import json
import subprocess
import unittest
from pathlib import Path

from tests.integration.operators_test import NOBODY_HOME, OperatorCase
from tests.support.api import SocketConnection
from tests.support.relay import BINARY, Relay

FILL = Path(BINARY).parent / "tests" / "fill_queue"
MESSAGES = 100_000


class EarlyOrders(OperatorCase):
    def filled(self) -> Relay:
        """A relay with a long queue, which was just started."""
        relay = Relay(relayhost=NOBODY_HOME)
        self.addCleanup(self._stop_relay, relay)
        subprocess.run(
            [FILL, relay.queue_dir, "--messages", str(MESSAGES), "--size", "100"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        relay.start(ready=False)
        relay.wait_log("lifecycle", what="admin_listening")
        return relay

    def ask(self, relay: Relay, method: str, path: str, body: str | None = None) -> dict:
        link = SocketConnection(str(relay.queue_dir / "admin.sock"))
        link.request(method, path, body)
        answer = json.loads(link.getresponse().read())
        link.close()
        return answer

    def test_an_order_means_the_whole_queue(self) -> None:
        relay = self.filled()
        order = {"action": "delete", "selector": {}, "by": "x", "dry_run": True}
        given = self.ask(relay, "POST", "/api/v1/orders", json.dumps(order))
        sums = self.ask(relay, "GET", "/api/v1/queue-sums?by=state")
        page = self.ask(relay, "GET", "/api/v1/queue?limit=1")
        known = sum(each["deliveries"] for each in sums["groups"])
        if not relay.select("lifecycle", what="recovered"):
            self.assertFalse(sums["complete"])
            self.assertTrue(given["waiting"])
            self.assertLess(known, MESSAGES)
        self.assertIn("complete", page)
        path = f"/api/v1/orders/{given['order']}"
        self.assert_soon(lambda: self.ask(relay, "GET", path)["over"], timeout=60)
        self.assertEqual(self.ask(relay, "GET", path)["matched"], MESSAGES)
        self.assertFalse(self.ask(relay, "GET", path)["waiting"])
        sums = self.ask(relay, "GET", "/api/v1/queue-sums?by=state")
        self.assertTrue(sums["complete"])
        self.assertEqual(sum(each["deliveries"] for each in sums["groups"]), MESSAGES)


if __name__ == "__main__":
    unittest.main()
