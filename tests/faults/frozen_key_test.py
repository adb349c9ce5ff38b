"""F15: a relay freezes while it stores a message with X-Kurir-Idempotency-Key. Its database ends the
session, so others that get the same key, and mail beside it, wait for that and not for the relay.
"""

import threading
import time
import unittest

from tests.integration.idempotency_test import send
from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.relay import FAULTY, PATIENCE, Relay

KEY = "order 1"
FREEZE = int(20 * PATIENCE)  # seconds: longer than the database waits for a session, half a lease
UNDER_WAY = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"


class Submission(threading.Thread):
    """A client that sends one message and waits for its 250 as long as it takes."""

    def __init__(self, relay: Relay, key: str) -> None:
        super().__init__()
        self._relay, self._key = relay, key
        self.reply: str | None = None
        self.start()

    def run(self) -> None:
        with self._relay.client(timeout=4 * FREEZE) as client:
            self.reply = send(client, self._key)


class FrozenKey(SharedQueueCase):
    def test_f15_who_waits_for_the_same_key_is_not_refused(self) -> None:
        far = self.remote()
        other, frozen = self.node(far), self.node(far)
        frozen.stop()
        frozen.binary = FAULTY
        frozen.variables["FAILPOINTS"] = f"rows_locked:1=sleep{1000 * FREEZE}"
        frozen.start()
        first = Submission(frozen, KEY)
        self.assert_soon(lambda: self.database.run(UNDER_WAY) == "1")
        again, beside = Submission(other, KEY), Submission(other, "order 2")
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


if __name__ == "__main__":
    unittest.main()
