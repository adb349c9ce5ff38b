"""Logins to relayhosts: providers that behave as those of the world do, passwords and tokens."""

import contextlib
import json
import shutil
import signal
import socket
import stat
import tempfile
import unittest
from pathlib import Path
from typing import Iterator

from tests.support import peers
from tests.support.certificates import Authority
from tests.support.client import wait_until
from tests.support.dns_server import DnsServer
from tests.support.login_case import GOOD, SECRET, LoginCase, grant
from tests.support.ports import free_port
from tests.support.provider import KINDS
from tests.support.relay import run


@contextlib.contextmanager
def full_listener(address: str, port: int) -> Iterator[None]:
    """A port whose connections are neither accepted nor refused."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, port), backlog=0))
        stack.enter_context(socket.create_connection(listener.getsockname()))
        yield


def is_connecting(port: int) -> bool:
    """Whether somebody waits for a connection to this port."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    syn_sent = "02"
    return any(
        remote.endswith(f":{port:04X}") and state == syn_sent
        for _, _, remote, state, *_ in map(str.split, lines)
    )


class Passwords(LoginCase):
    def test_each_provider_takes_the_login_that_it_offers(self) -> None:
        wanted = {
            "ses": "PLAIN",
            "microsoft365": "LOGIN",
            "google": "PLAIN",
            "mailgun": "PLAIN",
            "postmark": "CRAM-MD5",
            "exchange": "LOGIN",
        }
        self.assertEqual(set(wanted), set(KINDS))
        for kind, mechanism in wanted.items():
            with self.subTest(kind):
                server = self.provider(kind, passwords={"app": SECRET})
                near = self.by_password(server)
                near.submit("a@client.test", "b@other.test")
                server.wait_messages(1)
                self.assertEqual({one.mechanism for one in server.logins}, {mechanism})
                self.assertTrue(all(one.accepted for one in server.logins))
                near.wait_metric("relayhost_logins_total", lambda n: n > 0, result="ok")
                (line,) = near.wait_log("relayhost_login", what="accepted")[:1]
                self.assertEqual((line["relayhost"], line["mechanism"]), ("default", mechanism))
                self.assert_secret(near)

    def test_a_wrong_password_keeps_the_mail_and_a_new_one_sends_it(self) -> None:
        for kind in KINDS:
            with self.subTest(kind):
                server = self.provider(kind, passwords={"app": "other"})
                near = self.by_password(server)
                near.submit("a@client.test", "b@other.test")
                near.wait_log("deferred", to="b@other.test")
                line = near.wait_log("relayhost_login", what="failed")[0]
                self.assertIn(server.kind.refusal[0][4:], line["response"])
                self.assertIn("KURIR_RELAYHOST_USERNAME", line["advice"])
                near.wait_log("destination_suspended")
                near.wait_metric("relayhost_login_failing", lambda n: n == 1)
                status, told = near.get("/readyz?verbose")
                self.assertEqual(status, 200)
                self.assertIn("login to the relayhost default", told)
                self.assertIn(server.kind.refusal[0][4:20], told)

                (near.folder / "password").write_text("other\n", encoding="utf-8")
                near.signal(signal.SIGHUP)
                server.wait_messages(1, timeout=40)
                near.wait_metric("relayhost_login_failing", lambda n: n == 0)
                self.assertNotIn("login to the relayhost", near.get("/readyz?verbose")[1])
                self.assertEqual(near.select("bounced"), [])
                self.assert_secret(near)

    def test_a_login_that_fails_is_one_probe_at_a_time(self) -> None:
        server = self.provider(passwords={"app": "other"})
        near = self.by_password(server, retry_min="5m")
        near.wait_log("relayhost_check", what="unusable")
        for number in range(30):
            near.submit("a@client.test", f"u{number}@other.test")
        near.wait_log("waiting", count=20)
        # The check at the start, and those connections that were opened before the first was refused.
        self.assertLess(len(server.logins), 10)
        before = len(server.logins)
        near.submit("a@client.test", "last@other.test")
        near.wait_log("waiting", count=21)
        self.assertEqual(len(server.logins), before)
        self.assertEqual(near.select("bounced"), [])

    def test_quotas_told_in_words_are_no_failed_logins(self) -> None:
        for kind, verb, said in (
            ("ses", "MAIL", "454 Throttling failure: Maximum sending rate exceeded."),
            ("ses", ".", "454 Throttling failure: Daily message quota exceeded."),
            ("microsoft365", "MAIL", "432 4.3.2 Concurrent connections limit exceeded."),
            ("google", "AUTH", "454 4.7.0 Too many login attempts, please try again later."),
        ):
            with self.subTest(said):
                server = self.provider(kind, passwords={"app": SECRET})
                near = self.by_password(server)
                server.says[verb] = said
                near.submit("a@client.test", "b@other.test")
                (line,) = near.wait_log("deferred", to="b@other.test")[:1]
                self.assertIn(said, line["response"])
                self.assertEqual(near.select("destination_suspended"), [])
                del server.says[verb]
                server.wait_messages(1, timeout=60)

    def test_a_credential_goes_to_its_relayhost_alone(self) -> None:
        ses = self.provider(passwords={"app": SECRET})
        hub = self.remote({"extensions": ["AUTH PLAIN LOGIN", "8BITMIME"]})
        usual = self.remote({"extensions": ["AUTH PLAIN LOGIN", "8BITMIME"]})
        near = self.relay(
            usual,
            relayhost_ses=f"127.0.0.1:{ses.port}",
            relayhost_ses_username="app",
            relayhost_ses_password=SECRET,
            relayhost_ses_auth_insecure="on",
            routes=f"to=ses.test -> ses; to=hub.test -> 127.0.0.1:{hub.port}",
        )
        near.submit("a@client.test", ["b@ses.test", "b@hub.test", "b@other.test"])
        ses.wait_messages(1)
        hub.wait_delivered(1)  # neither server objected to an AUTH
        usual.wait_delivered(1)
        self.assertEqual(near.metric("relayhost_logins_total", relayhost="ses", result="ok"), 2)
        self.assert_secret(near)

    def test_nothing_is_shown_in_clear_by_default(self) -> None:
        server = self.provider(passwords={"app": SECRET})
        near = self.by_password(server, relayhost_auth_insecure="off")
        near.submit("a@client.test", "b@other.test")
        line = near.wait_log("relayhost_login", what="failed")[0]
        self.assertIn("without TLS", line["response"])
        self.assertIn("KURIR_RELAYHOST_AUTH_INSECURE", line["advice"])
        self.assertEqual(server.logins, [])


class Tokens(LoginCase):
    def test_a_token_is_fetched_and_used(self) -> None:
        for kind, mechanism in (("microsoft365", "XOAUTH2"), ("google", "OAUTHBEARER")):
            with self.subTest(kind):
                server = self.provider(kind, tokens={"app": "t1"})
                tokens = self.token_server(lambda form: (200, grant("t1")))
                near = self.by_token(server, tokens, relayhost_oauth_scope="mail/.default")
                for number in range(3):
                    near.submit("a@client.test", f"u{number}@other.test")
                server.wait_messages(3)
                self.assertEqual({one.mechanism for one in server.logins}, {mechanism})
                self.assertEqual(len(tokens.forms), 1)
                self.assertEqual(
                    tokens.forms[0],
                    {
                        "grant_type": "client_credentials",
                        "client_id": "kurir",
                        "client_secret": SECRET,
                        "scope": "mail/.default",
                    },
                )
                self.assertGreater(near.metric("relayhost_token_expiry_timestamp_seconds"), 0)
                self.assert_secret(near, '"t1"', "Bearer")

    def test_a_refused_token_is_fetched_anew_once(self) -> None:
        server = self.provider("microsoft365", tokens={"app": "t2"})
        given = iter(("t1", "t2", "t3", "t4", "t5"))
        tokens = self.token_server(lambda form: (200, grant(next(given))))
        near = self.by_token(server, tokens, connection_messages=1)
        near.submit("a@client.test", "b@other.test")
        server.wait_messages(1)
        self.assertEqual(len(tokens.forms), 2)

        # Now none is good: one more is asked for, and no further one.
        server.tokens.clear()
        near.submit("a@client.test", "c@other.test")
        near.wait_log("relayhost_login", what="failed")
        near.wait_log("deferred", to="c@other.test")
        self.assertLessEqual(len(tokens.forms), 3)
        self.assertEqual(near.select("bounced"), [])

    def test_a_rotated_refresh_token_survives_a_restart(self) -> None:
        server = self.provider("google", tokens={"app": "t"})

        def answer(form: dict[str, str]) -> tuple[int, dict]:
            number = int(form["refresh_token"].removeprefix("refresh-"))
            return 200, grant("t", refresh_token=f"refresh-{number + 1}")

        tokens = self.token_server(answer)
        near = self.by_token(server, tokens, relayhost_oauth_refresh_token="refresh-1")
        near.submit("a@client.test", "b@other.test")
        server.wait_messages(1)
        (kept,) = near.queue_dir.glob("oauth-*.json")
        self.assertEqual(stat.S_IMODE(kept.stat().st_mode), 0o600)
        self.assertEqual(json.loads(kept.read_text())["refresh_token"], "refresh-2")
        near.restart()
        near.submit("a@client.test", "c@other.test")
        server.wait_messages(2)
        self.assertEqual(
            [form["refresh_token"] for form in tokens.forms], ["refresh-1", "refresh-2"]
        )
        self.assert_secret(near, "refresh-1", "refresh-2", "refresh-3")

    def test_a_token_server_must_have_a_certificate_that_is_trusted(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        authority = Authority(folder)
        server = self.provider("google", tokens={"app": "t"})
        tokens = self.token_server(lambda form: (200, grant("t")), authority.issue("login"))
        stranger = self.by_token(server, tokens)
        stranger.submit("a@client.test", "b@other.test")
        (line,) = stranger.wait_log("deferred", to="b@other.test")[:1]
        self.assertIn("no TLS", line["response"])
        self.assertEqual(tokens.forms, [])  # and so no secret

        near = self.by_token(server, tokens, {"SSL_CERT_FILE": str(authority.file)})
        near.submit("a@client.test", "b@other.test")
        server.wait_messages(1)
        self.assertEqual(len(tokens.forms), 1)

    def test_a_token_server_that_lies_keeps_the_mail(self) -> None:
        for name, answer in (
            ("HTML", (200, b"<html>Sign in</html>")),
            ("wrong types", (200, {"access_token": 7, "expires_in": []})),
            ("no secret is right", (401, {"error": "invalid_client", "error_description": SECRET})),
            ("withdrawn", (400, {"error": "invalid_grant"})),
            ("down", (503, {"error": "temporarily_unavailable"})),
        ):
            with self.subTest(name):
                server = self.provider("microsoft365", tokens={"app": "t"})
                tokens = self.token_server(lambda form, said=answer: said)
                near = self.by_token(server, tokens)
                near.submit("a@client.test", "b@other.test")
                near.wait_log("relayhost_token")
                (line,) = near.wait_log("deferred", to="b@other.test")[:1]
                self.assertIn("no token", line["response"])
                self.assertEqual(near.select("bounced"), [])
                near.wait_metric("relayhost_token_failure_timestamp_seconds", lambda n: n > 0)
                self.assertIn("no token", near.get("/readyz?verbose")[1])
                self.assert_secret(near)

                # It has come to its senses; so has the operator.
                tokens.answer = lambda form: (200, grant("t"))
                near.restart()
                server.wait_messages(1, timeout=40)


class Check(LoginCase):
    def test_it_says_each_step(self) -> None:
        server = self.provider(passwords={"app": SECRET})
        settings = GOOD | {
            "relayhost": f"127.0.0.1:{server.port}",
            "relayhost_username": "app",
            "relayhost_password": SECRET,
            "relayhost_auth_insecure": "on",
        }
        for name in ((), ("default",), ("DEFAULT",)):
            result = run("relayhost", "check", *name, **settings)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            for step in ("found", "connected", "greeted", "introduced", "logged in", "as app"):
                self.assertIn(step, result.stdout)
            self.assertIn(" ms", result.stdout)
            self.assertNotIn(SECRET, result.stdout + result.stderr)
        self.assertEqual(server.messages, [])

        server.passwords.clear()
        result = run("relayhost", "check", **settings)
        self.assertEqual(result.returncode, 1)
        self.assertIn("FAILED: 535 Authentication Credentials Invalid", result.stdout)
        self.assertIn("KURIR_RELAYHOST_PASSWORD", result.stdout)

    def test_its_status_says_what_is_wrong(self) -> None:
        self.assertEqual(run("relayhost", "check", **GOOD).returncode, 64)
        settings = GOOD | {"relayhost_ses": "127.0.0.1:1", "routes": "to=x.test -> ses"}
        unknown = run("relayhost", "check", "sse", **settings)
        self.assertEqual(unknown.returncode, 64)
        self.assertIn("did you mean ses?", unknown.stderr)
        refused = run("relayhost", "check", "SES", **settings)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("FAILED: no connection", refused.stdout)
        wrong = run("relayhost", "check", **(GOOD | {"relayhost_pasword": SECRET}))
        self.assertEqual(wrong.returncode, 78)
        self.assertIn("did you mean KURIR_RELAYHOST_PASSWORD?", wrong.stderr)
        self.assertNotIn(SECRET, wrong.stderr)
        self.assertEqual(run("relayhost", **GOOD).returncode, 64)

    def test_it_looks_for_the_addresses_of_the_wanted_family_alone(self) -> None:
        names = self.enterContext(DnsServer("hub.test 60 A 127.0.0.1\nhub.test 60 AAAA ::1"))
        for family, found, not_found in (
            ("ipv4", "127.0.0.1", "::1"),
            ("ipv6", "::1", "127.0.0.1"),
        ):
            settings = GOOD | {"dns_servers": names.address, "ip_family": family}
            result = run("relayhost", "check", relayhost="hub.test:1", **settings)
            self.assertIn(found, result.stdout)
            self.assertNotIn(not_found, result.stdout)

    def test_a_relay_starts_whatever_the_check_says(self) -> None:
        server = self.provider(passwords={})
        near = self.by_password(server)
        (line,) = near.wait_log("relayhost_check")
        self.assertEqual(line["what"], "unusable")
        self.assertIn("535", line["error"])
        self.assertTrue(near.ready())

    def test_a_shutdown_waits_for_no_address_and_no_other_relayhost(self) -> None:
        addresses = ("127.0.0.1", "127.0.0.2")
        port = free_port()
        for address in addresses:
            self.enterContext(full_listener(address, port))
        other = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        other.setblocking(False)
        zone = "\n".join(f"hub.test 60 A {each}" for each in addresses)
        names = self.enterContext(DnsServer(zone))
        login = {"username": "app", "password": SECRET}
        near = self.relay(
            dns_servers=names.address,
            remote_connect_timeout="5m",
            relayhost_a=f"hub.test:{port}",
            relayhost_b=f"127.0.0.1:{other.getsockname()[1]}",
            routes="to=a.test -> a; to=b.test -> b",
            **{f"relayhost_{name}_{key}": login[key] for name in "ab" for key in login},
        )
        self.assert_soon(lambda: is_connecting(port))
        near.stop()
        self.assertEqual(near.select("relayhost_check"), [])
        with self.assertRaises(BlockingIOError):
            other.accept()


class PostfixProvider(peers.Postfix):
    """Takes mail only after a login."""

    settings = {
        "mynetworks": "",
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_local_domain": "postfix.test",
        "cyrus_sasl_config_path": "/etc/postfix/sasl",
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
        "smtpd_recipient_restrictions": "permit_sasl_authenticated, reject",
    }
    command = (
        "/bin/sh",
        "-c",
        "printf %s secret | saslpasswd2 -p -c -f /etc/sasldb2 -u postfix.test app && "
        "chown postfix /etc/sasldb2 && " + peers.Postfix.command[2],
    )
    mechanisms = "PLAIN LOGIN"

    def configure(self) -> None:
        super().configure()
        self.write(
            "etc/postfix/sasl/smtpd.conf",
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: /etc/sasldb2\n"
            f"mech_list: {self.mechanisms}\n",
        )
        tool = self.folder / "files/usr/sbin/saslpasswd2"
        tool.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(peers.unpacked("sasl2-bin") / "usr/sbin/saslpasswd2", tool)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class Postfix(LoginCase):
    def test_a_postfix_that_wants_a_login_gets_one(self) -> None:
        text = b"From: a@client.test\r\nSubject: to a provider\r\n\r\nA line.\r\n"
        for mechanism in ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"):
            with self.subTest(mechanism):
                kind = type("One", (PostfixProvider,), {"mechanisms": mechanism})
                with kind() as peer:
                    settings = {
                        "relayhost": f"127.0.0.1:{peer.port}",
                        "relayhost_username": "app",
                        "relayhost_auth_insecure": "on",
                    }
                    near = self.relay(**settings, relayhost_password="secret")
                    near.submit("a@client.test", "box@postfix.test", text)
                    wait_until(lambda: len(peer.messages()) == 1, 30)
                    self.assertEqual(len(peer.messages()), 1, peer.log() + near.tail())
                    (line,) = near.wait_log("relayhost_login", what="accepted")
                    self.assertEqual(line["mechanism"], mechanism)

                    wrong = self.relay(**settings, relayhost_password="other")
                    wrong.submit("a@client.test", "box@postfix.test", text)
                    line = wrong.wait_log("relayhost_login", what="failed")[0]
                    self.assertIn("535 5.7.8", line["response"])
                    wrong.wait_log("deferred", to="box@postfix.test")
