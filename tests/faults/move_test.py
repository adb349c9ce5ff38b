"""F1: either relay, or the command, is killed while a queue is moved or imported. Nothing is lost, and
nothing is doubled: a message is durable in one relay before it leaves the other, and is known by name.
"""

import signal
import subprocess
import unittest

from tests.faults.scenario import Scenario, World, rounds
from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.relay import BINARY, FAULTY, PATIENCE, Relay, environment, run

ROUNDS = rounds(4)
MESSAGES = 40
NOWHERE = "127.0.0.1:1"
TOKEN = "t" * 40
SIZES = (200, 2000, 20_000, 600_000)
DONE = (0, 1)  # 1: nothing matches any more
# Of the store of the relay that takes the mail; the number is drawn.
MOMENTS = ("before_batch", "log_written", "batch_synced", "chunk_written")


class Pair:
    """A relay whose mail can't leave, and one that it is moved to, which delivers if it may."""

    def __init__(self, case: "Scenario", delivers: bool) -> None:
        self.old: World = case.world(relayhost=NOWHERE, hostname="old.test", retry_max="1h")
        self.far = self.old.far
        tokens = self.old.near.folder / "tokens"
        tokens.write_text(f"mover act {TOKEN}\n", encoding="ascii")
        port = free_port()
        self.new = Relay(
            relayhost=self._way_out(delivers),
            hostname="new.test",
            retry_min="1s",
            admin_listen=f"127.0.0.1:{port}",
            admin_token_file=tokens,
        )
        case.addCleanup(case._stop_relay, self.new)
        self.url = f"http://{TOKEN}@127.0.0.1:{port}"

    def _way_out(self, delivers: bool) -> str:
        return f"127.0.0.1:{self.far.port}" if delivers else NOWHERE

    def start(self) -> None:
        """Those that are down."""
        for relay in (self.old.near, self.new):
            if relay.process is None or relay.process.poll() is not None:
                relay.start()

    def begin_move(self) -> subprocess.Popen:
        return subprocess.Popen(
            [BINARY, "queue", "move", "--relay", self.url, "--yes"],
            env=environment(self.old.near.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def move(self) -> subprocess.CompletedProcess:
        return run(
            "queue", "move", "--relay", self.url, "--yes", timeout=120, **self.old.near.settings
        )

    def taken(self) -> int:
        return len(self.new.select("imported"))

    def kill_while(self, going: subprocess.Popen, victims: tuple[object, ...]) -> object:
        """Kills one of them, which is told, once the new relay has taken some more messages."""
        wanted = self.taken() + self.old.dice.randrange(12)
        wait_until(lambda: self.taken() >= wanted or going.poll() is not None, 30 * PATIENCE, 0.001)
        victim = self.old.dice.choice(victims)
        victim.kill()
        return victim

    def deliver(self) -> None:
        """All that the new relay has, and what it brings the old one is empty."""
        self.new.stop()
        self.new.binary = BINARY
        self.new.settings["relayhost"] = self._way_out(True)
        self.start()


class PairScenario(Scenario):
    def account(self, pair: Pair, explained: int = 0) -> None:
        ledger = pair.old.ledger
        wait_until(lambda: ledger.outstanding() == 0, 60 * PATIENCE, 0.05)
        for relay in (pair.old.near, pair.new):
            wait_until(lambda: relay.metric("queue_messages") == 0, 20 * PATIENCE, 0.05)
            self.assertEqual(relay.metric("queue_messages"), 0, relay.tail())
        account = ledger.account()
        print(account, flush=True)
        self.assertEqual(account.faults(), [], pair.new.tail())
        # What a client got no answer to may have come too.
        self.assertLessEqual(account.acked, account.delivered)
        self.assertLessEqual(account.delivered, account.acked + account.unknown)
        self.assertLessEqual(account.duplicates, explained)

    def died_of(self, relay: Relay, armed: str) -> None:
        """It has come by this failpoint, which ended it."""
        died = wait_until(lambda: relay.process.poll() is not None, 60 * PATIENCE, 0.01)
        self.assertTrue(died, f"it has not come by {armed}\n{relay.tail()}")
        self.assertEqual(relay.wait(10), -signal.SIGKILL, armed)
        self.assertIn(f"failpoint {armed}", relay.other_output)


class Moving(PairScenario):
    def finish(self, pair: Pair) -> None:
        """Moves what is left. It may take a second time: what was held is being tried then."""
        for _ in range(3):
            pair.start()
            done = pair.move()
            self.assertIn(done.returncode, DONE, done.stdout + done.stderr)
            if pair.old.near.metric("queue_messages") == 0:
                return
        self.fail(f"not all was moved: {done.stdout} {done.stderr}")

    def test_f1_nothing_is_lost_or_doubled_whoever_is_killed(self) -> None:
        pair = Pair(self, delivers=False)
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        for _ in range(ROUNDS):
            pair.start()
            going = pair.begin_move()
            pair.kill_while(going, (pair.old.near, pair.new, going))
            self.assertIn(going.wait(60 * PATIENCE), (*DONE, 2, -9), going.stdout.read())
            going.stdout.close()
        self.finish(pair)
        pair.deliver()
        self.account(pair)

    def test_f1_nothing_is_doubled_where_mail_leaves_at_once(self) -> None:
        """The new relay has delivered it, and was started again, when the old one moves it again."""
        pair = Pair(self, delivers=True)
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        for _ in range(ROUNDS):
            pair.start()
            going = pair.begin_move()
            pair.kill_while(going, (pair.old.near, going))
            self.assertIn(going.wait(60 * PATIENCE), (*DONE, 2, -9), going.stdout.read())
            going.stdout.close()
            self.assertEqual(pair.new.stop(), 0)
        self.finish(pair)
        self.account(pair)

    def test_f1_the_new_relay_dies_at_named_moments(self) -> None:
        pair = Pair(self, delivers=False)
        pair.new.binary = FAULTY
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        for moment in MOMENTS:
            pair.new.stop()
            pair.new.variables["FAILPOINTS"] = f"{moment}:{pair.old.dice.randrange(3, 12)}=kill"
            pair.new.start()
            going = pair.begin_move()
            died = wait_until(lambda: pair.new.process.poll() is not None, 60 * PATIENCE, 0.01)
            pair.new.variables.clear()
            self.assertIn(going.wait(60 * PATIENCE), (*DONE, 2), going.stdout.read())
            going.stdout.close()
            self.assertTrue(died or pair.old.near.metric("queue_messages") == 0, moment)
            pair.start()
        self.finish(pair)
        pair.deliver()
        self.account(pair)

    def test_f1_clients_send_meanwhile(self) -> None:
        pair = Pair(self, delivers=True)
        kills = 0
        pair.start()
        with pair.old.load(clients=1, sizes=(200, 2000)):
            for _ in range(ROUNDS):
                pair.start()
                pair.old._lead(pair.old.near.port)
                going = pair.begin_move()
                victim = pair.kill_while(going, (pair.old.near, pair.new, going))
                going.wait(120 * PATIENCE)
                going.stdout.close()
                kills += victim is pair.new
        self.finish(pair)
        # Of a connection a kill may repeat two messages (queue/FORMAT.md), of five recipients.
        self.account(pair, kills * 20 * 2 * 5)

    def test_f1_an_import_is_repeated_until_it_ends(self) -> None:
        pair = Pair(self, delivers=False)
        pair.start()
        pair.old.send(MESSAGES, SIZES)
        archive = pair.old.near.folder / "x.tar"
        with archive.open("wb") as file:
            subprocess.run(
                [BINARY, "queue", "export"],
                env=environment(pair.old.near.settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                check=True,
            )

        def begin_import() -> subprocess.Popen:
            with archive.open("rb") as file:
                return subprocess.Popen(
                    [BINARY, "queue", "import"],
                    env=environment(pair.new.settings),
                    stdin=file,
                    stdout=subprocess.DEVNULL,
                )

        for _ in range(ROUNDS):
            pair.start()
            going = begin_import()
            pair.kill_while(going, (pair.new, going))
            self.assertIn(going.wait(60 * PATIENCE), (0, 2, -9))
        pair.start()
        self.assertEqual(begin_import().wait(60 * PATIENCE), 0)
        done = run("queue", "delete", "--yes", timeout=60, **pair.old.near.settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        pair.deliver()
        self.account(pair)
        # It has left, and the relay is another process: still nothing is taken again.
        self.assertEqual(pair.new.stop(), 0)
        pair.start()
        self.assertEqual(begin_import().wait(60 * PATIENCE), 0)
        self.account(pair)


if __name__ == "__main__":
    unittest.main()
