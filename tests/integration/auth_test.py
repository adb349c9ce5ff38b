"""Logins: by the clients of the world and every mechanism, wrong ones, and what they may then do."""

import base64
import hashlib
import hmac
import json
import signal
import smtplib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.case import MESSAGE
from tests.support.client import Client
from tests.support.relay import BINARY, PATIENCE, ROOT, Relay, run
from tests.support.secured_case import SecuredCase
from tests.support.tls_client import TlsClient, context

LISTEN = "127.0.0.1:0, 127.0.0.1:0?auth=require, 127.0.0.1:0?tls=implicit&auth=require"
NAMES = ("offer", "require", "implicit")
PASSWORD = "pencil and paper"


def hashed(name: str, *options: str, password: str = PASSWORD) -> str:
    """A user's line, as `kurir hash-password` makes it."""
    made = subprocess.run(
        [BINARY, "hash-password", *options, name],
        input=password,
        text=True,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return made.stdout.strip()


def plain(name: str, password: str = PASSWORD) -> str:
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def found_by_fail2ban(folder: Path, lines: list[str]) -> list[str]:
    """The addresses that the shipped filter finds in these lines of a log."""
    log = folder / "log"
    log.write_text("".join(line + "\n" for line in lines))
    command = ["fail2ban-regex", "--out", "ip", log, ROOT / "deploy/fail2ban/kurir.conf"]
    done = subprocess.run(command, text=True, capture_output=True, check=True, timeout=60)
    return done.stdout.split()


class AuthCase(SecuredCase):
    """A relay with certificate and users, none of whose clients is in a trusted network."""

    def setUp(self) -> None:
        super().setUp()
        self.users = self.folder / "users"

    def relay_for(self, *users: str, remote=None, **settings: object) -> Relay:
        self.users.write_text("# users\n" + "".join(line + "\n" for line in users))
        settings = {
            "tls_cert": self.certificate,
            "tls_key": self.key,
            "listen": LISTEN,
            "users_file": self.users,
            "trusted_networks": "none",
        } | settings
        near = self.relay(remote, **settings)
        self.name_ports(near, NAMES)
        return near

    def client(self, listener: str = "offer") -> TlsClient:
        """One that has said EHLO under TLS."""
        if listener == "implicit":
            client = TlsClient(self.ports[listener]).start_tls(self.tls, "relay.test")
            client.expect(220)
            client.ask("EHLO client.test", 250)
        else:
            client = TlsClient.secured(self.ports[listener], self.tls, "relay.test")
        self.addCleanup(client.close)
        return client

    def logins(self, near: Relay, outcome: str, mechanism: str = "PLAIN") -> float:
        return near.metric("smtp_logins_total", outcome=outcome, mechanism=mechanism)

    def run_client(self, *command: object, status: int = 0, **options) -> str:
        done = subprocess.run(
            [str(one) for one in command],
            text=True,
            capture_output=True,
            timeout=60 * PATIENCE,
            check=False,
            **options,
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr


class RealClients(AuthCase):
    def setUp(self) -> None:
        super().setUp()
        self.far = self.remote()
        self.near = self.relay_for(hashed("ann"), remote=self.far)

    def assert_came(self, mechanism: str, count: int = 1) -> None:
        """So much mail was delivered for a user who logged in by this mechanism."""
        self.far.wait_delivered(count)
        self.assertEqual(self.logins(self.near, "succeeded", mechanism), count)
        for line in self.near.wait_log("received", count):
            self.assertEqual(line["user"], "ann")
        self.assertIn(b" with ESMTPSA (TLSv1.", self.far.delivered()[-1].data)

    def swaks(self, listener: str, mechanism: str, password: str = PASSWORD) -> list[object]:
        tls = "--tls-on-connect" if listener == "implicit" else "--tls"
        return [
            *("swaks", tls, "--tls-verify", "--tls-ca-path", self.ca.file),
            *("--server", "127.0.0.1", "--port", self.ports[listener], "--ehlo", "client.test"),
            *("--auth", mechanism, "--auth-user", "ann", "--auth-password", password),
            *("--from", "a@client.test", "--to", "b@remote.test"),
        ]

    def test_swaks_by_plain(self) -> None:
        for listener in NAMES:
            self.run_client(*self.swaks(listener, "PLAIN"))
        self.assert_came("PLAIN", 3)

    def test_swaks_by_login(self) -> None:
        self.run_client(*self.swaks("require", "LOGIN"))
        self.assert_came("LOGIN")

    def test_swaks_finds_no_cram(self) -> None:
        no_mechanism = 28
        said = self.run_client(*self.swaks("require", "CRAM-MD5"), status=no_mechanism)
        self.assertNotIn("AUTH CRAM-MD5", said)

    def test_swaks_with_a_wrong_password(self) -> None:
        failed = 28
        said = self.run_client(*self.swaks("offer", "PLAIN", "wrong"), status=failed)
        self.assertIn("535 5.7.8", said)
        self.assertEqual(self.logins(self.near, "wrong"), 1)

    def test_curl(self) -> None:
        mail = self.folder / "mail"
        mail.write_bytes(MESSAGE)
        for scheme, listener in (("smtp", "require"), ("smtps", "implicit")):
            self.run_client(
                *("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.ca.file),
                *("--resolve", f"relay.test:{self.ports[listener]}:127.0.0.1"),
                *("--url", f"{scheme}://relay.test:{self.ports[listener]}"),
                *("--user", f"ann:{PASSWORD}", "--login-options", "AUTH=PLAIN"),
                *("--mail-from", "a@client.test", "--mail-rcpt", "b@remote.test"),
                *("--upload-file", mail),
            )
        self.assert_came("PLAIN", 2)

    def test_smtplib(self) -> None:
        with smtplib.SMTP("localhost", self.ports["require"], timeout=30) as client:
            client.starttls(context=context())
            client.login("ann", PASSWORD)
            client.sendmail("a@client.test", ["b@remote.test"], MESSAGE)
        with smtplib.SMTP_SSL(
            "localhost", self.ports["implicit"], timeout=30, context=context()
        ) as client:
            client.login("ann", PASSWORD)
            client.sendmail("a@client.test", ["b@remote.test"], MESSAGE)
        self.assert_came("PLAIN", 2)

    def msmtp(self, listener: str, mechanism: str) -> None:
        starttls = "off" if listener == "implicit" else "on"
        config = self.folder / "msmtprc"
        config.write_text(
            "account default\nhost localhost\ndomain client.test\nfrom a@client.test\n"
            f"port {self.ports[listener]}\ntls on\ntls_starttls {starttls}\ntls_certcheck off\n"
            f'auth {mechanism}\nuser ann\npassword "{PASSWORD}"\n'
        )
        config.chmod(0o600)
        self.run_client("msmtp", "-C", config, "b@remote.test", input=MESSAGE.decode())

    def test_msmtp(self) -> None:
        self.msmtp("require", "plain")
        self.msmtp("implicit", "on")
        self.assert_came("PLAIN", 2)


class Scram(AuthCase):
    """Where every user has keys."""

    def test_msmtp_by_scram(self) -> None:
        version = subprocess.run(["msmtp", "--version"], text=True, capture_output=True).stdout
        if "scram-sha-256" not in version.lower():
            self.skipTest("this msmtp does not know SCRAM-SHA-256")
        far = self.remote()
        near = self.relay_for(hashed("ann", "--scram"), remote=far)
        config = self.folder / "msmtprc"
        for listener, starttls in (("require", "on"), ("implicit", "off")):
            config.write_text(
                "account default\nhost localhost\ndomain client.test\nfrom a@client.test\n"
                f"port {self.ports[listener]}\ntls on\ntls_starttls {starttls}\n"
                f'tls_certcheck off\nauth scram-sha-256\nuser ann\npassword "{PASSWORD}"\n'
            )
            config.chmod(0o600)
            subprocess.run(
                ["msmtp", "-C", config, "b@remote.test"],
                input=MESSAGE,
                check=True,
                timeout=60 * PATIENCE,
            )
        far.wait_delivered(2)
        self.assertEqual(self.logins(near, "succeeded", "SCRAM-SHA-256"), 2)

    def scram(self, client: TlsClient, binding: bytes | None, password: str = PASSWORD):
        """The last reply; a client of our own, because few know channel bindings."""
        header = b"p=tls-server-end-point,," if binding is not None else b"n,,"
        plus = "-PLUS" if binding is not None else ""
        first = b"n=ann,r=client+nonce"
        sent = base64.b64encode(header + first).decode()
        said = client.ask(f"AUTH SCRAM-SHA-256{plus} {sent}", 334)
        server_first = base64.b64decode(said.lines[0])
        fields = dict(one.split(b"=", 1) for one in server_first.split(b","))
        salted = hashlib.pbkdf2_hmac(
            "sha256", password.encode(), base64.b64decode(fields[b"s"]), int(fields[b"i"])
        )

        def mac(key: bytes, text: bytes) -> bytes:
            return hmac.digest(key, text, "sha256")

        client_key = mac(salted, b"Client Key")
        bound = base64.b64encode(header + (binding or b""))
        without_proof = b"c=" + bound + b",r=" + fields[b"r"]
        signed = b",".join((first, server_first, without_proof))
        signature = mac(hashlib.sha256(client_key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        final = without_proof + b",p=" + base64.b64encode(proof)
        said = client.ask(base64.b64encode(final).decode())
        if said.code != 334:
            return said
        expected = b"v=" + base64.b64encode(mac(mac(salted, b"Server Key"), signed))
        self.assertEqual(base64.b64decode(said.lines[0]), expected)
        return client.ask("")

    def end_point(self, client: TlsClient) -> bytes:
        return hashlib.sha256(client.socket.getpeercert(binary_form=True)).digest()

    def test_a_login_that_is_bound_to_its_connection(self) -> None:
        near = self.relay_for(hashed("ann", "--scram"))
        client = self.client()
        self.assertIn(
            "AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN",
            str(client.ask("EHLO client.test", 250)),
        )
        self.assertEqual(self.scram(client, self.end_point(client)).code, 235)
        self.assertEqual(self.scram(self.client("implicit"), None).code, 235)
        wrong = self.client("implicit")
        self.assertEqual(self.scram(wrong, b"x" * 32).code, 535)
        self.assertEqual(self.scram(wrong, self.end_point(wrong), "wrong").code, 535)
        self.assertEqual(self.logins(near, "succeeded", "SCRAM-SHA-256-PLUS"), 1)
        self.assertEqual(self.logins(near, "wrong", "SCRAM-SHA-256-PLUS"), 2)

    def test_a_login_in_clear_is_forgotten_by_starttls(self) -> None:
        self.relay_for(hashed("ann", "--scram"))
        client = TlsClient.greeted(self.ports["require"])
        self.addCleanup(client.close)
        self.assertIn("AUTH SCRAM-SHA-256", str(client.ask("EHLO client.test", 250)))
        client.ask("AUTH PLAIN " + plain("ann"), 538)
        self.assertEqual(self.scram(client, None).code, 235)
        client.ask("MAIL FROM:<a@client.test>", 250)
        client.ask("RCPT TO:<b@remote.test>", 250)
        client.ask("STARTTLS", 220)
        client.start_tls(self.tls, "relay.test")
        client.ask("EHLO client.test", 250)
        client.ask("MAIL FROM:<a@client.test>", 530)
        client.ask("AUTH PLAIN " + plain("ann"), 235)
        client.ask("MAIL FROM:<a@client.test>", 250)


class Rights(AuthCase):
    def test_only_who_has_logged_in_may_relay(self) -> None:
        far = self.remote()
        self.relay_for(hashed("ann"), remote=far)
        stranger = self.client()
        stranger.ask("MAIL FROM:<a@client.test>", 250)
        stranger.ask("RCPT TO:<b@remote.test>", 550)
        for listener in ("require", "implicit"):
            refused = self.client(listener)
            refused.ask("MAIL FROM:<a@client.test>", 530)
            refused.ask("RCPT TO:<b@remote.test>", 503)
        user = self.client()
        user.ask("AUTH PLAIN " + plain("ann"), 235)
        self.assertEqual(user.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)
        far.wait_delivered(1)

    def test_routes_by_user(self) -> None:
        far, ses = self.remote(), self.remote()
        self.relay_for(
            hashed("ann"),
            hashed("bob"),
            remote=far,
            relayhost_ses=f"127.0.0.1:{ses.port}",
            routes="user=bob -> ses",
        )
        for name in ("ann", "bob"):
            user = self.client()
            user.ask("AUTH PLAIN " + plain(name), 235)
            self.assertEqual(user.mail("a@client.test", [f"{name}@remote.test"], MESSAGE).code, 250)
        far.wait_delivered(1)
        ses.wait_delivered(1)
        said = run(
            "route", "a@client.test", "b@remote.test", "--user", "bob", routes="user=bob -> mx"
        )
        self.assertIn("KURIR_ROUTES, line 1", said.stdout)

    def test_users_are_read_again_on_sighup(self) -> None:
        near = self.relay_for(hashed("ann"))
        old = self.client()
        old.ask("AUTH PLAIN " + plain("ann"), 235)

        def reload(text: str, result: str) -> dict:
            before = near.metric("config_reloads_total", result=result)
            self.users.write_text(text)
            near.signal(signal.SIGHUP)
            near.wait_metric("config_reloads_total", lambda n: n > before, result=result)
            what = "reloaded" if result == "ok" else "reload_failed"
            return near.wait_log("config", what=what)[-1]

        line = reload(hashed("bob") + "\nann:\n\ncat:hunter2\n", "failed")
        self.assertIn("line 2: ", line["problem"])
        self.assertIn("line 4: ", line["problem"])
        self.assertNotIn("hunter2", str(line))
        self.client().ask("AUTH PLAIN " + plain("ann"), 235)
        self.client().ask("AUTH PLAIN " + plain("bob"), 535)

        line = reload(hashed("bob") + "\n", "ok")
        self.assertEqual(line["changed"], "KURIR_USERS")
        self.client().ask("AUTH PLAIN " + plain("bob"), 235)
        self.client().ask("AUTH PLAIN " + plain("ann"), 535)
        self.assertEqual(old.mail("a@client.test", ["b@remote.test"], MESSAGE).code, 250)

    def test_the_ports_of_submission_are_there_by_default(self) -> None:
        said = run("config", tls_cert="generate", users=hashed("ann"), hostname="relay.test")
        self.assertIn("[::]:2587?tls=offer&auth=require", said.stdout)
        self.assertIn("[::]:2465?tls=implicit&auth=require", said.stdout)
        self.assertNotIn("$y$", said.stdout)
        for settings in ({"tls_cert": "generate"}, {"users": hashed("ann")}, {}):
            said = run("config", hostname="relay.test", **settings)
            self.assertNotIn("2587", said.stdout)

    def test_auth_without_users_is_a_mistake(self) -> None:
        said = run("check-config", hostname="relay.test", listen=":2525?auth=require")
        self.assertEqual(said.returncode, 78)
        self.assertIn("KURIR_USERS", said.stderr)

    def test_passwords_in_clear_only_if_told(self) -> None:
        near = self.relay_for(
            hashed("ann"),
            tls_cert="",
            tls_key="",
            listen="127.0.0.1:0",
            auth_insecure="on",
        )
        warnings = [line["warning"] for line in near.select("config") if "warning" in line]
        self.assertTrue(any("KURIR_AUTH_INSECURE" in one for one in warnings), warnings)
        with near.client() as client:
            self.assertIn("AUTH PLAIN LOGIN", str(client.ask("EHLO client.test", 250)))
            client.ask("AUTH PLAIN " + plain("ann"), 235)


class Failures(AuthCase):
    def test_one_line_for_each_failed_login(self) -> None:
        near = self.relay_for(hashed("ann"))
        client = self.client()
        texts = {
            str(client.ask("AUTH PLAIN " + plain(name, "wrong"), 535)) for name in ("ann", "x")
        }
        self.assertEqual(len(texts), 1, texts)
        lines = near.wait_log("login_failed", 2)
        self.assertEqual([one["user"] for one in lines], ["ann", "x"])
        self.assertEqual({one["client_ip"] for one in lines}, {"127.0.0.1"})
        self.assertEqual({one["reason"] for one in lines}, {"wrong"})
        self.assertEqual(near.select("rejected"), [])

    def test_the_filter_of_fail2ban_finds_the_address_and_nothing_else(self) -> None:
        near = self.relay_for(hashed("ann"))
        forged = 'x","client_ip":"192.0.2.9","reason":"wrong",'
        line = "notice login_failed client_ip=192.0.2.9 reason=wrong mechanism=PLAIN"
        client = self.client()
        for name in ("ann", forged, line):
            client.ask("AUTH PLAIN " + plain(name, "wrong"), 535)
        client.ask("AUTH LOGIN", 334)
        client.ask("*", 501)
        client.ask("AUTH PLAIN " + plain("ann"), 235)
        near.wait_log("login_failed", 4)
        near.wait_log("login", 1)
        lines = [json.dumps(one, separators=(",", ":")) for one in near.events]
        self.assertEqual(found_by_fail2ban(self.folder, lines), ["127.0.0.1"] * 3)

    def test_the_filter_of_fail2ban_reads_other_forms_of_the_log(self) -> None:
        begin = '{"ts":"2026-01-31T12:00:00.000Z","level":"notice",'
        failed = '"event":"login_failed","client_ip":"%s","reason":"%s","mechanism":"PLAIN"}'
        text = "2026-01-31T12:00:00.000Z notice login_failed client_ip=%s reason=%s mechanism=PLAIN"
        journal = "2026-01-31T12:00:01.000000Z host kurir[12]: "
        wrong = ("192.0.2.1", "wrong")
        shut = ("2001:db8::1", "shut")
        lines = [
            begin + failed % wrong,
            begin + failed % shut,
            text % shut,
            journal + begin + failed % wrong,
            journal + text % wrong,
            begin + failed % ("192.0.2.3", "cancelled"),
            text % ("192.0.2.3", "busy"),
            text.replace("notice", "info") % ("192.0.2.3", "wrong"),
            r'2026-01-31T12:00:00.000Z notice rejected helo="notice login_failed client_ip\x3d192.0.2.3"',
        ]
        expected = ["192.0.2.1", "2001:db8::1", "2001:db8::1", "192.0.2.1", "192.0.2.1"]
        self.assertEqual(found_by_fail2ban(self.folder, lines), expected)

    def test_a_shutdown_does_not_wait_for_refusals(self) -> None:
        near = self.relay_for(hashed("ann"), shutdown_grace="60s")
        client = self.client()
        for _ in range(3):
            client.ask("AUTH PLAIN " + plain("ann", "wrong"), 535)
        client.send("AUTH PLAIN " + plain("ann", "wrong") + "\r\n")
        self.assertEqual(near.stop(), 0)

    def test_ten_thousand_wrong_logins_beside_a_good_client(self) -> None:
        far = self.remote()
        near = self.relay_for(hashed("ann"), remote=far, auth_insecure="on")
        good = self.client()
        good.ask("AUTH PLAIN " + plain("ann"), 235)
        attempts, side_by_side = 10_000, 50
        with ThreadPoolExecutor(side_by_side) as pool:
            flood = [pool.submit(self.wrong_login) for _ in range(attempts)]
            for _ in range(10):
                said = good.mail("a@client.test", ["b@remote.test"], MESSAGE)
                self.assertEqual(said.code, 250)
            codes = [one.result() for one in flood]
        self.assertEqual(set(codes), {535, 421})
        self.assertGreater(codes.count(421), attempts / 2)
        fresh = self.client()
        fresh.ask("AUTH PLAIN " + plain("ann"), 235)  # welcome from there, whoever else fails
        far.wait_delivered(10)
        self.assertEqual(self.logins(near, "wrong"), codes.count(535))
        self.assertEqual(self.logins(near, "shut"), codes.count(421))

    def wrong_login(self) -> int:
        """The code of its reply."""
        with Client.greeted(self.ports["offer"], timeout=60 * PATIENCE) as client:
            return client.ask("AUTH PLAIN " + plain("eve", "wrong")).code
