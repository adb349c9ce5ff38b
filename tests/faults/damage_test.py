"""F9: files of a queue are damaged at rest: a bit flipped, torn, emptied, removed.

A queue is filled over several starts, so that tables, bodies and the log all have mail, and copied
for each combination of a kind of file and a kind of damage. On each copy the relay must either
start, and deliver all that the damage cannot have touched and tell of the rest; or refuse, change
nothing, and name the file and what to do. Which of the two is right stands in EXPECTED, why in
queue/FORMAT.md. It never crashes, hangs, or delivers wrong bytes.

With more rounds other files of each kind, and other places in them, are damaged.
"""

import contextlib
import hashlib
import os
import random
import re
import shutil
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from tests.faults.scenario import ALARMS, SEED, Scenario, World, rounds
from tests.support.client import wait_until
from tests.support.relay import PATIENCE, queue_id
from tests.support.script import Script

ROUNDS = rounds(1)
AT_ONCE = 6  # relays; they wait more than they compute
GENERATIONS = 3
MESSAGES = 16  # of each
SIZES = (200, 2000, 20_000, 600_000)
BLOCK = 32768  # of a log: damage in the last one can look like an end that a power cut left

# Of a message to three the first is taken at once, as half of the others are.
PARTLY = Script(
    rules=[
        {"at": "rcpt", "match": "-[12]@", "reply": "451 4.7.1 later"},
        {"at": "rcpt", "match": "[0-4]-0@", "reply": "451 4.7.1 later"},
    ]
)


def flip(file: Path, dice: random.Random, floor: int) -> str:
    """One bit; of a log not in its last block."""
    data = bytearray(file.read_bytes())
    end = len(data) - (BLOCK if file.suffix == ".log" else 0)
    if end <= 0:
        return "nothing, it is empty"
    at = dice.randrange(end)
    data[at] ^= 1 << dice.randrange(8)
    file.write_bytes(data)
    return f"at {at} of {len(data)}"


def tear(file: Path, dice: random.Random, floor: int) -> str:
    """Cut off somewhere behind `floor`, whose size stays if it is all holes."""
    size = file.stat().st_size
    at = dice.randrange(floor, max(size, floor + 1))
    os.truncate(file, at)
    return f"at {at} of {size}"


def empty(file: Path, dice: random.Random, floor: int) -> str:
    os.truncate(file, 0)
    return "to nothing"


def remove(file: Path, dice: random.Random, floor: int) -> str:
    file.unlink()
    return "altogether"


DAMAGES = (flip, tear, empty, remove)

# What is right for each kind of file:
#   unharmed  starts, and nothing is lost, doubled or told
#   costs     starts; what is lost was in that file, and is told message by message
#   log       starts; what is lost was in the log (behind the cut, if it was cut). An alarm says so,
#             and the damaged log is kept in the quarantine
#   table     refuses, or (a flipped bit) starts as in `costs`, if all that is hit are records
#   refuses   refuses, unless nothing at all is lost
EXPECTED = {
    r"\d+\.log": "log",
    r"\d+\.sst": "table",
    r"\d+\.blob": "costs",
    r"MANIFEST-\d+": "refuses",
    r"CURRENT": "refuses",
    r"OPTIONS-\d+|IDENTITY|LOCK|LOG|LOG\.old\.\d+": "unharmed",
    r"kurir\.lock|reserve|at_rest|witness": "unharmed",
    r"suppressions": "unharmed",  # which of its entries are lost, the log says
    r"suspensions": "unharmed",
    r"events\.\d+": "unharmed",  # of the history
    r"hostname": "unharmed",  # for who adopts the queue
}


@dataclass
class Filled:
    """A queue at rest, and in which files of it which messages may stand."""

    world: World
    files: list[Path] = field(default_factory=list)
    tokens: list[set[str]] = field(default_factory=list)  # by generation
    tables: list[set[str]] = field(default_factory=list)  # names that each left
    late: set[str] = field(default_factory=set)  # tokens of the last ones ...
    early_log: int = 0  # ... which stand behind here in the log

    def in_file(self, name: str) -> set[str]:
        for tokens, tables in zip(self.tokens, self.tables):
            if name in tables:
                return tokens
        return self.tokens[-1] if name.endswith(".log") else set()


class Damage(Scenario):
    def test_f9_no_damaged_file_makes_it_lose_what_was_not_damaged(self) -> None:
        filled = self.fill()
        cases = [
            (kind, how, round)
            for round in range(ROUNDS)
            for kind in kinds(filled.files)
            for how in DAMAGES
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda case: self.damaged(filled, *case), cases))

        for outcome, _ in found:
            print(outcome, flush=True)
        faults = [f"{outcome}\n    {fault}" for outcome, some in found for fault in some]
        self.assertEqual(faults, [], f"KURIR_SEED={SEED}\n" + "\n".join(faults))

    def fill(self) -> Filled:
        world = self.world(retry_min="1h", retry_max="1h")
        world.far.sites["127.0.0.1"] = PARTLY
        filled = Filled(world)
        for generation in range(GENERATIONS):
            world.start()
            known = len(world.ledger.entries())
            world.send(MESSAGES // 2, SIZES)
            settle_down(world)
            filled.early_log = max(one.stat().st_size for one in files_of(world, "*.log"))
            early = len(world.ledger.entries())
            world.send(MESSAGES // 2, SIZES)
            settle_down(world)
            world.stop()
            tokens = [one.token for one in world.ledger.entries()]
            filled.tokens.append(set(tokens[known:]))
            filled.late = set(tokens[early:])
            # The next start makes tables of this one's log.
            filled.tables.append(set())
            if generation > 0:
                made = {one.name for one in files_of(world, "*.sst") + files_of(world, "*.blob")}
                filled.tables[generation - 1] = made - set().union(*filled.tables)
        filled.files = [one for one in world.near.queue_dir.rglob("*") if one.is_file()]
        return filled

    def damaged(
        self, filled: Filled, kind: str, damage: Callable, round: int
    ) -> tuple[str, list[str]]:
        """What became of a relay whose file of this kind is damaged, and what is wrong with that."""
        dice = random.Random(f"{SEED} {kind} {damage.__name__} {round}")
        original = dice.choice([one for one in filled.files if re.fullmatch(kind, one.name)])
        world = self.world(retry_max="1s")
        copy = world.near.queue_dir
        subprocess.run(["cp", "-a", filled.world.near.queue_dir, copy], check=True)
        victim = copy / original.relative_to(filled.world.near.queue_dir)
        floor = filled.early_log if victim.suffix == ".log" else 0
        description = f"{victim.name}: {damage.__name__} {damage(victim, dice, floor)}: "
        world.ledger.take_over(filled.world.ledger)
        try:
            said, faults = Case(filled, world, victim, damage).judged()
        finally:
            world.near.kill()
            shutil.rmtree(copy)
        return description + said, faults


class Case:
    """One damaged queue, at its start."""

    def __init__(self, filled: Filled, world: World, victim: Path, damage: Callable) -> None:
        self._filled = filled
        self._world = world
        self._near = world.near
        self._victim = victim
        self._damage = damage
        self._expected = next(
            outcome for kind, outcome in EXPECTED.items() if re.fullmatch(kind, victim.name)
        )
        self._doubled = world.ledger.account().duplicates
        self._victim_was_there = victim.exists()
        self._damaged = victim.read_bytes() if victim.exists() else b""

    def judged(self) -> tuple[str, list[str]]:
        before = digests(self._near.queue_dir)
        try:
            self._world.start(ready=False)
        except AssertionError as error:
            if not wait_until(lambda: self._near.process.poll() is not None, 10 * PATIENCE):
                return "hangs", [str(error)]
            return self.refused(before)
        return self.started()

    def refused(self, before: dict[str, str]) -> tuple[str, list[str]]:
        status = self._near.process.poll()
        said = [one["error"] for one in self._near.select("lifecycle", what="store_failed")]
        text = said[-1] if said else self._near.tail()
        faults = []
        if self._expected not in ("refuses", "table"):
            faults.append("it must start")
        if status != 1:
            faults.append(f"ended with {status}")
        # RocksDB calls a table that is gone by its old extension.
        names = r"CURRENT|MANIFEST" if self._expected == "refuses" else self._victim.stem
        if not re.search(names, text.partition(str(self._near.queue_dir))[2]):
            faults.append("does not name the file")
        if "copy the folder" not in text:
            faults.append("does not say what to do")
        if digests(self._near.queue_dir) != before:
            faults.append("changed the queue")
        return f"refuses with {status}: {text}", faults

    def started(self) -> tuple[str, list[str]]:
        gone = wait_until(self.drained, 20 * PATIENCE, 0.05)
        status = self._near.process.poll()
        if status is not None:
            return f"starts and ends with {status}", [self._near.tail()]
        # What a damaged schedule hid is found by its messages, a little later.
        wait_until(lambda: self._world.ledger.outstanding() == 0, 2 * PATIENCE)
        account = self._world.ledger.account()
        lost = {one.split()[0] for one in account.lost}
        doubled = account.duplicates - self._doubled
        told = [one for one in self._near.events if one["event"] in ALARMS]
        faults = account.damaged + account.strangers + account.ghosts
        if not gone:
            faults.append(f"{self._near.metric('queue_messages')} messages are stuck")
        faults += self.wrong(lost, doubled, told) + self.afterwards()
        return (
            f"starts: {len(lost)} of {len(self._world.ledger.entries())} messages lost, "
            f"{doubled} doubled, {len(told)} alarms",
            faults,
        )

    def drained(self) -> bool:
        return self._near.process.poll() is not None or (
            bool(self._near.select("lifecycle", what="recovered"))
            and self._near.metric("queue_messages") == 0
        )

    def wrong(self, lost: set[str], doubled: int, told: list[dict]) -> list[str]:
        """What is not as expected for the kind of file."""
        if self._expected == "log":
            return self.wrong_log(lost, told)
        faults = []
        if self._expected in ("unharmed", "refuses"):
            if lost or doubled or (told and self._expected == "unharmed"):
                faults.append(f"{len(lost)} lost, {doubled} doubled, {told}")
            return faults
        if self._expected == "table" and self._damage is not flip:
            faults.append("it must refuse")
        if lost - self._filled.in_file(self._victim.name):
            faults.append("lost what was in other files")
        keys = " ".join(str(one.get("key")) for one in told)
        silent = [
            one
            for one in self._world.ledger.entries()
            if one.token in lost and queue_id(one.reply) not in keys
        ]
        if silent:
            faults.append(f"{len(silent)} lost messages are not told of")
        if self._expected == "costs" and doubled:
            faults.append(f"{doubled} doubled")
        return faults

    def wrong_log(self, lost: set[str], told: list[dict]) -> list[str]:
        faults = []
        may_be_lost = self._filled.late if self._damage is tear else self._filled.tokens[-1]
        if lost - may_be_lost:
            faults.append(f"lost {len(lost - may_be_lost)} that the damage can't have hit")
        alarms = [one for one in told if one["event"] == "store_damaged"]
        if len(alarms) != 1 or self._near.metric("store_wal_damage_total") != 1:
            faults.append(f"{len(alarms)} alarms of the log's damage")
        elif self._victim_was_there:
            kept = Path(alarms[0]["copy"]) / self._victim.name
            if not kept.exists() or kept.read_bytes() != self._damaged:
                faults.append("the damaged log is not in the quarantine")
        return faults

    def afterwards(self) -> list[str]:
        """What is left of the queue is sound: it starts again, without alarm, and takes mail."""
        self._world.stop()
        said = len(self._near.events)
        try:
            self._world.start(ready=False)
        except AssertionError as error:
            return [f"does not start again: {error}"]
        faults = self._world.surprises
        if not wait_until(self.passes, 10 * PATIENCE):
            faults.append(f"mail sent afterwards does not pass\n{self._near.tail(10)}")
        # A damaged block stays in its table until that is compacted.
        faults += [
            str(one)
            for one in self._near.events[said:]
            if one["event"] in ALARMS and not str(one.get("key")).startswith("schedule")
        ]
        status = self._near.stop()
        return faults + ([f"exit status {status}"] if status else [])

    def passes(self) -> bool:
        """Whether a message is taken and delivered; one may be refused while the store reopens."""
        with contextlib.suppress(AssertionError):
            self._world.send(1, (500,), recipients=(1,))
        entry = self._world.ledger.entries()[-1]
        return entry.state == "acked" and wait_until(
            lambda: self._world.ledger.copies(entry) == 1, 5 * PATIENCE
        )


def settle_down(world: World) -> None:
    """Until every recipient had its first attempt."""

    def attempts() -> int:
        return len(world.near.select("delivered")) + len(world.near.select("deferred"))

    sent = sum(len(one.recipients) for one in world.ledger.entries())
    assert wait_until(lambda: attempts() >= sent, 10 * PATIENCE), (attempts(), sent)


def files_of(world: World, pattern: str) -> list[Path]:
    return list((world.near.queue_dir / "db").glob(pattern))


def kinds(files: list[Path]) -> list[str]:
    """The kinds of file that there are. A file of another kind is one that EXPECTED must name."""
    for file in files:
        assert any(re.fullmatch(kind, file.name) for kind in EXPECTED), file
    return [kind for kind in EXPECTED if any(re.fullmatch(kind, one.name) for one in files)]


def digests(queue: Path) -> dict[str, str]:
    """Of all that has mail, or says what has."""
    return {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in (queue / "db").iterdir()
        if one.suffix in (".log", ".sst", ".blob") or one.name.startswith(("CURRENT", "MANIFEST"))
    }


if __name__ == "__main__":
    unittest.main()
