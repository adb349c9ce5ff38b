"""F1, F6 with clients that send again by X-Kurir-Idempotency-Key until they read a 250: whatever dies
before it, each recipient gets each message once.
"""

import contextlib
import random
import threading
import time
import unittest
from typing import Callable, Iterator, Sequence

from tests.faults.cluster import NODES, Cluster, ClusterScenario
from tests.faults.scenario import World, rounds
from tests.support.client import Client, ConnectionEnded, wait_until
from tests.support.ledger import Account, Entry, Ledger
from tests.support.load import compose, transfer
from tests.support.relay import FAULTY, PATIENCE
from tests.support.script import Script

ROUNDS = rounds(2)  # deaths at each moment
TROUBLES = rounds(4)  # of a cluster
MOST_TROUBLES = TROUBLES + 20  # until one had what was asked for
CLIENTS = 3
SIZES = (200, 2000, 600_000)
RETRY = 0.1  # seconds until a client sends again
MOMENTS = ("before_batch", "log_written", "log_synced", "batch_synced", "reply_written/250 2.0.0")
STORED = "batch_synced"  # an arrival, or the end of an attempt
SURE = 4  # deaths of which one at least comes between an arrival and its 250
LATEST = 40  # passage of a moment that is sure to come
ENDS = ("kill", "cut")

# Nothing goes out meanwhile, so a second copy is one that was taken twice.
CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])


class Persistent:
    """Clients that send each message to a port of `ports` until it is acknowledged there; the last of
    each even after the end of the context, before it is over.
    """

    def __init__(
        self, ledger: Ledger, seed: int, ports: Callable[[], list[int]], keyed: bool
    ) -> None:
        self._ledger = ledger
        self._keyed = keyed
        self._ports = ports
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(seed + number),))
            for number in range(CLIENTS)
        ]
        self.resent = 0

    @contextlib.contextmanager
    def sending(self, restore: Callable[[], None]) -> Iterator[None]:
        """`restore`: makes sure that somebody is there for the last messages."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            restore()
            for thread in self._threads:
                thread.join()

    def _send(self, dice: random.Random) -> None:
        while not self._ended.is_set():
            entry, text = compose(self._ledger, dice, SIZES)
            if self._keyed:
                text = f"X-Kurir-Idempotency-Key: {entry.token}\r\n".encode() + text
            while not self._is_taken(dice, entry, text):
                self.resent += 1
                time.sleep(RETRY)

    def _is_taken(self, dice: random.Random, entry: Entry, text: bytes) -> bool:
        ports = self._ports()
        if not ports:
            return False
        with contextlib.suppress(ConnectionEnded, OSError, ValueError, AssertionError):
            with Client.greeted(dice.choice(ports)) as client:
                return transfer(client, self._ledger, entry, text) == 250
        return False


class Resubmission(ClusterScenario):
    def test_f1_a_death_at_any_moment_of_an_arrival(self) -> None:
        world = self.faulty_world()
        clients = self.clients(world, lambda: [world.near.port])
        self.die_at(world, clients, MOMENTS * ROUNDS + (STORED,) * SURE)
        account = world.account()

        self.tell(account, clients, len(world.near.select("repeated")))
        self.assertEqual((account.unknown, account.duplicates), (0, 0))

    def test_control_without_a_key_there_are_second_copies(self) -> None:
        world = self.faulty_world()
        clients = self.clients(world, lambda: [world.near.port], keyed=False)
        self.die_at(world, clients, (STORED,) * 2 * SURE)
        account = world.account()

        print(account, flush=True)
        self.assertGreater(account.duplicates, 0)
        self.assertEqual(world.near.select("repeated"), [])

    def die_at(self, world: World, clients: Persistent, moments: Sequence[str]) -> None:
        world.far.sites["127.0.0.1"] = CLOSED
        with clients.sending(restore=lambda: self.survive(world)):
            for moment in moments:
                passage = world.dice.randrange(1, LATEST + 1)
                world.start_to_die(f"{moment}:{passage}={world.dice.choice(ENDS)}")
                self.assertTrue(world.died(60), world.near.tail())
        world.far.sites["127.0.0.1"] = Script()

    def survive(self, world: World) -> None:
        if world.near.process is None or world.near.process.poll() is not None:
            world.start()

    def test_f1_f6_relays_that_share_a_queue_and_their_database_are_killed(self) -> None:
        """A client goes on to another relay at once, before the first one knows what became of it."""
        cluster = self.cluster()
        cluster.world.far.sites["127.0.0.1"] = CLOSED
        cluster.start()
        for node in cluster.nodes:
            node.binary = FAULTY
        alive = set(range(NODES))
        clients = self.clients(cluster.world, lambda: [cluster.nodes[i].port for i in set(alive)])
        with clients.sending(restore=cluster.wait_ready):
            for trouble in range(MOST_TROUBLES):
                cluster.world.pause(0.5, 2.0)
                if trouble % 2 == 0:
                    self.kill_after_commit(cluster, alive, cluster.dice.randrange(NODES))
                else:
                    self.server.stop()
                    cluster.world.pause(0.1, 3.0)
                    self.server.start()
                    cluster.wait_ready()
                if trouble >= TROUBLES and cluster.count("repeated") > 0:
                    break
        cluster.world.far.sites["127.0.0.1"] = Script()
        account = self.account(cluster, 0)

        self.tell(account, clients, cluster.count("repeated"))
        self.assertEqual((account.unknown, account.duplicates), (0, 0))

    def kill_after_commit(self, cluster: Cluster, alive: set[int], victim: int) -> None:
        """Before its clients hear of it. What it wrote may be no arrival."""
        node = cluster.nodes[victim]
        alive.discard(victim)
        cluster.kill(victim)
        node.variables["FAILPOINTS"] = f"batch_committed:{cluster.dice.randrange(1, 20)}=kill"
        with contextlib.suppress(AssertionError):  # it may die before it is ready
            cluster.revive(victim)
            alive.add(victim)
        gone = wait_until(lambda: node.process.poll() is not None, 60 * PATIENCE)
        self.assertTrue(gone, node.tail())
        alive.discard(victim)
        node.wait(5)
        node.variables["FAILPOINTS"] = ""
        cluster.revive(victim)
        alive.add(victim)

    def clients(
        self, world: World, ports: Callable[[], list[int]], keyed: bool = True
    ) -> Persistent:
        return Persistent(world.ledger, world.dice.randrange(2**32), ports, keyed)

    def tell(self, account: Account, clients: Persistent, repeated: int) -> None:
        print(f"{account}; sent again {clients.resent}, of these known {repeated}", flush=True)
        self.assertGreater(repeated, 0)


if __name__ == "__main__":
    unittest.main()
