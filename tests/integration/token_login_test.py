"""Logins by token (OAUTHBEARER, XOAUTH2): real clients, wrong tokens, and where the keys come from."""

import base64
import json
import os
import signal
import time

from tests.integration.auth_test import AuthCase, found_by_fail2ban, hashed, plain
from tests.support import java
from tests.support.case import MESSAGE
from tests.support.relay import Relay, run
from tests.support.tls_client import TlsClient
from tests.support.token_issuer import AUDIENCE, ISSUER, SigningKey, key_set
from tests.support.token_server import TokenServer

NODEMAILER = """
const nodemailer = require("nodemailer");
const env = process.env;
nodemailer
  .createTransport({
    host: "127.0.0.1",
    port: Number(env.SMTP_PORT),
    name: "client.test",
    auth: { type: "OAuth2", user: "ann", accessToken: env.TOKEN },
    tls: { servername: "relay.test" },
  })
  .sendMail({ from: "a@client.test", to: "b@remote.test", subject: "x", text: "y" })
  .then(() => {}, (error) => { console.log(error.message); process.exit(1); });
"""


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def xoauth2(user: str, token: str) -> str:
    return "AUTH XOAUTH2 " + encoded(f"user={user}\1auth=Bearer {token}\1\1")


def oauthbearer(user: str, token: str) -> str:
    name = f"a={user}" if user else ""
    said = f"n,{name},\1host=relay.test\1port=587\1auth=Bearer {token}\1\1"
    return "AUTH OAUTHBEARER " + encoded(said)


class TokenCase(AuthCase):
    """An issuer with one key, and a relay that takes its tokens."""

    def setUp(self) -> None:
        super().setUp()
        self.key_file = self.folder / "keys.json"
        self.signing = SigningKey("one")
        self.publish(self.signing)

    def publish(self, *keys: SigningKey) -> None:
        """As who is careful replaces a file."""
        new = self.folder / "keys.new"
        new.write_text(json.dumps(key_set(*keys)))
        os.replace(new, self.key_file)

    def token_relay(self, *users: str, **settings: object) -> Relay:
        usual = {
            "oauth_jwks": self.key_file,
            "oauth_issuer": ISSUER,
            "oauth_audience": f"other, {AUDIENCE}",
        }
        return self.relay_for(*users, **(usual | settings))

    def refused(self, client: TlsClient, line: str) -> dict:
        """A login that is refused. What the client hears before the reply."""
        said = client.ask(line, 334)
        self.assertIn("5.7.8", str(client.ask("", 535)))
        return json.loads(base64.b64decode(said.lines[0]))

    def log_in(self, token: str, user: str = "ann") -> None:
        self.client().ask(xoauth2(user, token), 235)


class RealClients(TokenCase):
    def setUp(self) -> None:
        super().setUp()
        self.far = self.remote()
        self.near = self.token_relay(remote=self.far)

    def assert_came(self, **mechanisms: int) -> None:
        self.far.wait_delivered(sum(mechanisms.values()))
        for mechanism, count in mechanisms.items():
            self.assertEqual(self.logins(self.near, "succeeded", mechanism.upper()), count)
        for line in self.near.wait_log("received", sum(mechanisms.values())):
            self.assertEqual(line["user"], "ann")

    def test_curl(self) -> None:
        mail = self.folder / "mail"
        mail.write_bytes(MESSAGE)
        for listener in ("require", "offer"):
            port = self.ports[listener]
            self.run_client(
                *("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.ca.file),
                *(
                    "--resolve",
                    f"relay.test:{port}:127.0.0.1",
                    "--url",
                    f"smtp://relay.test:{port}",
                ),
                *("--user", "ann", "--oauth2-bearer", self.signing.token()),
                *("--mail-from", "a@client.test", "--mail-rcpt", "b@remote.test"),
                *("--upload-file", mail),
            )
        self.assert_came(oauthbearer=2)

    def test_msmtp(self) -> None:
        config = self.folder / "msmtprc"
        for mechanism, listener in (("oauthbearer", "require"), ("xoauth2", "implicit")):
            starttls = "off" if listener == "implicit" else "on"
            config.write_text(
                "account default\nhost localhost\ndomain client.test\nfrom a@client.test\n"
                f"port {self.ports[listener]}\ntls on\ntls_starttls {starttls}\n"
                f"tls_certcheck off\nauth {mechanism}\nuser ann\n"
                f'passwordeval "echo {self.signing.token()}"\n'
            )
            config.chmod(0o600)
            self.run_client("msmtp", "-C", config, "b@remote.test", input=MESSAGE.decode())
        self.assert_came(oauthbearer=1, xoauth2=1)

    def test_nodemailer(self) -> None:
        program = self.folder / "mail.js"
        program.write_text(NODEMAILER)
        ours = {
            "NODE_PATH": "/usr/share/nodejs",
            "NODE_EXTRA_CA_CERTS": str(self.ca.file),
            "SMTP_PORT": str(self.ports["require"]),
            "TOKEN": self.signing.token(),
        }
        self.run_client("node", program, env=os.environ | ours)
        self.assert_came(xoauth2=1)

    def test_javamail(self) -> None:
        ours = {
            "SMTP_AUTHENTICATION": "XOAUTH2",
            "SMTP_USERNAME": "ann",
            "SMTP_PASSWORD": self.signing.token(),
            "MAIL_TO": "b@remote.test",
        } | java.trusting(self.ca.file, self.folder)
        for secure, listener in (("starttls", "require"), ("implicit", "implicit")):
            there = {"SMTP_SECURE": secure, "SMTP_PORT": str(self.ports[listener])}
            self.run_client(*java.JAVA_MAIL, env=os.environ | ours | there)
        self.assert_came(xoauth2=2)


class Tokens(TokenCase):
    def test_every_kind_of_key(self) -> None:
        keys = [SigningKey(kind, kind) for kind in ("RS256", "ES256", "EdDSA")]
        self.publish(*keys)
        near = self.token_relay()
        self.assertEqual(near.metric("smtp_token_keys"), 3)
        for key in keys:
            self.log_in(key.token())
            self.client().ask(oauthbearer("ann", key.token()), 235)
        line = near.wait_log("login", 6)[-1]
        self.assertEqual((line["user"], line["mechanism"]), ("ann", "OAUTHBEARER"))

    def test_only_what_can_succeed_is_offered(self) -> None:
        near = self.token_relay(hashed("ann"))
        self.assertIn("AUTH PLAIN LOGIN OAUTHBEARER XOAUTH2", str(self.client().ask("EHLO c", 250)))
        clear = TlsClient.greeted(self.ports["offer"])
        self.addCleanup(clear.close)
        self.assertNotIn("AUTH", str(clear.ask("EHLO client.test", 250)))
        clear.ask(xoauth2("ann", self.signing.token()), 538)
        self.client().ask("AUTH PLAIN " + plain("ann"), 235)
        self.assertEqual(near.metric("smtp_logins_total", mechanism="XOAUTH2"), 0)

    def test_the_claim_is_the_name(self) -> None:
        far, news = self.remote(), self.remote()
        near = self.token_relay(
            remote=far,
            oauth_claim="email",
            relayhost_news=f"127.0.0.1:{news.port}",
            routes="user=bob@a.test -> news",
            permissions="user:bob@a.test from=@a.test",
        )
        client = self.client("implicit")
        client.ask(oauthbearer("", self.signing.token("0815", email="bob@a.test")), 235)
        client.ask("MAIL FROM:<ann@client.test>", 550)
        self.assertEqual(
            client.mail("bob@a.test", ["b@remote.test"], b"From: bob@a.test\r\n\r\nx\r\n").code, 250
        )
        news.wait_delivered(1)
        self.assertEqual(near.wait_log("received")[0]["user"], "bob@a.test")
        self.refused(self.client(), oauthbearer("", self.signing.token("ann")))
        self.assertEqual(near.wait_log("login_failed")[0]["token"], "user")

    def test_wrong_tokens(self) -> None:
        near = self.token_relay()
        good = self.signing.token()
        header, _, signature = good.split(".")
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "bob", "exp": now + 600}
        forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        cases = {
            "expired": (xoauth2, self.signing.token(exp=now - 120)),
            "audience": (oauthbearer, self.signing.token(aud=["kurir2", "kuri"])),
            "signature": (xoauth2, f"{header}.{forged}.{signature}"),
        }
        client = self.client()
        for fault, (line, token) in cases.items():
            said = self.refused(client, line("ann", token))
            self.assertEqual(said["status"], "invalid_token" if line is oauthbearer else "401")
            self.assertEqual(near.wait_log("login_failed", token=fault)[0]["reason"], "wrong")
        client.ask(xoauth2("ann", good), 235)
        self.assertNotIn(good.split(".")[1], str(near.tail(1000)))

    def test_a_failure_counts_however_the_client_takes_it(self) -> None:
        near = self.token_relay()
        bad = self.signing.token("bob")
        cancelled = self.client()
        cancelled.ask(xoauth2("ann", bad), 334)
        cancelled.ask("*", 501)
        cancelled.ask(oauthbearer("ann", bad), 334)
        cancelled.close()
        near.wait_metric("smtp_logins_total", lambda n: n == 1, mechanism="OAUTHBEARER")
        self.assertEqual(near.metric("smtp_logins_total"), 2)
        self.assertEqual(self.logins(near, "wrong", "XOAUTH2"), 1)
        lines = near.wait_log("login_failed", 2)
        found = found_by_fail2ban(
            self.folder, [json.dumps(line, separators=(",", ":")) for line in lines]
        )
        self.assertEqual(found, ["127.0.0.1"] * 2)

    def test_what_is_no_token(self) -> None:
        self.token_relay()
        client = self.client()
        for said in ("", "user=ann\1\1", "user=ann\1auth=Basic x\1\1", "n,,\1auth=Bearer x\1\1"):
            client.ask("AUTH XOAUTH2 " + (encoded(said) or "="), 501)
        client.ask("AUTH XOAUTH2", 334)
        client.ask(xoauth2("ann", self.signing.token()).split()[-1], 235)

    def test_a_long_token(self) -> None:
        self.token_relay()
        self.log_in(self.signing.token(groups=["g" * 40] * 80))
        self.refused(self.client(), xoauth2("ann", self.signing.token(groups=["g" * 40] * 150)))


class KeysInAFile(TokenCase):
    def test_another_file_is_seen(self) -> None:
        near = self.token_relay()
        old, new = self.signing, SigningKey("two")
        self.log_in(old.token())
        self.publish(new)
        near.wait_log("token_keys", what="loaded")
        self.log_in(new.token())
        self.refused(self.client(), xoauth2("ann", old.token()))
        self.assertEqual(near.wait_log("login_failed")[0]["token"], "unknown_key")

    def test_a_bad_file_changes_nothing(self) -> None:
        near = self.token_relay()
        self.key_file.write_text('{"keys": [')
        line = near.wait_log("token_keys", what="reload_failed")[0]
        self.assertIn("KURIR_OAUTH_JWKS", line["problem"])
        self.log_in(self.signing.token())
        self.assertIn("KURIR_OAUTH_JWKS", near.get("/readyz?verbose")[1])
        self.assertEqual(near.metric("reload_failing", what="token_keys"), 1)
        self.publish(self.signing)
        near.wait_metric("reload_failing", lambda n: n == 0, what="token_keys")

    def test_what_is_wrong_at_the_start(self) -> None:
        self.key_file.write_text("[]")
        good = {
            "oauth_jwks": self.key_file,
            "oauth_issuer": ISSUER,
            "oauth_audience": AUDIENCE,
            "tls_cert": self.certificate,
            "tls_key": self.key,
        }
        cases = (
            ({}, "is no set of JSON Web Keys"),
            ({"oauth_jwks": self.folder / "none"}, "can't be read"),
            ({"oauth_jwks": self.folder}, "is no file"),
            ({"oauth_issuer": None}, "KURIR_OAUTH_ISSUER is not"),
            ({"oauth_audience": None}, "KURIR_OAUTH_AUDIENCE is not"),
            ({"oauth_jwks": "http://login.test/keys"}, "in clear"),
            ({"oauth_jwks": "ftp://login.test/keys"}, "neither a file nor an https URL"),
        )
        for settings, words in cases:
            with self.subTest(words):
                wanted = {key: value for key, value in (good | settings).items() if value}
                done = run("check-config", **wanted)
                self.assertEqual(done.returncode, 78)
                self.assertIn("KURIR_OAUTH_JWKS", done.stdout + done.stderr)
                self.assertIn(words, done.stdout + done.stderr)


class KeysFromAUrl(TokenCase):
    def setUp(self) -> None:
        super().setUp()
        self.published: list = [200, key_set(self.signing)]
        pair = self.ca.issue("login.test")
        self.server = TokenServer(lambda _: tuple(self.published), pair)
        self.server.start()
        self.addCleanup(self.server.stop)
        self.url = self.server.url.replace("/token", "/keys?secret=hush")

    def test_the_keys_change(self) -> None:
        near = self.token_relay(oauth_jwks=self.url, tls_ca=self.ca.file)
        near.wait_log("token_keys", what="loaded")
        self.log_in(self.signing.token())
        new = SigningKey("two")
        self.published = [200, key_set(self.signing, new)]
        near.signal(signal.SIGHUP)
        near.wait_log("token_keys", 2, what="loaded")
        self.log_in(new.token())
        self.log_in(self.signing.token())
        self.assertEqual(near.metric("smtp_token_keys"), 2)
        self.assertNotIn("hush", near.tail(1000))

    def test_the_server_is_down_at_first(self) -> None:
        self.published = [503, b"later"]
        near = self.token_relay(oauth_jwks=self.url, tls_ca=self.ca.file)
        near.wait_log("token_keys", what="failed")
        said = self.client().ask(xoauth2("ann", self.signing.token()), 454)
        self.assertIn("4.7.0", str(said))
        self.assertEqual(self.logins(near, "no_keys", "XOAUTH2"), 1)
        self.assertEqual(near.metric("reload_failing", what="token_keys"), 1)
        self.assertIn("KURIR_OAUTH_JWKS can't be fetched", near.get("/readyz?verbose")[1])
        self.published = [200, key_set(self.signing)]
        near.wait_log("token_keys", what="loaded")
        self.log_in(self.signing.token())
        self.assertNotIn("KURIR_OAUTH_JWKS", near.get("/readyz?verbose")[1])

    def test_what_the_server_may_say(self) -> None:
        near = self.token_relay(oauth_jwks=self.url, tls_ca=self.ca.file)
        near.wait_log("token_keys", what="loaded")
        answers = (
            (404, b"gone"),
            (200, b"<html>sign in</html>"),
            (200, {"keys": []}),
            (200, b"[" * 300_000),
            (302, b""),
        )
        for count, answer in enumerate(answers, 1):
            self.published = list(answer)
            near.signal(signal.SIGHUP)
            near.wait_log("token_keys", count, what="failed")
            self.log_in(self.signing.token())

    def test_a_server_that_is_another(self) -> None:
        near = self.token_relay(oauth_jwks=self.url)
        line = near.wait_log("token_keys", what="failed")[0]
        self.assertIn("certificate", line["error"])
        self.client().ask(xoauth2("ann", self.signing.token()), 454)
