"""What is learnt from refusals, and whom it concerns: D6, H1, R1 with the real program."""

import random
import socket
import threading
import time

from tests.support.case import RelayCase
from tests.support.client import wait_until
from tests.support.remote_server import RemoteServer
from tests.support.script import Answer, Script

LESS = (
    "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending",
    "421 4.7.0 try again later",
    "451 4.0.0 come back later",
    "450 4.7.1 too many recipients from your network",
)


class Crowded(Script):
    """Serves so many connections; on one more it refuses each MAIL, in words of its own."""

    def __init__(self, connections: int, words: str) -> None:
        super().__init__(rules=[{"at": "dot", "delay": 0.01}])
        self.connections = connections
        self.words = words
        self.refused = 0
        self.server: RemoteServer | None = None

    def answer(self, stage: str, text: str, connection: int) -> Answer:
        if stage == "mail" and self.place(connection) > self.connections:
            self.refused += 1
            refusal = Answer.of(self.words)
            refusal.then = "close"
            return refusal
        return super().answer(stage, text, connection)

    def place(self, connection: int) -> int:
        """Of this connection among those that are open, the oldest first."""
        return sum(
            one.closed_at is None and one.number <= connection
            for one in list(self.server.connections)
        )


class Erring(Script):
    """Fails a part of the messages at the end of data, at random."""

    def __init__(self, share: float, words: str | None) -> None:
        super().__init__()
        self.share = share
        self.words = words
        self.dice = random.Random(4)
        self.lock = threading.Lock()

    def answer(self, stage: str, text: str, connection: int) -> Answer:
        with self.lock:
            fails = stage == "dot" and self.dice.random() < self.share
        if not fails:
            return super().answer(stage, text, connection)
        failure = Answer.of(self.words) if self.words else Answer()
        failure.then = "close"
        return failure


class Fairness(RelayCase):
    def submit(self, near, count: int, sender: str = "a@shop.test", pause: float = 0.0) -> None:
        with near.client() as client:
            for number in range(count):
                client.mail(sender, [f"u{number}@remote.test"], b"Subject: x\r\n\r\nx")
                time.sleep(pause)

    def submit_all(self, near, count: int, clients: int = 4) -> None:
        threads = [
            threading.Thread(target=self.submit, args=(near, count // clients))
            for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_D6_a_limit_is_found_whatever_its_words(self) -> None:
        """Of a burst, under 5 % are refused; a relay that does not learn is refused nearly always."""
        refused = 0
        for words in LESS:
            with self.subTest(words=words):
                script = Crowded(3, words)
                far = self.remote(script)
                script.server = far
                near = self.relay(far, retry_min="1s", retry_max="4s", destination_concurrency=20)
                self.submit_all(near, 400)
                far.wait_delivered(400, timeout=60)
                print(f"{words[:12]}: refused {script.refused}, 400 messages")
                self.assertGreater(script.refused, 0)  # the limit was met
                refused += script.refused
                near.stop()
        # How long a closed connection counts depends on the machine's load: the sum scatters less.
        self.assertLess(refused, 0.05 * 400 * len(LESS))

    def test_R1_a_server_that_errs_gets_what_it_takes(self) -> None:
        for words in (None, "421 4.3.0 going down"):
            with self.subTest(words=words):
                far = self.remote(Erring(0.05, words))
                near = self.relay(far, retry_min="10m", retry_max="20m")
                self.submit_all(near, 800)
                # Each message is tried once; its next attempt is ten minutes away.
                tried = wait_until(lambda far=far: len(far.messages) >= 800, 60)
                print(f"{words}: {len(far.messages)} tried, {len(far.delivered())} taken")
                self.assertTrue(tried)
                self.assertGreater(len(far.delivered()), 0.8 * 0.95 * 800)
                near.stop()

    def test_H1_a_tenant_that_is_refused_stops_nobody_else(self) -> None:
        refusals = (
            {"at": "rcpt", "match": "victim", "reply": "451 4.7.28 policy"},
            {"at": "dot", "match": "From: bad", "reply": "421 4.7.28 policy", "then": "close"},
        )
        for rule in refusals:
            with self.subTest(rule=rule["at"]):
                far = self.remote(Script(rules=[rule]))
                near = self.relay(far, retry_min="10m", retry_max="20m")
                with near.client() as client:
                    for number in range(30):
                        client.mail(
                            "b@bad.test", [f"victim{number}@remote.test"], b"From: bad\r\n\r\nx"
                        )
                        client.mail("a@shop.test", [f"u{number}@remote.test"], b"From: a\r\n\r\nx")
                    for number in range(30, 300):
                        client.mail("a@shop.test", [f"u{number}@remote.test"], b"From: a\r\n\r\nx")
                self.assertEqual(len(far.wait_delivered(300, match="^u", timeout=30)), 300)
                self.assertEqual(far.delivered("victim"), [])
                near.stop()

    def test_held_mail_has_a_line_of_its_own(self) -> None:
        # Nobody listens there, nor can anybody else, as long as it is bound.
        nobody = self.enterContext(socket.socket())
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        near = self.relay(None, relayhost=f"127.0.0.1:{port}", retry_min="2s", retry_max="4s")
        self.submit(near, 5)
        wait_until(lambda: len({one["queue_id"] for one in near.select("waiting")}) >= 5, 20)
        told = near.select("waiting")
        # Once, and once more after an attempt of its own.
        for name in {one["queue_id"] for one in told}:
            lines = len(near.select("waiting", queue_id=name))
            self.assertLessEqual(lines, 1 + len(near.select("attempt", queue_id=name)))
        self.assertEqual(len({one["queue_id"] for one in told}), 5)
        self.assertTrue(all(one["because"] and one["destination"] for one in told))


if __name__ == "__main__":
    import unittest

    unittest.main()
