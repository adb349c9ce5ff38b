"""What Kurir says to systemd, which the test plays; and which system calls it needs under the unit's filter."""

import contextlib
import ctypes
import os
import re
import signal
import socket
import tempfile
import unittest
from pathlib import Path

from tests.deploy import checks
from tests.support.case import MESSAGE
from tests.support.relay import PATIENCE, Relay
from tests.support.secured_case import SecuredCase
from tests.support.tls_client import TlsClient

UNIT = checks.DEPLOY / "systemd" / "kurir.service"
WATCHDOG = 1.5 * PATIENCE  # seconds
PTRACE_ATTACH, PTRACE_DETACH = 16, 17
WAIT_ALL = 0x40000000  # __WALL: of threads, too


class Notified(SecuredCase):
    """Kurir, and a socket that hears what systemd would."""

    def setUp(self):
        super().setUp()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.address = f"{self.folder}/notify"
        self.manager.bind(self.address)

    def started(self, address=None, **settings):
        relay = Relay(**({"core_dumps": "on"} | settings))
        self.addCleanup(self._stop_relay, relay)
        relay.variables = {
            "NOTIFY_SOCKET": address or self.address,
            "WATCHDOG_USEC": str(int(WATCHDOG * 1_000_000)),
        }
        return relay.start(ready=False)

    def heard(self, wanted="", seconds=20 * PATIENCE):
        """The next words that systemd gets with `wanted` in them."""
        self.manager.settimeout(seconds)
        while True:
            words = self.manager.recv(4096).decode()
            if wanted in words:
                return words

    def drain(self):
        self.manager.settimeout(0)
        with self.assertRaises(BlockingIOError):
            while True:
                self.manager.recv(4096)

    def test_operating_systemd_hears_start_reload_and_end(self):
        relay = self.started()
        self.assertEqual(self.heard(), "READY=1\nSTATUS=accepting mail\n")
        with relay.client() as client:  # what is ready takes mail
            client.ask("NOOP", 250)
        for _ in range(3):
            self.assertEqual(self.heard("WATCHDOG"), "WATCHDOG=1\n")
        relay.signal(signal.SIGHUP)
        self.assertRegex(self.heard("RELOADING"), r"^RELOADING=1\nMONOTONIC_USEC=\d+\n$")
        self.assertEqual(self.heard("READY"), "READY=1\n")
        relay.signal(signal.SIGTERM)
        self.assertRegex(self.heard("STOPPING"), r"^STOPPING=1\nSTATUS=stopping")
        self.assertEqual(relay.wait(20 * PATIENCE), 0)

    def test_operating_an_abstract_socket_is_spoken_to_as_well(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(f"\0kurir-{os.getpid()}")
            other.settimeout(20 * PATIENCE)
            self.started(address=f"@kurir-{os.getpid()}")
            self.assertIn("READY=1", other.recv(4096).decode())

    def test_operating_the_status_says_why_mail_is_refused(self):
        self.started(queue_min_free="1024G")
        words = self.heard("not accepting")
        self.assertIn("STATUS=not accepting mail: less free space than KURIR_QUEUE_MIN_FREE", words)

    def test_operating_a_socket_that_nobody_reads_does_no_harm(self):
        relay = self.started(address=f"{self.folder}/nobody")
        (told,) = relay.wait_log("lifecycle", what="notify_failed")
        self.assertIn("NOTIFY_SOCKET", told["error"])
        with relay.client() as client:
            client.ask("NOOP", 250)

    def test_operating_a_stuck_thread_silences_the_watchdog(self):
        relay = self.started()
        self.heard("WATCHDOG")
        tasks = Path(f"/proc/{relay.process.pid}/task")
        (thread,) = [
            int(each.name)
            for each in tasks.iterdir()
            if (each / "comm").read_text().strip() == "io-1"
        ]
        trace = ctypes.CDLL(None, use_errno=True).ptrace
        trace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        if trace(PTRACE_ATTACH, thread, None, None) != 0:
            self.skipTest(f"no thread can be stopped: {os.strerror(ctypes.get_errno())}")
        os.waitpid(thread, WAIT_ALL)
        try:
            self.drain()
            with self.assertRaises(TimeoutError):  # one may have been on its way
                for _ in range(2):
                    self.heard("WATCHDOG", 2 * WATCHDOG)
        finally:
            trace(PTRACE_DETACH, thread, None, None)
        self.assertIn("WATCHDOG=1", self.heard("WATCHDOG"))


class Filter(SecuredCase):
    def members(self, name):
        """The system calls of a set of systemd; what is no set is a call."""
        if not name.startswith("@"):
            return {name}
        shown = checks.run("systemd-analyze", "syscall-filter", name).stdout
        found = set()
        for each in re.findall(r"^    ([@\w-]+)$", shown, re.M):
            found |= self.members(each)
        return found

    def permitted(self):
        calls = set()
        for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.M):
            for name in line.lstrip("~").split():
                if line.startswith("~"):
                    calls -= self.members(name)
                else:
                    calls |= self.members(name)
        return calls

    def test_operating_the_filter_permits_what_kurir_does(self):
        permitted = self.permitted()
        self.assertNotIn("setuid", permitted)
        far = self.remote()
        trace = self.folder / "calls"
        relay = Relay(
            prefix=("strace", "--follow-forks", "--quiet=all", f"--output={trace}"),
            relayhost=f"127.0.0.1:{far.port}",
            tls_cert=self.certificate,
            tls_key=self.key,
        )
        self.addCleanup(self._stop_relay, relay)
        relay.start()
        with TlsClient.secured(relay.port, self.tls, "relay.test") as client:
            client.mail("a@client.test", ["b@remote.test"], MESSAGE)
        relay.wait_log("delivered")
        kurir = relay.wait_log("lifecycle", what="starting")[0]["pid"]
        os.kill(kurir, signal.SIGHUP)
        relay.wait_log("roots", what="loaded")
        os.kill(kurir, signal.SIGTERM)
        relay.wait_log("lifecycle", what="stopped")
        with contextlib.suppress(ProcessLookupError):
            os.kill(kurir, signal.SIGKILL)  # strace sometimes misses the end of a thread
        relay.wait(30 * PATIENCE)
        text = trace.read_text(errors="replace")
        after = text[text.index("execve(", text.index("setpriv") + 1) :]  # without its starter
        made = set(re.findall(r"^\d+ +(\w+)\(", after, re.M))
        self.assertGreater(len(made), 40)
        self.assertEqual(made - permitted, set())
        (families,) = re.findall(r"^RestrictAddressFamilies=(.*)$", UNIT.read_text(), re.M)
        opened = set(re.findall(r" socket\((AF_\w+)", after))
        self.assertLessEqual({"AF_INET", "AF_UNIX"}, opened)
        self.assertEqual(opened - set(families.split()), set())
        self.assertNotIn("PROT_WRITE|PROT_EXEC", after)  # MemoryDenyWriteExecute


if __name__ == "__main__":
    unittest.main()
