"""F1, F3 by appointment: it is killed or loses power at named moments; nothing acknowledged is lost.

The relay is kurir_faulty, whose failpoints (queue/failpoint.hpp) end it at the K-th passage of a
moment; half of the times by a power cut, which takes along what its store had not synced. Each
moment has a world of its own and several of them run at once. A relay that is still alive after a
while has not come by that moment: that fails too, for then nothing was shown.
"""

import re
import signal
import subprocess
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.faults.scenario import SEED, Scenario, World, choosy, rounds
from tests.support.client import wait_until
from tests.support.load import SIZES
from tests.support.relay import BINARY, FAULTY, PATIENCE, ROOT
from tests.support.script import Script

ROUNDS = rounds(2)  # deaths at each moment
FAILPOINT = re.compile(r'\bfailpoint\("(\w+)"')
KINDS_OF_FILES = ("log", "table", "manifest", "file")
ENDS = ("kill", "cut")
SIDE_BY_SIDE = 5
LARGE = (600_000,)
PIECE = 1024  # deliveries that recovery reads at a time
PART = 512  # entries that one write removes
FEW = 40
UNWANTED = "unwanted@client.test"

CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])


@dataclass(frozen=True)
class Moment:
    """A failpoint, and the latest of its passages that is sure to come."""

    name: str
    latest: int
    sizes: tuple[int, ...] = SIZES
    before: str = ""  # other failpoints, armed with it
    term: bool = False  # SIGTERM leads to it
    waiting: int = 0  # messages in the queue at the start
    rare: bool = False  # takes long to come by: only with ten rounds or more


MOMENTS = [
    # A message comes in.
    Moment("chunk_written", 20, LARGE),
    Moment("before_batch", 60),
    Moment("log_written", 60),
    Moment("log_synced", 60),
    Moment("batch_synced", 60),
    Moment("reply_written/250 2.0.0", 40),
    # It goes out.
    Moment("transaction_begins", 40),
    Moment("attempt_ended", 40),
    Moment("settlement_done", 40),
    # The store minds its own business.
    Moment("table_written", 2, LARGE),
    Moment("table_synced", 2, LARGE),
    Moment("manifest_written", 3, waiting=FEW),
    Moment("manifest_synced", 3, waiting=FEW),
    Moment("file_renamed", 1, waiting=FEW),
    Moment("log_deleted", 1, LARGE),
    Moment("table_deleted", 1, LARGE, rare=True),  # after a compaction
    # It starts, ends, or is in trouble.
    Moment("store_begun", 1, waiting=FEW),
    Moment("piece_recovered", 2, waiting=PIECE + 100),
    Moment("store_reopens", 1, before="before_batch:20=error"),
    Moment("before_batch:21", 1, before="before_batch:20=error"),
    Moment("drain_begins", 1, term=True),
    Moment("store_closes", 1, term=True),
]


class Moments(Scenario):
    def test_f1_a_death_at_any_named_moment_loses_nothing_acknowledged(self) -> None:
        moments = [moment for moment in MOMENTS if ROUNDS >= 10 or not moment.rare]
        worlds = [(moment, self.faulty_world()) for moment in moments]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            ends = [(moment, pool.submit(die_at, moment, world)) for moment, world in worlds]
        for moment, end in ends:
            with self.subTest(moment=moment.name):
                print(f"{moment.name}: {end.result()}", flush=True)

    def test_an_error_of_the_store_is_passed_over_without_a_restart(self) -> None:
        world = self.faulty_world()
        world.arm("before_batch:10=error;before_batch:30=error;before_batch:31=error")
        world.start()
        with world.load():
            reopened = wait_until(
                lambda: len(world.near.select("store_reopened")) >= 2, 15 * PATIENCE
            )
            world.pause(0.2, 0.3)
        self.assertTrue(reopened)
        account = world.account(indeterminate=True)

        print(account, flush=True)
        self.assertGreater(account.nacked, 0)
        self.assertEqual(account.indeterminate, [])  # the process lived to erase them

    def test_f1_a_death_amid_a_removal_takes_nothing_else_along(self) -> None:
        world = self.faulty_world()
        world.near.variables["REMOVE"] = UNWANTED
        world.far.sites["127.0.0.1"] = CLOSED
        parts = world.dice.choice((1, 2))
        world.arm(f"part_removed:{parts}={world.dice.choice(ENDS)}")
        world.start()
        world.send(50, (200,))
        wanted = {entry.token for entry in world.ledger.entries()}
        fill(world, 3 * PART, sender=UNWANTED, recipients=(1,))
        unwanted = [entry for entry in world.ledger.entries() if entry.token not in wanted]
        for entry in unwanted:
            world.ledger.record(entry, "unknown", "its removal is ordered")
        world.near.signal(signal.SIGHUP)
        self.assertTrue(world.died(), world.near.tail())
        world.arm()
        world.far.sites["127.0.0.1"] = Script()
        account = world.account()

        gone = sum(world.ledger.copies(entry) == 0 for entry in unwanted)
        print(f"{account}; of {len(unwanted)} unwanted {gone} were removed", flush=True)
        self.assertGreaterEqual(gone, parts * PART // 2)  # what moved meanwhile is passed over
        self.assertLess(gone, len(unwanted))

    def test_f6_a_store_that_stays_broken_refuses_and_stops_cleanly(self) -> None:
        world = self.faulty_world(shutdown_grace="2s")
        world.arm("before_batch:20+=error")
        world.start()
        with world.load():
            world.near.wait_log("store_reopening")
            self.assertEqual(world.acked_after(1.0, 1.5), set())
            self.assertEqual(world.near.get("/readyz")[0], 503)
            self.assertEqual(world.near.get("/livez")[0], 200)
            world.stop()
        world.crashes += 1  # what was delivered meanwhile could not be noted down
        world.arm()

        print(world.account(indeterminate=True), flush=True)

    def test_f8_a_disk_that_takes_its_time_slows_it_down_and_no_more(self) -> None:
        world = self.faulty_world()
        world.arm("log_written:10+=sleep200")
        world.start()
        with world.load():
            world.pause(2.0, 3.0)
        account = world.account()

        print(account, flush=True)
        self.assertGreater(account.acked, 0)
        self.assertEqual((account.nacked, account.unknown, account.duplicates), (0, 0, 0))

    def test_D18_the_queue_has_what_is_not_written_and_counted_yet(self) -> None:
        """The scheduler lets go of a delivery before its end is written: the sums still add up."""
        world = self.faulty_world(threads=3)
        world.arm("settlement_done:1+=sleep300")
        world.start()
        for _ in range(5):
            before = world.near.metric("queue_finished_total")
            world.send(1, (200,), recipients=(1,))
            self.assertTrue(wait_until(lambda: world.ledger.outstanding() == 0, 20 * PATIENCE))
            sums = world.near.metrics()
            queued = sum(n for name, n in sums.items() if name.startswith("kurir_queue_messages{"))
            finished = sum(
                n for name, n in sums.items() if name.startswith("kurir_queue_finished_total")
            )
            self.assertGreaterEqual(queued + finished - before, 1, sums)
            self.assertTrue(
                wait_until(lambda: world.near.metric("queue_messages") == 0, 20 * PATIENCE)
            )
            self.assertEqual(world.near.metric("queue_finished_total") - before, 1)
        world.account()

    def test_every_failpoint_is_built_and_has_its_moment(self) -> None:
        built = FAULTY.read_bytes()
        placed = set()
        for path in (*ROOT.glob("queue/rocks/*.cpp"), *ROOT.glob("relay/**/*.cpp")):
            placed |= set(FAILPOINT.findall(path.read_text(encoding="utf-8")))
        self.assertEqual({name for name in placed if name.encode() not in built}, set())
        # Those of queue/postgres are in shared_moments_test.py.
        elsewhere = {"part_removed", "mark_written", "peer_has_message", "heir_has_message"}
        self.assertEqual(placed - {name_of(moment) for moment in MOMENTS}, elsewhere)

    def test_the_relay_that_is_shipped_knows_no_failpoint(self) -> None:
        names = {name_of(moment) for moment in MOMENTS}
        of_code = {name for name in names if name.split("_")[0] not in KINDS_OF_FILES}
        for binary, expected in ((FAULTY, True), (BINARY, False)):
            text = binary.read_bytes()
            symbols = subprocess.run(
                ["nm", "--demangle", binary], capture_output=True, check=True, text=True
            ).stdout
            with self.subTest(binary=binary.name):
                self.assertEqual("failpoint(" in symbols, expected)
                self.assertEqual("tests::" in symbols, expected)
                self.assertEqual(b"FAILPOINTS" in text, expected)
                for name in of_code:
                    self.assertEqual(name.encode() + b"\0" in text, expected, name)


def name_of(moment: Moment) -> str:
    return moment.name.partition(":")[0].partition("/")[0]


def die_at(moment: Moment, world: World) -> str:
    """Deaths at one moment, and the account."""
    world.far.sites["127.0.0.1"] = choosy(0.05)
    if moment.waiting:
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        fill(world, moment.waiting)
        world.kill()
    for _ in range(ROUNDS):
        passage = world.dice.randrange(1, moment.latest + 1)
        place = moment.name if ":" in moment.name else f"{moment.name}:{passage}"
        armed = ";".join(filter(None, (moment.before, f"{place}={world.dice.choice(ENDS)}")))
        world.near.other_output.clear()
        with world.load(clients=3, sizes=moment.sizes):
            world.start_to_die(armed)
            if moment.term:
                world.pause(0.2, 0.5)
                world.near.signal(signal.SIGTERM)
            said = f"it has not come by {armed}, seed {SEED}"
            assert world.died(60), f"{said}\n{world.near.tail()}"
        assert world.reached(armed), f"it did not die of {armed}: {world.near.other_output}"
    world.far.sites["127.0.0.1"] = Script()
    return str(world.account(indeterminate=bool(moment.before)))


def fill(world: World, count: int, **options: object) -> None:
    """So many messages for the queue."""

    def send() -> None:
        world.send(count // 4 + 1, (200,), **options)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


if __name__ == "__main__":
    unittest.main()
