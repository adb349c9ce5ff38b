"""`kurir send-test`: every step, the reply, and what it means, with Postfix and with scripted servers."""

import json
import unittest

from tests.integration.remote_tls_test import with_pair
from tests.integration.provider_peers_test import SecurePostfix
from tests.support import peers
from tests.support.client import wait_until
from tests.support.dkim_keys import DkimKeys
from tests.support.local_names import LocalNames
from tests.support.login_case import GOOD
from tests.support.relay import run
from tests.support.secured_case import SecuredCase

FROM = "app@a.test"


class SendTestCase(SecuredCase):
    def send(
        self, to: str, *arguments: str, status: int = 0, **settings: object
    ) -> tuple[list[str], dict]:
        """The names of its steps, and the last line."""
        settings = GOOD | {"prohibited_networks": "none"} | settings
        done = run(
            "send-test", "--json", "--to", to, "--from", FROM, *arguments, timeout=60, **settings
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[0]["step"], "begin")
        self.assertEqual(lines[-1]["step"], "end")
        return [line["step"] for line in lines[1:-1]], lines[-1]


class Replies(SendTestCase):
    def test_what_a_refusal_means(self) -> None:
        cases = {
            "550 5.1.1 No such user": ("failed", "bounce", "address right"),
            "450 4.2.0 Greylisted, try again": ("deferred", "tried again", ""),
            "554 5.7.1 Relay access denied": ("failed", "bounce", "only from those it knows"),
        }
        for said, (result, *parts) in cases.items():
            with self.subTest(said):
                far = self.remote({"rules": [{"at": "rcpt", "reply": said}]})
                steps, end = self.send("b@b.test", status=1, relayhost=f"127.0.0.1:{far.port}")
                self.assertEqual(steps, ["found", "connected", "greeted", "introduced", "MAIL"])
                self.assertEqual((end["result"], end["reply"]), (result, said))
                for part in parts:
                    self.assertIn(part, end["meaning"])

    def test_a_route_by_rules_and_by_name(self) -> None:
        one, two = self.remote(), self.remote()
        settings = {
            "relayhost_one": f"127.0.0.1:{one.port}",
            "relayhost_two": f"127.0.0.1:{two.port}",
            "routes": "to=b.test -> one",
        }
        self.send("b@b.test", **settings)
        self.send("b@b.test", "--route", "TWO", **settings)
        self.assertEqual((len(one.messages), len(two.messages)), (1, 1))
        unknown = run("send-test", "--to", "b@b.test", "--route", "twoo", **(GOOD | settings))
        self.assertEqual(unknown.returncode, 64)
        self.assertIn("did you mean two?", unknown.stderr)

    def test_a_rule_that_ends_the_mail(self) -> None:
        steps, end = self.send("b@b.test", status=1, routes="to=b.test -> discard")
        self.assertEqual((steps, end["result"]), ([], "discarded"))
        self.assertIn("nothing was sent", end["meaning"])

    def test_nobody_listens(self) -> None:
        steps, end = self.send("b@b.test", status=1, relayhost="127.0.0.1:1")
        self.assertEqual((steps, end["result"]), (["found"], "deferred"))
        self.assertIn("firewall", end["meaning"])

    def test_staging_keeps_strangers_out(self) -> None:
        far = self.remote()
        settings = {"relayhost": f"127.0.0.1:{far.port}"}
        self.send("b@b.test", redirect_all_to="me@a.test", **settings)
        self.assertIn("me@a.test", str(far.messages[0].recipients))
        done = run("send-test", "--to", "b@b.test", **(GOOD | settings | {"capture": "on"}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("KURIR_CAPTURE", done.stderr)

    def test_mistakes_of_its_user(self) -> None:
        self.assertEqual(run("send-test", **GOOD).returncode, 64)
        self.assertEqual(run("send-test", "--to", "nobody", **GOOD).returncode, 64)
        self.assertEqual(run("send-test", "--to", "a@b.test", "--from", "x", **GOOD).returncode, 64)
        wrong = GOOD | {"retry_min": "5"}
        self.assertEqual(run("send-test", "--to", "a@b.test", **wrong).returncode, 78)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class WithPostfix(SendTestCase):
    def test_by_mx_and_signed(self) -> None:
        keys = DkimKeys(self.folder / "keys")
        keys.folder.mkdir()
        keys.generate("a.test", "r")
        names = self.enterContext(
            LocalNames("postfix.test. 60 MX 10 mx.postfix.test.", "mx.postfix.test. 60 A 127.0.0.1")
        )
        with peers.Postfix() as far:
            settings = {
                "dns_servers": names.address,
                "remote_port": far.port,
                "dkim_key_dir": keys.folder,
            }
            steps, end = self.send("box@postfix.test", **settings)
            self.assertEqual(
                steps,
                ["signed", "found", "connected", "greeted", "introduced"]
                + ["MAIL", "RCPT", "DATA", "accepted"],
            )
            self.assertEqual(end["result"], "accepted")
            self.assertIn("queued as", end["reply"])
            self.assertTrue(wait_until(lambda: len(far.messages()) == 1, 30), far.log())
            said = keys.verdicts(as_sent(far.messages()[0]))
            for verifier, verdicts in said.items():
                self.assertEqual(verdicts, [[("rsa-sha256", "pass")]], verifier)

            steps, end = self.send("nobody@postfix.test", status=1, **settings)
            self.assertEqual(end["result"], "failed")
            self.assertIn("5.1.1", end["status"])
            self.assertIn("address right", end["meaning"])

    def test_over_tls_with_a_login(self) -> None:
        far = SecurePostfix()
        with_pair(far, *self.ca.issue("good"))
        with far:
            login = {
                "relayhost": f"smtp+starttls://127.0.0.1:{far.port}",
                "relayhost_username": "app",
                "tls_ca": self.ca.file,
            }
            steps, end = self.send("box@postfix.test", relayhost_password="secret", **login)
            self.assertEqual(
                steps,
                ["found", "connected", "greeted", "introduced", "secured", "logged in"]
                + ["MAIL", "RCPT", "DATA", "accepted"],
            )
            self.assertTrue(wait_until(lambda: len(far.messages()) == 1, 30), far.log())
            steps, end = self.send(
                "box@postfix.test", status=1, relayhost_password="other", **login
            )
            self.assertEqual(steps[-1], "secured")
            self.assertEqual(end["result"], "deferred")
            self.assertIn("kurir relayhost check", end["meaning"])
            self.assertIn("KURIR_RELAYHOST_PASSWORD", end["meaning"])


def as_sent(stored: bytes) -> bytes:
    """What a Maildir has, with the line ends of SMTP."""
    return stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
