"""F14: what a process needs runs out: a file system that may be written, descriptors, memory.

What cannot be taken is refused with a code that says "later", and nothing acknowledged is lost; if
the kernel ends the process for its memory, a restart finds everything. Mounting and memory groups
take root; where they are missing these tests are skipped and say so.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable, Iterator

from tests.faults.scenario import MEMORY, Scenario, World, peak_memory, rounds
from tests.support.client import Client, ConnectionEnded, wait_until
from tests.support.load import send_one
from tests.support.relay import PATIENCE
from tests.support.script import Script

CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])
GROUPS = Path("/sys/fs/cgroup")
SANITIZED = PATIENCE > 1  # takes more memory than any limit here
DESCRIPTORS = 120
SENDERS = 10
LARGE = 6_000_000
ROUNDS = rounds(1)
# Of a process that has no memory left, and its stack.
LAST_WORDS = r"terminate called|bad_alloc|the stack:$|\[0x[0-9a-f]+\]$"


def mounted(*arguments: object) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


class Exhaustion(Scenario):
    @contextlib.contextmanager
    def mount(self, *arguments: object) -> Iterator[Path]:
        """A file system of its own; without the right to mount the test is skipped."""
        folder = Path(tempfile.mkdtemp(prefix="kurir-disk-"))
        try:
            if os.geteuid() != 0 or not mounted(*arguments, folder):
                self.skipTest(f"this machine does not mount {arguments}")
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], capture_output=True, check=False)
            folder.rmdir()


class ReadOnly(Exhaustion):
    def test_a_queue_that_can_only_be_read_is_refused_and_left_alone(self) -> None:
        with self.mount("-t", "tmpfs", "-o", "size=192M", "kurir") as disk:
            world = self.world(queue_dir=disk / "queue")
            world.far.sites["127.0.0.1"] = CLOSED
            world.start()
            world.send(20)
            world.stop()
            self.assertTrue(mounted("-o", "remount,ro", disk))
            with self.assertRaises(AssertionError):
                world.start()
            self.assertTrue(world.died(status=1))
            said = world.near.select("lifecycle", what="store_failed")[-1]["error"]
            self.assertIn(str(disk / "queue"), said)
            self.assertIn("Read-only file system", said)

            self.assertTrue(mounted("-o", "remount,rw", disk))
            world.far.sites["127.0.0.1"] = Script()
            account = world.account()
            print(account, flush=True)
            self.assertEqual(account.duplicates, 0)
            world.stop()

    def test_a_disk_that_turns_read_only_is_refused_until_it_is_mounted_anew(
        self,
    ) -> None:
        """As ext4 does after an error: what is open fails too, and only a mount ends it."""
        image = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="kurir-image-"))) / "disk"
        with image.open("wb") as out:
            out.truncate(256 * 1024 * 1024)
        made = subprocess.run(["mkfs.ext4", "-q", image], capture_output=True, check=False)
        if made.returncode != 0:
            self.skipTest("this machine does not make an ext4")
        with self.mount("-o", "loop", image) as disk:
            world = self.world(queue_dir=disk / "queue", shutdown_grace="2s")
            world.far.sites["127.0.0.1"] = Script(rules=[{"at": "dot", "delay": 0.05}])
            world.start()
            with world.load():
                world.pause(0.4, 0.8)
                self.assertTrue(mounted("-o", "remount,abort", disk))
                world.near.wait_log("store_reopening")
                self.assert_soon(lambda: world.near.get("/readyz")[0] == 503)
                self.assertEqual(world.acked_after(1.0, 1.5), set())
                after = world.ledger.account()
            self.assertEqual(world.near.get("/livez")[0], 200)
            with Client(world.near.port) as client:
                self.assertEqual(client.reply().code, 421)
            self.assertGreater(after.nacked, 0)

            world.stop()
            world.crashes += 1  # what was delivered since could not be noted
            self.assertTrue(mounted_anew(image, disk))
            world.far.sites["127.0.0.1"] = Script()
            # A refusal could not be recorded: the unconfirmed commit of queue/FORMAT.md.
            print(world.account(indeterminate=True), flush=True)
            world.stop()


def mounted_anew(image: Path, disk: Path) -> bool:
    subprocess.run(["umount", disk], check=True)
    subprocess.run(["e2fsck", "-fy", image], capture_output=True, check=False)
    return mounted("-o", "loop", image, disk)


class Descriptors(Exhaustion):
    def test_without_descriptors_nobody_is_harmed_and_it_goes_on_when_there_are_some(
        self,
    ) -> None:
        world = self.world()
        world.near.prefix = ("prlimit", f"--nofile={DESCRIPTORS}")
        world.start()
        warning = world.near.select("lifecycle", what="few_descriptors")[0]
        self.assertEqual(warning["limit"], DESCRIPTORS)
        with world.near.client() as early, contextlib.ExitStack() as idle:
            world.send(20)
            errors = self.accept_errors(world)
            for _ in range(3 * DESCRIPTORS):  # the kernel completes them, whoever accepts
                idle.enter_context(socket.create_connection(("127.0.0.1", world.near.port), 5))
            self.assertTrue(wait_until(lambda: errors() > 0, 10 * PATIENCE))
            pid = world.near.process.pid
            tried, used, begun = errors(), cpu_seconds(pid), time.monotonic()
            accepted = self.send_meanwhile(world, early)
            time.sleep(max(0.0, begun + 2 - time.monotonic()))
            took = time.monotonic() - begun
            # It waits, rather than asking for descriptors without pause.
            self.assertLess(errors() - tried, 40 * took)
            self.assertLess(cpu_seconds(pid) - used, took / 2)
            self.assertIsNone(world.near.process.poll())
        self.assert_soon(lambda: greets(world.near.port))
        account = world.account()

        print(account, f"{accepted} taken meanwhile", flush=True)
        self.assertGreater(accepted, 0)

    def test_a_limit_that_may_be_raised_is_raised_to_what_is_needed(self) -> None:
        world = self.world(max_sessions=200, delivery_workers=100)
        world.near.prefix = ("prlimit", "--nofile=64:4096")
        world.start()
        limits = Path(f"/proc/{world.near.process.pid}/limits").read_text(encoding="ascii")
        soft, hard = re.search(r"^Max open files\s+(\d+)\s+(\d+)", limits, re.M).groups()
        self.assertEqual(int(hard), 4096)
        self.assertEqual(int(soft), 200 + 200 // 4 + 100 + 320 + 128)
        self.assertEqual(world.near.select("lifecycle", what="few_descriptors"), [])

    def accept_errors(self, world: World) -> Callable[[], float]:
        """The metric, over a connection that stays open: later there will be no other."""
        near = world.near
        page = socket.create_connection(("127.0.0.1", near.http_port), 10)
        self.addCleanup(page.close)

        def read() -> float:
            page.sendall(b"GET /metrics HTTP/1.1\r\nHost: relay\r\n\r\n")
            text = b""
            while b"\r\n\r\n" not in text:
                text += page.recv(65536)
            head, _, body = text.partition(b"\r\n\r\n")
            size = int(re.search(rb"Content-Length: (\d+)", head, re.I)[1])
            while len(body) < size:
                body += page.recv(65536)
            found = re.search(
                rb'^kurir_smtp_accept_errors_total\{cause="descriptors"\} (\S+)',
                body,
                re.M,
            )
            return float(found[1])

        read()
        return read

    def send_meanwhile(self, world: World, client: Client) -> int:
        """Mail of somebody who is connected already: taken, or refused for now."""
        before = world.ledger.account().acked
        for _ in range(20):
            try:
                send_one(client, world.ledger, world.dice, recipients=(1,))
            except (AssertionError, ConnectionEnded):
                break
        refused = [one.reply for one in world.ledger.entries() if one.state == "nacked"]
        self.assertEqual([one for one in refused if not one.startswith("4")], [])
        return world.ledger.account().acked - before


def greets(port: int) -> bool:
    with contextlib.suppress(OSError, ConnectionEnded):
        with Client(port, timeout=2) as client:
            return client.reply().code == 220
    return False


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@unittest.skipIf(SANITIZED, "a sanitizer takes more memory than that")
class Memory(Exhaustion):
    def test_large_messages_of_many_clients_fit_into_the_memory_it_claims(self) -> None:
        world = self.grouped(MEMORY)
        world.start()
        self.push(world)
        self.assertIsNone(world.near.process.poll(), world.near.tail())
        self.assertLess(peak_memory(world.near.process.pid), MEMORY)
        account = world.ledger.account()
        self.assertEqual((account.nacked, account.unknown), (0, 0), str(account))
        print(world.account(), flush=True)

    def test_killed_for_its_memory_it_loses_nothing(self) -> None:
        world = self.grouped(40 * 1024 * 1024)
        world.far.sites["127.0.0.1"] = CLOSED
        deaths = 0
        for _ in range(2 * ROUNDS):
            world.start(ready=False)
            self.push(world)
            if world.died(0.5):
                deaths += 1
            else:
                world.kill()
        world.near.prefix = ()
        world.far.sites["127.0.0.1"] = Script()
        print(world.account(), f"{deaths} deaths", flush=True)

    def test_where_memory_is_refused_mail_is_too_or_the_process_ends(self) -> None:
        world = self.world()
        world.far.sites["127.0.0.1"] = CLOSED
        deaths = 0
        for room in (8, 24, 48)[: 3 * ROUNDS]:
            world.start()
            limit = virtual_size(world.near.process.pid) + room * 1024 * 1024
            command = ["prlimit", f"--pid={world.near.process.pid}", f"--as={limit}"]
            subprocess.run(command, check=True)
            self.push(world)
            if world.died(0.5, status=-signal.SIGABRT):
                deaths += 1
            else:
                world.kill()
        output = world.near.other_output  # what such an end says is no complaint here
        output[:] = [one for one in output if not re.search(LAST_WORDS, one)]
        world.far.sites["127.0.0.1"] = Script()
        print(world.account(indeterminate=True), f"{deaths} deaths", flush=True)

    def push(self, world: World) -> None:
        """Many clients, each with large messages, all at once."""
        with world.load(SENDERS, (2000, LARGE)):
            for _ in range(20):
                if world.near.process.poll() is not None:
                    return
                time.sleep(0.1)

    def grouped(self, limit: int) -> World:
        """A world whose relay may have so much memory, and is killed if it takes more."""
        group = memory_group(limit)
        if group is None:
            self.skipTest("this machine gives no memory group")
        self.addCleanup(group.rmdir)
        world = self.world()
        world.near.prefix = (
            "sh",
            "-c",
            f'echo $$ >{group}/cgroup.procs; exec "$@"',
            "sh",
        )
        return world


def memory_group(limit: int) -> Path | None:
    """A control group of version 1 or 2; nothing if it can't be made."""
    for top, name in (
        (GROUPS / "memory", "memory.limit_in_bytes"),
        (GROUPS, "memory.max"),
    ):
        group = top / f"kurir-test-{os.getpid()}-{limit}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / name).write_text(str(limit), encoding="ascii")
            return group
        except OSError:
            group.rmdir()
    return None


def virtual_size(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmSize:\s+(\d+) kB", status, re.M)[1]) * 1024


if __name__ == "__main__":
    unittest.main()
