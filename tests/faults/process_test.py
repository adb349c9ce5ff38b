"""F15: what happens to processes: stopped, told to end, killed at the start, started twice.

With 20 rounds or more a stopped relay stays so for a minute, otherwise for two seconds.
"""

import signal
import threading
import time
import unittest

from tests.faults.scenario import Scenario, World, rounds
from tests.support.client import wait_until
from tests.support.relay import run
from tests.support.script import Script

ROUNDS = rounds(3)
STANDSTILL = 60.0 if ROUNDS >= 20 else 2.0
GRACE = "10m"  # far more than a stop may take
SLOW = Script(rules=[{"at": "dot", "delay": 0.05}])
CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])


class Processes(Scenario):
    def test_f15_a_relay_that_stood_still_goes_on(self) -> None:
        world = self.world()
        world.far.sites["127.0.0.1"] = SLOW
        world.start()
        with world.load():
            for _ in range(2):
                world.pause(0.3, 0.6)
                world.near.signal(signal.SIGSTOP)
                time.sleep(STANDSTILL)
                world.near.signal(signal.SIGCONT)
            world.pause(0.3, 0.6)
        world.far.sites["127.0.0.1"] = Script()
        account = world.account(replies_lost=STANDSTILL > 10)

        print(account, flush=True)
        if STANDSTILL < 10:  # no timeout of anybody
            self.assertEqual((account.unknown, account.duplicates), (0, 0))

    def test_f15_a_second_process_is_refused_and_harms_nothing(self) -> None:
        world = self.world().start()
        with world.load():
            for _ in range(ROUNDS):
                world.pause(0.1, 0.3)
                second = run("serve", **world.near.settings)
                said = second.stdout + second.stderr
                self.assertGreater(second.returncode, 0, said)
                self.assertRegex(said, rf"is in use by .* pid {world.near.process.pid} since")
        account = world.account()

        print(account, flush=True)
        self.assertEqual((account.nacked, account.unknown, account.duplicates), (0, 0, 0))

    def test_f15_sigterm_under_load_finishes_what_is_in_flight(self) -> None:
        world = self.world(shutdown_grace=GRACE)
        world.far.sites["127.0.0.1"] = SLOW
        for _ in range(ROUNDS):
            world.start()
            idle = [world.near.client() for _ in range(5)]
            with world.load():
                world.pause(0.3, 0.6)
                world.stop()
            for client in idle:
                self.assertTrue(client.expect(421).text.startswith("4.3."))
                client.close()
        world.far.sites["127.0.0.1"] = Script()
        account = world.account()

        print(account, flush=True)
        self.assertEqual(account.duplicates, 0)
        unanswered = [one for one in world.ledger.entries() if one.state == "unknown"]
        self.assertEqual(unanswered, [])  # who had sent a message was told

    def test_f15_a_kill_at_any_instant_of_the_start(self) -> None:
        world = self.world()
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        world.send(100, (500,))
        world.kill()
        for _ in range(4 * ROUNDS):
            kill_soon(world, world.dice.uniform(0, 0.3))
            world.start_to_die("")
            self.assertTrue(world.died())
        world.far.sites["127.0.0.1"] = Script()

        print(world.account(), flush=True)


def kill_soon(world: World, delay: float) -> None:
    """Kills the next process of the relay so long after it came to be."""

    def kill() -> None:
        wait_until(lambda: world.near.process is not None, 5, 0.001)
        time.sleep(delay)
        world.near.process.kill()

    threading.Thread(target=kill).start()


if __name__ == "__main__":
    unittest.main()
