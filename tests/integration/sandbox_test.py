"""What the relay gives up when it starts: as the kernel and an operator see it."""

import re
import unittest
from pathlib import Path

from tests.support.relay import Relay
from tests.support.remote_server import RemoteServer


def limits_in(status: Path) -> tuple[str, str]:
    """Seccomp's mode (0: none, 2: a filter) and no_new_privs."""
    fields = dict(re.findall(r"^(\w+):\s+(\S+)", status.read_text(), re.MULTILINE))
    return fields["Seccomp"], fields["NoNewPrivs"]


def limits_of(relay: Relay) -> set[tuple[str, str]]:
    """Of every thread."""
    return {limits_in(each) for each in Path(f"/proc/{relay.process.pid}/task").glob("*/status")}


class Sandbox(unittest.TestCase):
    def account(self, relay: Relay) -> dict:
        """What the relay says that it has given up; where the kernel has no seccomp, nothing can be."""
        told = relay.wait_log("lifecycle", what="sandbox")[0]
        if not told["calls_limited"]:
            self.skipTest(told["why_not"])
        return told

    def test_every_thread_is_limited_and_mail_goes_through(self) -> None:
        server = RemoteServer()
        with server, Relay(relayhost=f"127.0.0.1:{server.port}") as relay:
            self.account(relay)
            self.assertEqual(limits_of(relay), {("2", "1")})
            relay.submit("a@one.test", "b@two.test")
            server.wait_delivered()

    def test_it_can_be_turned_off(self) -> None:
        with Relay(sandbox="off") as relay:
            self.assertEqual(relay.select("lifecycle", what="sandbox"), [])
            self.assertEqual(limits_of(relay), {limits_in(Path("/proc/self/status"))})

    def test_core_dumps_are_written_anywhere(self) -> None:
        with Relay(core_dumps="on") as relay:
            told = self.account(relay)
            self.assertFalse(told["folders_limited"])

    def test_a_new_queue_folder_is_made_first(self) -> None:
        with Relay() as relay:
            fresh = relay.folder / "deep" / "down" / "queue"
            with Relay(queue_dir=fresh) as second:
                second.submit("a@one.test", "b@nowhere.invalid")
                self.assertTrue((fresh / "db").is_dir())


if __name__ == "__main__":
    unittest.main()
