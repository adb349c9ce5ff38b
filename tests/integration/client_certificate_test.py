"""Certificates of clients: a valid one is a credential, any other is as good as none."""

import ssl
import subprocess
import time
from pathlib import Path

from tests.support import certificates, relay
from tests.support.case import MESSAGE
from tests.support.relay import PATIENCE, Relay
from tests.support.secured_case import SecuredCase
from tests.support.tls_client import TlsClient, context

LISTEN = "127.0.0.1:0, 127.0.0.1:0?tls=implicit"


class ClientCertificates(SecuredCase):
    """A relay that trusts nobody but those who show a certificate."""

    def setUp(self) -> None:
        super().setUp()
        self.clients, self.others = self.authority("clients"), self.authority("others")

    def authority(self, name: str) -> certificates.Authority:
        folder = self.folder / name
        folder.mkdir()
        return certificates.Authority(folder)

    def secure_relay(self, remote=None, **settings: object) -> Relay:
        near = self.relay(
            remote,
            **{
                "listen": LISTEN,
                "tls_cert": self.certificate,
                "tls_key": self.key,
                "tls_client_ca": self.clients.file,
                "trusted_networks": "none",
            }
            | settings,
        )
        self.starttls, self.implicit = (
            one["port"] for one in near.wait_log("lifecycle", 2, what="listening")
        )
        return near

    def showing(
        self, pair: tuple[Path, Path] | None, newest: ssl.TLSVersion | None = None
    ) -> ssl.SSLContext:
        made = context(self.ca.file, newest)
        if pair is not None:
            made.load_cert_chain(*pair)
        return made

    def connect(self, tls: ssl.SSLContext, implicit: bool = False, session=None) -> TlsClient:
        if not implicit:
            client = TlsClient.secured(self.starttls, tls, "relay.test", session=session)
            self.addCleanup(client.close)
            return client
        client = TlsClient(self.implicit)
        self.addCleanup(client.close)
        client.start_tls(tls, "relay.test", session=session)
        client.expect(220)
        client.ask("EHLO client.test", 250)
        return client

    def may_relay(self, client: TlsClient) -> bool:
        client.ask("MAIL FROM:<a@client.test>", 250)
        code = client.ask("RCPT TO:<b@remote.test>").code
        client.ask("RSET", 250)
        return code == 250

    def resumed(self, tls: ssl.SSLContext) -> ssl.SSLSession:
        """A session that was resumed once, and whose client may relay."""
        first = self.connect(tls)
        self.assertTrue(self.may_relay(first))
        again = self.connect(tls, session=first.socket.session)
        self.assertTrue(again.socket.session_reused)
        self.assertTrue(self.may_relay(again))
        return again.socket.session

    def test_a_valid_certificate_is_a_credential(self) -> None:
        far = self.remote()
        near = self.secure_relay(far)
        pair = self.clients.issue_client("app", "/CN=an app", "DNS:app.test,DNS:other.test")
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for implicit in (False, True):
                client = self.connect(self.showing(pair, newest), implicit)
                reply = client.mail("a@client.test", ["b@remote.test"], MESSAGE)
                self.assertEqual(reply.code, 250)
        near.wait_log("received", 4, user="cert:app.test")
        near.wait_log("client_certificate", 4, result="valid", name="app.test")
        self.assertEqual(near.metric("smtp_client_certificates_total", result="valid"), 4)
        far.wait_delivered(4)

    def test_the_name_is_a_host_a_mail_address_or_the_common_name(self) -> None:
        near = self.secure_relay()
        names = {
            "host.test": ("/CN=common", "email:a@mail.test,DNS:host.test"),
            "a@mail.test": ("/CN=common", "email:a@mail.test"),
            "common": ("/CN=common", ""),
            "jürgen": ("/CN=jürgen", "IP:192.0.2.1"),
        }
        for number, (name, (subject, alternative)) in enumerate(names.items()):
            pair = self.clients.issue_client(f"c{number}", subject, alternative)
            self.assertTrue(self.may_relay(self.connect(self.showing(pair))), name)
            near.wait_log("client_certificate", name=name, result="valid")

    def test_without_a_valid_one_the_session_goes_on(self) -> None:
        near = self.secure_relay()
        pairs = {
            "expired": self.clients.issue_client("old", "/CN=old", days=-1),
            "untrusted": self.others.issue_client("foreign", "/CN=app"),
            "other": self.clients.issue_client("server", "/CN=app", usage="serverAuth"),
            "nameless": self.clients.issue_client("space", "/CN=two words"),
        }
        self.assertFalse(self.may_relay(self.connect(self.showing(None))))
        self.assertEqual(near.metric("smtp_client_certificates_total"), 0)
        for result, pair in pairs.items():
            for implicit in (False, True):
                client = self.connect(self.showing(pair), implicit)
                self.assertFalse(self.may_relay(client), result)
            told = near.wait_log("client_certificate", 2, result=result)[0]
            self.assertEqual("error" in told, result != "nameless")

    def test_who_is_trusted_anyway_may_show_anything(self) -> None:
        near = self.secure_relay(trusted_networks="loopback")
        pair = self.others.issue_client("foreign", "/CN=app")
        self.assertTrue(self.may_relay(self.connect(self.showing(pair))))
        near.wait_log("client_certificate", result="untrusted")

    def test_a_ticket_keeps_the_credential_until_other_authorities_come(self) -> None:
        near = self.secure_relay()
        pair = self.clients.issue_client("app", "/CN=app")
        trusted = self.clients.file.read_bytes()
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = self.showing(pair, newest)
            session = self.resumed(tls)

            self.exchange_authorities(near, self.others.file.read_bytes())
            later = self.connect(tls, session=session)
            self.assertFalse(later.socket.session_reused)
            self.assertFalse(self.may_relay(later))
            self.exchange_authorities(near, trusted)

    def test_a_ticket_does_not_outlive_the_certificate(self) -> None:
        self.secure_relay()
        lifetime = 8 * PATIENCE
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            pair = self.clients.issue_client(
                "brief", "/CN=brief", days=1, signed_ago=86_400 - int(lifetime)
            )
            expiry = time.monotonic() + lifetime
            tls = self.showing(pair, newest)
            session = self.resumed(tls)

            time.sleep(max(0.0, expiry - time.monotonic()) + 1.5)
            later = self.connect(tls, session=session)
            self.assertFalse(later.socket.session_reused)
            self.assertFalse(self.may_relay(later))

    def exchange_authorities(self, near: Relay, text: bytes) -> None:
        loaded = len(near.select("certificates", what="loaded"))
        certificates.replace(self.clients.file, text)
        near.wait_log("certificates", loaded + 1, what="loaded")

    def test_a_session_of_a_bad_certificate_is_not_resumed(self) -> None:
        self.secure_relay()
        tls = self.showing(self.others.issue_client("foreign", "/CN=app"))
        first = self.connect(tls)
        self.assertFalse(self.may_relay(first))
        again = self.connect(tls, session=first.socket.session)
        self.assertFalse(again.socket.session_reused)
        self.assertFalse(self.may_relay(again))

    def test_what_is_wrong_with_the_file_is_told(self) -> None:
        empty = self.clients.folder / "empty.pem"
        empty.write_text("")
        junk = self.clients.folder / "junk.pem"
        junk.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        for path in (empty, junk, self.clients.folder / "missing.pem", self.key):
            with self.subTest(path=path):
                ended = relay.run(
                    "serve",
                    hostname="relay.test",
                    listen="127.0.0.1:0",
                    http_listen="127.0.0.1:0",
                    queue_dir=self.clients.folder / "queue",
                    tls_cert=self.certificate,
                    tls_key=self.key,
                    tls_client_ca=path,
                    log_format="json",
                )
                self.assertEqual(ended.returncode, 78)
                self.assertIn("KURIR_TLS_CLIENT_CA: ", ended.stdout + ended.stderr)

    def test_openssl_s_client(self) -> None:
        near = self.secure_relay()
        certificate, key = self.clients.issue_client("app", "/CN=app")
        ended = subprocess.run(
            [
                *("openssl", "s_client", "-connect", f"127.0.0.1:{self.starttls}", "-quiet"),
                *("-starttls", "smtp", "-cert", certificate, "-key", key, "-ign_eof"),
            ],
            input=b"EHLO client.test\r\nQUIT\r\n",
            capture_output=True,
            timeout=60 * PATIENCE,
            check=False,
        )
        self.assertIn(b"221 ", ended.stdout)
        near.wait_log("client_certificate", result="valid", name="app")
