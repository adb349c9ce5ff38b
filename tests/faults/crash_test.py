"""F1, F2: the relay is killed at random moments under load; no acknowledged message is lost.

F1 kills it by SIGKILL and starts it again while clients send without pause. F2 kills it at a system
call of its choice, such as the 7th fdatasync of a thread.

The negative control removes the store's log between two rounds: then the account must report a
loss, or this test would prove nothing.
"""

import unittest
from pathlib import Path

from tests.faults.scenario import Scenario, World, choosy, rounds
from tests.support.client import wait_until
from tests.support.relay import PATIENCE
from tests.support.script import Script

ROUNDS = rounds(20)
REFUSES = Script(rules=[{"at": "rcpt", "match": "user", "reply": "550 5.1.1 nobody here"}])
CALLS = ("fdatasync", "fdatasync", "write", "pwrite64", "rename", "unlink")


class Crash(Scenario):
    def test_f1_no_acknowledged_message_is_lost(self) -> None:
        world = self.world()
        world.far.sites["127.0.0.1"] = choosy(0)
        with world.load():
            for _ in range(ROUNDS):
                world.start(ready=False)
                world.pause(0.05, 2.0)
                world.kill()
            # A report waits some seconds for the message's other failures, so that most lives are
            # too short for one.
            world.start(ready=False)
            bounced = wait_until(lambda: world.ledger.account().bounced > 0, 30 * PATIENCE)
            world.kill()
        world.far.sites["127.0.0.1"] = Script()
        self.assertTrue(bounced, "no report of the refused recipients came")
        account = world.account()

        print(account, flush=True)
        self.assertGreater(account.acked, ROUNDS)
        self.assertGreater(account.bounced, 0)

    def test_R11_only_what_was_being_settled_is_both_delivered_and_bounced(
        self,
    ) -> None:
        world = self.world()
        with world.load():
            for _ in range(max(3, ROUNDS // 4)):
                world.far.sites["127.0.0.1"] = Script()
                world.start(ready=False)
                world.pause(0.3, 1.0)
                world.kill()
                world.far.sites["127.0.0.1"] = REFUSES
                world.start(ready=False)
                world.pause(0.3, 1.0)
                world.stop()
        world.far.sites["127.0.0.1"] = Script()
        account = world.account()

        both = world.ledger.delivered_and_bounced()
        print(f"{account}; {both} both delivered and bounced", flush=True)
        self.assertGreater(account.delivered, 0)
        self.assertGreater(account.bounced, 0)
        self.assertLessEqual(both, world.explained())

    def test_f1_the_ledger_notices_a_store_that_forgets(self) -> None:
        world = self.world()
        world.far.sites["127.0.0.1"] = Script(
            rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}]
        )
        world.start()
        with world.load():
            world.pause(0.5, 0.5)
        world.kill()
        for log in Path(world.near.queue_dir).rglob("*.log"):
            log.write_bytes(b"")
        world.far.sites["127.0.0.1"] = Script()

        with self.assertRaisesRegex(AssertionError, "lost: "):
            world.account(patience=5)

    def test_f2_a_kill_at_any_write_or_sync_loses_nothing_acknowledged(self) -> None:
        world = self.world()
        for _ in range(max(3, ROUNDS // 2)):
            call = self.dice.choice(CALLS)
            when = self.dice.randrange(1, 40 if call == "fdatasync" else 200)
            world.near.prefix = (
                *("strace", "--follow-forks", "--quiet=all", "--output=/dev/null"),
                *("--trace=" + call, f"--inject={call}:signal=SIGKILL:when={when}"),
            )
            with self.subTest(call=call, when=when):
                run_until_killed(world)
        world.near.prefix = ()

        print(world.account(), flush=True)


def run_until_killed(world: World) -> None:
    """Sends to a relay that dies on its own, for two seconds at most."""
    try:
        world.start(ready=False)
    except AssertionError:  # it did not even get to listen
        world.crashes += 1
        world.near.kill()
        return
    with world.load():
        if not world.died(2):
            world.kill()


if __name__ == "__main__":
    unittest.main()
