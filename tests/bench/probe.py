"""How long new mail takes through a relay that has other work, too."""

import statistics
import threading
import time

from tests.support.client import Client, wait_until
from tests.support.remote_server import RemoteServer


def figures_of(took: list[float]) -> str:
    """The median and the 99th percentile of some seconds."""
    ordered = sorted(took)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms"


class Probe:
    """Mail that is sent one by one, and how long each took from acceptance to the far end."""

    def __init__(self, far: RemoteServer, priority: str) -> None:
        self.priority = priority
        self._accepted: dict[str, float] = {}
        self.delays: list[float] = []
        self._lock = threading.Lock()
        far.on_message = self._arrived

    def _arrived(self, message) -> None:
        now = time.monotonic()
        with self._lock:
            for recipient in message.recipients:
                started = self._accepted.pop(recipient, None)
                if started is not None:
                    self.delays.append(now - started)
        message.data = b""

    def run(self, port: int, count: int, pause: float) -> None:
        self.delays.clear()
        text = f"Subject: probe\r\nX-Kurir-Priority: {self.priority}\r\n\r\nhello\r\n".encode()
        with Client.greeted(port) as client:
            for number in range(count):
                to = f"probe{number}-{time.monotonic_ns()}@alive.test"
                client.ask("MAIL FROM:<probe@probe.test>", 250)
                client.ask(f"RCPT TO:<{to}>", 250)
                client.ask("DATA", 354)
                with self._lock:
                    self._accepted[to] = time.monotonic()
                client.send(text + b".\r\n")
                client.reply()
                time.sleep(pause)
        wait_until(lambda: len(self.delays) >= count, 60)

    def figures(self) -> str:
        if len(self.delays) < 2:
            return f"only {len(self.delays)} arrived"
        return figures_of(self.delays)
