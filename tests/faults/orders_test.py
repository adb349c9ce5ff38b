"""F3: operators give orders while clients send, destinations fail and the relay is killed. An order
loses no acknowledged message but those that it names.
"""

import itertools
import threading
import unittest
from typing import Iterator

from tests.faults.scenario import Scenario, World, choosy, rounds
from tests.support.relay import run
from tests.support.script import Script

ROUNDS = rounds(8)
NAMED = "other.test"  # the domain whose mail is deleted

# Each loses nothing by itself. The last of each kind undoes it.
HARMLESS = (
    ("queue", "hold", "--domain", "remote.test"),
    ("queue", "retry"),
    ("suspend", "--domain", NAMED, "--for", "1h"),
    ("queue", "hold", "--larger", "10K", "--because", "too large"),
    ("queue", "release", "--state", "held"),
    ("queue", "reroute", "--newer", "1m", "--yes"),
    ("resume", "--all"),
)
DELETE = ("queue", "delete", "--domain", NAMED, "--yes", "--because", "a test")
UNDO = (("queue", "release", "--state", "held"), ("resume", "--all"))


class Operator:
    """Gives one order after the other, to whichever process is the relay now, during its context."""

    def __init__(self, world: World, orders: tuple[tuple[str, ...], ...]) -> None:
        self.given = 0  # that the relay has carried out
        self._world = world
        self._orders: Iterator[tuple[str, ...]] = itertools.cycle(orders)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._give)

    def __enter__(self) -> "Operator":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _give(self) -> None:
        while not self._ended.wait(0.02):
            done = run(*next(self._orders), timeout=60, **self._world.near.settings)
            # 1: nothing matched; 2: it is dead just now.
            if done.returncode not in (0, 1, 2):
                self._world.surprises.append(f"{done.args}: {done.returncode} {done.stderr}")
            self.given += done.returncode == 0


class Orders(Scenario):
    def under_orders(self, world: World, orders: tuple[tuple[str, ...], ...]) -> int:
        """Kills the relay again and again meanwhile. How many orders were carried out."""
        world.far.sites["127.0.0.1"] = choosy(0)
        with world.load(), Operator(world, orders) as operator:
            for _ in range(ROUNDS):
                world.start()
                world.pause(0.5, 2.0)
                world.kill()
        world.far.sites["127.0.0.1"] = Script()
        world.start()
        for order in UNDO:
            done = run(*order, **world.near.settings)
            self.assertIn(done.returncode, (0, 1), done.stderr)
        return operator.given

    def test_f3_no_order_loses_what_it_does_not_name(self) -> None:
        world = self.world()
        given = self.under_orders(world, HARMLESS)
        account = world.account()
        print(f"{account}; {given} orders", flush=True)
        self.assertGreater(given, ROUNDS)
        self.assertGreater(account.acked, ROUNDS)

    def test_f3_a_deletion_takes_what_it_names_and_nothing_else(self) -> None:
        world = self.world()
        given = self.under_orders(world, (*HARMLESS, DELETE))
        with self.assertRaises(AssertionError):  # what was deleted is missing
            world.account(patience=5)
        account = world.ledger.account()
        print(f"{account}; {given} orders, {len(account.lost)} deleted", flush=True)
        self.assertGreater(len(account.lost), 0)
        self.assertEqual([one for one in account.lost if f"@{NAMED}," not in one], [])
        self.assertEqual(account.ghosts + account.damaged + account.strangers, [])
        self.assertEqual(world.surprises, [])


if __name__ == "__main__":
    unittest.main()
