"""F1 in a shared queue: one of two relays is killed at named moments, and the other delivers.

The one that dies is kurir_faulty, whose failpoints (queue/failpoint.hpp) end it at the K-th passage of a
moment. Each moment has a database and two relays of its own, and several of them run at once. Nothing is
lost; what the dead relay had given to the remote server and not recorded comes twice, and nothing
else. A relay that has not come by its moment fails the test, for then nothing was shown.
"""

import re
import signal
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Callable

from tests.faults.cluster import LEASE, ClusterScenario
from tests.faults.dying import SMALL, Dying
from tests.faults.scenario import rounds
from tests.support.client import wait_until
from tests.support.postgres import PostgresServer
from tests.support.relay import BINARY, FAULTY, PATIENCE, ROOT
from tests.support.script import Script

ROUNDS = rounds(1)  # deaths at each moment
FAILPOINT = re.compile(r'\bfailpoint\("(\w+)"')
SIDE_BY_SIDE = 26  # they wait more than they work
LARGE = (600_000,)
SOME = 20
LONG = 3 * LEASE  # nobody else takes over what a relay has that comes back at once
HEAD = len("kurir-results 1\n")
UNWANTED = "unwanted@client.test"
QUICK = Script(rules=[{"at": "dot", "delay": 0.03}])
SLOW = Script(rules=[{"at": "dot", "delay": 0.3}])
LATER = Script(rules=[{"at": "rcpt", "reply": "451 4.3.0 later"}])
# Of the text of a batch that only accepts mail, which is sent in one piece.
BATCH = b"\0note_batch\0"


@dataclass(frozen=True)
class Moment:
    """A failpoint, and of its passages the latest that is sure to come, and the first that is meant."""

    name: str
    latest: int = 1
    sizes: tuple[int, ...] = SMALL
    first: int = 1


def arm(pair: Dying, moment: Moment) -> str:
    return f"{moment.name}:{pair.dice.randrange(moment.first, moment.latest + 1)}=kill"


def under_load(pair: Dying, moment: Moment, far: Script = QUICK, term: bool = False) -> None:
    """Clients send, or have sent when it is told to stop."""
    pair.start_other()
    for _ in range(ROUNDS):
        pair.far_is(far)
        armed = arm(pair, moment)
        pair.start_to_die(armed)
        with pair.clients(moment.sizes):
            if term:
                pair.wait_acked(SOME)
                pair.node.signal(signal.SIGTERM)
            pair.wait_death(armed)
        left = pair.unrecorded()
        pair.far_is(QUICK)
        pair.deliver()
        pair.explain(left)


def while_it_holds(pair: Dying, moment: Moment) -> None:
    """The remote server says nothing, so claims must be renewed."""
    pair.start_other()
    for _ in range(ROUNDS):
        pair.far_is(Script(rules=[{"at": "mail", "times": 2, "then": "hang"}]))
        armed = arm(pair, moment)
        pair.start_to_die(armed)
        pair.send_to_die(SOME)
        pair.wait_death(armed)
        pair.far_is(QUICK)
        pair.deliver()


def at_the_first_start(pair: Dying, moment: Moment) -> None:
    """Of an empty database."""
    armed = arm(pair, moment)
    pair.start_to_die(armed)
    pair.wait_death(armed)
    pair.start_other()
    pair.send(pair.other, SOME)


def amid_a_removal(pair: Dying, moment: Moment) -> None:
    """What is not to be removed stays."""
    pair.start_other()
    pair.far_is(LATER)
    pair.node.variables["REMOVE"] = UNWANTED
    armed = arm(pair, moment)
    pair.start_to_die(armed)
    pair.send(pair.node, SOME)
    wanted = {entry.token for entry in pair.ledger.entries()}
    pair.world.send(2 * SOME, SMALL, sender=UNWANTED, recipients=(1,))
    unwanted = [entry for entry in pair.ledger.entries() if entry.token not in wanted]
    for entry in unwanted:
        pair.ledger.record(entry, "unknown", "its removal is ordered")
    pair.node.signal(signal.SIGHUP)
    pair.wait_death(armed)
    pair.far_is(QUICK)
    pair.deliver()
    gone = sum(pair.ledger.copies(entry) == 0 for entry in unwanted)
    assert gone >= SOME, f"of {len(unwanted)} unwanted {gone} were removed"


def cut_off(pair: Dying, armed: str) -> None:
    """It is started, and loses the database when the remote server has a message of it."""
    pair.far_is(Script(rules=[{"at": "dot", "delay": 2, "times": 1}]))
    before = len(pair.world.far.messages)
    pair.start_to_die(armed)
    pair.send(pair.node, 1)
    there = wait_until(lambda: len(pair.world.far.messages) > before, 30 * PATIENCE)
    assert there, pair.node.tail()
    pair.proxy.refuse()
    pair.proxy.reset_all()


def noted(pair: Dying) -> bool:
    return (pair.node.queue_dir / "results").stat().st_size > HEAD


def replay(pair: Dying) -> None:
    """The next process knows what was delivered."""
    pair.start_to_die("")
    wait_until(lambda: pair.database.count("message") == 0, LEASE * PATIENCE, 0.1)
    assert pair.database.count("message") == 0, pair.tails()


def in_an_outage(pair: Dying, moment: Moment) -> None:
    """What was delivered is in its journal, and is not sent again."""
    pair.start_other()
    for _ in range(ROUNDS):
        armed = arm(pair, moment)
        cut_off(pair, armed)
        if not moment.name.startswith("result_"):
            assert wait_until(lambda: noted(pair), 30 * PATIENCE), pair.node.tail()
            pair.proxy.admit()
        pair.wait_death(armed)
        pair.proxy.admit()
        replay(pair)
        pair.node.kill()


def at_the_start_after_an_outage(pair: Dying, moment: Moment) -> None:
    """It has results in its journal, and dies while it writes them."""
    pair.start_other()
    for _ in range(ROUNDS):
        cut_off(pair, "result_synced=kill")
        pair.wait_death("result_synced=kill")
        pair.proxy.admit()
        armed = arm(pair, moment)
        pair.start_to_die(armed)
        pair.wait_death(armed)
        replay(pair)
        pair.node.kill()


def in_doubt(pair: Dying, moment: Moment, refused: bool = False) -> None:
    """The answer to a COMMIT gets lost; `refused`: its client does not wait until it is found out."""
    pair.start_other()
    for _ in range(ROUNDS):
        armed = arm(pair, moment)
        pair.start_to_die(armed)
        pair.send(pair.node, 1)
        assert wait_until(lambda: pair.database.count("message") == 0, 30 * PATIENCE, 0.1)
        if refused:
            pair.proxy.refuse()
        pair.proxy.cut_answer_to(BATCH)
        pair.send_to_die(1, timeout=40.0 * PATIENCE)
        if refused:
            assert pair.ledger.entries()[-1].state == "nacked", pair.tails()
            pair.proxy.admit()
        pair.wait_death(armed)
        pair.deliver()


def in_doubt_and_refused(pair: Dying, moment: Moment) -> None:
    in_doubt(pair, moment, refused=True)


refused_by_the_remote_server = partial(under_load, far=LATER)
told_to_stop = partial(under_load, far=SLOW, term=True)

MOMENTS: list[tuple[Callable[[Dying, Moment], None], Moment]] = [
    # These take longest.
    (in_doubt_and_refused, Moment("doubt_looked_up")),
    (in_doubt_and_refused, Moment("refused_mail_erased")),
    (in_doubt, Moment("doubt_looked_up")),
    # A message comes in.
    (under_load, Moment("batch_collected", 20)),
    (under_load, Moment("statements_sent/commit", 20, first=5)),
    (under_load, Moment("batch_committed", 20)),
    (under_load, Moment("batch_announced", 20)),
    (under_load, Moment("chunks_stored", 5, LARGE)),
    (under_load, Moment("reply_written/250 2.0.0", 20)),
    # It goes out.
    (under_load, Moment("transaction_begins", 20)),
    (under_load, Moment("attempt_ended", 20)),
    (under_load, Moment("rows_locked", 20)),
    (under_load, Moment("batch_half_sent", 5, LARGE)),
    (under_load, Moment("settlement_done", 20)),
    # It waits, and is claimed.
    (refused_by_the_remote_server, Moment("mail_claimed")),
    (refused_by_the_remote_server, Moment("statements_sent/claim_free")),
    (while_it_holds, Moment("claims_renewed")),
    (while_it_holds, Moment("statements_sent/renew")),
    (amid_a_removal, Moment("part_erased")),
    # The database is away.
    (in_an_outage, Moment("result_written")),
    (in_an_outage, Moment("result_synced")),
    (in_an_outage, Moment("database_regained")),
    (in_an_outage, Moment("journal_emptied")),
    (at_the_start_after_an_outage, Moment("left_result_submitted")),
    (at_the_start_after_an_outage, Moment("left_result_settled")),
    # It starts, and ends.
    (at_the_first_start, Moment("schema_locked")),
    (at_the_first_start, Moment("schema_migrated")),
    (told_to_stop, Moment("drain_begins")),
    (told_to_stop, Moment("store_closes")),
    (told_to_stop, Moment("node_forgotten")),
    (told_to_stop, Moment("statements_sent/release_all")),
    (told_to_stop, Moment("claims_released")),
]
# With these the dead relay comes back before anything is taken over.
COMING_BACK = (in_doubt_and_refused, in_an_outage, at_the_start_after_an_outage)


class SharedMoments(ClusterScenario):
    def test_f1_a_death_at_any_named_moment_doubles_only_what_was_not_recorded(self) -> None:
        self.server = self.enterContext(PostgresServer(max_connections=500))
        pairs = []
        for way, moment in MOMENTS:
            lease = LONG if way in COMING_BACK else LEASE
            pairs.append(Dying(self, self.server.create_database(), lease))
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            ends = [
                pool.submit(self.die, pair, way, moment)
                for pair, (way, moment) in zip(pairs, MOMENTS)
            ]
        for (way, moment), end in zip(MOMENTS, ends):
            with self.subTest(moment=moment.name, way=str(way)):
                print(f"{moment.name}: {end.result()}", flush=True)

    def die(self, pair: Dying, way: Callable[[Dying, Moment], None], moment: Moment) -> str:
        """Deaths at one moment, a restart that takes mail again, and the account."""
        way(pair, moment)
        pair.far_is(QUICK)
        pair.start_to_die("")
        pair.send(pair.node, SOME)
        account = self.account(pair, pair.explained, indeterminate=way is in_doubt_and_refused)
        assert account.duplicates == pair.explained, f"{pair.explained} explained, {account}"
        assert pair.explained <= ROUNDS * pair.in_hand, f"{pair.explained} were in hand"
        # A refused message goes out if it is not known any more that it was refused.
        known = moment.name == "doubt_looked_up" and way is in_doubt_and_refused
        assert len(account.indeterminate) == (ROUNDS if known else 0), account
        for node in pair.nodes:
            assert node.stop() == 0, node.tail()
        return f"{account}; explained {pair.explained}"

    def test_every_moment_is_built_and_comes(self) -> None:
        placed = set()
        for path in (*ROOT.glob("queue/*.cpp"), *ROOT.glob("queue/postgres/*.cpp")):
            placed |= set(FAILPOINT.findall(path.read_text(encoding="utf-8")))
        armed = {moment.name.partition("/")[0] for _, moment in MOMENTS}
        self.assertGreater(len(placed), 0)
        self.assertEqual(placed - armed, set())
        built, shipped = (binary.read_bytes() for binary in (FAULTY, BINARY))
        for name in armed:
            with self.subTest(moment=name):
                self.assertIn(name.encode() + b"\0", built)
                self.assertNotIn(name.encode() + b"\0", shipped)


if __name__ == "__main__":
    unittest.main()
