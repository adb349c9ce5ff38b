"""R3, H10: memory that is limited, and memory that is given back."""

import contextlib
import os
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
FLOOD = 150  # clients that send at a time
HEADER = b"X-Fill: " + b"x" * 900 + b"\r\n"


class MemoryGroup:
    """A memory group of the kernel with a limit, below the one that this process is in."""

    def __init__(self, size: int) -> None:
        self.version_2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
        self.folder = self._own() / f"kurir-test-{os.getpid()}"
        self.prefix = (
            "sh",
            "-c",
            f'echo $$ >{self.folder}/cgroup.procs && exec "$@"',
            "sh",
        )
        self.size = size

    def __enter__(self) -> "MemoryGroup":
        try:
            self.folder.mkdir()
            name = "memory.max" if self.version_2 else "memory.limit_in_bytes"
            (self.folder / name).write_text(str(self.size), encoding="ascii")
            swap = "memory.swap.max" if self.version_2 else "memory.memsw.limit_in_bytes"
            with contextlib.suppress(OSError):  # not every kernel counts it
                (self.folder / swap).write_text(
                    "0" if self.version_2 else str(self.size), encoding="ascii"
                )
        except OSError as error:
            self.__exit__()
            raise unittest.SkipTest(f"no memory group can be made here: {error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        def removed() -> bool:
            with contextlib.suppress(OSError):  # the process is ending
                self.folder.rmdir()
            return not self.folder.exists()

        wait_until(removed, 10)

    def kills(self) -> int:
        """How many of its processes the kernel has ended."""
        file = "memory.events" if self.version_2 else "memory.oom_control"
        lines = (self.folder / file).read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def _own(self) -> Path:
        """The folder of our own group."""
        for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
            _, controllers, path = line.split(":", 2)
            if self.version_2 and not controllers:
                return Path(f"/sys/fs/cgroup{path}")
            if "memory" in controllers.split(","):
                inside = Path(f"/sys/fs/cgroup/memory{path}")
                return inside if inside.exists() else Path("/sys/fs/cgroup/memory")
        return Path("/sys/fs/cgroup")


def status_of(pid: int, name: str) -> int:
    """Bytes of a line such as VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(name)


@unittest.skipIf(SANITIZED, "a sanitizer takes more memory than that")
class Limited(Scenario):
    def test_R3_a_limit_of_address_space_ends_nothing_and_mail_is_taken_on(
        self,
    ) -> None:
        world = self.world(max_sessions_per_client=1000)
        # The program, its libraries and its threads have about 710 MB of it before any mail.
        world.near.prefix = ("prlimit", f"--as={850_000_000}")
        self.flood(world)

    def test_R3_a_limit_of_a_memory_group_ends_nothing_and_mail_is_taken_on(
        self,
    ) -> None:
        group = self.enterContext(MemoryGroup(256 * MIB))
        world = self.world(max_sessions_per_client=1000)
        world.near.prefix = group.prefix
        self.flood(world)
        self.assertEqual(group.kills(), 0)

    def flood(self, world: World) -> None:
        """Far more large messages at a time than there is memory for; meanwhile and afterwards mail
        is taken, and all of it arrives."""
        world.start()
        with world.load(FLOOD, (2000, LARGE, LARGE), timeout=60):
            for _ in range(2):
                taken = world.acked_after(2.0, 2.5)
                self.assertTrue(taken, world.near.tail())
        self.assertIsNone(world.near.process.poll(), world.near.tail())
        world.near.wait_metric("load_shedding", lambda n: n == 0, reason="memory")
        world.send(3, (LARGE,))
        entries = world.ledger.entries()
        self.assertEqual({one.state for one in entries[-3:]}, {"acked"})
        codes = {one.reply[:3] for one in entries if one.state == "nacked"}
        self.assertLessEqual(codes, {"452", "451", "421"})

        print(
            world.account(probe=False, patience=120),
            f"refused with {codes}",
            flush=True,
        )

    def test_R3_mail_is_refused_with_452_while_memory_is_tight_and_deliveries_go_on(
        self,
    ) -> None:
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
            wait_until(lambda: world.ledger.outstanding() == 0, 30 * PATIENCE),
            world.near.tail(),
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
            lambda: status_of(pid, "VmRSS") < before + (full - before) // 4,
            60 * PATIENCE,
            0.5,
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
