"""Clients behind a proxy: PROXY headers and XCLIENT, from scripts, real clients and a real proxy."""

import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from tests.support.case import MESSAGE, RelayCase
from tests.support.client import Client, ConnectionEnded
from tests.support.haproxy import Haproxy
from tests.support.relay import PATIENCE, Relay, run
from tests.support.secured_case import SecuredCase
from tests.support.tls_client import TlsClient

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXIED = "127.0.0.1:0?proxy=127.0.0.1&name=front"


def line(source: str) -> bytes:
    """A header of version 1."""
    family, destination = ("TCP6", "2001:db8::25") if ":" in source else ("TCP4", "198.51.100.1")
    return f"PROXY {family} {source} {destination} 4711 25\r\n".encode()


def binary(source: str, additions: bytes = b"", command: int = 0x21) -> bytes:
    """A header of version 2."""
    six = ":" in source
    family = socket.AF_INET6 if six else socket.AF_INET
    addresses = socket.inet_pton(family, source) * 2 + struct.pack("!HH", 4711, 25)
    rest = addresses + additions
    return SIGNATURE + struct.pack("!BBH", command, 0x21 if six else 0x11, len(rest)) + rest


def through(port: int, header: bytes, source: str = "127.0.0.1") -> Client:
    """A client that a proxy passes on, after its EHLO."""
    client = Client(port, source=source)
    client.send(header)
    client.expect(220)
    client.ask("EHLO client.test", 250)
    return client


class Proxy(RelayCase):
    def proxied(self, remote=None, **settings: object) -> Relay:
        return self.relay(
            remote, **{"listen": PROXIED, "trusted_networks": "10.0.0.0/8 fd00::/8"} | settings
        )

    def test_the_told_address_is_judged_logged_and_traced(self) -> None:
        far = self.remote()
        near = self.proxied(far)
        for number, (source, shown) in enumerate(
            (("10.1.2.3", "[10.1.2.3]"), ("fd00::7", "[IPv6:fd00::7]")), 1
        ):
            for header in (line(source), binary(source)):
                with through(near.port, header) as client:
                    reply = client.mail("a@client.test", ["b@remote.test"], MESSAGE)
                    self.assertEqual(reply.code, 250)
            for one in near.wait_log("received", 2, client_ip=source):
                self.assertEqual((one["proxy_ip"], one["listener"]), ("127.0.0.1", "front"))
            for one in near.wait_log("client_told", 2, client_ip=source, by="proxy"):
                self.assertEqual((one["client_port"], one["server_port"]), (4711, 25))
            for message in far.wait_delivered(2 * number)[-2:]:
                self.assertIn(shown.encode(), message.data.partition(b"\r\n\tby ")[0])
        for header in (line("192.0.2.1"), binary("2001:db8::1")):
            with through(near.port, header) as client:
                client.ask("MAIL FROM:<a@client.test>", 250)
                client.ask("RCPT TO:<b@remote.test>", 550)
        self.assertEqual(near.metric("smtp_clients_told_total", by="proxy"), 6)
        advice = near.wait_log("rejected", client_ip="192.0.2.1")[0]["admit_by"]
        self.assertEqual(advice, "add 192.0.2.1 to KURIR_TRUSTED_NETWORKS")

    def test_a_header_in_any_pieces(self) -> None:
        near = self.proxied()
        for header in (line("10.1.2.3"), binary("10.1.2.3", b"\x01\0\x04smtp")):
            for at in range(1, len(header)):
                with Client(near.port) as client:
                    client.send(header[:at])
                    client.send(header[at:])
                    client.expect(220)
        self.assertEqual(near.metric("smtp_proxy_failures_total"), 0)

    def test_a_bad_header_ends_the_connection_without_a_word(self) -> None:
        near = self.proxied()
        bad = {
            "missing": [b"EHLO client.test\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01"],
            "malformed": [
                b"PROXY TCP4 10.1.2 10.1.2.4 1 2\r\n",
                binary("10.1.2.3", b"\x01\xff\xff"),
                SIGNATURE + b"\x31\x11\0\0",
            ],
            "checksum": [binary("10.1.2.3", b"\x03\0\x04abcd")],
            "too_long": [b"PROXY UNKNOWN" + b" " * 200, SIGNATURE + b"\x21\x11\xff\xff"],
        }
        for reason, headers in bad.items():
            for header in headers:
                with self.subTest(header=header), Client(near.port) as client:
                    client.send(header)
                    with self.assertRaises((ConnectionEnded, ConnectionError)):
                        client.reply()
            near.wait_metric(
                "smtp_proxy_failures_total", lambda n, h=headers: n == len(h), reason=reason
            )
        told = near.wait_log("proxy_failed", reason="missing")[0]
        self.assertIn("send-proxy", told["advice"])

    def test_only_the_named_networks_are_believed(self) -> None:
        near = self.proxied(trusted_networks="10.0.0.0/8 127.0.0.2")
        # Another client is one like any other, and a header of it is refused.
        with Client.greeted(near.port, source="127.0.0.2") as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)
        for source in ("127.0.0.2", "127.0.0.3"):
            for header in (line("10.1.2.3"), binary("10.1.2.3")):
                with self.subTest(source=source), Client(near.port, source=source) as client:
                    client.send(header + b"EHLO client.test\r\n")
                    codes = set()
                    with self.assertRaises((ConnectionEnded, ConnectionError)):
                        while True:
                            codes.add(client.reply().code)
                    self.assertFalse({250, 354} & codes, codes)
        refused = near.wait_log("rejected", reason="proxy_denied", client_ip="127.0.0.2")[0]
        self.assertIn("KURIR_LISTEN (proxy=)", refused["admit_by"])
        self.assertEqual(near.metric("smtp_clients_told_total"), 0)

    def test_unknown_has_no_rights_and_local_is_the_proxy(self) -> None:
        near = self.proxied(trusted_networks="loopback")
        with through(near.port, b"PROXY UNKNOWN\r\n") as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 550)
        with through(near.port, SIGNATURE + b"\x20\0\0\0") as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)
        self.assertTrue(near.wait_log("client_told")[0]["unknown"])

    def test_places_and_rates_are_those_of_the_clients(self) -> None:
        near = self.proxied(max_sessions_per_client=2, client_rate="1/h")
        clients = []
        for number in range(6):
            client = through(near.port, line(f"10.0.0.{number // 2}"))
            self.addCleanup(client.close)
            clients.append(client)
        with Client(near.port) as third:
            third.send(line("10.0.0.0"))
            third.expect(421)
        for first, second in zip(clients[::2], clients[1::2]):
            first.ask("MAIL FROM:<a@client.test>", 250)
            second.ask("MAIL FROM:<a@client.test>", 450)


class ProxyTls(SecuredCase):
    def proxied(self, **settings: object) -> tuple[Relay, list[int]]:
        listen = (
            "127.0.0.1:0?tls=implicit&proxy=127.0.0.1, 127.0.0.1:0?proxy=127.0.0.1, "
            "127.0.0.1:0?tls=implicit"
        )
        near = self.relay(
            tls_cert=self.certificate,
            tls_key=self.key,
            listen=listen,
            trusted_networks="10.0.0.0/8",
            **settings,
        )
        return near, [one["port"] for one in near.wait_log("lifecycle", 3, what="listening")]

    def test_the_header_comes_before_tls(self) -> None:
        near, (implicit, starttls, other) = self.proxied()
        for header in (line("10.1.2.3"), binary("10.1.2.3")):
            client = TlsClient(implicit)
            self.addCleanup(client.close)
            client.send(header)
            client.start_tls(self.tls, "relay.test")
            client.expect(220)
            client.ask("EHLO client.test", 250)
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)

            client = TlsClient(starttls)
            self.addCleanup(client.close)
            client.send(header)
            client.expect(220)
            client.ask("EHLO client.test", 250)
            client.ask("STARTTLS", 220)
            client.start_tls(self.tls, "relay.test")
            client.ask("EHLO client.test", 250)
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)
        with Client(other) as client:
            client.send(line("10.1.2.3"))
            with self.assertRaises((ConnectionEnded, ConnectionError, ValueError)):
                client.reply()
        near.wait_metric("smtp_tls_failures_total", lambda n: n == 1, reason="clear_text")

    def test_a_client_that_xclient_named_in_clear_can_not_become_the_proxy(self) -> None:
        """By a handshake of its own, whose bytes the proxy passes on."""
        near = self.relay(
            tls_cert=self.certificate,
            tls_key=self.key,
            trusted_networks="10.0.0.0/8",
            xclient_networks="loopback",
        )
        client = TlsClient.greeted(near.port)
        self.addCleanup(client.close)
        client.ask("XCLIENT ADDR=203.0.113.9", 220)
        self.assertNotIn("STARTTLS", client.ask("EHLO client.test", 250).lines)
        client.ask("STARTTLS", 502)
        client.ask("MAIL FROM:<a@client.test>", 250)
        client.ask("RCPT TO:<b@remote.test>", 550)
        client.ask("RSET", 250)
        client.ask("XCLIENT LOGIN=billing", 550)

    def test_a_proxy_speaks_tls_before_it_names_the_client(self) -> None:
        near = self.relay(
            tls_cert=self.certificate,
            tls_key=self.key,
            trusted_networks="10.0.0.0/8",
            xclient_networks="loopback",
        )
        client = TlsClient.secured(near.port, self.tls, "relay.test")
        self.addCleanup(client.close)
        client.ask("XCLIENT ADDR=10.1.2.3", 220)
        client.ask("EHLO client.test", 250)
        client.ask("MAIL FROM:<a@client.test>", 250)
        client.ask("RCPT TO:<b@remote.test>", 250)


class Xclient(RelayCase):
    def believing(self, remote=None, **settings: object) -> Relay:
        return self.relay(
            remote,
            **{"trusted_networks": "10.0.0.0/8", "xclient_networks": "127.0.0.1"} | settings,
        )

    def test_the_told_client_is_judged_logged_and_traced(self) -> None:
        far = self.remote()
        near = self.believing(far)
        with Client.greeted(near.port, "proxy.test") as client:
            client.ask(
                "XCLIENT NAME=host.test ADDR=10.1.2.3 PORT=4711 PROTO=ESMTP HELO=client.test "
                "DESTADDR=198.51.100.1 DESTPORT=587",
                220,
            )
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)
        told = near.wait_log("client_told", by="xclient")[0]
        wanted = {
            "client_ip": "10.1.2.3",
            "proxy_ip": "127.0.0.1",
            "client_name": "host.test",
            "client_port": 4711,
            "helo": "client.test",
            "server_ip": "198.51.100.1",
            "server_port": 587,
        }
        self.assertEqual(wanted, {key: told.get(key) for key in wanted})
        received = near.wait_log("received")[0]
        self.assertEqual((received["client_ip"], received["helo"]), ("10.1.2.3", "client.test"))
        header = far.wait_delivered(1)[0].data
        self.assertIn(b"from client.test ([10.1.2.3])", header)
        self.assertIn(b"with ESMTP id", header)

    def test_a_stranger_behind_the_proxy_is_one(self) -> None:
        near = self.believing(trusted_networks="10.0.0.0/8 127.0.0.1")
        with Client.greeted(near.port, "proxy.test") as client:
            client.ask("XCLIENT ADDR=192.0.2.1", 220)
            self.assertFalse(
                any(one.startswith("XCLIENT") for one in client.ask("EHLO x.test", 250).lines)
            )
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 550)
            client.ask("RSET", 250)
            client.ask("XCLIENT ADDR=10.1.2.3", 550)
            with self.assertRaises((ConnectionEnded, ConnectionError)):
                client.ask("NOOP")

    def test_a_told_login_may_relay(self) -> None:
        near = self.believing()
        with Client.greeted(near.port, "proxy.test") as client:
            client.ask("XCLIENT ADDR=192.0.2.1 LOGIN=billing", 220)
            client.ask("EHLO client.test", 250)
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)
        self.assertEqual(near.wait_log("received")[0]["user"], "billing")

    def test_others_may_not_say_it(self) -> None:
        near = self.believing(trusted_networks="127.0.0.2")
        for source, code in (("127.0.0.2", 550), ("127.0.0.3", 550)):
            with Client.greeted(near.port, source=source) as client:
                client.ask("XCLIENT ADDR=10.1.2.3", code)
        self.assertEqual(near.metric("smtp_clients_told_total"), 0)

    def test_the_networks_change_on_a_reload(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="kurir-proxies-"))
        self.addCleanup(shutil.rmtree, folder, True)
        networks = folder / "networks"
        networks.write_text("192.0.2.1\n")
        near = self.relay(trusted_networks="10.0.0.0/8", xclient_networks_file=networks)
        before = Client.greeted(near.port)
        self.addCleanup(before.close)
        networks.write_text("192.0.2.1\n127.0.0.1\n")
        near.signal(signal.SIGHUP)
        near.wait_log("config", what="reloaded")
        with Client.greeted(near.port) as client:
            client.ask("XCLIENT ADDR=10.1.2.3", 220)
        self.assertNotIn("XCLIENT", before.ask("EHLO client.test", 250).text)

    def test_who_may_be_believed_is_never_the_internet(self) -> None:
        for settings in (
            {"xclient_networks": "0.0.0.0/0"},
            {"listen": "127.0.0.1:0?proxy=0.0.0.0/1+128.0.0.0/1"},
            {"listen": "127.0.0.1:0?proxy="},
            {"listen": "127.0.0.1:0?proxy=10.0.0.1/8"},
            {"listen": "127.0.0.1:0?name=a.b"},
        ):
            with self.subTest(settings=settings):
                ended = run("config", hostname="relay.test", **settings)
                self.assertEqual(ended.returncode, 78, ended.stdout + ended.stderr)


class Tools(RelayCase):
    """Real clients and a real proxy."""

    def test_swaks_says_xclient(self) -> None:
        far = self.remote()
        near = self.relay(far, trusted_networks="10.0.0.0/8", xclient_networks="127.0.0.1")
        self.swaks(near.port, "--xclient-addr", "10.1.2.3", "--xclient-name", "host.test")
        self.assertEqual(near.wait_log("received")[0]["client_ip"], "10.1.2.3")

    def test_swaks_says_proxy(self) -> None:
        far = self.remote()
        near = self.relay(far, listen=PROXIED, trusted_networks="10.0.0.0/8")
        for version in ("1", "2"):
            self.swaks(
                near.port,
                *(
                    "--proxy-version",
                    version,
                    "--proxy-family",
                    "TCP4" if version == "1" else "AF_INET",
                ),
                *(
                    ()
                    if version == "1"
                    else ("--proxy-command", "PROXY", "--proxy-protocol", "STREAM")
                ),
                *("--proxy-source", "10.1.2.3", "--proxy-source-port", "4711"),
                *("--proxy-dest", "10.9.9.9", "--proxy-dest-port", "25"),
            )
        for one in near.wait_log("received", 2):
            self.assertEqual(one["client_ip"], "10.1.2.3")

    def swaks(self, port: int, *options: str) -> None:
        ended = subprocess.run(
            [
                *("swaks", "--server", f"127.0.0.1:{port}", "--helo", "client.test"),
                *("--from", "a@client.test", "--to", "b@remote.test", *options),
            ],
            capture_output=True,
            text=True,
            timeout=60 * PATIENCE,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)

    def test_curl_says_proxy(self) -> None:
        far = self.remote()
        near = self.relay(far, listen=PROXIED, trusted_networks="127.0.0.1")
        ended = subprocess.run(
            [
                *("curl", "-sS", "--haproxy-protocol", f"smtp://127.0.0.1:{near.port}/client.test"),
                *("--mail-from", "a@client.test", "--mail-rcpt", "b@remote.test", "-T", "-"),
            ],
            input=MESSAGE,
            capture_output=True,
            timeout=60 * PATIENCE,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(near.wait_log("client_told")[0]["client_ip"], "127.0.0.1")
        far.wait_delivered(1)

    def test_haproxy_in_front(self) -> None:
        far = self.remote()
        near = self.relay(far, listen="127.0.0.1:0?proxy=127.0.0.1", trusted_networks="127.0.0.5")
        backends = {
            "v1": (near.port, "send-proxy check inter 200"),
            "v2": (near.port, "send-proxy-v2 check inter 200"),
            "all": (
                near.port,
                "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority check inter 200",
            ),
        }
        with Haproxy(backends) as front:
            for port in front.ports.values():
                with Client.greeted(port, source="127.0.0.5") as client:
                    reply = client.mail("a@client.test", ["b@remote.test"], MESSAGE)
                    self.assertEqual(reply.code, 250)
                with Client.greeted(port, source="127.0.0.6") as client:
                    client.ask("MAIL FROM:<a@client.test>", 250)
                    client.ask("RCPT TO:<b@remote.test>", 550)
            for one in near.wait_log("received", 3):
                self.assertEqual((one["client_ip"], one["proxy_ip"]), ("127.0.0.5", "127.0.0.1"))
        for reason in ("missing", "malformed", "checksum", "too_long", "timeout"):
            self.assertEqual(near.metric("smtp_proxy_failures_total", reason=reason), 0, reason)
