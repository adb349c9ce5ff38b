"""F1: relays are killed while a queue is handed over at a stop, or adopted from a folder. Nothing is
lost, and nothing is doubled: a message is marked before it is handed over, durable in one relay before
it leaves the other, and known by its name.
"""

import contextlib
import signal
import subprocess
import unittest
from pathlib import Path

from tests.faults.move_test import MESSAGES, MOMENTS, SIZES, Pair, PairScenario
from tests.faults.scenario import rounds
from tests.support.client import ConnectionEnded, wait_until
from tests.support.relay import BINARY, FAULTY, PATIENCE

ROUNDS = rounds(3)
# Of the relay that hands over, with the passages of which one is drawn.
GIVING = {
    "mark_written": (2, 3),
    "peer_has_message": (1, 9),
    "batch_synced": (8, 12),
    "settlement_done": (1, 3),
}
FEW = 8


class HandingOver(PairScenario):
    def pair(self, delivers: bool = True) -> Pair:
        pair = Pair(self, delivers=delivers)
        pair.old.near.settings |= {"handover": pair.url, "shutdown_grace": "60s"}
        return pair

    def end_old(self, pair: Pair) -> subprocess.Popen:
        """SIGTERM, after which it hands over."""
        pair.old.near.signal(signal.SIGTERM)
        return pair.old.near.process

    def finish(self, pair: Pair) -> None:
        """A last stop that nobody disturbs; then the old relay is started, and is empty."""
        pair.old.near.variables.clear()
        pair.new.variables.clear()
        pair.start()
        wait_until(lambda: not self.marked(pair), 60 * PATIENCE, 0.1)
        self.assertFalse(self.marked(pair), pair.old.near.tail())
        self.assertEqual(pair.old.near.stop(120), 0)
        ended = pair.old.near.select("handover", what="ended")[-1]
        self.assertEqual(ended["left"], 0, ended)
        pair.old.near.settings.pop("handover")
        pair.deliver()

    def marked(self, pair: Pair) -> float:
        return pair.old.near.metric("handover_marked_messages")

    def test_f1_nothing_is_lost_or_doubled_whoever_is_killed(self) -> None:
        pair = self.pair(delivers=False)
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        for _ in range(ROUNDS):
            pair.start()
            going = self.end_old(pair)
            victim = pair.kill_while(going, (pair.old.near, pair.new))
            if victim is pair.new:
                pair.new.start()
            going.wait(90 * PATIENCE)
            pair.old.near.kill()
        self.finish(pair)
        self.account(pair)

    def test_f1_the_giver_dies_at_named_moments(self) -> None:
        pair = self.pair()
        giver = pair.old.near
        giver.binary = FAULTY
        # What was tried is not due at once when it starts again.
        giver.settings |= {"retry_min": "10s", "retry_max": "15s"}
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        giver.kill()
        for moment, passages in GIVING.items():
            armed = f"{moment}:{pair.old.dice.randrange(*passages)}=kill"
            giver.variables["FAILPOINTS"] = armed
            if moment == "settlement_done":  # of attempts, while what is left waits
                with contextlib.suppress(OSError, ConnectionEnded, AssertionError):
                    giver.start(ready=False)
                    pair.old.send(FEW, SIZES)
            else:
                giver.start()
                self.end_old(pair)
            self.died_of(giver, armed)
        pair.old.near.binary = BINARY
        self.finish(pair)
        self.account(pair)

    def test_f1_the_taker_dies_at_named_moments(self) -> None:
        pair = self.pair(delivers=False)
        pair.new.binary = FAULTY
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        for moment in sorted(MOMENTS, reverse=True):  # chunks last as long as there is much mail
            pair.new.stop()
            armed = f"{moment}:{pair.old.dice.randrange(3, 8)}=kill"
            pair.new.variables["FAILPOINTS"] = armed
            pair.new.start()
            if pair.old.near.process is None:
                pair.old.near.start()
            going = self.end_old(pair)
            going.wait(90 * PATIENCE)
            self.assertEqual(pair.old.near.wait(10), 0)
            self.died_of(pair.new, armed)
            pair.new.variables.clear()
            pair.start()
        self.finish(pair)
        self.account(pair)


class Adopting(PairScenario):
    def test_f1_the_heir_dies_in_the_middle(self) -> None:
        pair = Pair(self, delivers=False)  # so that its deaths double nothing
        pair.new.settings["retry_max"] = "2s"
        volumes = Path(pair.new.folder) / "volumes"
        volumes.mkdir()
        pair.old.near.queue_dir = volumes / "old"
        pair.old.near.settings["queue_dir"] = volumes / "old"
        pair.old.near.start()
        pair.old.send(MESSAGES, SIZES)
        pair.old.near.kill()
        pair.new.settings["adopt"] = volumes
        pair.new.binary = FAULTY
        for moment in (
            "heir_has_message:1",
            "heir_has_message:4",
            "batch_synced:6",
            "log_written:9",
            "heir_has_message:7",
        ):
            pair.new.variables["FAILPOINTS"] = f"{moment}=kill"
            with contextlib.suppress(AssertionError):  # it may die before it listens
                pair.new.start(ready=False)
            self.died_of(pair.new, f"{moment}=kill")
        pair.new.variables.clear()
        pair.new.binary = BINARY
        pair.new.start()
        wait_until(self.emptied(pair), 60 * PATIENCE, 0.1)
        self.assertTrue(self.emptied(pair)(), pair.new.tail())
        self.assertEqual(pair.new.stop(), 0)
        pair.new.settings["relayhost"] = f"127.0.0.1:{pair.far.port}"
        pair.start()
        self.account(pair)

    def emptied(self, pair: Pair):
        return lambda: any(each["left"] == 0 for each in pair.new.select("adoption", what="ended"))


if __name__ == "__main__":
    unittest.main()
