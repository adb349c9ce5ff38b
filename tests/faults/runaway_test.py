"""A client that suddenly sends far more than it ever did is stopped; nobody else is.

It takes a day to learn what is usual: libfaketime lets it pass.
"""

import unittest
from pathlib import Path

from tests.support.case import MESSAGE, RelayCase
from tests.support.relay import Relay
from tests.support.wall_clock import LIBRARY, Clock, remove_shared_memory

DAY = 24 * 3600
USUAL = 60  # messages in the client's busiest hour
FACTOR = 2
RUNAWAY, OTHER = "127.0.0.2", "127.0.0.3"


@unittest.skipUnless(Path(LIBRARY).exists(), "libfaketime is not installed")
class Runaway(RelayCase):
    def setUp(self) -> None:
        self.addCleanup(remove_shared_memory)
        self.far = self.remote()
        self.near = Relay(relayhost=f"127.0.0.1:{self.far.port}", runaway=f"{FACTOR}x")
        self.addCleanup(self._stop_relay, self.near)
        self.clock = Clock(self.near.folder)
        self.near.variables = self.clock.variables
        self.near.start()

    def codes(self, source: str, count: int) -> list[int]:
        """What MAIL is answered, so many times; where it is accepted, what the message is."""
        codes = []
        with self.near.client(source=source) as client:
            for _ in range(count):
                reply = client.ask("MAIL FROM:<a@client.test>")
                if reply.code == 250:
                    client.ask("RSET", 250)
                    reply = client.mail("a@client.test", ["b@remote.test"], MESSAGE)
                codes.append(reply.code)
            client.ask("QUIT", 221)
        return codes

    def test_it_is_stopped_alone_told_and_released(self) -> None:
        # In its first day nothing is too much.
        self.assertEqual(self.codes(RUNAWAY, USUAL), [250] * USUAL)
        self.clock.jump_to(DAY + 3600)

        codes = self.codes(RUNAWAY, FACTOR * USUAL + 10)
        self.assertEqual(codes, [250] * FACTOR * USUAL + [450] * 10)
        (line, *_) = self.near.wait_log("runaway")
        self.assertIn(RUNAWAY, str(line))
        self.assertEqual(self.codes(OTHER, 5), [250] * 5)
        self.far.wait_delivered(USUAL + FACTOR * USUAL + 5, timeout=60)

        # A restart releases nobody; an hour in which it asks for less does.
        self.near.restart()
        self.assertEqual(self.codes(RUNAWAY, 1), [450])
        self.clock.jump_to(DAY + 3 * 3600)
        self.assertEqual(self.codes(RUNAWAY, 5), [250] * 5)
        self.far.wait_delivered(USUAL + FACTOR * USUAL + 10, timeout=60)
