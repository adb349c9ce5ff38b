"""`kurir suppress`: operators change the suppression list of a running relay."""

import csv
import io
import json
import subprocess

from tests.support.case import RelayCase
from tests.support.client import wait_until
from tests.support.relay import Relay, environment, run

# As these services export them.
SENDGRID = """status,reason,email,created
5.1.1,"550 5.1.1 no such user, sorry",gone@send.test,1700000000
,bad line,nobody,1700000000
"""
MAILGUN = """address,code,error,created_at
full@mail.test,552,Mailbox full,"Fri, 21 Oct 2025 11:02:55 GMT"
"""
SES = """EmailAddress,Reason,LastUpdateTime
stop@ses.test,COMPLAINT,2025-10-21T11:02:55Z
"""


class Suppress(RelayCase):
    def suppress(self, relay: Relay, *words: str, status: int = 0) -> str:
        done = run("suppress", *words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def entries(self, relay: Relay, *words: str) -> list[dict]:
        done = run("suppress", "list", "--json", *words, **relay.settings)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def feed(self, relay: Relay, text: str, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [relay.binary, "suppress", "import", "-", *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=environment(relay.settings),
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def reply_to(self, relay: Relay, recipient: str, sender: str = "a@shop.test") -> str:
        with relay.client() as client:
            client.ask(f"MAIL FROM:<{sender}>", 250)
            return str(client.ask(f"RCPT TO:<{recipient}>"))

    def test_who_is_added_is_refused_until_removed_even_after_a_kill(self) -> None:
        relay = self.relay(self.remote())
        self.assertIn("250", self.reply_to(relay, "ann@far.test"))
        self.assertIn(
            "added: ann@far.test", self.suppress(relay, "add", "Ann@far.test", "--because", "asked")
        )
        self.assertIn("550 5.7.1", self.reply_to(relay, "ann@far.test"))
        self.assertIn("asked", self.reply_to(relay, "ann@far.test"))
        (line,) = relay.wait_log("admin", what="suppress")
        self.assertEqual((line["to"], line["because"]), ("ann@far.test", "asked"))
        self.assertNotEqual(line["by"], "")
        relay.kill()
        relay.start()
        self.assertIn("550 5.7.1", self.reply_to(relay, "ann@far.test"))
        (entry,) = self.entries(relay)
        self.assertEqual((entry["address"], entry["origin"]), ("ann@far.test", "hand"))
        self.suppress(relay, "remove", "ann@far.test", "--because", "asked again")
        (line,) = relay.wait_log("admin", what="unsuppress")
        self.assertEqual(line["because"], "asked again")
        self.assertIn("250", self.reply_to(relay, "ann@far.test"))
        self.assertIn("no such entry", self.suppress(relay, "remove", "ann@far.test", status=1))

    def test_a_tenants_entry_and_one_that_ends(self) -> None:
        relay = self.relay(self.remote())
        self.suppress(relay, "add", "far.test", "--tenant", "Shop.test", "--for", "30d")
        self.assertIn("550", self.reply_to(relay, "x@far.test"))
        self.assertIn("250", self.reply_to(relay, "x@far.test", "a@other.test"))
        (entry,) = self.entries(relay, "--tenant", "SHOP.test")
        self.assertEqual((entry["address"], entry["tenant"]), ("*@far.test", "shop.test"))
        self.assertIn("expires_at", entry)
        self.assertEqual(self.entries(relay, "--tenant", "other.test"), [])
        self.assertEqual(self.entries(relay, "*@FAR*"), [entry])
        self.suppress(relay, "remove", "far.test", status=1)  # not everybody's
        self.suppress(relay, "remove", "far.test", "--tenant", "shop.test")

        self.suppress(relay, "add", "soon@far.test", "--for", "1s")
        self.assertTrue(wait_until(lambda: "250" in self.reply_to(relay, "soon@far.test"), 10))
        self.assertEqual(self.entries(relay), [])
        self.assertEqual(len(self.entries(relay, "--expired")), 1)

    def test_mistakes_are_usage(self) -> None:
        relay = self.relay(self.remote())
        cases = {
            ("add", "nobody"): "ann@example.com",
            ("add", "a@b.test", "--for", "soon"): "for is a duration",
            ("add", "a@b.test", "--until", "2001-01-01"): "until is over",
            ("add", "a@b.test", "--until", "x"): "until is a time",
            ("add", "a@b.test", "--until", "2099-01-01", "--for", "1d"): "excludes",
            ("list", "--tenant", "a\tb"): "tenant is neither",
            ("list", "--origin", "x"): "origin",
            ("import", "/no/such/file"): "can't be read",
        }
        for words, text in cases.items():
            with self.subTest(words):
                self.assertIn(text, self.suppress(relay, *words, status=64))
        self.assertIn("no entry matches", self.suppress(relay, "list", status=1))
        relay.stop()
        self.suppress(relay, "list", status=2)

    def test_lists_of_other_services(self) -> None:
        relay = self.relay(self.remote())
        said = self.feed(relay, SENDGRID, "--because", "moved here")
        self.assertIn("added: 1, replaced: 0, as they were: 0, unreadable: 1", said)
        self.assertIn("line 3", said)
        self.feed(relay, MAILGUN)
        self.assertIn("would be added: 1", self.feed(relay, SES, "--dry-run"))
        self.assertEqual(len(self.entries(relay)), 2)
        self.feed(relay, SES)
        self.assertIn("as they were: 1", self.feed(relay, SES))
        found = {entry["address"]: entry for entry in self.entries(relay)}
        self.assertEqual(sorted(found), ["full@mail.test", "gone@send.test", "stop@ses.test"])
        self.assertIn("no such user, sorry", found["gone@send.test"]["reason"])
        self.assertEqual(found["full@mail.test"]["added_at"], "2025-10-21T11:02:55Z")
        self.assertEqual(found["stop@ses.test"]["origin"], "import")
        self.assertIn("550", self.reply_to(relay, "stop@ses.test"))
        self.feed(relay, "no list\n", status=1)
        (line, *_) = relay.wait_log("admin", what="suppress_import")
        self.assertEqual((line["added"], line["because"]), (1, "moved here"))

    def test_an_export_makes_the_same_list_elsewhere(self) -> None:
        first, second = self.relay(self.remote()), self.relay(self.remote())
        rows = [["address", "reason"]]
        rows += [[f"user{n}@far.test", f'said "no, {n}"'] for n in range(12_000)]
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        self.assertIn("added: 12000", self.feed(first, text.getvalue()))
        self.suppress(first, "add", "*@closed.test", "--tenant", "shop.test", "--for", "2d")
        for form in ((), ("--json",)):
            exported = run("suppress", "export", *form, **first.settings).stdout
            self.feed(second, exported)
            self.assertEqual(self.entries(first), self.entries(second))
            again = run("suppress", "export", *form, **second.settings).stdout
            self.assertEqual(again, exported)
        self.assertEqual(len(self.entries(first)), 12_001)
        ids = run("suppress", "list", "--ids", "--limit", "1500", **first.settings).stdout
        self.assertEqual(len(ids.splitlines()), 1500)
