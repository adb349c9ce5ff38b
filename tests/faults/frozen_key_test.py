"""F15: a relay freezes while it stores a message with X-Kurir-Idempotency-Key. Its database ends the
session, or another relay does, so others that get the same key, and mail beside it, wait for that and
not for the relay.
"""

import threading
import time
import unittest

from tests.integration.idempotency_test import send
from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.relay import FAULTY, PATIENCE, Relay

KEY = "order 1"
FREEZE = int(20 * PATIENCE)  # seconds: longer than the database waits for a session, half a lease
LARGE = b"body\r\n" * 5000  # more than libpq keeps before it sends


class Submission(threading.Thread):
    """A client that sends one message and waits for its 250 as long as it takes."""

    def __init__(self, relay: Relay, key: str, body: bytes) -> None:
        super().__init__()
        self._relay, self._key, self._body = relay, key, body
        self.reply: str | None = None
        self.start()

    def run(self) -> None:
        with self._relay.client(timeout=4 * FREEZE) as client:
            self.reply = send(client, self._key, body=self._body)


class FrozenKey(SharedQueueCase):
    def test_f15_between_two_round_trips(self) -> None:
        self.freeze("rows_locked", "idle in transaction")

    def test_f15_in_the_middle_of_what_it_sends(self) -> None:
        frozen, other = self.freeze("batch_half_sent", "active", LARGE)
        # Also the connections of the frozen relay that do not write may have ended it.
        told = [
            one for node in (frozen, other) for one in node.select("database", what="session_ended")
        ]
        self.assertGreater(len(told), 0)
        self.assertGreater(told[0]["silent_s"], 1)

    def freeze(self, moment: str, state: str, body: bytes = b"body\r\n") -> tuple[Relay, Relay]:
        """A relay does, when the server has its session in this state. All get their 250."""
        far = self.remote()
        other, frozen = self.node(far), self.node(far)
        frozen.stop()
        frozen.binary = FAULTY
        frozen.variables["FAILPOINTS"] = f"{moment}:1=sleep{1000 * FREEZE}"
        frozen.start()
        first = Submission(frozen, KEY, body)
        under_way = (
            f"SELECT count(*) FROM pg_stat_activity WHERE state = '{state}'"
            " AND wait_event = 'ClientRead' AND datname = current_database()"
        )
        self.assert_soon(lambda: self.database.run(under_way) == "1")
        again, beside = Submission(other, KEY, body), Submission(other, "order 2", body)
        begun = time.monotonic()
        for each in (again, beside, first):
            each.join()
        print(f"all have their 250 after {time.monotonic() - begun:.1f} s", flush=True)
        self.assertIsNotNone(again.reply)
        self.assertIsNotNone(beside.reply)
        self.assertEqual(first.reply, again.reply)
        far.wait_delivered(2)
        self.assert_empty()
        self.assertEqual(len(far.delivered()), 2)
        self.assertEqual(len(frozen.select("repeated")), 1)
        return frozen, other


if __name__ == "__main__":
    unittest.main()
