"""How it starts: what can fail is said and ends with status 1, and signals have their say from the
first moment ("Operating" in tests/CASES.md, R10, H6)."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.relay import BINARY, PATIENCE, Relay, environment, run

NOBODY = 65534
STACK = "kurir: a fault ends the process; the stack:"
SANITIZED = PATIENCE > 1  # has handlers of its own


def lines_of(text: str) -> list[dict]:
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found


class Starting(RelayCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-start-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.queue = self.folder / "queue"

    def settings(self, **more: object) -> dict[str, object]:
        return {
            "hostname": "relay.test",
            "listen": "127.0.0.1:0",
            "http_listen": "127.0.0.1:0",
            "queue_dir": self.queue,
            "queue_min_free": "1M",
            "log_format": "json",
        } | more

    def taken(self) -> str:
        """An address that somebody listens on."""
        other = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(other.close)
        return f"127.0.0.1:{other.getsockname()[1]}"

    def refused(self, **settings: object) -> list[dict]:
        """The errors of a start that fails; it must be an orderly one."""
        ended = run("serve", **self.settings(**settings))
        said = ended.stdout + ended.stderr
        self.assertEqual(ended.returncode, 1, said)
        self.assertNotIn("Assertion", said)
        errors = [one for one in lines_of(said) if one["level"] == "error"]
        self.assertEqual(len(errors), 1, said)
        return errors

    def test_a_part_that_can_not_start_ends_it_with_status_1_and_one_line(self) -> None:
        taken = self.taken()
        foreign = "192.0.2.1:9925"
        cases = [
            ({"http_listen": taken}, taken),
            ({"http_listen": foreign}, foreign),
            ({"listen": taken}, taken),
            ({"listen": foreign}, foreign),
            ({"listen": f"127.0.0.1:0 {taken}"}, taken),
            ({"listen": taken, "http_listen": self.taken()}, None),
            ({"queue_dir": "/proc/none/queue"}, None),
        ]
        for settings, address in cases:
            with self.subTest(settings=settings):
                error = self.refused(**settings)[0]
                if address is not None:
                    host, _, port = address.rpartition(":")
                    self.assertEqual((error["address"], error["port"]), (host, int(port)))
                    self.assertTrue(error["error"])
        near = self.relay(queue_dir=self.queue, relayhost="127.0.0.1:1")  # as good as new
        self.assertTrue(near.ready())

    @unittest.skipIf(SANITIZED, "a sanitizer has threads of its own")
    @unittest.skipUnless(os.geteuid() == 0, "takes root, for a user with no other process")
    def test_with_too_few_threads_it_ends_with_status_1_and_with_enough_it_works(self) -> None:
        user = 100_000 + os.getpid()
        self.folder.chmod(0o755)
        for limit in range(1, 64):
            queue = self.folder / f"queue-{limit}"
            queue.mkdir(0o700)
            os.chown(queue, user, user)
            as_user = (
                "setpriv",
                f"--reuid={user}",
                "--clear-groups",
                "prlimit",
                f"--nproc={limit}",
            )
            near = Relay(queue_dir=queue, prefix=as_user, relayhost="127.0.0.1:1")
            self.addCleanup(shutil.rmtree, near.folder, ignore_errors=True)
            self.addCleanup(near.kill)
            self.start_alone(near)
            if self.comes_up(near):
                break
            self.assertEqual(near.wait(20 * PATIENCE), 1, f"{limit}: {near.tail()}")
            self.assertEqual(len(near.other_output), 1, near.tail())
            self.assertRegex(
                near.other_output[0], rf"only {limit - 1} of \d+ threads could be started"
            )
        self.assertGreater(limit, 10)  # so many threads it has
        near.port = near.select("lifecycle", what="listening")[0]["port"]
        near.submit("a@client.test", "b@remote.test")
        self.assertEqual(near.stop(), 0, near.tail())

    def test_R10_a_signal_at_any_moment_of_the_start_ends_it_with_status_0(self) -> None:
        statuses = []
        for step in range(30):
            process = subprocess.Popen(
                [BINARY, "serve"],
                env=environment(self.settings()),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
            )
            wait_for_main(process.pid)
            time.sleep(step * 0.004)
            process.send_signal(signal.SIGTERM if step % 2 else signal.SIGINT)
            statuses.append(process.wait(30 * PATIENCE))
        self.assertEqual(statuses, [0] * len(statuses))

    def test_R10_a_signal_while_it_waits_for_the_queue_ends_it_with_status_0(self) -> None:
        holder = self.relay(queue_dir=self.queue, relayhost="127.0.0.1:1")
        second = Relay(queue_dir=self.queue, queue_lock_wait="1h")
        self.addCleanup(second.kill)
        self.start_alone(second)
        said = second.wait_log("lifecycle", what="waiting_for_queue")
        self.assertIn(f"pid {holder.process.pid} ", said[0]["holder"])
        second.signal(signal.SIGTERM)
        self.assertEqual(second.wait(20 * PATIENCE), 0)
        self.assertTrue(second.select("lifecycle", what="stopped_while_starting"))

    def test_a_start_waits_for_the_old_process_to_let_go_of_the_queue(self) -> None:
        holder = self.relay(queue_dir=self.queue, relayhost="127.0.0.1:1")
        second = Relay(queue_dir=self.queue, queue_lock_wait="1h", relayhost="127.0.0.1:1")
        self.addCleanup(second.kill)
        self.start_alone(second)
        second.wait_log("lifecycle", what="waiting_for_queue")
        self.assertEqual(second.select("lifecycle", what="listening"), [])
        holder.stop()
        second.wait_log("lifecycle", what="started")
        second.signal(signal.SIGTERM)
        self.assertEqual(second.wait(20 * PATIENCE), 0)

    def comes_up(self, relay: Relay) -> bool:
        """Whether it is there; otherwise it has ended."""

        def there() -> bool:
            return bool(relay.select("lifecycle", what="started"))

        self.assert_soon(lambda: there() or relay.process.poll() is not None, relay.tail)
        return there()

    def start_alone(self, relay: Relay) -> None:
        """Starts it without waiting for its listeners."""
        with contextlib.suppress(AssertionError):
            bound, relay._bound = relay._bound, lambda *_: 0
            relay.start(ready=False)
            relay._bound = bound

    def test_a_disk_that_is_too_small_for_its_limit_is_said_at_the_start(self) -> None:
        near = self.relay(queue_dir=self.queue, queue_min_free="1024G", wait_ready=False)
        said = near.wait_log("lifecycle", what="disk_too_small")[0]
        self.assertEqual(said["setting"], "KURIR_QUEUE_MIN_FREE")
        self.assertEqual(said["queue_dir"], str(self.queue))
        other = self.relay(relayhost="127.0.0.1:1")
        self.assertEqual(other.select("lifecycle", what="disk_too_small"), [])


class Ending(RelayCase):
    def test_an_abort_of_any_kind_writes_out_the_last_lines_first(self) -> None:
        for number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
            if SANITIZED and number != signal.SIGABRT:
                continue  # a sanitizer has these
            near = self.relay(relayhost="127.0.0.1:1")
            queue_id = near.submit("a@client.test", "b@remote.test")
            near.signal(number)
            self.assertEqual(near.wait(20 * PATIENCE), -number)
            said = near.select("received", queue_id=queue_id)
            self.assertEqual(len(said), 1, near.tail())
            stack = near.other_output[near.other_output.index(STACK) + 1 :]
            self.assertTrue(
                any(re.search(r"kurir\(\+0x[0-9a-f]+\)", line) for line in stack), stack
            )
            near.other_output.clear()

    def test_two_signals_within_a_second_count_as_one(self) -> None:
        far = self.remote({"rules": [{"at": "dot", "times": 1, "delay": 2}]})
        near = self.relay(far)
        near.submit("a@client.test", "b@remote.test")
        far.wait_message_begun()
        near.signal(signal.SIGTERM)
        near.wait_log("lifecycle", what="draining")
        near.signal(signal.SIGTERM)
        near.signal(signal.SIGINT)
        self.assertEqual(near.wait(30 * PATIENCE), 0)
        self.assertEqual(len(far.delivered()), 1)

    def test_R10_a_second_signal_at_any_moment_of_the_end_changes_nothing(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        for step in range(12):
            near.signal(signal.SIGTERM)
            time.sleep(step * 0.003)
            near.signal(signal.SIGTERM)
            self.assertEqual(near.wait(30 * PATIENCE), 0, step)
            near.start()

    @unittest.skipIf(SANITIZED, "a sanitizer has a thread of its own")
    def test_R10_only_the_main_thread_gets_the_signals_that_end(self) -> None:
        """Whichever thread got one when the handlers are gone would be killed, and all with it."""
        near = self.relay(relayhost="127.0.0.1:1")
        process = near.process.pid
        open_to = []
        for status in Path(f"/proc/{process}/task").glob("*/status"):
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
            mask = int(fields["SigBlk"], 16)
            ends = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
            if not all(mask >> (number - 1) & 1 for number in ends):
                open_to.append(int(status.parent.name))
        self.assertEqual(open_to, [process])

    @unittest.skipIf(SANITIZED, "a leak checker has to read the memory")
    @unittest.skipUnless(os.geteuid() == 0, "takes root, to run it as another user")
    def test_H16_no_core_is_dumped_unless_asked_for(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        for setting, owner in (("off", 0), ("on", NOBODY)):
            queue = folder / setting
            queue.mkdir(0o700)
            os.chown(queue, NOBODY, NOBODY)
            near = self.relay(
                relayhost="127.0.0.1:1", core_dumps=setting, queue_dir=queue, prefix=as_nobody
            )
            # The kernel gives root what may not be dumped, whoever runs it.
            self.assertEqual(os.stat(f"/proc/{near.process.pid}/environ").st_uid, owner)
            near.stop()


def wait_for_main(pid: int) -> None:
    """Until the program has blocked the signals: before that the loader runs, not it."""
    ends = time.monotonic() + 20 * PATIENCE
    while time.monotonic() < ends:
        with contextlib.suppress(OSError, StopIteration):
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
            if int(blocked.split()[1], 16) & (1 << (signal.SIGTERM - 1)):
                return
        time.sleep(0.0005)


class QueueFolder(RelayCase):
    """H6: the queue folder is ours alone."""

    def modes(self, folder: Path) -> set[tuple[str, str]]:
        """The permissions of everything in it, by kind."""
        found = set()
        for path in (folder, *folder.rglob("*")):
            mode = path.lstat().st_mode
            found.add(("folder" if stat.S_ISDIR(mode) else "file", oct(mode & 0o777)))
        return found

    def test_H6_the_queue_is_its_owners_alone_whatever_the_umask(self) -> None:
        for mask in (0o000, 0o022, 0o077):
            near = self.umasked(mask)
            near.submit("a@client.test", "b@remote.test")
            near.stop()
            self.assertEqual(
                self.modes(near.queue_dir), {("folder", "0o700"), ("file", "0o600")}, oct(mask)
            )

    def test_H6_a_group_may_read_it_if_so_set_and_the_umask_allows(self) -> None:
        for mask, expected in (
            (0o000, {("folder", "0o750"), ("file", "0o640")}),
            (0o077, {("folder", "0o700"), ("file", "0o600")}),
        ):
            near = self.umasked(mask, queue_mode="group")
            near.submit("a@client.test", "b@remote.test")
            near.stop()
            found = {
                (kind, "0o640" if mode == "0o644" else mode)
                for kind, mode in self.modes(near.queue_dir)
            }
            self.assertEqual(found, expected, oct(mask))

    def umasked(self, mask: int, **settings: object) -> Relay:
        near = Relay(
            relayhost="127.0.0.1:1",
            prefix=("sh", "-c", f'umask {mask:03o}; exec "$@"', "sh"),
            **settings,
        )
        self.addCleanup(shutil.rmtree, near.folder, ignore_errors=True)
        self.addCleanup(near.kill)
        return near.start()

    def test_H6_a_planted_link_is_replaced_and_never_written_through(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        victim = near.folder / "victim"
        victim.write_text("precious")
        for name in ("at_rest", "at_rest.new", "reserve", "witness"):
            with contextlib.suppress(FileNotFoundError):
                (near.queue_dir / name).unlink()
            (near.queue_dir / name).symlink_to(victim)
        self.assertEqual(near.stop(), 0)
        self.assertEqual(victim.read_text(), "precious")
        self.assertFalse((near.queue_dir / "at_rest").is_symlink())
        near.start()
        near.submit("a@client.test", "b@remote.test")
        self.assertEqual(near.stop(), 0)
        self.assertEqual(victim.read_text(), "precious")

    def test_H6_a_folder_that_others_can_write_to_is_refused(self) -> None:
        near = Relay()
        self.addCleanup(shutil.rmtree, near.folder, ignore_errors=True)
        elsewhere = near.folder / "elsewhere"
        elsewhere.mkdir()

        def world_writable(queue: Path) -> None:
            queue.chmod(0o777)

        def others(queue: Path) -> None:
            os.chown(queue, NOBODY, NOBODY)

        def linked(queue: Path) -> None:
            (queue / "db").symlink_to(elsewhere)

        cases = [world_writable, linked] + ([others] if os.geteuid() == 0 else [])
        for number, spoil in enumerate(cases):
            with self.subTest(spoil=spoil.__name__):
                queue = near.folder / f"queue-{number}"
                queue.mkdir(0o700)
                spoil(queue)
                ended = run("serve", **(near.settings | {"queue_dir": queue}))
                said = ended.stdout + ended.stderr
                self.assertEqual(ended.returncode, 1, said)
                self.assertIn(str(queue), said)
        self.assertEqual(list(elsewhere.iterdir()), [])

    def test_H6_a_folder_of_its_own_that_is_too_open_is_narrowed(self) -> None:
        near = Relay(relayhost="127.0.0.1:1")
        self.addCleanup(shutil.rmtree, near.folder, ignore_errors=True)
        self.addCleanup(near.kill)
        near.queue_dir.mkdir()
        near.queue_dir.chmod(0o775)
        near.start()
        self.assertEqual(near.queue_dir.stat().st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main()
