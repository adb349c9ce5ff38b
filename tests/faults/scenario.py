"""What every fault scenario shares: a seed, a world under load, and the account at its end.

    class Crash(Scenario):
        def test_f1_no_acknowledged_message_is_lost(self) -> None:
            world = self.world()
            with world.load():
                for _ in range(rounds(60)):
                    world.start()
                    world.pause(0.05, 2.0)
                    world.kill()
            print(world.account())

A world is one relay, the remote server behind it, and the ledger of what was sent and what arrived.
A test may have several at once. KURIR_SEED replays what is drawn, KURIR_ROUNDS sets how often a
scenario repeats itself; tests/faults/run sets both.
"""

import contextlib
import os
import random
import re
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Iterator

from tests.support.case import RelayCase
from tests.support.client import wait_until
from tests.support.ledger import TOKEN, Account, Ledger
from tests.support.load import RECIPIENTS, SIZES, Load, send_one
from tests.support.relay import FAULTY, PATIENCE, Relay
from tests.support.remote_server import Message
from tests.support.script import Script

SEED = int(os.environ.get("KURIR_SEED", random.randrange(2**32)))
FAILED_RECIPIENT = re.compile(
    rb"^Final-Recipient: *rfc822; *(\S+)\r$.*?^Action: *failed", re.M | re.S
)

# A connection's next message waits for the removal of the one before last (decision 3).
WINDOW = 2
MOST_RECIPIENTS = max(RECIPIENTS)
DESCRIPTORS = 5  # more open after the drain than at the start
MEMORY = 256 * 1024 * 1024
PROBES = 5
ALARMS = ("internal", "store_damaged", "quarantined")


def rounds(default: int) -> int:
    """How often a scenario repeats itself."""
    return int(os.environ.get("KURIR_ROUNDS", default))


def choosy(delay: float) -> Script:
    """A remote server that is slow, so that a backlog builds up, and does not take everything: of a
    message to three recipients the last is refused and the second now and then deferred.
    """
    return Script(
        rules=[
            {"at": "rcpt", "match": "-2@", "reply": "550 5.1.1 nobody here"},
            {"at": "rcpt", "match": "-1@", "times": 20, "reply": "451 4.7.1 later"},
            {"at": "dot", "delay": delay},
        ]
    )


class World:
    """One relay, its remote server and its ledger.

    Only what a scenario did itself may end the relay: `kill`, or a death that it waited for by
    `died`. Everything else is a fault of the account.
    """

    def __init__(
        self,
        case: "Scenario",
        dice: random.Random,
        connections: int = 5,
        well_behaved: bool = True,
        **settings: object,
    ) -> None:
        self.dice = dice
        self.far = case.remote(well_behaved=well_behaved)
        self.near = Relay(
            **{
                "relayhost": f"127.0.0.1:{self.far.port}",
                "retry_min": "1s",
                "retry_max": "2s",
                "destination_concurrency": connections,
                "max_sessions_per_client": 1000,
            }
            | settings
        )
        case.addCleanup(case._stop_relay, self.near)
        self.ledger = Ledger(Path(self.near.folder) / "ledger")
        case.addCleanup(self.ledger.close)
        self.far.on_message = self._keep
        self.crashes = 0  # each may send again what its connections had in hand
        self.starts = 0
        self.surprises: list[str] = []  # ends that nobody asked for
        self._begun = 0  # events before the last start
        self._connections = connections
        self._load: Load | None = None
        self._descriptors = Counter()

    def start(self, ready: bool = True) -> "World":
        """Starts the relay and lets the load have it."""
        self.starts += 1
        self._begun = len(self.near.events)
        self.near.start(ready=ready)
        with contextlib.suppress(OSError):  # it may be dead already
            self._descriptors = descriptors(self.near.process.pid)
        self._lead(self.near.port)
        return self

    def kill(self) -> None:
        """SIGKILL. It must have lived until now."""
        self._lead(None)
        self._must_live()
        self.crashes += 1
        self.near.kill()

    def died(self, timeout: float = 30.0, status: int = -signal.SIGKILL) -> bool:
        """Waits for a death that was arranged, of this status; false if it lives on."""
        gone = wait_until(lambda: self.near.process.poll() is not None, timeout * PATIENCE)
        if not gone:
            return False
        self._lead(None)
        self.crashes += 1
        found = self.near.wait(5)
        if found != status:
            self.surprises.append(f"ended with {found} instead of {status}")
        return True

    def stop(self) -> None:
        """SIGTERM, to which the answer is 0."""
        self._lead(None)
        self._must_live()
        status = self.near.stop()
        if status != 0:
            self.surprises.append(f"exit status {status} after SIGTERM")

    def arm(self, failpoints: str = "") -> None:
        """Of the next start; the syntax is that of tests/faults/faulty/failpoint.cpp."""
        self.near.variables["FAILPOINTS"] = failpoints

    def start_to_die(self, failpoints: str) -> None:
        """Starts with failpoints of which one may end it before it even listens."""
        self.arm(failpoints)
        try:
            self.start(ready=False)
        except AssertionError:
            if not wait_until(lambda: self.near.process.poll() is not None, 5):
                raise
        finally:
            self.arm()

    def reached(self, failpoints: str) -> bool:
        """Whether it was said that each of these failpoints acted."""
        said = {one.removeprefix("failpoint ") for one in self.near.other_output}
        return said >= set(failpoints.split(";"))

    def pause(self, least: float, most: float) -> None:
        """Lets time pass, most often little of it."""
        time.sleep(min(most, least + self.dice.expovariate(3.2 / most)) * PATIENCE)

    def acked_after(self, least: float, most: float) -> set[str]:
        """What is acknowledged in so much time that was not sent before: a reply may be read late."""
        sent = {one.token for one in self.ledger.entries() if one.state != "intended"}
        self.pause(least, most)
        return {one.token for one in self.ledger.entries() if one.state == "acked"} - sent

    @contextlib.contextmanager
    def load(
        self, clients: int = 4, sizes: tuple[int, ...] = SIZES, timeout: float = 15.0
    ) -> Iterator[Load]:
        """Clients that send meanwhile, to whichever process is the relay now."""
        seed = self.dice.randrange(2**32)
        with Load(self.ledger, seed, clients, sizes, timeout) as self._load:
            if self.near.process is not None:
                self._lead(self.near.port)
            try:
                yield self._load
            finally:
                self._lead(None)
        self._load = None

    def send(self, count: int = 1, sizes: tuple[int, ...] = SIZES, **options: object) -> None:
        """So many messages over one connection, by the ledger."""
        with self.near.client() as client:
            for _ in range(count):
                send_one(client, self.ledger, self.dice, sizes, **options)

    def account(
        self,
        indeterminate: bool = False,
        replies_lost: bool = False,
        damage: bool = False,
        patience: float = 60.0,
        probe: bool = True,
    ) -> Account:
        """Drains the queue and accounts for every message; fails if an invariant does not hold.

        `indeterminate`: store errors were injected, so what was refused with one may have been
        stored (the unconfirmed commit of queue/FORMAT.md). `replies_lost`: the relay may not have read
        every 250 of the remote server, and sends those again. `damage`: files of the store were
        damaged, so alarms of the relay are in place.
        """
        if self.near.process is None:
            self.start()
        drained = self._drain(patience)
        account = self.ledger.account()
        faults = self.surprises + account.faults(indeterminate)
        if not damage:
            faults += self._alarms()
        if self.near.process.poll() is not None:
            faults.append(f"ended by itself with {self.near.process.poll()}")
        else:
            faults += drained + self._bounds(min(10, patience))
            if probe and not faults:
                faults += self._probe()
        most = self._most_duplicates(replies_lost)
        if account.duplicates > most:
            faults.append(f"{account.duplicates} duplicates, where {most} can be explained")
        report = "\n".join(faults[:20])
        assert not faults, f"KURIR_SEED={SEED}\n{account}\n{report}\n{self.near.tail()}"
        return account

    def _alarms(self) -> list[str]:
        """What the relay says of itself that it must not, whatever was done to it but damage."""
        return [str(one) for one in list(self.near.events) if one.get("event") in ALARMS]

    def _drain(self, patience: float) -> list[str]:
        """I7: what the queue had has left it, and the sums say so (I8)."""
        gone = wait_until(
            lambda: self.near.process.poll() is not None or self.ledger.outstanding() == 0,
            patience * PATIENCE,
            0.05,
        )
        if self.near.process.poll() is not None:
            return []
        # It is ready before it knows all that it has.
        wait_until(self._recovered, min(20, patience) * PATIENCE)
        empty = wait_until(
            lambda: self.near.metric("queue_messages") == 0,
            min(20, patience) * PATIENCE,
            0.05,
        )
        found = [] if gone and empty else [f"not drained: {self._sums()}"]
        if self.starts == 1 and not wait_until(self._adds_up, min(5, patience) * PATIENCE):
            found.append(f"the metrics do not add up: {self._sums()}")
        return found

    def _recovered(self) -> bool:
        return any(one.get("what") == "recovered" for one in self.near.events[self._begun :])

    def _adds_up(self) -> bool:
        sums = self._sums()
        return sums["enqueued"] == sums["finished"] + sums["queued"]

    def _sums(self) -> dict[str, float]:
        """Recipients, as the metrics count them since the start of this process."""
        return {
            "enqueued": self.near.metric("queue_enqueued_total"),
            "finished": self.near.metric("queue_finished_total"),
            "queued": self.near.metric("queue_recipients"),
        }

    def _bounds(self, patience: float) -> list[str]:
        """I6: memory, and what it has open apart from the store's files, which come and go."""
        found = []
        pid = self.near.process.pid

        def grown() -> Counter:
            return descriptors(pid) - self._descriptors

        if not wait_until(lambda: grown().total() <= DESCRIPTORS, patience * PATIENCE, 0.1):
            found.append(f"descriptors that were not open at the start: {grown()}")
        if (peak := peak_memory(pid)) > MEMORY * PATIENCE:
            found.append(f"{peak} bytes of memory at the peak")
        return found

    def _probe(self) -> list[str]:
        """The last process still works, and counts what it does: message by message."""
        before = self._sums()
        sent = self.ledger.account()
        self.send(PROBES, sizes=(500,), recipients=(1,))
        wait_until(lambda: self.ledger.outstanding() == 0, 20 * PATIENCE)
        count = self.ledger.account().acked - sent.acked

        def moved() -> dict[str, float]:
            return {name: value - before[name] for name, value in self._sums().items()}

        expected = {"enqueued": count, "finished": count, "queued": 0}
        if not wait_until(lambda: moved() == expected, 10 * PATIENCE):
            return [f"of {count} more recipients the metrics say {moved()}"]
        return []

    def explained(self) -> int:
        """How many recipients the crashes may have hit between a 250 and its settlement."""
        return self._most_duplicates(False)

    def _most_duplicates(self, replies_lost: bool) -> int:
        """I3."""
        most = self.crashes * self._connections * WINDOW * MOST_RECIPIENTS
        if replies_lost:
            most += sum(
                len(one.recipients)
                for one in list(self.far.messages)
                if one.accepted and not one.confirmed
            )
        return most

    def _keep(self, message: Message) -> None:
        if not message.accepted:
            return
        if message.sender == "":
            self._bounced(message.data)
        else:
            self.ledger.arrived(message.recipients, message.data)
        message.data = b""  # the ledger has what matters, and there is much of it

    def _bounced(self, report: bytes) -> None:
        token = TOKEN.search(report)
        for recipient in FAILED_RECIPIENT.findall(report):
            self.ledger.bounced(token[1].decode() if token else "", recipient.decode())

    def _must_live(self) -> None:
        if (status := self.near.process.poll()) is not None:
            self.surprises.append(f"ended by itself with {status}")

    def _lead(self, port: int | None) -> None:
        if self._load is not None:
            self._load.port = port


class Scenario(RelayCase):
    """A test that injects faults. `self.dice` is drawn from the seed and the test's name."""

    def setUp(self) -> None:
        print(f"KURIR_SEED={SEED} {self.id()}", flush=True)
        self.dice = random.Random(f"{SEED} {self.id()}")

    def world(self, **options: object) -> World:
        """A relay that is not started yet, with a remote server that takes everything."""
        return World(self, random.Random(self.dice.random()), **options)

    def faulty_world(self, mutant: str = "", **options: object) -> World:
        """One whose relay has failpoints, and is this mutant."""
        world = self.world(well_behaved=not mutant, **options)
        world.near.binary = FAULTY
        world.near.variables["MUTANT"] = mutant
        return world


def descriptors(pid: int) -> Counter:
    """How many of each kind a process has open, without the files of its store."""
    found = Counter()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            target = os.readlink(one)
            if not target.startswith("/") or "/db/" not in target:
                found[re.sub(r"\d+", "N", target)] += 1
    return found


def peak_memory(pid: int) -> int:
    """The most bytes of memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)[1]) * 1024
