"""The process: how it stops, what signals do, and who may open a queue (F15)."""

import os
import shutil
import signal
import threading
import time

from tests.support.case import MESSAGE, RelayCase
from tests.support.client import Client, ConnectionEnded
from tests.support.relay import PATIENCE, Relay, run


class Stopping(RelayCase):
    def test_s042_idle_sessions_get_421_and_the_exit_status_is_0(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        idle = near.client()

        near.signal(signal.SIGTERM)

        self.assertTrue(idle.expect(421).text.startswith("4.3."))
        self.assertTrue(idle.ended())
        self.assertEqual(near.wait(10 * PATIENCE), 0)

    def test_a_transaction_in_progress_finishes(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:
            client.begin_message()
            client.send("Subject: x\r\n\r\nfirst half\r\n")
            near.signal(signal.SIGTERM)
            self.assert_soon(lambda: not accepts(near.port))
            client.send("second half\r\n.\r\n")
            self.assertEqual(client.expect(250).code, 250)
            client.expect(421)
        self.assertEqual(near.wait(20 * PATIENCE), 0)

        near.start()
        far.wait_delivered(1)

    def test_readiness_goes_before_the_listeners_do(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", shutdown_delay="2s")
        near.signal(signal.SIGTERM)

        self.assert_soon(lambda: near.get("/readyz")[0] == 503)
        self.assertEqual(near.get("/livez")[0], 200)
        self.assertTrue(accepts(near.port))
        self.assertEqual(near.wait(20 * PATIENCE), 0)

    def test_a_client_that_will_not_end_does_not_hold_it_beyond_the_grace_time(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", shutdown_grace="1s")
        with near.client() as client:
            client.begin_message()
            near.signal(signal.SIGTERM)
            self.assertEqual(near.wait(10 * PATIENCE), 0)

    def test_a_delivery_in_flight_is_finished_and_not_made_twice(self) -> None:
        far = self.remote({"rules": [{"at": "dot", "times": 1, "delay": 1}]})
        near = self.relay(far)
        near.submit("a@client.test", "b@remote.test")
        far.wait_message_begun()
        near.restart()
        near.wait_metric("queue_messages", lambda n: n == 0)

        self.assertEqual(len(far.delivered()), 1)

    def test_a_remote_server_that_does_not_greet_does_not_hold_it(self) -> None:
        far = self.remote({"rules": [{"at": "connect", "times": 1, "then": "hang"}]})
        near = self.relay(far, shutdown_grace="1h")
        near.submit("a@client.test", "b@remote.test")
        far.wait_for(lambda server: len(server.connections) == 1)
        near.signal(signal.SIGTERM)
        self.assertEqual(near.wait(20 * PATIENCE), 0)

        near.start()
        far.wait_delivered(1)

    def test_a_second_signal_stops_at_once(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", shutdown_delay="5m")
        near.signal(signal.SIGTERM)
        self.assert_soon(lambda: near.get("/readyz")[0] == 503)
        time.sleep(1.1)  # within a second it counts as the first one
        near.signal(signal.SIGTERM)
        near.wait(20 * PATIENCE)  # much less than the delay

    def test_sigint_stops_as_sigterm_does(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        near.signal(signal.SIGINT)

        self.assertEqual(near.wait(10 * PATIENCE), 0)

    def test_sighup_and_sigpipe_harm_nothing(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:
            for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGHUP):
                near.signal(number)
            client.ask("NOOP", 250)
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)

        far.wait_delivered(1)

    def test_it_goes_on_after_having_been_stopped_and_continued(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:
            near.signal(signal.SIGSTOP)
            client.send("NOOP\r\n")
            time.sleep(1)
            near.signal(signal.SIGCONT)
            client.expect(250)
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)

        far.wait_delivered(1)

    def test_mail_is_accepted_while_a_restart_is_under_load(self) -> None:
        far = self.remote()
        near = self.relay(far)
        acked: list[str] = []
        stop = threading.Event()

        def send() -> None:
            while not stop.is_set():
                try:
                    name = f"u{len(acked)}-{threading.get_ident()}@remote.test"
                    near.submit("a@client.test", name)
                    acked.append(name)
                except (AssertionError, ConnectionEnded, OSError):
                    time.sleep(0.02)

        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        try:
            for _ in range(3):
                self.assert_more(acked)
                near.restart()
            self.assert_more(acked)
        finally:
            stop.set()
            for sender in senders:
                sender.join()

        self.assertTrue(
            far.wait_for(
                lambda server: set(acked) <= {one.recipients[0] for one in server.delivered()}
            )
        )

    def assert_more(self, acked: list[str]) -> None:
        before = len(acked)
        self.assert_soon(lambda: len(acked) > before + 5, f"nothing after {before} messages")


class Queue(RelayCase):
    def test_a_second_process_is_refused_and_told_who_holds_the_queue(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")

        refused = run(
            "serve",
            queue_dir=near.queue_dir,
            listen="127.0.0.1:0",
            http_listen="127.0.0.1:0",
            hostname="relay.test",
        )

        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(str(near.process.pid), refused.stdout + refused.stderr)
        near.submit("a@client.test", "b@remote.test")

    def test_the_lock_of_a_killed_process_does_not_stand_in_the_way(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        near.kill()
        near.start()

        self.assertTrue(near.ready())

    def test_the_queue_is_nobody_elses_to_read(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")

        self.assertEqual(near.queue_dir.stat().st_mode & 0o007, 0)

    def test_a_queue_that_can_not_be_made_is_said_so(self) -> None:
        with open(os.path.join("/tmp", f"kurir-file-{os.getpid()}"), "w", encoding="ascii") as file:
            self.addCleanup(os.unlink, file.name)
            refused = run(
                "serve",
                queue_dir=f"{file.name}/queue",
                listen="127.0.0.1:0",
                http_listen="127.0.0.1:0",
                hostname="relay.test",
            )

        self.assertGreater(refused.returncode, 0)
        self.assertIn(file.name, refused.stdout + refused.stderr)

    def test_mail_that_waited_is_known_after_a_start(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", retry_min="1h")
        with near.client() as client:
            for number in range(500):
                client.mail("a@client.test", [f"u{number}@remote.test"], MESSAGE)
        near.kill()
        near.start()

        near.submit("a@client.test", "another@remote.test")
        near.wait_metric("queue_messages", lambda n: n == 501)

    def test_a_taken_port_is_said_so(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        other = Relay(listen=f"127.0.0.1:{near.port}")
        refused = run("serve", **other.settings)

        self.assertGreater(refused.returncode, 0)
        self.assertIn(str(near.port), refused.stdout + refused.stderr)
        shutil.rmtree(other.folder)


def accepts(port: int) -> bool:
    try:
        with Client(port, timeout=2) as client:
            return client.reply().code == 220
    except (ConnectionEnded, OSError):
        return False
