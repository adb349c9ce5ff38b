"""Sessions that send one message after another, none of which may be dropped or refused."""

import threading
from typing import Callable

from tests.support.case import MESSAGE
from tests.support.client import Client, wait_until
from tests.support.relay import PATIENCE


class Sessions:
    """`begin` opens one that has said EHLO. They begin with the context, and end with QUIT and it."""

    def __init__(self, begin: Callable[[], Client], count: int = 3) -> None:
        self.problems: list[Exception] = []
        self.sent = [0] * count  # messages that were taken, by session
        self._begin = begin
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(at,)) for at in range(count)]

    def __enter__(self) -> "Sessions":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join(60 * PATIENCE)

    def wait_for_more(self) -> None:
        """Until each has sent another message."""
        before = list(self.sent)
        wait_until(
            lambda: self.problems or all(now > then for now, then in zip(self.sent, before)),
            20 * PATIENCE,
        )
        assert not self.problems, self.problems
        assert all(now > then for now, then in zip(self.sent, before)), (before, self.sent)

    def _send(self, number: int) -> None:
        try:
            with self._begin() as client:
                while not self._over.is_set():
                    reply = client.mail("a@client.test", ["b@remote.test"], MESSAGE)
                    assert reply.code == 250, str(reply)
                    self.sent[number] += 1
                client.ask("QUIT", 221)
        except Exception as problem:  # whatever it is, the test reports it
            self.problems.append(problem)
