"""What clients may not do, and that each limit has its own reply."""

import re
import signal
import socket
import time
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.client import Client, ConnectionEnded, wait_until
from tests.support.relay import PATIENCE


class Limits(RelayCase):
    def test_s024_recipients_beyond_the_limit_get_452_and_the_others_stay(self) -> None:
        far = self.remote()
        near = self.relay(far, max_recipients=100)
        with near.client() as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            for number in range(100):
                client.ask(f"RCPT TO:<u{number}@remote.test>", 250)
            self.assertEqual(client.ask("RCPT TO:<more@remote.test>", 452).text[:5], "4.5.3")
            client.ask("DATA", 354)
            client.send("Subject: x\r\n\r\nx\r\n.\r\n")
            client.expect(250)

        self.assertEqual(sum(len(one.recipients) for one in far.wait_delivered(1)), 100)

    def test_sessions_beyond_the_limit_get_421(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", max_sessions=3)
        held = [near.client() for _ in range(3)]
        with Client(near.port) as client:
            self.assertEqual(client.expect(421).text[:2], "4.")
            self.assertTrue(client.ended())
        held.pop().close()

        self.assert_soon(lambda: greeted(near.port))
        for client in held:
            client.ask("NOOP", 250)
            client.close()
        near.wait_metric("smtp_rejects_total", lambda n: n >= 1, reason="too_many_sessions")

    def test_sessions_of_one_client_beyond_its_limit_get_421_and_others_do_not(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", max_sessions_per_client=2)
        held = [near.client() for _ in range(2)]
        with Client(near.port) as client:
            client.expect(421)
        with Client(near.port, source="127.0.0.2") as client:
            client.expect(220)

        for client in held:
            client.close()

    def test_s039_commands_that_fail_end_the_session_at_last(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", max_errors=5)
        with near.client() as client:
            codes = [client.ask("BOGUS").code for _ in range(5)]
            self.assertEqual(codes[:4], [500] * 4)
            if codes[4] != 421:
                client.ask("BOGUS", 421)
            self.assertTrue(client.ended())

        near.wait_metric("smtp_sessions_closed_total", lambda n: n == 1, reason="errors")

    def test_s043_a_silent_client_is_really_told_421_4_4_2(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", command_timeout="1s")
        begun = time.monotonic()
        with near.client() as client:
            reply = client.expect(421)
            self.assertEqual(reply.text[:5], "4.4.2")
            self.assertTrue(client.ended())

        self.assertGreater(time.monotonic() - begun, 0.8)
        near.wait_metric("smtp_sessions_closed_total", lambda n: n == 1, reason="timeout")

    def test_a_silent_client_in_the_middle_of_a_message_is_told_too(self) -> None:
        far = self.remote()
        near = self.relay(far, data_timeout="1s")
        with near.client() as client:
            client.begin_message()
            client.send("Subject: x\r\n\r\nhalf a li")
            self.assertEqual(client.expect(421).text[:5], "4.4.2")
            self.assertTrue(client.ended())

        self.assertEqual(near.metric("messages_received_total"), 0)

    def test_a_slow_loris_is_ended_by_the_session_timeout(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", command_timeout="2s", session_timeout="3s")
        with Client(near.port) as client:
            client.expect(220)
            client.socket.settimeout(0.2)
            code, begun = 0, time.monotonic()
            while not code and time.monotonic() - begun < 20:
                try:
                    client.send("x")
                    code = client.reply().code
                except TimeoutError:
                    pass
            self.assertEqual(code, 421)

        with near.client() as client:
            client.ask("NOOP", 250)

    def test_a_client_over_its_rate_hears_when_to_return_and_can_then(self) -> None:
        far = self.remote()
        near = self.relay(far, client_rate="4/s")
        with near.client() as client, near.client(source="127.0.0.2") as other:
            codes, hints = [], []
            for _ in range(30):
                reply = client.ask("MAIL FROM:<a@client.test>")
                codes.append(reply.code)
                if reply.code == 450:
                    self.assertEqual(reply.text[:5], "4.7.1")
                    hints.append(int(re.search(r"try again in (\d+) s", reply.text)[1]))
                else:
                    client.ask("RSET", 250)
            self.assertEqual(codes[:4], [250] * 4)
            self.assertIn(450, codes)
            self.assertEqual(set(hints), {1})
            other.ask("MAIL FROM:<a@client.test>", 250)
            time.sleep(hints[-1])
            reply = client.mail("a@client.test", ["b@remote.test"], b"Subject: x\r\n\r\nx\r\n")
            self.assertEqual(reply.code, 250)

        far.wait_delivered(1)
        self.assertEqual(near.metric("rate_limited_total", scope="client"), codes.count(450))
        self.assertEqual(
            near.metric("smtp_rejects_total", stage="mail", reason="rate_limited"),
            codes.count(450),
        )
        line = near.wait_log("rejected", reason="rate_limited")[0]
        self.assertEqual((line["code"], line["from"]), (450, "a@client.test"))

    def test_a_sender_over_its_rate_does_not_hold_up_others(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", sender_rate="2/d", threads=4)
        codes = []
        for at in range(6):  # each on the next thread
            with near.client(source=f"127.0.0.{1 + at}") as client:
                codes.append(client.ask("MAIL FROM:<a@client.test>").code)
                client.ask("RSET", 250)
                client.ask(f"MAIL FROM:<other{at}@client.test>", 250)
        self.assertEqual(codes, [250, 250, 450, 450, 450, 450])
        self.assertEqual(near.metric("rate_limited_total", scope="sender"), 4)

    def test_a_message_that_trickles_in_is_ended_by_the_least_rate(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", data_timeout="1s", min_data_rate=1000)
        with near.client() as client:
            client.begin_message()
            client.socket.settimeout(0.2)
            reply, begun = None, time.monotonic()
            while reply is None and time.monotonic() - begun < 20:
                client.send("x\r\n")
                try:
                    reply = client.reply()
                except TimeoutError:
                    pass
            self.assertEqual((reply.code, reply.text[:5]), (421, "4.4.2"))
            self.assertIn("Too slow", reply.text)

        self.assertEqual(near.metric("messages_received_total"), 0)

    def talks_early(self, near, words: str) -> Client:
        """A client whose words are with the relay before that can greet."""
        near.signal(signal.SIGSTOP)
        stopped = Path(f"/proc/{near.process.pid}/stat")
        self.assertTrue(wait_until(lambda: stopped.read_text().rsplit(")")[-1].split()[0] == "T"))
        client = Client(near.port)
        client.send(words)
        near.signal(signal.SIGCONT)
        return client

    def test_an_early_talker_is_counted_and_served_if_trusted(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        with self.talks_early(near, "EHLO client.test\r\n") as client:
            client.expect(220)
            client.expect(250)
        self.assertEqual(near.metric("smtp_early_talkers_total"), 1)
        for _ in range(100):
            with near.client() as client:
                client.ask("QUIT", 221)
        self.assertEqual(near.metric("smtp_early_talkers_total"), 1)

    def test_an_early_talker_is_turned_away_if_not_trusted(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", trusted_networks="192.0.2.0/24")
        with self.talks_early(near, "EHLO client.test\r\n") as client:
            self.assertEqual(client.expect(554).text[:5], "5.5.0")
            self.assertTrue(client.ended())
        near.wait_metric("smtp_rejects_total", lambda n: n == 1, reason="early_talker")

    def test_500_slow_clients_cost_little_memory_and_a_good_one_is_served(self) -> None:
        count, each_max = 500, 20 * 1024 if PATIENCE == 1 else 256 * 1024  # sanitizers cost memory
        far = self.remote()
        near = self.relay(far, max_sessions_per_client=1000)
        near.submit("a@client.test", "b@remote.test")
        before = near.metrics()["process_resident_memory_bytes"]
        slow = [Client(near.port) for _ in range(count)]
        for client in slow:
            client.expect(220)
            client.send("EHLO x")

        begun = time.monotonic()
        near.submit("a@client.test", "b@remote.test")
        self.assertLess(time.monotonic() - begun, 2)
        far.wait_delivered(2)
        grown = near.metrics()["process_resident_memory_bytes"] - before
        self.assertLess(grown / count, each_max)
        for client in slow:
            client.close()
        near.wait_metric("smtp_sessions_active", lambda n: n == 0)

    def test_s022_a_line_beyond_the_limit_is_refused_and_no_command(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        with near.client() as client:
            client.ask("NOOP " + "x" * 500, 250)
            self.assertEqual(client.ask("NOOP " + "x" * 20000).code, 500)

    def test_a_line_without_end_does_not_fill_the_memory(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        before = near.metrics()["process_resident_memory_bytes"]
        with near.client() as client:
            try:
                for _ in range(640):
                    client.send(b"x" * 65536)
            except OSError:
                pass
        self.assertLess(near.metrics()["process_resident_memory_bytes"] - before, 20_000_000)

    def test_a_text_line_beyond_its_limit_is_refused_at_the_end(self) -> None:
        far = self.remote()
        near = self.relay(far, max_line_length=2000)
        with near.client() as client:
            reply = client.mail(
                "a@client.test", ["b@remote.test"], b"Subject: x\r\n\r\n" + b"x" * 2001
            )
            self.assertEqual((reply.code, reply.text[:5]), (550, "5.6.0"))
            reply = client.mail(
                "a@client.test", ["b@remote.test"], b"Subject: x\r\n\r\n" + b"x" * 1990
            )
            self.assertEqual(reply.code, 250)

        self.assertIn(b"x" * 1990, far.wait_delivered(1)[0].data)

    def test_s044_what_was_not_finished_is_not_kept(self) -> None:
        far = self.remote()
        near = self.relay(far)
        for _ in range(5):
            with near.client() as client:
                client.begin_message()
                client.send("Subject: x\r\n\r\nnever finished\r\n.")

        near.wait_metric("smtp_sessions_closed_total", lambda n: n == 5, reason="client_lost")
        self.assertEqual(near.metric("messages_received_total"), 0)
        self.assertEqual(far.messages, [])

    def test_s045_a_client_that_leaves_after_the_dot_has_sent_its_message(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:
            client.begin_message()
            client.send("Subject: x\r\n\r\nx\r\n.\r\n")

        far.wait_delivered(1)

    def test_a_client_that_never_reads_does_not_hold_the_relay(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", command_timeout="1s")
        with near.client() as deaf:
            deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            deaf.socket.settimeout(3)
            try:
                for _ in range(2000):
                    deaf.send("HELP\r\n" * 500)
            except OSError:
                pass
            with near.client() as client:
                client.ask("NOOP", 250)


def greeted(port: int) -> bool:
    try:
        with Client(port) as client:
            return client.reply().code == 220
    except (ConnectionEnded, OSError):
        return False
