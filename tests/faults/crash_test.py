"""F1: the relay is killed at random moments under load, and every acknowledged message is accounted
for.

Clients send without pause while the relay is killed by SIGKILL and started again,
KURIR_CRASH_ROUNDS times (60). At the end every message that was acknowledged has come out at the
far end; what came out twice is bounded by the connections that were open when it was killed.
KURIR_SEED repeats a run's pauses.

F2 kills it at a system call of its choice instead, such as the 7th fdatasync of a thread.

The negative control removes the store's log between two rounds: then the ledger must report a loss,
or this test would prove nothing.
"""

import os
import random
import threading
import time
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.client import Client, ConnectionEnded, wait_until
from tests.support.ledger import Ledger
from tests.support.relay import PATIENCE, Relay
from tests.support.remote_server import Message
from tests.support.script import Script

ROUNDS = int(os.environ.get("KURIR_CRASH_ROUNDS", "60"))
SEED = int(os.environ.get("KURIR_SEED", random.randrange(2**32)))
CLIENTS = 4
CONNECTIONS = 5


class Load:
    """Clients that send to whatever port the relay has now, and keep the ledger."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self.port: int | None = None
        self._ledger = ledger
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(seed + number),))
            for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self, dice: random.Random) -> None:
        while not self._ended.is_set():
            port = self.port
            if port is None:
                time.sleep(0.002)
                continue
            try:
                with Client.greeted(port) as client:
                    while not self._ended.is_set():
                        self._send_one(client, dice)
            except (ConnectionEnded, OSError, AssertionError):
                time.sleep(0.002)

    def _send_one(self, client: Client, dice: random.Random) -> None:
        """One message; without its final reply it is unknown: the relay may have stored it."""
        recipients = [
            f"user{dice.randrange(1000)}-{number}@remote.test"
            for number in range(dice.choice((1, 1, 1, 3)))
        ]
        entry, text = self._ledger.compose(
            recipients, dice.choice((200, 2000, 2000, 20_000, 600_000))
        )
        client.ask("MAIL FROM:<sender@client.test>", 250)
        for recipient in recipients:
            client.ask(f"RCPT TO:<{recipient}>", 250)
        client.ask("DATA", 354)
        self._ledger.record(entry, "unknown")
        client.send((b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
        reply = client.reply()
        self._ledger.record(entry, "acked" if reply.code == 250 else "nacked", str(reply))


class Crash(RelayCase):
    def setUp(self) -> None:
        self.far = self.remote()
        self.near = Relay(
            relayhost=f"127.0.0.1:{self.far.port}",
            retry_min="1s",
            retry_max="2s",
            destination_concurrency=CONNECTIONS,
            max_sessions_per_client=1000,
        )
        self.addCleanup(self._stop_relay, self.near)
        self.ledger = Ledger(Path(self.near.folder) / "ledger")
        self.addCleanup(self.ledger.close)
        self.far.on_message = self.keep

    def keep(self, message: Message) -> None:
        if message.accepted:
            self.ledger.arrived(message.recipients, message.data)
        message.data = b""  # the ledger has what matters, and there is much of it

    def test_f1_no_acknowledged_message_is_lost(self) -> None:
        print(f"KURIR_SEED={SEED}, {ROUNDS} rounds", flush=True)
        dice = random.Random(SEED)
        load = Load(self.ledger, SEED)
        try:
            for _ in range(ROUNDS):
                self.near.start(ready=False)
                load.port = self.near.port
                time.sleep(min(2.0, 0.05 + dice.expovariate(1.6)) * PATIENCE)
                load.port = None
                self.near.kill()
        finally:
            load.end()
        account = self.settle()

        print(account, flush=True)
        self.assertEqual(account.faults(), [])
        self.assertGreater(account.acked, ROUNDS)
        self.assertLessEqual(
            account.duplicates, ROUNDS * CONNECTIONS * 2 * 3
        )  # up to 3 recipients each

    def test_f1_the_ledger_notices_a_store_that_forgets(self) -> None:
        self.far.sites["127.0.0.1"] = Script(
            rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}]
        )
        load = Load(self.ledger, SEED)
        try:
            self.near.start()
            load.port = self.near.port
            time.sleep(0.5 * PATIENCE)
        finally:
            load.end()
        self.near.kill()
        for log in Path(self.near.queue_dir).rglob("*.log"):
            log.write_bytes(b"")
        self.far.sites["127.0.0.1"] = Script()
        account = self.settle(patience=5)

        self.assertGreater(len(account.lost), 0, str(account))

    def test_f2_a_kill_at_any_write_or_sync_loses_nothing_acknowledged(self) -> None:
        dice = random.Random(SEED)
        for _ in range(max(3, ROUNDS // 4)):
            call = dice.choice(("fdatasync", "fdatasync", "write", "pwrite64", "rename", "unlink"))
            when = dice.randrange(1, 40 if call == "fdatasync" else 200)
            self.near.prefix = (
                *("strace", "--follow-forks", "--quiet=all", "--output=/dev/null"),
                *("--trace=" + call, f"--inject={call}:signal=SIGKILL:when={when}"),
            )
            with self.subTest(call=call, when=when):
                self.run_until_killed()
        self.near.prefix = ()
        account = self.settle()

        print(account, flush=True)
        self.assertEqual(account.faults(), [])

    def run_until_killed(self) -> None:
        """Sends to a relay that dies on its own, for two seconds at most."""
        try:
            self.near.start(ready=False)
        except AssertionError:  # it did not even get to listen
            self.near.kill()
            return
        load = Load(self.ledger, SEED)
        load.port = self.near.port
        wait_until(lambda: self.near.process.poll() is not None, 2 * PATIENCE)
        load.end()
        self.near.kill()

    def settle(self, patience: float = 90):
        """Starts it once more and waits until nothing is due any longer."""
        self.near.start()
        wait_until(lambda: self.ledger.outstanding() == 0, patience * PATIENCE, 0.1)
        wait_until(lambda: self.near.metric("queue_messages") == 0, patience * PATIENCE / 3, 0.1)
        return self.ledger.account()
