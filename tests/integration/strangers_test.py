"""H2 H4 H9 H16: what hostile clients, and clients that don't read, can't do."""

import contextlib
import random
import socket
import time

from tests.support.case import RelayCase
from tests.support.client import Client, ConnectionEnded

TEXT = b"Subject: x\r\n\r\nx\r\n"
TRUSTED = "127.0.0.1/32"  # clients of 127.0.1.0/24 are strangers


class Strangers(RelayCase):
    def stranger(self, near, number: int = 1) -> Client:
        client = Client(near.port, source=f"127.0.1.{number}")
        self.addCleanup(client.close)
        return client

    def flood(self, near, count: int) -> list[Client]:
        """So many silent strangers of many addresses."""
        return [self.stranger(near, 1 + number % 100) for number in range(count)]

    def greetings(self, clients: list[Client]) -> list[int]:
        return [client.reply().code for client in clients]

    def test_H2_strangers_hold_a_quarter_and_trusted_clients_always_get_in(self) -> None:
        far = self.remote()
        near = self.relay(far, trusted_networks=TRUSTED, max_sessions=20)
        codes = self.greetings(self.flood(near, 60))
        self.assertEqual(codes.count(220), 5)
        self.assertEqual(codes.count(421), 55)

        trusted = [self.enterContext(near.client()) for _ in range(20)]  # all of the places
        for client in trusted:
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], TEXT).code, 250)
        far.wait_delivered(20)
        near.wait_metric("smtp_sessions_active", lambda n: n == 20)
        self.assertEqual(self.stranger(near).reply().code, 421)
        near.wait_metric("smtp_sessions_closed_total", lambda n: n == 61, reason="shed")

    def test_H2_trusted_clients_get_in_while_descriptors_run_short(self) -> None:
        far = self.remote()
        near = self.relay(
            far,
            trusted_networks=TRUSTED,
            max_sessions=4000,
            max_sessions_per_client=4000,
            prefix=("prlimit", "--nofile=400:400"),
        )
        held: list[Client] = []
        for number in range(600):
            with contextlib.suppress(OSError):
                held.append(self.stranger(near, 1 + number % 100))
        for _ in range(5):
            with near.client() as client:
                self.assertEqual(client.mail("a@client.test", ["b@remote.test"], TEXT).code, 250)
        far.wait_delivered(5)

    def test_H16_empty_sessions_of_one_network_are_summed_up(self) -> None:
        near = self.relay(self.remote(), trusted_networks=TRUSTED)
        for _ in range(50):
            with Client(near.port, source="127.0.1.7"):
                pass
        near.wait_metric("smtp_sessions_total", lambda n: n >= 50)
        near.wait_metric("smtp_sessions_active", lambda n: n == 0)
        with near.client() as client:
            client.ask("QUIT", 221)
        near.wait_log("session", client_ip="127.0.0.1")
        self.assertEqual(len(near.select("session", client_ip="127.0.1.7")), 1)
        near.stop()
        (line,) = near.select("empty_sessions")
        self.assertEqual((line["network"], line["sessions"]), ("127.0.1.7", 49))


class ClientsThatDoNotRead(RelayCase):
    """A message whose recipients were refused is sent all the same, with commands inside."""

    COMMANDS = (
        b"EHLO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<bad@@remote.test>\r\nDATA\r\n"
    )
    CONTENT = (
        b"Subject: x\r\n\r\nMAIL FROM:<evil@client.test>\r\nRCPT TO:<victim@remote.test>\r\n"
        b"DATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\nQUIT\r\n"
    )

    def blind(self, near, pieces: list[bytes], pause: float = 0.0) -> None:
        with Client(near.port) as client:
            client.expect(220)
            with contextlib.suppress(OSError):
                for piece in pieces:
                    client.send(piece)
                    time.sleep(pause)
            replies = []
            with contextlib.suppress(ConnectionEnded, OSError):
                while len(replies) < 50:
                    replies.append(client.reply())
            self.assertLess(len(replies), 50)
            self.assertIn(554, [reply.code for reply in replies], replies)
            self.assertNotIn(354, [reply.code for reply in replies], replies)

    def test_H4_content_behind_a_refused_data_is_no_commands_at_any_cut(self) -> None:
        far = self.remote()
        near = self.relay(far)
        both = self.COMMANDS + self.CONTENT
        self.blind(near, [self.COMMANDS, self.CONTENT], pause=0.05)
        self.blind(near, [both])
        start = len(self.COMMANDS) - 8
        for cut in range(start, len(self.COMMANDS) + 30):
            self.blind(near, [both[:cut], both[cut:]])
        draw = random.Random(4)
        for _ in range(30):
            cuts = sorted(draw.sample(range(1, len(both)), 6))
            self.blind(near, [both[a:b] for a, b in zip([0, *cuts], [*cuts, None])])
        self.assertEqual(near.metric("messages_received_total"), 0)
        self.assertEqual(far.messages, [])

    def test_H4_content_of_commands_alone_sends_nothing_however_it_comes(self) -> None:
        far = self.remote()
        near = self.relay(far)
        envelope = b"RSET\r\nMAIL FROM:<evil@client.test>\r\nRCPT TO:<victim@remote.test>\r\n"
        for name, content in (
            ("data", envelope + b"DATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\nQUIT\r\n"),
            ("data of commands", envelope + b"DATA\r\nRSET\r\nNOOP\r\n.\r\nQUIT\r\n"),
            ("bdat", envelope + b"BDAT 6 LAST\r\nNOOP\r\nRSET\r\n.\r\nQUIT\r\n"),
        ):
            lines = (self.COMMANDS + content).splitlines(keepends=True)
            for way, pieces in (
                ("line by line", lines),
                ("in two", [self.COMMANDS, content]),
                ("by octet", [bytes([octet]) for octet in self.COMMANDS + content]),
            ):
                with self.subTest(name, way=way), Client(near.port) as client:
                    client.expect(220)
                    codes = []
                    with contextlib.suppress(ConnectionEnded, OSError):
                        for piece in pieces:
                            client.send(piece)
                        while True:
                            codes.append(client.reply().code)
                    self.assertNotIn(354, codes)
        self.assertEqual(near.metric("messages_received_total"), 0)
        self.assertEqual(far.messages, [])

    def test_H4_a_client_that_waits_sends_its_next_message(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:  # as Postfix and Exim do, with PIPELINING
            client.send("MAIL FROM:<a@client.test>\r\nRCPT TO:<bad@@remote.test>\r\nDATA\r\n")
            self.assertEqual([client.reply().code for _ in range(3)], [250, 501, 554])
            client.send("RSET\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@remote.test>\r\nDATA\r\n")
            self.assertEqual([client.reply().code for _ in range(4)], [250, 250, 250, 354])
            client.send(TEXT + b".\r\n")
            client.expect(250)
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], TEXT).code, 250)
        far.wait_delivered(2)

    def test_H4_a_client_that_reads_its_reply_goes_on(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<bad@@remote.test>", 501)
            client.ask("DATA", 554)
            client.ask("RSET", 250)
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], TEXT).code, 250)
        far.wait_delivered(1)

    def test_H9_bytes_that_lead_nowhere_do_not_prolong_the_time(self) -> None:
        near = self.relay(self.remote(), command_timeout="1s")
        for opening, drip in ((b"BDAT 1000000\r\n", b"x" * 10), (b"x" * 3000, b"x" * 10)):
            with near.client() as client:
                client.send(opening)
                client.socket.settimeout(0.2)
                codes: list[int] = []
                deadline = time.monotonic() + 60
                with contextlib.suppress(ConnectionEnded, OSError):
                    while 421 not in codes and time.monotonic() < deadline:
                        client.send(drip)
                        with contextlib.suppress(socket.timeout):
                            codes.append(client.reply().code)
                self.assertIn(421, codes)
