"""Negative controls: each mistake built into the relay is caught by the account of its suite.

The relay is kurir_faulty, which makes the mistake that MUTANT names (tests/faults/faulty/edits.py).
Each check runs twice or more: as no mutant it must find nothing, and as each mutant it must find
what that one breaks. A check that passes on its mutant proves nothing and fails here. The ledger
and the account have controls of their own, where it is the test that loses, doubles or kills.
"""

import os
import random
import signal
import subprocess
import sys
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

from tests.faults.faulty.edits import EDITS
from tests.faults.scenario import Scenario, World
from tests.faults.shared_mutants_test import MUTANTS as SHARED
from tests.support.client import wait_until
from tests.support.relay import FAULTY, ROOT
from tests.support.remote_server import Message
from tests.support.script import MODERN, Script

SIDE_BY_SIDE = 5
SMALL = (500, 2000)
HEALTHY = 30.0  # seconds that a healthy relay may take to drain
SICK = 3.0  # a mutant is not waited for longer

LOST = "lost [1-9]"
CLOSED = {"at": "connect", "reply": "421 4.3.2 not yet"}


def powers_off(world: World, patience: float) -> None:
    """F3: the power fails right behind a sync."""
    world.far.sites["127.0.0.1"] = Script(rules=[CLOSED])
    with world.load(sizes=SMALL):
        world.start_to_die(f"batch_synced:{world.dice.randrange(10, 40)}=cut")
        assert world.died(), "the power did not fail"
    world.far.sites["127.0.0.1"] = Script()
    world.account(patience=patience)


def dies_before_the_write(world: World, patience: float) -> None:
    """F1: killed when a batch is about to be written, a little late for whoever did not wait."""
    world.far.sites["127.0.0.1"] = Script(rules=[CLOSED])
    moment = f"before_batch:{world.dice.randrange(10, 40)}"
    with world.load(sizes=SMALL):
        world.start_to_die(f"{moment}=sleep300;{moment}=kill")
        assert world.died(), "it was not killed"
    world.far.sites["127.0.0.1"] = Script()
    world.account(patience=patience)


def is_told_to_wait(world: World, patience: float) -> None:
    """F10: some recipients, and some messages, are deferred, and some refused."""
    world.far.sites["127.0.0.1"] = Script(
        rules=[
            {"at": "rcpt", "match": "-2@", "reply": "550 5.1.1 nobody here"},
            {"at": "rcpt", "match": "-1@", "times": 5, "reply": "451 4.7.1 later"},
            {"at": "dot", "after": 3, "times": 5, "reply": "451 4.7.1 later"},
        ]
    )
    world.start()
    # In any case there is one whose second recipient waits when the fourth, of the same domain, is
    # delivered, and that is not told to wait at its end.
    world.send(1, SMALL, recipients=(5,))
    world.near.wait_log("deferred", stage="rcpt")
    with world.load(sizes=SMALL):
        world.near.wait_log("deferred", 5, stage="rcpt")
        world.near.wait_log("deferred", 5, stage="eod")
    world.account(patience=patience)


def restarts_with_retries(world: World, patience: float) -> None:
    """F1: killed when everything was tried once and deferred."""
    world.far.sites["127.0.0.1"] = Script(rules=[CLOSED])
    world.start()
    world.send(5, SMALL)
    world.near.wait_log("deferred", 5)
    world.kill()
    world.far.sites["127.0.0.1"] = Script()
    world.account(patience=patience)


def works(world: World, patience: float) -> None:
    """No fault at all, by DATA."""
    offers = [one for one in MODERN if one != "CHUNKING"]
    world.far.sites["127.0.0.1"] = Script(extensions=offers)
    world.start()
    with world.load(sizes=SMALL):
        world.pause(0.3, 0.3)
    world.account(patience=patience)


def is_smuggled_to(world: World, _: float) -> None:
    """The dialogues about the end of data, without the relay of this world."""
    played = subprocess.run(
        [sys.executable, "-B", "tests/dialogues/run.py", FAULTY]
        + ["tests/dialogues/smuggling_reject.txt"],
        cwd=ROOT,
        env=os.environ | world.near.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stdout


@dataclass(frozen=True)
class Control:
    """A check, and what it must say of each mutant."""

    check: Callable[[World, float], None]
    mutants: dict[str, str]


CONTROLS = [
    Control(powers_off, {"does_not_sync": LOST}),
    Control(dies_before_the_write, {"acknowledges_before_write": LOST}),
    Control(
        is_told_to_wait,
        {
            "settles_before_reply": LOST,
            "loses_a_retry": LOST,
            "retries_finished_recipients": "duplicates, where 0 can be explained|the metrics do not add up",
        },
    ),
    Control(restarts_with_retries, {"forgets_retries_at_restart": LOST}),
    Control(
        works,
        {
            "skips_dot_stuffing": "damaged [1-9]",
            "refuses_what_it_stored": "indeterminate [1-9]",
            "leaks_descriptors": "descriptors that were not open",
            "forgets_to_count": "the metrics do not add up",
        },
    ),
    Control(is_smuggled_to, {"accepts_lf_dot_lf": "FAILED smuggling_reject.txt"}),
]


class Mutants(Scenario):
    def test_each_mutant_is_caught_and_the_healthy_relay_is_not(self) -> None:
        runs = [
            (control, mutant, expected, self.faulty_world(mutant))
            for control in CONTROLS
            for mutant, expected in {"": "", **control.mutants}.items()
        ]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            found = [
                pool.submit(verdict_of, control, mutant, world)
                for control, mutant, _, world in runs
            ]
        for (control, mutant, expected, _), verdict in zip(runs, found):
            with self.subTest(check=control.check.__name__, mutant=mutant or "none"):
                said = verdict.result()
                print(f"{mutant or 'no mutant'}, {control.check.__name__}: {headline(said)}")
                if mutant:
                    self.assertRegex(said, expected)
                else:
                    self.assertEqual(said, "")

    def test_every_mutant_has_its_check(self) -> None:
        checked = {mutant for control in CONTROLS for mutant in control.mutants}
        self.assertEqual(checked | set(SHARED), {edit.mutant for edit in EDITS} - {""})


def verdict_of(control: Control, mutant: str, world: World) -> str:
    """What the check objected to."""
    try:
        control.check(world, SICK if mutant else HEALTHY)
    except AssertionError as objection:
        return str(objection)
    return ""


def headline(said: str) -> str:
    """The first fault in an account's complaint."""
    lines = said.partition("--- the relay's log")[0].splitlines()
    told = [line for line in lines if ": " in line or "explained" in line] or lines[-1:] or ["fine"]
    return told[0][:120]


class Ledgers(Scenario):
    """The test itself does what the account must notice."""

    def check(self, expected: str, deed: Callable[[World], None], start: bool = True) -> None:
        world = self.world()
        if start:
            world.start()
        deed(world)
        with self.assertRaisesRegex(AssertionError, expected):
            world.account(patience=2)
        if world.near.process.poll() is not None:
            world.near.kill()  # only the rest of it

    def test_a_message_that_arrives_and_is_dropped_is_lost(self) -> None:
        def drop(world: World) -> None:
            world.far.on_message = None
            world.send(3, SMALL)
            world.far.wait_delivered(3)

        self.check("lost: ", drop)

    def test_a_message_that_arrives_twice_is_a_duplicate(self) -> None:
        self.check(
            "can be explained",
            lambda world: deliver(world, lambda one: [one.data, one.data]),
        )

    def test_a_changed_byte_is_damage(self) -> None:
        self.check(
            "damaged: ",
            lambda world: deliver(world, lambda one: [one.data.replace(b"payload", b"pAyload", 1)]),
        )

    def test_a_message_that_nobody_sent_is_a_stranger(self) -> None:
        self.check(
            "strangers: ",
            lambda world: deliver(world, lambda one: [one.data, b"Subject: who?\r\n\r\nx\r\n"]),
        )

    def test_a_refused_message_that_arrives_is_a_ghost(self) -> None:
        def refuse(world: World) -> None:
            world.send(1, SMALL)
            world.far.wait_delivered(1)
            for entry in world.ledger.entries():
                world.ledger.record(entry, "nacked", "554 5.7.1 no")

        self.check("ghosts: ", refuse)

    def test_a_relay_that_ends_by_itself_is_noticed(self) -> None:
        def end(world: World) -> None:
            os.kill(world.near.process.pid, signal.SIGKILL)
            wait_until(lambda: world.near.process.poll() is not None)

        self.check("ended by itself with -9", end)

    def test_memory_and_alarms_are_noticed(self) -> None:
        with unittest.mock.patch("tests.faults.scenario.MEMORY", 1):
            self.check("bytes of memory", lambda world: world.send(1, SMALL))
        alarm = {"event": "internal", "where": "a test"}
        self.check("internal", lambda world: world.near.events.append(alarm))

    def test_a_seed_draws_the_same_again(self) -> None:
        one, other = (random.Random("1 a test") for _ in range(2))
        self.assertEqual([one.random() for _ in range(5)], [other.random() for _ in range(5)])


def deliver(world: World, changed: Callable[[Message], list[bytes]]) -> None:
    """Sends one message, of which the ledger is told otherwise than it arrived."""

    def keep(message: Message) -> None:
        for data in changed(message):
            world.ledger.arrived(message.recipients, data)

    world.far.on_message = keep
    world.send(1, SMALL)
    world.far.wait_delivered(1)


if __name__ == "__main__":
    unittest.main()
