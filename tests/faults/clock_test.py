"""F13: the wall clock jumps, forward and back, while the relay runs and between two lives of it.

libfaketime gives the relay a wall clock that is off by what a file says; the monotonic clock stays
right, as it does when somebody sets the time. Nothing is lost, nothing that was deferred bounces
before its time or waits for the clock to catch up, and the relay does not spin.
"""

import os
import time
import unittest
from pathlib import Path

from tests.faults.scenario import PATIENCE, Scenario, World, rounds
from tests.support.client import wait_until
from tests.support.script import Script
from tests.support.wall_clock import LIBRARY, Clock, remove_shared_memory

SECONDS = rounds(3)  # of load while the clock jumps
HOUR = 3600
DAY = 24 * HOUR
TEN_YEARS = 3652 * DAY
BUSY = 0.5  # of a processor, in an idle relay
CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])
SIZES = (200, 2000)
TICKS = os.sysconf("SC_CLK_TCK")


@unittest.skipUnless(Path(LIBRARY).exists(), "libfaketime is not installed")
class ClockJumps(Scenario):
    def clocked(self, ahead: int = 0, **settings: object) -> tuple[World, Clock]:
        world = self.world(**{"max_queue_time": "4d"} | settings)
        clock = Clock(world.near.folder)
        clock.jump_to(ahead)
        world.near.variables |= clock.variables
        self.addCleanup(remove_shared_memory)
        return world, clock

    def deferred(self, world: World, count: int = 20) -> None:
        """So many messages wait for a remote server that is not there yet."""
        world.far.sites["127.0.0.1"] = CLOSED
        world.send(count, SIZES)
        world.near.wait_log("deferred", 1)

    def assert_rests(self, world: World) -> None:
        """What has nothing to do takes no time."""
        begun = cpu(world)
        time.sleep(1.0)
        self.assertLess(cpu(world) - begun, BUSY)

    def jump(self, before: int, after: int) -> None:
        """Mail waits, the clock jumps, the remote server comes back: all is delivered."""
        world, clock = self.clocked(before)
        world.start()
        self.deferred(world)
        clock.jump_to(after)
        self.assert_rests(world)
        world.far.sites["127.0.0.1"] = Script()
        world.send(5, SIZES)
        account = world.account()

        self.assertEqual((account.bounced, account.duplicates), (0, 0))

    def test_f13_a_day_forward_bounces_nothing(self) -> None:
        self.jump(0, DAY)

    def test_f13_a_day_back_delays_nothing_by_a_day(self) -> None:
        self.jump(DAY, 0)

    def test_f13_ten_years_forward_are_not_believed(self) -> None:
        self.jump(0, TEN_YEARS)

    def test_f13_ten_years_back_neither(self) -> None:
        self.jump(TEN_YEARS, 0)

    def test_R6_no_jump_of_any_size_expires_or_delays_anything(self) -> None:
        for before, after in ((0, 5 * DAY), (5 * DAY, 0), (0, 30 * DAY), (30 * DAY, 0)):
            with self.subTest(before=before, after=after):
                self.jump(before, after)

    def test_R6_elapsed_time_expires_mail_wherever_the_clock_goes(self) -> None:
        for before, after in ((0, 0), (TEN_YEARS, 0), (0, 30 * DAY)):
            with self.subTest(before=before, after=after):
                # Long enough for a bounce, too: it waits for the next probe, which may be 8 s away.
                world, clock = self.clocked(before, max_queue_time="10s")
                world.start()
                self.deferred(world, 5)
                clock.jump_to(after)
                bounced = world.near.wait_log("bounced", 1)
                self.assertTrue(bounced[0]["expired"])
                self.assertLess(float(bounced[0]["delay_s"]), 100 * PATIENCE)
                world.far.sites["127.0.0.1"] = Script()
                world.account()

    def test_f13_a_jump_while_it_is_down(self) -> None:
        for before, after in (
            (0, DAY),
            (DAY, 0),
            (0, 5 * DAY),
            (0, 30 * DAY),
            (0, TEN_YEARS),
            (TEN_YEARS, 0),
        ):
            with self.subTest(before=before, after=after):
                world, clock = self.clocked(before)
                world.start()
                self.deferred(world)
                world.stop()
                clock.jump_to(after)
                world.far.sites["127.0.0.1"] = Script()
                world.start()
                world.send(5, SIZES)
                account = world.account()

                self.assertEqual((account.bounced, account.duplicates), (0, 0))

    def test_f13_jumps_under_load_lose_nothing(self) -> None:
        world, clock = self.clocked(DAY)
        world.start()
        ends = time.monotonic() + SECONDS * PATIENCE
        with world.load(sizes=SIZES):
            while time.monotonic() < ends:
                clock.jump_to(DAY + world.dice.choice((-DAY, -HOUR, -1, 0, 1, HOUR, DAY)))
                world.pause(0.05, 0.4)
        account = world.account()

        self.assertGreater(account.acked, 100)
        self.assertEqual((account.bounced, account.duplicates), (0, 0))
        self.assertTrue(wait_until(lambda: world.near.ready(), 10 * PATIENCE))


def cpu(world: World) -> float:
    """Seconds of processor that the relay took so far."""
    fields = Path(f"/proc/{world.near.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    unittest.main()
