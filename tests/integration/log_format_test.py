"""KURIR_LOG_FORMAT=postfix, read by programs that read Postfix's log; KURIR_LOG_REDACT."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.integration.auth_test import hashed, plain
from tests.support.case import RelayCase
from tests.support.client import Client, wait_until
from tests.support.ports import free_port
from tests.support.relay import PATIENCE, Relay

RULES = [
    {"at": "rcpt", "match": "later@", "times": 1, "reply": "451 4.3.0 later@remote.test: not now"},
    {"at": "rcpt", "match": "never@", "reply": "550 5.1.1 <never@remote.test>: User unknown"},
]
FILTER = "/etc/fail2ban/filter.d/postfix.conf"
# What crowdsec's parser of Postfix looks for (postfix-logs), as regular expressions of Python.
CROWDSEC = {
    "reject": r"^NOQUEUE: reject: .*? from [\w.-]+\[(?P<ip>[\da-f.:]+)\]: \d{3} [\d.]+ "
    r"<[^>]*>: .*; (?P<fields>.*)$",
    "login": r"^warning: (?:[\w.-]+|unknown)\[(?P<ip>[\da-f.:]+)\]: SASL (?:LOGIN|PLAIN) "
    r"authentication failed:",
    "lost": r"^lost connection after .*? from [\w.-]+\[(?P<ip>[\da-f.:]+)\]",
}


class LogCase(RelayCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-log-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def relay_in(self, form: str, **settings: object) -> Relay:
        """A relay whose log has this format, to a server that defers, refuses and takes mail."""
        self.far = self.remote({"rules": RULES})
        return self.relay(
            self.far,
            log_format=form,
            listen=f"127.0.0.1:{free_port()}",
            http_listen=f"127.0.0.1:{free_port()}",
            **settings,
        )

    def wait_line(self, near: Relay, pattern: str, count: int = 1) -> list[str]:
        def found() -> list[str]:
            return [line for line in self.lines(near) if re.search(pattern, line)]

        self.assertTrue(
            wait_until(lambda: len(found()) >= count, 20 * PATIENCE, 0.05),
            f"{count} × {pattern}\n{near.tail()}",
        )
        return found()

    @staticmethod
    def lines(near: Relay) -> list[str]:
        events = [json.dumps(one, ensure_ascii=False) for one in list(near.events)]
        return [*events, *list(near.other_output)]

    def file_of(self, near: Relay) -> Path:
        path = self.folder / "mail.log"
        path.write_text("".join(line + "\n" for line in near.other_output), encoding="utf-8")
        return path


class PostfixFormat(LogCase):
    """Mail that is delivered, deferred, bounced and refused; a wrong password; a lost client."""

    def setUp(self) -> None:
        super().setUp()
        self.near = self.relay_in(
            "postfix",
            users=hashed("ann"),
            auth_insecure="on",
            trusted_networks="127.0.0.2/32",
        )
        with self.client() as client:
            to = [f"{name}@remote.test" for name in ("now", "later", "never")]
            self.assertEqual(
                client.mail("app@client.test", to, b"Subject: x\r\n\r\nx\r\n").code, 250
            )
            client.ask("QUIT", 221)
        with self.client(host="127.0.0.1") as stranger:
            stranger.ask("AUTH PLAIN " + plain("ann", "wrong"), 535)
            stranger.ask("AUTH LOGIN", 334)
            stranger.ask(base64.b64encode(b"ann").decode(), 334)
            stranger.ask(base64.b64encode(b"wrong").decode(), 535)
            stranger.ask("MAIL FROM:<x@stranger.test>", 250)
            stranger.ask("RCPT TO:<victim@remote.test>", 550)
        self.wait_line(self.near, r"lost connection after RCPT from unknown\[127\.0\.0\.1\]")
        self.wait_line(self.near, r"status=sent", 3)  # now, later, and the bounce
        self.wait_line(self.near, r"disconnect from", 2)

    def client(self, host: str = "127.0.0.2") -> Client:
        return Client.greeted(self.near.port, source=host)

    def test_every_line_is_one_of_syslog(self) -> None:
        form = r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d relay\.test (postfix|kurir)/\w+\[\d+\]: \S"
        for line in self.near.other_output:
            self.assertRegex(line, form)

    def test_the_lines_of_a_message(self) -> None:
        received = self.wait_line(
            self.near, r"postfix/smtpd\[\d+\]: \w+: client=unknown\[127\.0\.0\.2\]$"
        )
        identity = re.search(r"\]: (\w+): client=", received[0])[1]
        expected = [
            rf"postfix/cleanup\[\d+\]: {identity}: message-id=<\S+>$",
            rf"postfix/qmgr\[\d+\]: {identity}: from=<app@client\.test>, size=\d+, nrcpt=3 "
            r"\(queue active\)$",
            rf"postfix/smtp\[\d+\]: {identity}: to=<now@remote\.test>, relay=\S+\[127\.0\.0\.1\]:"
            rf"{self.far.port}, delay=[\d.]+, delays=0/[\d.]+/0/[\d.]+, dsn=2\.0\.0, "
            r"status=sent \(250 .*\)$",
            rf"{identity}: to=<later@remote\.test>, .* dsn=4\.3\.0, status=deferred \(host "
            r"\S+\[127\.0\.0\.1\] said: 451 4\.3\.0 .* \(in reply to RCPT TO command\)\)$",
            rf"{identity}: to=<never@remote\.test>, .* dsn=5\.1\.1, status=bounced \(host .*\)$",
            rf"postfix/bounce\[\d+\]: {identity}: sender non-delivery notification: \w+$",
            r"postfix/qmgr\[\d+\]: \w+: from=<>, size=\d+, nrcpt=1 \(queue active\)$",
        ]
        for pattern in expected:
            self.assertEqual(len(self.wait_line(self.near, pattern)), 1, pattern)

    def test_pflogsumm_counts(self) -> None:
        report = subprocess.run(
            ["pflogsumm", "--smtpd_stats", self.file_of(self.near)],
            text=True,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        totals = {
            name: int(count)
            for count, name in re.findall(r"^ +(\d+)k? +([a-z]+(?: [a-z]+)?)\b", report, re.M)
        }
        for name, count in {
            "received": 1,
            "delivered": 3,
            "deferred": 1,
            "bounced": 1,
            "rejected": 1,
            "senders": 1,
            "connections": 2,
        }.items():
            self.assertEqual(totals.get(name), count, f"{name}\n{report}")
        self.assertNotIn("Messages with no size data", report)
        self.assertRegex(report, r"(?s)message reject detail\n-+\n  RCPT\n    Relay access denied")
        self.assertRegex(report, r"(?s)message bounce detail.*User unknown")

    def test_the_filter_of_fail2ban_finds_the_stranger(self) -> None:
        path = self.file_of(self.near)
        for mode, count in {"normal": 1, "auth": 2, "extra": 3, "aggressive": 4}.items():
            done = subprocess.run(
                ["fail2ban-regex", "--out", "ip", path, f"{FILTER}[mode={mode}]"],
                text=True,
                capture_output=True,
                check=True,
                timeout=60,
            )
            self.assertEqual(done.stdout.split(), ["127.0.0.1"] * count, mode)

    def test_the_parser_of_crowdsec_finds_the_stranger(self) -> None:
        messages = [
            line.partition("]: ")[2] for line in self.near.other_output if "/smtpd[" in line
        ]
        for name, count in {"reject": 1, "login": 2, "lost": 1}.items():
            found = [re.match(CROWDSEC[name], one) for one in messages]
            self.assertEqual([one["ip"] for one in found if one], ["127.0.0.1"] * count, name)
        fields = next(filter(None, (re.match(CROWDSEC["reject"], one) for one in messages)))
        self.assertRegex(
            fields["fields"], r"^from=<x@stranger\.test> to=<victim@remote\.test> proto="
        )

    def test_a_session_keeps_its_number(self) -> None:
        ended = self.wait_line(self.near, r"disconnect from unknown\[127\.0\.0\.1\]")
        number = re.search(r"smtpd\[(\d+)\]", ended[0])[1]
        mine = [line for line in self.near.other_output if f"smtpd[{number}]" in line]
        self.assertEqual(len(mine), 6)  # two passwords, a refusal, connect, lost, disconnect


class Redaction(LogCase):
    """What a relay writes about one message, by each way of hiding addresses."""

    ADDRESSES = ("john.sender@client.test", "later@remote.test", "never@remote.test")

    def relay_that_told_all(self, form: str, **settings: object) -> Relay:
        near = self.relay_in(form, users=hashed("ann@client.test"), auth_insecure="on", **settings)
        sender, *others = self.ADDRESSES
        with near.client() as client:
            client.ask("AUTH PLAIN " + plain("ann@client.test", "wrong"), 535)
            client.ask("AUTH PLAIN " + plain("ann@client.test"), 235)
            client.mail(sender, others, b"Message-ID: <john.sender@client.test>\r\n\r\nx\r\n")
            client.ask("MAIL FROM:<john.sender@client.test> SIZE=x", 501)
            client.ask("QUIT", 221)
        # Delivered: later, and the bounce.
        told = {"json": '"event": "delivered"'}.get(form, "status=sent")
        ended = {"json": '"event": "session"', "text": " session "}.get(form, "disconnect from")
        self.wait_line(near, told, 2)
        self.wait_line(near, ended)
        return near

    def assert_hidden(self, near: Relay) -> None:
        for line in self.lines(near):
            for word in ("john", "later@", "never@", "ann@"):
                self.assertNotIn(word, line.lower())

    def test_smart_in_each_format(self) -> None:
        for form in ("json", "text", "postfix"):
            with self.subTest(form):
                near = self.relay_that_told_all(form, log_redact="smart")
                self.assert_hidden(near)
                self.wait_line(near, r"j\*\*\*er@client\.test")
                self.wait_line(near, r"a\*\*\*@client\.test")

    def test_hash_joins_lines_over_a_restart(self) -> None:
        key = {"log_redact": "hash", "log_redact_key": "not so secret in a test"}
        near = self.relay_that_told_all("json", **key)
        self.assert_hidden(near)
        before = {one["from"] for one in near.select("deferred")}
        self.assertEqual(len(before), 1)
        self.assertRegex(before.copy().pop(), r"^[0-9a-f]{16}@client\.test$")
        near.restart()
        near.submit(self.ADDRESSES[0], "now@remote.test")
        again = near.wait_log("received", 2)[-1]["from"]
        self.assertEqual({again}, before)

    def test_what_is_sent_is_not_touched(self) -> None:
        self.relay_that_told_all("json", log_redact="smart")
        dsn = self.far.wait_delivered(1, "^john.sender@client.test$")[0]
        self.assertIn(b"never@remote.test", dsn.data)
        self.assertNotIn(b"***", dsn.data)

    def test_none_is_the_default(self) -> None:
        near = self.relay_that_told_all("json")
        self.assertEqual(near.select("deferred")[0]["from"], self.ADDRESSES[0])
