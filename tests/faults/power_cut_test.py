"""F3: power fails at random moments and around each sync; no acknowledged message is lost.

The relay is the one that is shipped. Its queue is on dropfs (tests/support/dropfs.py), which forgets
at a cut what was not synced, or keeps as much of it as the seed says: nothing, all, a beginning, or
any of its pages. The last leaves holes in the log, which look like damage: the relay says so, and
keeps a copy of the log, but that is no loss.

The negative control is a disk that lies: its syncs answer and do nothing. Then the account must
report a loss, or this test would prove nothing.
"""

import contextlib
import os
import signal
import unittest
from concurrent.futures import ThreadPoolExecutor

from tests.faults.scenario import Scenario, World, choosy, rounds
from tests.support.client import wait_until
from tests.support.dropfs import TAILS, Disk, why_not
from tests.support.ledger import Account
from tests.support.relay import PATIENCE
from tests.support.script import Script

ROUNDS = rounds(10)
SIDES = ("before", "after")  # of a sync
CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])


class OnDropfs(Scenario):
    """Its relays have their queue on a disk that can lose power."""

    def setUp(self) -> None:
        super().setUp()
        self.disk = self.enterContext(Disk())
        self.holes = False  # pages that were lost from the midst of unsynced bytes

    def disk_world(self, **settings: object) -> World:
        return self.world(queue_dir=self.disk.folder / "queue", **settings)

    def cut(self, world: World, tails: str = "") -> None:
        """The end of the process in an outage, and what the disk has when power is back."""
        os.killpg(world.near.process.pid, signal.SIGKILL)
        tails = tails or world.dice.choice(TAILS)
        self.holes |= tails == "pages"
        self.disk.cut(world.dice.randrange(2**32), tails)

    def settle(self, world: World) -> Account:
        """Everything comes out, and is accounted for."""
        world.far.sites["127.0.0.1"] = Script()
        account = world.account(damage=self.holes)
        print(account, self.disk.figures(), flush=True)
        self.assertGreater(account.acked, 0)
        return account


@unittest.skipIf(why_not(), why_not())
class PowerCut(OnDropfs):
    def test_f3_a_cut_at_any_moment_loses_nothing_acknowledged(self) -> None:
        world = self.disk_world()
        world.far.sites["127.0.0.1"] = choosy(0)
        with world.load():
            for _ in range(ROUNDS):
                world.start(ready=False)
                world.pause(0.05, 1.5)
                self.disk.outage()
                self.cut(world)
                self.assertTrue(world.died())
        self.settle(world)

    def test_f3_a_cut_around_any_sync_loses_nothing_acknowledged(self) -> None:
        world = self.disk_world()
        world.far.sites["127.0.0.1"] = choosy(0)
        if world.dice.random() < 0.5:
            self.disk.strict()
        for _ in range(ROUNDS):
            self.disk.outage("sync", world.dice.randrange(1, 60), world.dice.choice(SIDES))
            with world.load():
                self.start_into_outage(world)
        self.settle(world)

    def test_f3_the_ledger_notices_a_disk_that_lies(self) -> None:
        world = self.disk_world()
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        self.disk.lie()
        with world.load():
            world.pause(0.5, 0.5)
        self.disk.outage()
        self.cut(world, tails="dropped")
        self.assertTrue(world.died())
        self.disk.clear()
        world.far.sites["127.0.0.1"] = Script()

        with self.assertRaisesRegex(AssertionError, "lost: "):
            world.account(patience=5)

    def start_into_outage(self, world: World) -> None:
        """Starts it; power fails by appointment, or after two seconds. It may not even listen yet."""

        def await_outage() -> None:
            if not wait_until(lambda: not self.disk.has_power(), 2 * PATIENCE):
                self.disk.outage()
            self.cut(world)

        with ThreadPoolExecutor(1) as other:
            ended = other.submit(await_outage)
            with contextlib.suppress(AssertionError):
                world.start(ready=False)
            ended.result()
        self.assertTrue(world.died())


if __name__ == "__main__":
    unittest.main()
