"""Clients that send without pause to a relay that may die at any moment, and keep the ledger."""

import random
import threading
import time
from typing import Sequence

from tests.support.client import Client, ConnectionEnded, stuffed
from tests.support.ledger import Entry, Ledger

SIZES = (200, 2000, 2000, 20_000, 600_000)  # the last needs several chunks
RECIPIENTS = (1, 1, 2, 5)
PAUSE = 0.002  # between two looks for a relay that is down


DOMAINS = ("remote.test", "other.test")  # of one message's recipients


class Load:
    """Sends to `port` as long as it is set; starts and ends with the context.

    What the clients send is drawn from the seed; when it is sent is up to the machine.
    """

    def __init__(
        self,
        ledger: Ledger,
        seed: int,
        clients: int = 4,
        sizes: Sequence[int] = SIZES,
        timeout: float = 15.0,
        pause: float = 0.0,
    ) -> None:
        """`pause`: seconds between two messages of a client."""
        self.port: int | None = None
        self._ledger = ledger
        self._sizes = sizes
        self._timeout = timeout
        self._pause = pause
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(seed + number),))
            for number in range(clients)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self, dice: random.Random) -> None:
        while not self._ended.is_set():
            port = self.port
            if port is None:
                time.sleep(PAUSE)
                continue
            try:
                with Client.greeted(port, timeout=self._timeout) as client:
                    while not self._ended.is_set():
                        send_one(client, self._ledger, dice, self._sizes)
                        self._ended.wait(self._pause)
            except (ConnectionEnded, OSError, ValueError, AssertionError):
                time.sleep(PAUSE)


def send_one(
    client: Client,
    ledger: Ledger,
    dice: random.Random,
    sizes: Sequence[int] = SIZES,
    recipients: Sequence[int] = RECIPIENTS,
    sender: str = "sender@client.test",
) -> None:
    entry, text = compose(ledger, dice, sizes, recipients)
    transfer(client, ledger, entry, text, sender)


def compose(
    ledger: Ledger,
    dice: random.Random,
    sizes: Sequence[int] = SIZES,
    recipients: Sequence[int] = RECIPIENTS,
) -> tuple[Entry, bytes]:
    names = [
        f"user{dice.randrange(1000)}-{number}@{DOMAINS[number % len(DOMAINS)]}"
        for number in range(dice.choice(recipients))
    ]
    return ledger.compose(names, dice.choice(sizes))


def transfer(
    client: Client, ledger: Ledger, entry: Entry, text: bytes, sender: str = "sender@client.test"
) -> int:
    """The code of the final reply; without it the message is unknown: the relay may have stored it."""
    client.ask(f"MAIL FROM:<{sender}>", 250)
    for name in entry.recipients:
        client.ask(f"RCPT TO:<{name}>", 250)
    client.ask("DATA", 354)
    ledger.record(entry, "unknown")
    client.send(stuffed(text) + b".\r\n")
    reply = client.reply()
    ledger.record(entry, "acked" if reply.code == 250 else "nacked", str(reply))
    return reply.code
