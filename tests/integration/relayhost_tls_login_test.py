"""Logins to relayhosts under TLS, by STARTTLS and from the first byte: who gets to see a password."""

import re
from dataclasses import dataclass

from tests.support.certificates import Authority
from tests.support.dns_server import DnsServer
from tests.support.login_case import GOOD, SECRET, LoginCase, grant
from tests.support.provider import Provider
from tests.support.relay import ROOT, Relay, run
from tests.support.secured_case import SecuredCase

BY_POLICY = {"verify": "smtp+starttls://", "encrypt": "smtp+starttls://", "may": "smtp://"}
TOKEN = "ya29.aToken-of_the.test"
WAYS = {"smtp+starttls://": False, "smtps://": True}  # by scheme: whether TLS is implicit
REFUSALS = {
    "535": ("535 5.7.8 Authentication credentials invalid", "refused", "_PASSWORD"),
    "454": ("454 4.7.0 Temporary authentication failure", "put_off", "tries again by itself"),
    "432": ("432 4.7.12 A password transition is needed", "refused", "password to be changed"),
    "530": ("530 5.7.0 Must issue a STARTTLS command first", "refused", "wants TLS"),
    "538": ("538 5.7.11 Encryption required for this mechanism", "refused", "wants TLS"),
}


class SecureLoginCase(SecuredCase, LoginCase):
    """The relays trust the authority, and providers have its certificates."""

    def setUp(self) -> None:
        super().setUp()
        self.pair = self.ca.issue("provider.test")

    def secure_provider(self, kind: str = "ses", pair=None, **options) -> Provider:
        options.setdefault("passwords", {"app": SECRET})
        return self.provider(kind, certificate=pair or self.pair, **options)

    def trusting(self, server: Provider, scheme: str, **settings: object) -> dict:
        return {
            "relayhost": f"{scheme}127.0.0.1:{server.port}",
            "relayhost_auth_insecure": "off",
            "tls_ca": self.ca.file,
        } | settings

    def send(self, server: Provider, scheme: str, **settings: object) -> Relay:
        """A relay with this relayhost and its password, and one message."""
        near = self.by_password(server, **self.trusting(server, scheme, **settings))
        near.submit("a@client.test", "b@other.test")
        return near

    def assert_waits(self, near: Relay, server: Provider) -> dict:
        """The message is deferred, and is there still; the provider has no message and no password."""
        (line, *_) = near.wait_log("deferred", to="b@other.test")
        self.assertEqual(near.select("bounced"), [])
        self.assertEqual((server.logins, server.messages), ([], []))
        self.assertFalse([verb for verb in server.verbs if verb.endswith("AUTH")])
        self.assert_secret(near)
        return line


class Passwords(SecureLoginCase):
    def test_a_password_is_shown_under_tls_alone(self) -> None:
        for scheme, implicit in WAYS.items():
            for kind, mechanism in (("ses", "PLAIN"), ("exchange", "LOGIN"), ("postmark", "PLAIN")):
                with self.subTest(scheme, kind=kind):
                    server = self.secure_provider(kind, implicit=implicit)
                    near = self.send(server, scheme)
                    server.wait_messages(1)
                    (login, *_) = server.logins
                    self.assertEqual((login.mechanism, login.accepted), (mechanism, True))
                    self.assertEqual({one.tls for one in server.logins}, {"TLSv1.3"})
                    in_clear = {verb for verb in server.verbs if " " not in verb}
                    self.assertEqual(in_clear, set() if implicit else {"EHLO", "STARTTLS"})
                    (line,) = near.wait_log("attempt", delivered=1)
                    self.assertEqual((line["tls"], line["certificate"]), ("TLSv1.3", "valid"))
                    self.assert_secret(near)

    def test_a_login_that_is_offered_only_before_tls_is_not_made(self) -> None:
        server = self.secure_provider()
        server.in_clear, server.mechanisms = "PLAIN LOGIN", ""
        for policy, scheme in BY_POLICY.items():
            near = self.send(server, scheme, relayhost_tls=policy)
            self.assert_waits(near, server)
            line = near.wait_log("relayhost_login", what="failed")[0]
            self.assertIn("compare the host, the port", line["advice"])
            self.assertGreater(near.metric("relayhost_logins_total", result="impossible"), 0)

    def test_a_login_that_is_offered_only_after_tls_is_made(self) -> None:
        server = self.secure_provider()
        server.in_clear = ""
        for number, (policy, scheme) in enumerate(BY_POLICY.items(), 1):
            self.send(server, scheme, relayhost_tls=policy)
            server.wait_messages(number)
        self.assertEqual({one.tls for one in server.logins}, {"TLSv1.3"})

    def test_without_tls_nothing_is_shown_whatever_the_provider_offers(self) -> None:
        """STARTTLS is refused, or was taken out of the offer on the way."""
        for policy, scheme in BY_POLICY.items():
            refusing = self.secure_provider("postmark")
            refusing.says["STARTTLS"] = "454 4.7.0 TLS not available"
            stripped = self.provider("postmark", passwords={"app": SECRET})
            for server in (refusing, stripped):
                with self.subTest(policy, stripped=server is stripped):
                    near = self.send(server, scheme, relayhost_tls=policy)
                    self.assert_waits(near, server)

    def test_a_certificate_that_is_not_valid_gets_no_password(self) -> None:
        stranger = self.folder / "stranger"
        stranger.mkdir()
        pairs = {
            "has expired": self.ca.issue("old", days=-1),
            "is not for 127.0.0.1": self.ca.issue("wrong", address="127.0.0.9"),
            "is self-signed": self.ca.self_signed("own"),
            "issuer": Authority(stranger).issue("foreign"),
        }
        for words, pair in pairs.items():
            for scheme, implicit in WAYS.items():
                with self.subTest(words, scheme=scheme):
                    server = self.secure_provider("mailgun", pair, implicit=implicit)
                    near = self.send(server, scheme)
                    line = self.assert_waits(near, server)
                    self.assertIn(words, line["response"])
                    self.assertEqual((line["cause"], line["enhanced"]), ("tls", "4.7.5"))
                    (told,) = near.wait_log("relayhost_check", what="unusable")
                    self.assertIn(words, told["error"])
                    self.assertIn(words, near.get("/readyz?verbose")[1])
                    self.assertEqual(near.metric("relayhost_login_failing", relayhost="default"), 1)


class SharedServer(SecureLoginCase):
    """One server, reached by routes that differ in credential, TLS policy and source address."""

    ROUTES = {  # by sender domain: user, TLS, source
        "a.test": ("app", "TLSv1.3", "127.0.0.2"),
        "b.test": ("other", "", "127.0.0.2"),
        "c.test": ("app", "TLSv1.3", "127.0.0.3"),
        "d.test": ("app", "", "127.0.0.2"),
    }

    def routed(self, server: Provider) -> Relay:
        settings: dict[str, object] = {"routes": "", "connection_idle": "30s", "retry_min": "1s"}
        for domain, (user, tls, source) in self.ROUTES.items():
            name = domain[0]
            prefix = f"relayhost_{name}"
            settings |= {
                prefix: f"{'smtp+starttls' if tls else 'smtp'}://127.0.0.1:{server.port}",
                f"{prefix}_tls": "verify" if tls else "off",
                f"{prefix}_source": source,
                f"{prefix}_username": user,
                f"{prefix}_password": server.passwords[user],
                f"{prefix}_auth_insecure": "off" if tls else "on",
            }
            settings["routes"] = f"{settings['routes']}from=@{domain} -> {name}; "
        return self.relay(None, tls_ca=self.ca.file, **settings)

    def submit_from(self, near: Relay, domain: str) -> None:
        near.submit(f"u@{domain}", "b@other.test", f"From: u@{domain}\r\n\r\nx\r\n".encode())

    def test_nothing_is_shared_by_routes_that_differ(self) -> None:
        server = self.secure_provider("postmark", passwords={"app": SECRET, "other": "another"})
        near = self.routed(server)
        for rounds in range(3):
            for number, domain in enumerate(self.ROUTES, 1):
                self.submit_from(near, domain)
                server.wait_messages(rounds * len(self.ROUTES) + number)
        used = [one for one in server.logins if one.messages]  # without those of the check
        self.assertEqual(len(used), len(self.ROUTES))
        for login in used:
            senders = {message.partition(b"From: u@")[2][:6].decode() for message in login.messages}
            (domain,) = senders
            self.assertEqual(self.ROUTES[domain], (login.user, login.tls, login.peer))
            self.assertEqual(len(login.messages), 3)

    def test_a_credential_that_is_refused_stops_no_other(self) -> None:
        server = self.secure_provider("postmark", passwords={"app": SECRET, "other": "another"})
        near = self.routed(server)
        server.passwords["other"] = "changed"
        self.submit_from(near, "b.test")
        near.wait_log("deferred")
        for number, domain in enumerate(set(self.ROUTES) - {"b.test"}, 1):
            self.submit_from(near, domain)
            server.wait_messages(number)
        self.assertEqual(near.select("bounced"), [])
        self.assertFalse([one for one in server.messages if b"u@b.test" in one])


class Refusals(SecureLoginCase):
    def test_mail_waits_through_each_refusal_and_goes_when_it_is_over(self) -> None:
        cases = {
            f"{code} {scheme}": (scheme, implicit, *wanted)
            for code, wanted in REFUSALS.items()
            for scheme, implicit in WAYS.items()
        }
        self.side_by_side(self.check_refusal, cases)

    def check_refusal(self, scheme: str, implicit: bool, said: str, result: str, what: str) -> None:
        server = self.secure_provider(implicit=implicit)
        server.says["AUTH"] = said
        near = self.send(server, scheme)
        (line, *_) = near.wait_log("deferred", to="b@other.test")
        self.assertIn(said, line["response"])
        self.assertTrue(line["enhanced"].startswith("4."))
        told = near.wait_log("relayhost_login", what="failed")[0]
        self.assertIn(said, told["response"])
        self.assertIn(what, told["advice"])
        self.assertGreater(near.metric("relayhost_logins_total", result=result), 0)
        self.assertEqual(near.select("bounced"), [])
        self.assertEqual(server.messages, [])

        del server.says["AUTH"]
        server.wait_messages(1, timeout=60)
        self.assertEqual({one.tls for one in server.logins}, {"TLSv1.3"})
        self.assert_secret(near)

    def test_538_in_clear_is_told_as_a_want_of_tls(self) -> None:
        """To whom a login in clear is allowed, the provider may still refuse it."""
        server = self.provider("postmark", passwords={"app": SECRET})
        server.says["AUTH"] = REFUSALS["538"][0]
        near = self.by_password(server)
        near.submit("a@client.test", "b@other.test")
        (line, *_) = near.wait_log("deferred", to="b@other.test")
        self.assertIn("538 5.7.11", line["response"])
        told = near.wait_log("relayhost_login", what="failed")[0]
        self.assertIn("wants TLS", told["advice"])
        self.assertEqual(near.select("bounced"), [])


class Tokens(SecureLoginCase):
    def test_a_token_is_used_under_tls_and_fetched_anew_when_it_is_refused(self) -> None:
        for kind, mechanism in (("microsoft365", "XOAUTH2"), ("google", "OAUTHBEARER")):
            for scheme, implicit in WAYS.items():
                with self.subTest(kind, scheme=scheme):
                    server = self.secure_provider(kind, implicit=implicit, tokens={"app": "t2"})
                    given = iter(("t1", "t2"))
                    tokens = self.token_server(
                        lambda form, given=given: (200, grant(next(given))), self.pair
                    )
                    near = self.by_token(server, tokens, **self.trusting(server, scheme))
                    near.submit("a@client.test", "b@other.test")
                    server.wait_messages(1)
                    self.assertEqual({one.mechanism for one in server.logins}, {mechanism})
                    self.assertEqual({one.tls for one in server.logins}, {"TLSv1.3"})
                    self.assertEqual(len(tokens.forms), 2)
                    self.assert_secret(near, '"t1"', '"t2"', "Bearer")

    def test_a_certificate_that_is_not_valid_gets_no_token(self) -> None:
        wrong = self.ca.issue("wrong", address="127.0.0.9")
        for scheme, implicit in WAYS.items():
            server = self.secure_provider("google", wrong, implicit=implicit, tokens={"app": "t"})
            tokens = self.token_server(lambda form: (200, grant("t")), self.pair)
            near = self.by_token(server, tokens, **self.trusting(server, scheme))
            near.submit("a@client.test", "b@other.test")
            self.assert_waits(near, server)


class Check(SecureLoginCase):
    def check(self, server: Provider, scheme: str, status: int, **settings: object) -> str:
        """What `kurir relayhost check` prints."""
        login = {"relayhost_username": "app", "relayhost_password": SECRET}
        result = run(
            "relayhost", "check", **(GOOD | login | self.trusting(server, scheme, **settings))
        )
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertNotIn(SECRET, result.stdout + result.stderr)
        self.assertEqual(server.messages, [])
        return result.stdout

    def test_it_says_that_the_connection_is_secured_and_who_is_logged_in(self) -> None:
        for scheme, implicit in WAYS.items():
            server = self.secure_provider(implicit=implicit)
            said = self.check(server, scheme, 0)
            for words in ("secured by TLSv1.3", "as app by PLAIN", "It can be used."):
                self.assertIn(words, said)
            self.assertEqual([one.tls for one in server.logins], ["TLSv1.3"])

    def test_it_says_what_is_wrong(self) -> None:
        for scheme, implicit in WAYS.items():
            for code, (said, _, advice) in REFUSALS.items():
                with self.subTest(scheme, code=code):
                    server = self.secure_provider(implicit=implicit)
                    server.says["AUTH"] = said
                    told = self.check(server, scheme, 1)
                    self.assertIn(f"FAILED: {said}", told)
                    self.assertIn(advice, told)
            wrong = self.ca.issue("wrong", address="127.0.0.9")
            server = self.secure_provider(pair=wrong, implicit=implicit)
            self.assertIn("is not for 127.0.0.1", self.check(server, scheme, 1))
            self.assertEqual(server.logins, [])
        clear = self.provider("postmark", passwords={"app": SECRET})
        self.assertIn("does not offer", self.check(clear, "smtp+starttls://", 1))
        self.check(clear, "smtps://", 1)
        self.assertEqual(clear.logins, [])


@dataclass
class Row:
    """One line of the README's table of providers."""

    relayhost: str
    settings: dict[str, str]


def documented() -> dict[str, Row]:
    """The lines of that table by provider, with what is for the reader to fill in filled in."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("### Your provider's settings")[2].partition("\n## ")[0]
    rows = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or "://" not in cells[1]:
            continue
        host = re.findall(r"`([^`]+)`", cells[1])[0].replace("REGION", "eu-west-1")
        names = re.findall(r"`(_[A-Z_]+)(?:=([^`]*))?`", cells[3])
        rows[cells[0]] = Row(host, dict(names))
    return rows


@dataclass
class Served:
    """How a provider is to be used that is documented."""

    kind: str
    login: str  # its mechanism
    by_token: bool = False


SERVED = {
    "Amazon SES": (Served("ses", "PLAIN"),),
    "Microsoft 365": (Served("microsoft365", "XOAUTH2", True),),
    "Google Workspace, Gmail": (
        Served("google", "PLAIN"),
        Served("google", "OAUTHBEARER", True),
    ),
    "Mailgun": (Served("mailgun", "PLAIN"),),
    "Postmark": (Served("postmark", "PLAIN"),),
    "Exchange on your premises": (Served("exchange", "LOGIN"),),
}


class Readme(SecureLoginCase):
    """Its rows as they stand there: names lead to loopback, and only the ports are others."""

    def test_each_provider_is_reached_with_the_settings_of_its_row(self) -> None:
        rows = documented()
        self.assertEqual(set(rows), set(SERVED))
        for name, row in rows.items():
            for served in SERVED[name]:
                with self.subTest(name, by_token=served.by_token):
                    self.check_row(row, served)

    def check_row(self, row: Row, served: Served) -> None:
        scheme, host, port = re.fullmatch(r"(\S+://)([^:]+):(\d+)", row.relayhost).groups()
        self.assertEqual((scheme, port), ("smtp+starttls://", "587"))
        user = "user@corp.example"
        credentials = (
            {"tokens": {user: TOKEN}} if served.by_token else {"passwords": {user: SECRET}}
        )
        pair = self.ca.issue(f"{host}.file", host=host, address="192.0.2.1")
        server = self.secure_provider(served.kind, pair, **({"passwords": {}} | credentials))
        zone = [f"{host} 60 A 127.0.0.1"]
        settings = {
            "relayhost": f"{scheme}{host}:{server.port}",
            "relayhost_username": user,
            "relayhost_auth_insecure": "off",
            "tls_ca": self.ca.file,
        }
        if served.by_token:
            zone.append(self.add_token_server(row, settings))
        else:
            self.assertIn("_PASSWORD", row.settings)
            settings["relayhost_password"] = SECRET
        settings["dns_servers"] = self.enterContext(DnsServer("\n".join(zone))).address

        checked = run("relayhost", "check", **(GOOD | settings))
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        near = self.relay(**settings)
        near.submit("a@client.test", "b@other.test")
        server.wait_messages(1)
        self.assertEqual({one.mechanism for one in server.logins}, {served.login})
        self.assertTrue(all(one.accepted and one.tls for one in server.logins))
        (line,) = near.wait_log("attempt", delivered=1)
        self.assertEqual(line["certificate"], "valid")
        self.assert_secret(near, TOKEN)

    def add_token_server(self, row: Row, settings: dict) -> str:
        """Starts the one that the row names, adds its settings, and returns its line of the zone."""
        url = re.fullmatch(r"https://([^/]+)(/.*)", row.settings["_OAUTH_TOKEN_URL"])
        host, path = url.groups()
        pair = self.ca.issue(f"{host}.file", host=host, address="192.0.2.1")
        server = self.token_server(lambda form: (200, grant(TOKEN)), pair)
        self.addCleanup(lambda: self.assertEqual(set(server.paths), {path}))
        values = row.settings | {"_OAUTH_TOKEN_URL": f"https://{host}:{server.port}{path}"}
        for name, value in values.items():
            if name.startswith("_OAUTH_"):
                settings["relayhost" + name.lower()] = value or "given-by-the-provider"
        return f"{host} 60 A 127.0.0.1"
