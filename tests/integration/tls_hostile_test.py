"""Clients that attack TLS, or get it wrong: none of them harms another."""

import socket
import ssl
import subprocess

from tests.integration.tls_test import TlsCase
from tests.support.relay import Relay
from tests.support.tls_client import PiecemealTls, TlsClient, context


class Hostile(TlsCase):
    def assert_well(self, near: Relay) -> None:
        """A good client gets its certificate and its reply."""
        self.starttls().ask("NOOP", 250)
        self.assertTrue(near.ready())

    def connect(self, listener: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.ports[listener]), 30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.addCleanup(connection.close)
        return connection

    def ready_for_tls(self) -> TlsClient:
        client = TlsClient.greeted(self.ports["offer"])
        self.addCleanup(client.close)
        client.ask("STARTTLS", 220)
        return client

    def test_S074_what_is_injected_behind_starttls_is_never_executed(self) -> None:
        near = self.secure_relay()
        hello = PiecemealTls(self.connect("offer"), context()).first_flight()
        for rest in (b"RSET\r\n", b"EHL", b"\r\n", b"NOOP\r\nQUIT\r\n", hello):
            with TlsClient.greeted(self.ports["offer"]) as client:
                client.send(b"STARTTLS\r\n" + rest)
                reply = client.expect(554)
                self.assertTrue(reply.text.startswith("5.5.1"), reply)
                self.assertTrue(client.ended(), rest)
        self.assertEqual(near.metric("smtp_commands_total", command="rset"), 0)
        self.assertEqual(near.metric("smtp_tls_handshakes_total"), 0)
        self.assert_well(near)

    def test_S073_nothing_is_done_in_clear_after_a_failed_handshake(self) -> None:
        near = self.secure_relay()
        for words in (b"RSET\r\n", b"EHLO client.test\r\nMAIL FROM:<a@client.test>\r\n"):
            client = self.ready_for_tls()
            client.send(words)
            said = b""
            while came := client.socket.recv(4096):
                said += came
            self.assertNotIn(b"250", said)
        lines = near.wait_log("tls_failed")
        self.assertEqual(lines[0]["reason"], "clear_text")
        near.wait_metric("smtp_tls_failures_total", lambda n: n == 2, reason="clear_text")
        self.assertEqual(near.metric("smtp_commands_total", command="rset"), 0)
        self.assert_well(near)

    def test_S067_a_port_that_speaks_tls_says_nothing_in_clear(self) -> None:
        near = self.secure_relay(command_timeout="2s")
        for words in (b"EHLO client.test\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b""):
            connection = self.connect("implicit")
            connection.sendall(words)
            said = b""
            try:
                while came := connection.recv(4096):
                    said += came
            except ConnectionResetError:
                pass
            self.assertNotIn(b"220", said)
            self.assertFalse(said and said[0] != 0x15, said)  # an alert, or nothing
        near.wait_metric("smtp_tls_failures_total", lambda n: n == 3, reason="clear_text")
        near.wait_metric("smtp_tls_failures_total", lambda n: n == 1, reason="timeout")
        self.assertIn("TLS/SSL", near.wait_log("tls_failed")[0]["advice"])
        self.assert_well(near)

    def test_a_client_that_is_turned_away_from_such_a_port_hears_nothing(self) -> None:
        near = self.secure_relay(max_sessions_per_client=1)
        with TlsClient.greeted(self.ports["offer"]):
            connection = self.connect("implicit")
            self.assertEqual(connection.recv(100), b"")
        self.assert_soon(lambda: near.metric("smtp_sessions_active") == 0)
        self.assert_well(near)

    def test_tls_on_a_clear_port_is_told(self) -> None:
        near = self.secure_relay()
        for name in ("offer", "off"):
            with self.assertRaises(ssl.SSLError):
                TlsClient(self.ports[name]).start_tls(self.tls, "relay.test")
        for line in near.wait_log("rejected", 2, reason="tls_on_plain_port"):
            self.assertIn("STARTTLS", line["admit_by"])

    def test_a_client_that_waits_for_a_greeting_and_gives_up_is_told(self) -> None:
        near = self.secure_relay()
        self.connect("implicit").close()
        (line,) = near.wait_log("tls_failed", reason="closed")
        self.assertIn("TLS/SSL, not to STARTTLS", line["advice"])

    def test_a_handshake_that_stops_anywhere(self) -> None:
        near = self.secure_relay(command_timeout="3s")
        hello = PiecemealTls(self.connect("implicit"), context()).first_flight()
        stops = [*range(1, 12), *range(12, len(hello), 61), len(hello)]
        for listener in ("implicit", "offer"):
            for size in stops:
                stopped = (
                    self.connect("implicit")
                    if listener == "implicit"
                    else self.ready_for_tls().socket
                )
                stopped.sendall(hello[:size])
                stopped.shutdown(socket.SHUT_WR)
        near.wait_metric("smtp_tls_failures_total", lambda n: n == 2 * len(stops), reason="closed")
        waiting = [self.connect("implicit") for _ in stops]
        for connection, size in zip(waiting, stops):
            connection.sendall(hello[:size])
        near.wait_metric("smtp_tls_failures_total", lambda n: n >= len(stops), reason="timeout")
        self.assert_well(near)

    def test_changed_bytes_of_a_handshake(self) -> None:
        near = self.secure_relay(command_timeout="2s")
        hello = PiecemealTls(self.connect("implicit"), context()).first_flight()
        for at in range(0, len(hello), 23):
            changed = bytearray(hello)
            changed[at] ^= 0xFF
            connection = self.connect("implicit")
            connection.sendall(changed)
            connection.shutdown(socket.SHUT_WR)
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        self.assert_well(near)

    def test_a_handshake_byte_by_byte_and_records_of_one_byte(self) -> None:
        self.secure_relay()
        client = PiecemealTls(self.connect("implicit"), context())
        client.shake()
        self.assertTrue(client.read_until(b"\r\n").startswith(b"220 "))
        for line, code in (
            (b"EHLO client.test", b"250"),
            (b"MAIL FROM:<a@client.test>", b"250"),
            (b"RCPT TO:<b@remote.test>", b"250"),
            (b"DATA", b"354"),
            (b"Subject: a test\r\n\r\n..\r\n.", b"250 2.0.0 Ok: queued"),
        ):
            client.write_in_records_of_one_byte(line + b"\r\n")
            reply = client.read_until(b"\r\n")
            while not reply.splitlines()[-1][3:4] == b" ":
                reply += client.read_until(b"\r\n")
            self.assertTrue(reply.startswith(code), reply)

    def s_client(self, keys: str, *options: str) -> str:
        """openssl's own client, which these letters tell what to do."""
        port = self.ports["offer"]
        process = subprocess.Popen(
            ["openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{port}", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        said = b""
        while b"---\n250 " not in said and b"\n250 CHUNKING\r\n" not in said:
            came = process.stdout.read1(4096)
            if not came:
                break
            said += came
        rest, _ = process.communicate(keys.encode(), timeout=60)
        return (said + rest).decode(errors="replace")

    def test_renegotiation_is_refused(self) -> None:
        near = self.secure_relay()
        said = self.s_client("R\n", "-tls1_2")
        self.assertRegex(said, "(?i)no.renegotiation")
        self.assert_well(near)

    def test_an_update_of_keys_is_followed(self) -> None:
        near = self.secure_relay()
        said = self.s_client("K\n", "-tls1_3")
        self.assertIn("KEYUPDATE", said)
        self.assert_well(near)

    def test_a_flood_of_failures_is_counted_and_summed_up(self) -> None:
        near = self.secure_relay()
        flood = 200
        for _ in range(flood):
            with socket.create_connection(("127.0.0.1", self.ports["implicit"]), 30) as connection:
                connection.sendall(b"HELO client.test\r\n")
                try:
                    connection.recv(100)
                except ConnectionResetError:
                    pass
        near.wait_metric("smtp_tls_failures_total", lambda n: n == flood)
        near.wait_metric("smtp_sessions_closed_total", lambda n: n == flood, reason="tls_failed")
        self.assertLess(len(near.select("tls_failed")), 5)
        self.assertLess(len(near.select("session")), 5)
        self.assert_well(near)
        near.stop()
        told = sum(one["sessions"] for one in near.select("tls_failures"))
        self.assertEqual(told + len(near.select("tls_failed")), flood)
