"""openssl s_client: sessions that are resumed across reloads, and protocols that are not ours."""

import re
import signal
import subprocess
from pathlib import Path

from tests.integration.tls_test import TlsCase
from tests.support import certificates
from tests.support.relay import PATIENCE, Relay

WAYS = {"offer": ("-starttls", "smtp"), "implicit": ()}
VERSIONS = ("-tls1_2", "-tls1_3")


class OpensslClient(TlsCase):
    def s_client(self, listener: str, *options: object) -> str:
        """What a session until QUIT shows, whether it came to be or not."""
        done = subprocess.run(
            [
                *("openssl", "s_client", "-connect", f"127.0.0.1:{self.ports[listener]}"),
                *("-CAfile", self.ca.file, "-servername", "relay.test", "-ign_eof"),
                *WAYS[listener],
                *options,
            ],
            input="QUIT\r\n",
            text=True,
            capture_output=True,
            check=False,
            timeout=60 * PATIENCE,
        )
        return done.stdout + done.stderr

    def connects(self, listener: str, *options: object) -> str:
        """Whether the session is "New" or "Reused"."""
        said = self.s_client(listener, "-verify_return_error", *options)
        self.assertIn("221 2.0.0", said)
        found = re.search(r"^(New|Reused), TLSv1\.", said, re.M)
        assert found, said
        return found[1]

    def exchange_certificate(self, near: Relay) -> None:
        loaded = len(near.select("certificates", what="loaded"))
        certificate, key = self.ca.issue("next", host="relay.test")
        certificates.replace(self.key, key.read_bytes() + certificate.read_bytes())
        near.wait_log("certificates", loaded + 1, what="loaded")

    def one_file(self) -> Path:
        certificates.replace(self.key, self.key.read_bytes() + self.certificate.read_bytes())
        return self.key

    def test_tickets_outlive_a_change_of_certificates_and_a_signal(self) -> None:
        both = self.one_file()
        near = self.secure_relay(tls_cert=both, tls_key="")
        tickets = {
            (listener, version): self.folder / f"ticket-{listener}{version}"
            for listener in WAYS
            for version in VERSIONS
        }
        for (listener, version), ticket in tickets.items():
            self.assertEqual(self.connects(listener, version, "-sess_out", ticket), "New")
        for _ in range(2):
            self.exchange_certificate(near)
            for (listener, version), ticket in tickets.items():
                with self.subTest(listener=listener, version=version):
                    self.assertEqual(self.connects(listener, version, "-sess_in", ticket), "Reused")
        loaded = len(near.select("certificates", what="loaded"))
        near.signal(signal.SIGHUP)
        near.wait_log("certificates", loaded + 1, what="loaded")
        self.assertEqual(
            self.connects("implicit", "-tls1_3", "-sess_in", tickets["implicit", "-tls1_3"]),
            "Reused",
        )
        self.assertEqual(near.metric("smtp_tls_resumed_total"), 9)

    def test_a_ticket_of_another_listener_is_worth_nothing_after_a_change_either(self) -> None:
        near = self.secure_relay(tls_cert=self.one_file(), tls_key="")
        for version in VERSIONS:
            ticket = self.folder / f"ticket{version}"
            self.assertEqual(self.connects("offer", version, "-sess_out", ticket), "New")
            self.exchange_certificate(near)
            self.assertEqual(self.connects("implicit", version, "-sess_in", ticket), "New")

    def test_alpn_is_smtp_or_a_refusal(self) -> None:
        near = self.secure_relay()
        for listener in WAYS:
            for version in VERSIONS:
                with self.subTest(listener=listener, version=version):
                    for offered in ("smtp", "h2,smtp", "smtp,http/1.1"):
                        said = self.s_client(listener, version, "-alpn", offered)
                        self.assertIn("ALPN protocol: smtp", said)
                        self.assertIn("221 2.0.0", said)
                    said = self.s_client(listener, version)
                    self.assertIn("No ALPN negotiated", said)
                    self.assertIn("221 2.0.0", said)
                    for offered in ("h2", "http/1.1", "h2,http/1.1", "ftp", "smtpx", "smt", "SMTP"):
                        said = self.s_client(listener, version, "-alpn", offered)
                        self.assertIn("SSL alert number 120", said, offered)
                        self.assertNotIn("221 2.0.0", said)
        refused = 7 * len(WAYS) * len(VERSIONS)
        near.wait_metric("smtp_tls_failures_total", lambda n: n == refused, reason="alpn")
