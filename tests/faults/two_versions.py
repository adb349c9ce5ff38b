"""Nodes of two versions on one queue in PostgreSQL: an update, a rollback, kills, and what each can't
understand of the other. Started by tests/versions, which builds the older one.
"""

import contextlib
import os
import subprocess
import unittest
from pathlib import Path
from typing import Iterator

from tests.faults.cluster import LEASE, Cluster, ClusterScenario
from tests.faults.scenario import choosy, rounds
from tests.support.client import wait_until
from tests.support.postgres import PostgresServer
from tests.support.relay import PATIENCE, Relay, environment
from tests.support.script import Script

OLD, NEW = 0, 1
NAMES = ("older", "newer")
OLDER_BINARY = Path(os.environ.get("KURIR_OLDER_BINARY", "no-older-version"))
SCHEMAS = tuple(int(one) for one in os.environ.get("KURIR_SCHEMAS", "0,0").split(","))
KILLS = rounds(4)
SOME = 30  # messages: mail flows
LEFT = 10  # messages that a relay leaves to the other one
PAUSE = 0.1  # between two messages of a client: either node alone keeps up
LATER = Script(rules=[{"at": "rcpt", "reply": "451 4.3.0 later"}])
SLOW = Script(rules=[{"at": "dot", "delay": 1}])

# Of a version to come: kinds that nobody knows, one of which is 1 in its last eight bits.
NOTICES = """
UPDATE board SET last = last + 1;
INSERT INTO notice (kind, key, value, removed, version, at, until)
  SELECT kind, '7777777', '\\xff00a7', false, last, queue_now(), NULL
  FROM board, unnest(ARRAY[5, 255, 257, 70000]::bigint[]) AS unknown(kind);
"""
STRANGER = "00000000-0000-4000-8000-000000000077"
WORDS = f"""
INSERT INTO node (owner, host, version, address, since, seen, words, words_at)
  VALUES ('{STRANGER}', 'stranger.test', '99.0', '', queue_now(), queue_now(), '\\x00ff2a', queue_now());
"""


class Pair(Cluster):
    """Node OLD and node NEW."""

    def __init__(self, case: ClusterScenario, database, **settings: object) -> None:
        super().__init__(case, database, nodes=2, **settings)
        self.nodes[OLD].binary = OLDER_BINARY
        self.owners: dict[int, str] = {}
        self.far_is(choosy(0.02))

    def far_is(self, script: Script) -> None:
        self.world.far.sites["127.0.0.1"] = script

    def begin(self, node: int) -> None:
        before = self._owners()
        self.revive(node)
        found: set[str] = set()

        def appeared() -> bool:
            found.update(self._owners() - before)
            return bool(found)

        assert wait_until(appeared, 20 * PATIENCE, 0.1), self.tails()
        (self.owners[node],) = found

    def end(self, node: int) -> None:
        """SIGTERM, while mail waits. It leaves nothing claimed."""
        self.far_is(LATER)
        self.send(self.nodes[node], LEFT)
        self._lead(node, None)
        status = self.nodes[node].stop()
        assert status == 0, f"exit status {status}\n{self.tails()}"
        assert self.claimed(node) == 0, self.tails()
        left = self.database.count("entry")
        print(f"the {NAMES[node]} one leaves {left} entries", flush=True)
        assert left >= LEFT, self.tails()
        self.far_is(choosy(0.02))

    def kill_with_claims(self, victim: int) -> None:
        """SIGKILL; returns when the other one has taken over what it had claimed."""
        self.far_is(SLOW)
        self.send(self.nodes[victim], LEFT)
        self.kill(victim)
        left = self.claimed(victim)
        assert left > 0, self.tails()
        self.far_is(choosy(0.02))
        gone = wait_until(lambda: self.claimed(victim) == 0, (LEASE + 60) * PATIENCE, 0.2)
        assert gone, self.tails()
        print(f"the {NAMES[victim]} one was killed: {left} entries taken over", flush=True)

    @contextlib.contextmanager
    def held_tables(self) -> Iterator[None]:
        """As a backup reads them, and one so that no migration can end."""
        tables = "SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'"
        reads = f"LOCK TABLE {self.database.run(tables)} IN ACCESS SHARE MODE"
        with self.database.holding(f"BEGIN; {reads}; LOCK TABLE schema_version IN SHARE MODE"):
            yield

    def schema(self) -> int:
        return int(self.database.run("SELECT max(number) FROM schema_version"))

    def claimed(self, node: int) -> int:
        mine = f"SELECT count(*) FROM entry WHERE owner = '{self.owners[node]}'"
        return int(self.database.run(mine))

    def delivered(self, node: int) -> int:
        return len(self.nodes[node].select("delivered"))

    def wait_delivered(self, *nodes: int) -> None:
        """Until each of them has delivered some more."""
        before = {node: self.delivered(node) for node in nodes}

        def grown() -> bool:
            return all(self.delivered(node) >= count + SOME for node, count in before.items())

        assert wait_until(grown, 60 * PATIENCE, 0.1), self.tails()

    def _owners(self) -> set[str]:
        if self.database.run("SELECT to_regclass('node')") == "":
            return set()
        return set(self.database.run("SELECT owner FROM node").split())


class TwoVersions(ClusterScenario):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.enterContext(PostgresServer())
        self.pair = Pair(self, self.server.create_database())

    def close(self, explained: int) -> None:
        pair = self.pair
        self.account(pair, explained)
        self.assertEqual(pair.count("claim_lost"), 0, pair.tails())
        for what in ("board_failed", "store_failed"):
            self.assertEqual(pair.count("lifecycle", what=what), 0, pair.tails())
        print(f"by the older {pair.delivered(OLD)}, by the newer {pair.delivered(NEW)}", flush=True)

    def call(self, relay: Relay, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [relay.binary, *words],
            env=environment(relay.settings),
            capture_output=True,
            text=True,
            timeout=60 * PATIENCE,
            check=False,
        )

    def order(self, relay: Relay, *words: str) -> None:
        done = self.call(relay, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_an_update(self) -> None:
        pair = self.pair
        pair.begin(OLD)
        with pair.load(pause=PAUSE):
            pair.wait_delivered(OLD)
            self.assertEqual(pair.schema(), SCHEMAS[OLD])
            pair.begin(NEW)
            self.assertEqual(pair.schema(), SCHEMAS[NEW])
            pair.wait_delivered(OLD, NEW)
            pair.end(OLD)
            pair.wait_delivered(NEW)
        self.close(0)

    @unittest.skipIf(SCHEMAS[OLD] == SCHEMAS[NEW], "there is nothing to migrate")
    def test_an_update_that_must_wait(self) -> None:
        """The newer one gives up and leaves all as it is, and the older one goes on."""
        pair = self.pair
        pair.begin(OLD)
        with pair.load(pause=PAUSE):
            pair.wait_delivered(OLD)
            with pair.held_tables():
                refused = self.call(pair.nodes[NEW], "serve")
                self.assertEqual(refused.returncode, 1, refused.stdout)
                self.assertIn("lock timeout", refused.stdout)
                pair.wait_delivered(OLD)
            self.assertEqual(pair.schema(), SCHEMAS[OLD])
            pair.begin(NEW)
            self.assertEqual(pair.schema(), SCHEMAS[NEW])
            pair.wait_delivered(OLD, NEW)
        self.close(0)

    def test_a_rollback(self) -> None:
        pair = self.pair
        pair.begin(NEW)
        with pair.load(pause=PAUSE):
            pair.wait_delivered(NEW)
            pair.begin(OLD)
            self.assertEqual(pair.schema(), SCHEMAS[NEW])
            pair.wait_delivered(OLD, NEW)
            pair.end(NEW)
            pair.wait_delivered(OLD)
            # Alone, on tables of the newer version.
            pair.end(OLD)
            pair.begin(OLD)
            pair.wait_delivered(OLD)
        self.close(0)

    def test_kills(self) -> None:
        """By turns; what one had claimed, only a node of the other version can take over."""
        pair = self.pair
        for node in (OLD, NEW):
            pair.begin(node)
        with pair.load(pause=PAUSE):
            for kill in range(KILLS):
                victim = (OLD, NEW)[kill % 2]
                pair.wait_delivered(OLD, NEW)
                pair.kill_with_claims(victim)
                pair.begin(victim)
        self.close(KILLS * pair.in_hand)

    def test_what_one_does_not_know(self) -> None:
        """Kinds of notices and words of nodes that a later version has, and orders of operators."""
        pair = self.pair
        pair.begin(OLD)
        pair.begin(NEW)
        with pair.load(pause=PAUSE):
            pair.database.run(NOTICES)
            pair.database.run(WORDS)
            pair.database.run("UPDATE node SET words = '\\x2a00ff', words_at = queue_now()")
            for node in pair.nodes:
                self.order(node, "suspend", "--domain", "held.test", "--for", "2h")
                self.order(node, "suppress", "add", "nobody@held.test")
            pair.wait_delivered(OLD, NEW)
            # Who starts reads the whole board.
            for node in (NEW, OLD):
                pair.end(node)
                pair.begin(node)
            pair.wait_delivered(OLD, NEW)
        self.assertEqual(pair.database.run("SELECT count(*) FROM notice WHERE kind > 4"), "4")
        elsewhere = [
            line["selection"]
            for line in pair.nodes[NEW].select("admin", what="suspended_elsewhere")
        ]
        self.assertLessEqual(set(elsewhere), {"domain=held.test"})
        self.close(0)


if __name__ == "__main__":
    unittest.main()
