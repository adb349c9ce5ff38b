"""How much a destination is given: configured rates, and limits that the relay finds by itself."""

import threading
import time

from tests.support.case import RelayCase
from tests.support.remote_server import RemoteServer
from tests.support.script import Answer, Script


class Narrow(Script):
    """A provider that takes so many connections at a time; one more is answered 421."""

    def __init__(self, connections: int) -> None:
        super().__init__(rules=[{"at": "dot", "delay": 0.01}])
        self.connections = connections
        self.refused = 0
        self.server: RemoteServer | None = None

    def answer(self, stage: str, text: str, connection: int) -> Answer:
        if stage == "connect" and self.open() > self.connections:
            self.refused += 1
            refusal = Answer.of("421 4.7.0 too many connections")
            refusal.then = "close"
            return refusal
        return super().answer(stage, text, connection)

    def open(self) -> int:
        """Connections that are served; a refused one is gone at once."""
        return sum(one.closed_at is None for one in self.server.connections)


class Polite(RelayCase):
    def submit_all(self, near, count: int, clients: int = 4) -> None:
        def some(first: int) -> None:
            with near.client() as client:
                for number in range(first, count, clients):
                    client.mail("", [f"u{number}@remote.test"], b"Subject: x\r\n\r\nx")

        threads = [threading.Thread(target=some, args=(first,)) for first in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_a_configured_rate_is_kept_and_defers_nothing(self) -> None:
        far = self.remote()
        near = self.relay(far, destination_rate="20/s")
        begun = time.monotonic()
        self.submit_all(near, 40)
        far.wait_delivered(40)

        # A load on the machine makes it slower, never faster: the first tokens are a tenth of a
        # second's worth.
        self.assertGreaterEqual(time.monotonic() - begun, (40 - 2) / 20)
        self.assertGreater(near.metric("outbound_throttled_total", reason="rate"), 0)
        self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 0)

    def test_a_rate_for_another_destination_holds_nobody(self) -> None:
        far = self.remote()
        near = self.relay(far, destination_rate="elsewhere.test=1/d *.elsewhere.test=1/d")
        self.submit_all(near, 20)
        far.wait_delivered(20)
        self.assertEqual(near.metric("outbound_throttled_total", reason="rate"), 0)

    def test_c024_a_limit_on_connections_is_found_and_kept(self) -> None:
        script = Narrow(connections=3)
        far = self.remote(script)
        script.server = far
        near = self.relay(far, retry_min="1s", connection_idle="5s", destination_concurrency=20)
        self.submit_all(near, 600)
        far.wait_delivered(600, timeout=60)
        refused = script.refused
        print(f"refused {refused} of {len(far.connections)} connections, 600 messages")

        self.assertLess(refused, 30)
        self.assertEqual(len({one.recipients[0] for one in far.delivered()}), 600)
