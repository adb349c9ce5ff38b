"""R3, H10: memory that is limited, and memory that is given back."""

import subprocess
import time
import unittest
from pathlib import Path

from tests.faults.scenario import PATIENCE, Scenario, World
from tests.support.client import Client, wait_until
from tests.support.script import Script

SANITIZED = PATIENCE > 1  # takes more memory than any limit here
CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])
MIB = 1024 * 1024
LARGE = 3_000_000
SENDERS = 40
HEADER = b"X-Fill: " + b"x" * 900 + b"\r\n"


def status_of(pid: int, name: str) -> int:
    """Bytes of a line such as VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(name)


@unittest.skipIf(SANITIZED, "a sanitizer takes more memory than that")
class Limited(Scenario):
    def test_R3_a_limit_of_address_space_refuses_mail_and_ends_nothing(self) -> None:
        world = self.world()
        world.near.prefix = ("prlimit", f"--as={500_000_000}")
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        with world.load(SENDERS, (2000, LARGE)):
            deadline = time.monotonic() + 20 * PATIENCE
            while time.monotonic() < deadline and not world.near.select("memory"):
                world.pause(0.1, 0.3)
            world.pause(2.0, 4.0)
        self.assertIsNone(world.near.process.poll(), world.near.tail())
        codes = {one.reply[:3] for one in world.ledger.entries() if one.state == "nacked"}
        self.assertLessEqual(codes, {"452", "451", "421"})
        world.far.sites["127.0.0.1"] = Script()

        print(world.account(probe=False), f"refused with {codes}", flush=True)

    def test_R3_mail_is_refused_with_452_while_memory_is_tight_and_deliveries_go_on(self) -> None:
        world = self.world()
        world.far.sites["127.0.0.1"] = CLOSED
        world.start()
        world.send(20, (2000,))
        pid = world.near.process.pid
        self.limit(pid, status_of(pid, "VmSize") + 44 * MIB)
        world.near.wait_metric("load_shedding", lambda n: n == 1, reason="memory")
        with world.near.client() as client:
            self.assertEqual(client.ask("MAIL FROM:<a@client.test>").code, 452)
        self.assertIn("memory", world.near.get("/readyz")[1])
        world.far.sites["127.0.0.1"] = Script()
        self.assertTrue(
            wait_until(lambda: world.ledger.outstanding() == 0, 30 * PATIENCE), world.near.tail()
        )
        self.limit(pid, 1 << 44)
        world.near.wait_metric("load_shedding", lambda n: n == 0, reason="memory")

        print(world.account(), flush=True)

    def limit(self, pid: int, size: int) -> None:
        subprocess.run(["prlimit", f"--pid={pid}", f"--as={size}:"], check=True)


@unittest.skipIf(SANITIZED, "a sanitizer keeps what is freed")
class GivenBack(Scenario):
    def test_H10_memory_of_sessions_that_are_gone_is_given_back(self) -> None:
        world = self.world(max_sessions=2000, max_sessions_per_client=2000)
        world.start()
        pid = world.near.process.pid
        world.send(5, (2000,))
        before = status_of(pid, "VmRSS")
        clients = [half_header(world, 240_000) for _ in range(600)]
        wait_until(lambda: status_of(pid, "VmRSS") > before + 600 * 150_000, 20 * PATIENCE, 0.1)
        full = status_of(pid, "VmRSS")
        for client in clients:
            client.close()
        self.assertGreater(full, before + 600 * 100_000)  # else this shows nothing
        calm = wait_until(
            lambda: status_of(pid, "VmRSS") < before + (full - before) // 4, 60 * PATIENCE, 0.5
        )
        after = status_of(pid, "VmRSS")
        print(f"{before // MIB} MiB, then {full // MIB}, then {after // MIB}", flush=True)
        self.assertTrue(calm, f"{before} {full} {after}")
        world.account()


def half_header(world: World, size: int) -> Client:
    """A session that has sent so much of a header which does not end."""
    client = Client.greeted(world.near.port)
    client.begin_message()
    client.send(HEADER * (size // len(HEADER)))
    return client


if __name__ == "__main__":
    unittest.main()
