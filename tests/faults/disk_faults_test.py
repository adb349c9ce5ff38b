"""F6-F8: the disk fails writes, syncs and reads, is full at the nth write, or takes its time.

The relay is the one that is shipped, its queue on dropfs (tests/support/dropfs.py). After a failed
sync dropfs does what Linux does: the pages can still be read, or not, are taken for clean and never
written, and a second sync succeeds. So whoever tried again, instead of opening the store anew, would
acknowledge what a power cut takes; such a cut ends each life here.

No message that was refused may come out, for no process dies before it has erased what it refused.
"""

import contextlib
import unittest
from dataclasses import dataclass
from typing import Iterator

from tests.faults.power_cut_test import CLOSED, OnDropfs
from tests.faults.scenario import World, rounds
from tests.support.client import wait_until
from tests.support.dropfs import why_not
from tests.support.relay import PATIENCE
from tests.support.script import Script

ROUNDS = rounds(1)
LATEST = 30  # of the operations after which a fault comes
LOG = "*.log"
AFTER_FAILURE = ("pages_stay", "pages_revert")  # for those who read what was not synced


@dataclass(frozen=True)
class Fault:
    """What fails first, and what fails of that which then reopens the store."""

    operation: str
    error: str
    files: str = LOG
    then: tuple[tuple[str, str, str], ...] = ()


SYNCS = [
    Fault("sync", "EIO"),
    Fault("sync", "EIO", then=(("sync", "EIO", "*.sst"),)),
    Fault("sync", "EIO", then=(("sync", "EIO", "*MANIFEST*"),)),
    Fault("sync", "EIO", then=(("sync", "EIO", "*/db"),)),
]
WRITES = [
    Fault("write", "EIO"),
    Fault("write", "EIO", then=(("write", "EIO", "*.sst"),)),
    Fault(
        "write",
        "EIO",
        then=(("write", "EIO", "*MANIFEST*"), ("sync", "EIO", "*.dbtmp")),
    ),
]
ROOM = [
    Fault("write", "ENOSPC"),
    Fault("write", "ENOSPC", then=(("write", "ENOSPC", "*.sst"),)),
    Fault("write", "ENOSPC", then=(("write", "ENOSPC", "*MANIFEST*"),)),
]


@unittest.skipIf(why_not(), why_not())
class DiskFaults(OnDropfs):
    def test_f6_a_failed_sync_is_no_acknowledgement_and_not_tried_again(self) -> None:
        self.live_through(SYNCS)

    def test_f6_a_failed_write_is_no_acknowledgement(self) -> None:
        self.live_through(WRITES)

    def test_f7_no_room_at_any_write_is_no_acknowledgement(self) -> None:
        self.live_through(ROOM)

    def test_f6_a_disk_that_stays_broken_is_refused_in_time_and_come_back_to(
        self,
    ) -> None:
        world = self.disk_world().start()
        for operation in ("sync", "write"):
            with self.subTest(operation=operation), world.load():
                world.pause(0.2, 0.4)
                reopenings = len(world.near.select("store_reopening"))
                with self.broken(operation):
                    world.near.wait_log("store_reopening", reopenings + 1)
                    self.assert_soon(lambda: world.near.get("/readyz")[0] == 503)
                    self.assertEqual(world.acked_after(1.0, 1.5), set())
                    self.assertEqual(world.near.get("/livez")[0], 200)
                world.near.wait_log("store_reopened", reopenings + 1)
                self.assert_soon(world.near.ready)
        self.settle(world)

    def test_f6_a_read_that_fails_puts_off_a_delivery_and_no_more(self) -> None:
        world = self.disk_world()
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        world.send(60, (2000, 20_000, 600_000))
        world.kill()
        world.start()  # what was in the log is now in tables
        failed = self.disk.figures()["failed"]
        # For a time, not a number of times: what is tried again less and less often would need
        # minutes to use up forty failures, if no other read did.
        with self.broken("read"):
            world.far.sites["127.0.0.1"] = Script()
            self.assert_soon(lambda: self.disk.figures()["failed"] > failed)
            world.pause(0.3, 1.0)
        self.settle(world)

    def test_f6_a_read_that_fails_at_the_start_ends_it_and_takes_nothing_along(
        self,
    ) -> None:
        world = self.disk_world()
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        world.send(20, (2000, 600_000))
        world.kill()
        for _ in range(4 * ROUNDS):
            self.disk.fail("read", "EIO", nth=world.dice.randrange(1, 25))
            try:
                world.start()
                world.kill()
            except AssertionError:
                world.died(status=1)
            self.disk.clear()
        self.settle(world)

    def test_f8_slow_syncs_are_waited_for(self) -> None:
        world = self.disk_world().start()
        self.disk.delay("sync", 0.5)
        with world.load(clients=8):
            world.pause(2.5, 3.0)
        account = world.ledger.account()
        self.assertGreater(account.acked, 0)
        self.assertEqual((account.nacked, account.unknown), (0, 0))
        self.disk.clear()
        self.settle(world)

    @contextlib.contextmanager
    def broken(self, operation: str) -> Iterator[None]:
        """The disk fails at each of these operations, until the context ends."""
        self.disk.fail(operation, "EIO", times=1_000_000)
        try:
            yield
        finally:
            self.disk.clear()

    def live_through(self, faults: list[Fault]) -> None:
        """A life with each fault: it passes over it without a restart; then power fails."""
        world = self.disk_world()
        for fault in faults * ROUNDS:
            world.start()
            with self.subTest(fault=fault), world.load():
                self.meet(world, fault)
                world.pause(0.2, 0.5)
                self.disk.outage()
                self.cut(world)
                self.assertTrue(world.died())
        account = self.settle(world)
        self.assertGreater(account.nacked, 0)

    def meet(self, world: World, fault: Fault) -> None:
        """The fault comes, and is over once the store is open again."""
        reopened = len(world.near.select("store_reopened"))
        failed = self.disk.figures()["failed"]
        self.disk.command(f"after_failure {world.dice.choice(AFTER_FAILURE)}")
        for operation, error, files in fault.then:
            self.disk.fail(operation, error, files)
        nth = world.dice.randrange(1, LATEST)
        self.disk.fail(fault.operation, fault.error, fault.files, nth)

        def over() -> bool:
            hit = self.disk.figures()["failed"] - failed > len(fault.then)
            open_again = len(world.near.select("store_reopened")) > reopened and world.near.ready()
            return hit and open_again

        met = wait_until(over, 15 * PATIENCE)
        self.assertTrue(met, f"{fault} at {nth}: {self.disk.figures()}\n{world.near.tail()}")
        self.disk.clear()


if __name__ == "__main__":
    unittest.main()
