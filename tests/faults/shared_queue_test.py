"""F1, F15, F6 with several relays: one of three that share a queue in PostgreSQL is killed, or put
to sleep for longer than its lease, or the database is. What one had, another delivers.
"""

import time
import unittest

from tests.faults.cluster import LEASE, NODES, Cluster, ClusterScenario
from tests.faults.scenario import rounds
from tests.support.client import wait_until
from tests.support.relay import PATIENCE, Relay
from tests.support.script import Script

KILLS = rounds(10)
TROUBLES = rounds(3)
OUTAGES = rounds(2)
SLEEPS = 0.25  # of the troubles; the others are kills
LEFT = 40  # messages of a relay that dies
# Between two messages of a client. In long runs the queue would grow faster than it empties.
PAUSE = 0.0 if KILLS <= 10 else 0.05


class SharedQueue(ClusterScenario):
    def test_f1_a_relay_is_killed_at_random(self) -> None:
        cluster = self.cluster()
        cluster.start()
        with cluster.load(pause=PAUSE):
            for _ in range(KILLS):
                victim = cluster.dice.randrange(NODES)
                cluster.world.pause(0.1, 2.0)
                cluster.kill(victim)
                cluster.world.pause(0.0, 1.0)
                cluster.revive(victim)
        # Between the reply of the remote server and its record.
        self.account(cluster, KILLS * cluster.in_hand)
        self.assertEqual(cluster.count("claim_lost"), 0)

    def test_f1_f15_relays_are_killed_and_put_to_sleep_at_random(self) -> None:
        """The long form: tests/faults/run --scenario shared_queue.put_to_sleep_at_random --rounds 60"""
        cluster = self.cluster()
        cluster.start()
        kills = 0
        with cluster.load(clients=1, pause=PAUSE):
            for trouble in range(TROUBLES):
                victim = cluster.dice.randrange(NODES)
                cluster.world.pause(0.1, 2.0)
                if trouble == 0 or cluster.dice.random() < SLEEPS:
                    with cluster.asleep(victim):
                        cluster.world.pause(LEASE + 1, LEASE + 3)
                else:
                    kills += 1
                    cluster.kill(victim)
                    cluster.world.pause(0.0, 1.0)
                    cluster.revive(victim)
        account = self.account(cluster, TROUBLES * cluster.in_hand)
        print(
            f"{kills} kills, {TROUBLES - kills} sleeps; of {account.duplicates} duplicates "
            f"{cluster.doubled()} were told as claim_lost"
        )
        self.assertLessEqual(account.duplicates, kills * cluster.in_hand + cluster.doubled())

    def test_f15_a_relay_sleeps_longer_than_its_lease(self) -> None:
        cluster = self.cluster()
        cluster.nodes[0].start()
        self.assert_soon(lambda: cluster.database.count("node") == 1, cluster.nodes[0].tail)
        owner = cluster.database.run("SELECT owner FROM node")
        for node in cluster.nodes[1:]:
            node.start()
        with cluster.load():
            held = self.fall_asleep(cluster, owner)
            self.assert_soon(lambda: self.held(cluster, owner) < held, cluster.tails, LEASE + 20)
            cluster.world.pause(LEASE, LEASE + 1)
            cluster.wake(0)
            self.assert_soon(lambda: told(cluster.nodes[0]), cluster.nodes[0].tail, 2 * LEASE)
        # What it had sent the end of.
        account = self.account(cluster, cluster.in_hand)
        self.assertLessEqual(account.duplicates, cluster.doubled())

    def fall_asleep(self, cluster: Cluster, owner: str) -> int:
        """The first relay does, while it has claimed deliveries: so many."""
        for _ in range(30):
            cluster.world.pause(0.5, 2.0)
            cluster.sleep(0)
            time.sleep(0.5)  # what it has sent to the database is done
            if held := self.held(cluster, owner):
                return held
            cluster.wake(0)
        self.fail(f"the relay never had a claim\n{cluster.tails()}")

    def held(self, cluster: Cluster, owner: str) -> int:
        """Deliveries that the relay has claimed."""
        return int(cluster.database.run(f"SELECT count(*) FROM entry WHERE owner = '{owner}'"))

    def test_f6_the_database_is_killed_under_load(self) -> None:
        cluster = self.cluster()
        cluster.start()
        with cluster.load(pause=PAUSE):
            for _ in range(OUTAGES):
                cluster.world.pause(0.5, 2.0)
                self.server.stop()
                cluster.world.pause(0.1, 3.0)
                self.server.start()
                cluster.wait_ready()
        # A message that was refused in doubt, and that another relay had claimed meanwhile, goes out.
        self.account(cluster, 0, indeterminate=True)
        self.assertEqual(cluster.count("database", what="rolled_back"), 0)

    def test_relays_with_one_name_are_several_owners(self) -> None:
        cluster = self.cluster()  # whose relays have one KURIR_HOSTNAME, on one machine
        cluster.start()
        with cluster.load(clients=1):
            cluster.wait_acked(20)
            cluster.kill(0)
            cluster.revive(0)
            cluster.wait_acked(20)
        owners = "SELECT count(*), count(DISTINCT owner), count(DISTINCT host) FROM node"
        self.assertEqual(cluster.database.run(owners), f"{NODES + 1}|{NODES + 1}|1")
        self.account(cluster, cluster.in_hand)
        self.assertEqual((cluster.count("claim_lost"), cluster.count("claims_expired")), (0, 0))

    def test_mail_of_a_dead_relay_is_taken_over(self) -> None:
        """And how soon. The figure is printed: a machine that stalls would break an assertion."""
        cluster = self.cluster(nodes=2)
        dying = cluster.nodes[0]
        stuck = [{"at": "mail", "connection": number, "then": "hang"} for number in (1, 2)]
        cluster.world.far.sites["127.0.0.1"] = Script(rules=stuck)
        cluster.start()
        cluster.send(dying, LEFT)
        self.assertTrue(
            wait_until(lambda: len(cluster.world.far.connections) >= 2, 30 * PATIENCE), dying.tail()
        )
        dying.kill()
        died = time.monotonic()
        account = self.account(cluster, 0)
        took = time.monotonic() - died
        print(f"{account.delivered} messages taken over in {took:.1f} s; a lease is {LEASE} s")


def told(node: Relay) -> int:
    """How often it has said that another has what it had claimed."""
    return len(node.select("claim_lost")) + len(node.select("claims_expired"))


if __name__ == "__main__":
    unittest.main()
