"""F11: the network is slow, cut into bytes, reset, a black hole, in two parts; all heals again.

Both ways lead through a proxy that plays the network: from the clients to the relay, and from the
relay to the remote server. Then the network heals, and the account closes: nothing is lost, and
what came twice is what the remote server's 250 was lost of, on a connection that the proxy broke.

The negative control flips one bit on the way, which the account must see.
"""

import random
import time
import unittest

from tests.faults.scenario import MOST_RECIPIENTS, PATIENCE, Scenario, World, rounds
from tests.support.client import wait_until
from tests.support.ledger import Account
from tests.support.proxy import Drawn, Plan, Proxy, Way, fair, silent

SECONDS = rounds(3)  # that each trouble lasts
# So many messages a second of it: a network that breaks connections teaches the relay a pace of
# one in a second, which takes minutes to unlearn.
FEW = 8
TIMEOUT = 2.0  # a client's, and the relay's for everything
SIZES = (200, 2000, 20_000)
TIMEOUTS = ("command", "data") + tuple(  # towards clients
    f"remote_{one}" for one in ("connect", "greeting", "command", "data", "block", "final")
)


class Networked(World):
    """A world whose relay is reached, and reaches its remote server, through a proxy."""

    def __init__(self, case: "Scenario", dice: random.Random, **settings: object) -> None:
        short = {f"{one}_timeout": f"{int(TIMEOUT * PATIENCE)}s" for one in TIMEOUTS}
        super().__init__(case, dice, **short | settings)
        self.near_side = Proxy(0, dice.randrange(2**32)).start()
        self.far_side = Proxy(self.far.port, dice.randrange(2**32)).start()
        for one in (self.near_side, self.far_side):
            case.addCleanup(one.stop)
        self.near.settings["relayhost"] = f"127.0.0.1:{self.far_side.port}"

    def _lead(self, port: int | None) -> None:
        self.near_side.target = port or self.near_side.target
        super()._lead(port and self.near_side.port)

    def sides(self) -> tuple[Proxy, Proxy]:
        return self.near_side, self.far_side

    def account(self, **options: object) -> Account:
        """The network is whole again; see World.account."""
        for side in self.sides():
            side.plan = fair
            side.admit()
            side.heal()
        account = super().account(replies_lost=True, **{"patience": 90 + 20.0 * SECONDS} | options)
        most = self.far_side.broken * MOST_RECIPIENTS
        assert account.duplicates <= most, f"{account.duplicates} duplicates, at most {most}"
        print(
            f"{account}; broken: {self.near_side.broken} of {self.near_side.connections} "
            f"connections of clients, {self.far_side.broken} of {self.far_side.connections} "
            "to the remote server",
            flush=True,
        )
        return account


class Network(Scenario):
    def networked(self, **settings: object) -> Networked:
        return Networked(self, random.Random(self.dice.random()), **settings).start()

    def endure(
        self, plan: Drawn, sizes: tuple[int, ...] = SIZES, most: int = 10_000, breaks: bool = False
    ) -> Networked:
        """Load for a while, of so many messages, over a network of this plan on both sides.

        If it is a plan that breaks connections, until one to the remote server was broken.
        """
        world = self.networked()
        for side in world.sides():
            side.plan = plan
        ends = time.monotonic() + SECONDS * PATIENCE
        with world.load(sizes=sizes, timeout=TIMEOUT * PATIENCE):
            wait_until(lambda: len(world.ledger.entries()) >= most, SECONDS * PATIENCE)
            if breaks:
                wait_until(lambda: world.far_side.broken > 0, 20 * PATIENCE)
        time.sleep(max(0.0, ends - time.monotonic()))
        return world

    def test_f11_latency_costs_time_only(self) -> None:
        slow = Way(latency=0.1)
        account = self.endure(lambda dice: Plan(slow, slow)).account()

        self.assertGreater(account.acked, 0)
        self.assertEqual(account.duplicates, 0)

    def test_f11_segments_of_one_byte_mean_the_same(self) -> None:
        tiny = Way(segment=1)
        account = self.endure(lambda dice: Plan(tiny, tiny), sizes=(200, 2000)).account()

        self.assertGreater(account.acked, 0)
        self.assertEqual((account.nacked, account.duplicates), (0, 0))

    def test_f11_resets_at_any_byte_lose_nothing(self) -> None:
        world = self.endure(
            lambda dice: broken_somewhere(dice, "reset"), most=FEW * SECONDS, breaks=True
        )
        account = world.account()

        self.assertGreater(account.acked, 0)
        self.assertGreater(world.far_side.broken, 0)

    def test_f11_a_direction_that_ends_at_any_byte_loses_nothing(self) -> None:
        world = self.endure(
            lambda dice: broken_somewhere(dice, "end"), most=FEW * SECONDS, breaks=True
        )
        account = world.account()

        self.assertGreater(account.acked, 0)
        self.assertGreater(world.far_side.broken, 0)

    def test_f11_black_holes_at_any_byte_lose_nothing(self) -> None:
        world = self.endure(lambda dice: broken_somewhere(dice, "black hole"), most=FEW * SECONDS)
        account = world.account()

        self.assertGreater(account.acked, 0)
        self.assertGreater(world.near_side.broken + world.far_side.broken, 0)

    def test_f11_a_partition_heals_and_the_mail_goes_on(self) -> None:
        world = self.networked()
        with world.load(sizes=SIZES, timeout=TIMEOUT * PATIENCE):
            for _ in range(max(1, SECONDS // 4)):
                time.sleep(0.5 * PATIENCE)
                for side in world.sides():
                    side.partition()
                    time.sleep(world.dice.uniform(0.0, 2 * TIMEOUT) * PATIENCE)
                    side.heal()
        account = world.account()

        self.assertGreater(account.acked, 0)

    def test_f11_a_remote_server_that_is_refused_or_silent_keeps_its_mail_waiting(
        self,
    ) -> None:
        world = self.networked()
        world.far_side.refuse()
        world.send(20, SIZES)
        self.assertTrue(wait_until(lambda: world.near.select("deferred"), 10 * PATIENCE))
        world.far_side.plan = silent
        world.far_side.admit()
        self.assertTrue(wait_until(lambda: world.far_side.broken > 0, 20 * PATIENCE))
        account = world.account()

        self.assertEqual((account.delivered, account.duplicates), (account.acked, 0))

    def test_f11_a_storm_of_resets_passes(self) -> None:
        world = self.networked()
        with world.load(clients=1, sizes=SIZES, timeout=TIMEOUT * PATIENCE):
            for _ in range(10 * SECONDS):
                time.sleep(world.dice.uniform(0, 0.1) * PATIENCE)
                for side in world.sides():
                    side.reset_all()
        account = world.account()

        self.assertGreater(account.acked, 0)
        self.assertGreater(world.far_side.broken, 0)

    def test_f11_the_account_notices_a_bit_that_changed_on_the_way(self) -> None:
        world = self.networked()
        world.far_side.plan = lambda dice: Plan(up=Way(limit=1500, then="flip"))
        world.send(3, sizes=(20_000,))

        with self.assertRaisesRegex(AssertionError, "damaged: .*: the body differs"):
            world.account(patience=5)
        # The bit may have been one of a line end.
        told = world.far.violations
        told[:] = [one for one in told if "a bare CR or LF" not in one]


def broken_somewhere(dice: random.Random, ending: str) -> Plan:
    """A connection that breaks at a byte of its own, now in the commands and now in a message."""

    def way() -> Way:
        if dice.random() < 0.3:
            return Way()
        return Way(limit=dice.randrange(dice.choice((300, 3000, 60_000))), then=ending)

    return Plan(way(), way())


if __name__ == "__main__":
    unittest.main()
