"""Real servers configured as providers are: no mail without TLS and a login."""

import unittest
from pathlib import Path

from tests.integration.relayhost_login_test import PostfixProvider
from tests.integration.remote_tls_test import TlsExim, with_pair
from tests.support import peers
from tests.support.client import wait_until
from tests.support.login_case import GOOD
from tests.support.relay import Relay, run
from tests.support.secured_case import SecuredCase

MESSAGE = b"From: a@client.test\r\nSubject: to a provider\r\n\r\nA line.\r\n"


class SecurePostfix(PostfixProvider):
    settings = PostfixProvider.settings | {
        "smtpd_tls_security_level": "encrypt",
        "smtpd_tls_auth_only": "yes",
        "smtpd_tls_cert_file": "/etc/peer.pem",
        "smtpd_tls_key_file": "/etc/peer.key",
        "broken_sasl_auth_clients": "yes",  # AUTH=… beside AUTH …
    }
    mechanisms = "PLAIN LOGIN SCRAM-SHA-256"
    strongest = "SCRAM-SHA-256"


class SecureExim(TlsExim):
    strongest = "PLAIN"

    def configure(self) -> None:
        super().configure()
        file = self.folder / "files/etc/exim4/exim4.conf"
        text = file.read_text()
        closed = "known:\n  deny\n    message = authentication required\n    !authenticated = *\n"
        file.write_text(
            text.replace("known:\n", closed, 1)
            + """
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{app}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if def:tls_in_cipher}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${if eq{$auth1}{app}{secret}fail}
  server_set_id = $auth1
  server_advertise_condition = ${if def:tls_in_cipher}
"""
        )


class ProviderCases:
    kind: type[peers.Peer]

    def far(self, pair: tuple[Path, Path]) -> peers.Peer:
        made = self.kind()
        with_pair(made, *pair)
        return self.enterContext(made)

    def login(self, far: peers.Peer, password: str = "secret") -> dict[str, object]:
        return {
            "relayhost": f"smtp+starttls://127.0.0.1:{far.port}",
            "relayhost_username": "app",
            "relayhost_password": password,
            "tls_ca": self.ca.file,
        }

    def send(self, far: peers.Peer, **settings: object) -> Relay:
        near = self.relay(**settings)
        near.submit("a@client.test", f"box@{far.domain}", MESSAGE)
        return near

    def test_mail_goes_under_tls_after_a_login(self) -> None:
        far = self.far(self.ca.issue("good"))
        near = self.send(far, **self.login(far))
        self.assertTrue(wait_until(lambda: len(far.messages()) == 1, 30), far.log() + near.tail())
        (line,) = near.wait_log("relayhost_login", what="accepted")
        self.assertEqual(line["mechanism"], self.kind.strongest)
        (line,) = near.wait_log("attempt", delivered=1)
        self.assertEqual(line["certificate"], "valid")
        checked = run("relayhost", "check", **(GOOD | self.login(far)))
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_a_wrong_password_bounces_nothing(self) -> None:
        far = self.far(self.ca.issue("good"))
        near = self.send(far, **self.login(far, "other"))
        line = near.wait_log("relayhost_login", what="failed")[0]
        self.assertTrue(line["response"].startswith("535"), line)
        near.wait_log("deferred", to=f"box@{far.domain}")
        self.assertEqual(near.select("bounced"), [])

    def test_a_certificate_that_has_expired_gets_no_password(self) -> None:
        far = self.far(self.ca.issue("old", days=-1))
        self.assert_waits(self.send(far, **self.login(far)), far)

    def assert_waits(self, near: Relay, far: peers.Peer) -> None:
        near.wait_log("deferred", to=f"box@{far.domain}")
        self.assertEqual(near.select("bounced"), [])
        self.assertEqual(far.messages(), [])


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class WithPostfix(ProviderCases, SecuredCase):
    kind = SecurePostfix

    def test_without_tls_and_a_login_mail_waits(self) -> None:
        far = self.far(self.ca.issue("good"))
        near = self.send(far, relayhost=f"127.0.0.1:{far.port}", relayhost_tls="off")
        self.assert_waits(near, far)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class WithExim(ProviderCases, SecuredCase):
    kind = SecureExim
