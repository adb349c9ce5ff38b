"""What `kurir relayhost check` says when it comes to a stop: how far it came, and what to do."""

from tests.support.login_case import GOOD, SECRET, LoginCase
from tests.support.provider import Provider
from tests.support.relay import run
from tests.support.secured_case import SecuredCase

SWITCHED_OFF = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
    "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."
)


class Stops(SecuredCase, LoginCase):
    def secured(self, **options: object) -> Provider:
        pair = self.ca.issue("provider.test")
        return self.provider("microsoft365", certificate=pair, passwords={"app": SECRET}, **options)

    def check(self, server: Provider, scheme: str, **settings: object) -> list[str]:
        """The lines that it prints, of which one is that it failed."""
        settings = (
            GOOD
            | {
                "relayhost": f"{scheme}127.0.0.1:{server.port}",
                "relayhost_username": "app",
                "relayhost_password": SECRET,
                "tls_ca": self.ca.file,
            }
            | settings
        )
        result = run("relayhost", "check", **settings)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertNotIn(SECRET, result.stdout)
        return result.stdout.splitlines()

    def assert_steps(self, lines: list[str], *steps: str) -> None:
        told = [line.split()[0] for line in lines[1:] if " ms " in line]
        self.assertEqual(told, list(steps), lines)

    def test_a_login_that_is_refused_comes_after_the_steps_that_were_not(self) -> None:
        for scheme, implicit in (("smtp+starttls://", False), ("smtps://", True)):
            with self.subTest(scheme):
                server = self.secured(implicit=implicit)
                server.says["AUTH"] = SWITCHED_OFF
                lines = self.check(server, scheme)
                self.assert_steps(lines, "found", "connected", "greeted", "introduced")
                self.assertIn("secured by TLSv1.3", lines[4])
                self.assertIn(f"FAILED: {SWITCHED_OFF}", lines[5])
                self.assertIn("switched this kind of login off", lines[6])

    def test_a_port_that_begins_with_tls_needs_its_scheme(self) -> None:
        lines = self.check(self.secured(implicit=True), "smtp://", remote_greeting_timeout="1s")
        self.assert_steps(lines, "found", "connected")
        self.assertIn("smtps://", lines[-1])

    def test_a_port_that_does_not_begin_with_tls_has_another_scheme(self) -> None:
        lines = self.check(self.secured(), "smtps://")
        self.assert_steps(lines, "found", "connected")
        self.assertIn("smtp+starttls://", lines[-1])

    def test_a_server_that_offers_no_tls_has_greeted(self) -> None:
        lines = self.check(self.provider("postmark", passwords={"app": SECRET}), "smtp+starttls://")
        self.assert_steps(lines, "found", "connected", "greeted")
