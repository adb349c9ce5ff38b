"""KURIR_PERMISSIONS and its kin: who may send what, by the client's network."""

import signal

from tests.support.case import RelayCase
from tests.support.client import Client
from tests.support.relay import Relay, run

GOOD = {"hostname": "relay.test", "listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
OTHER = "127.0.0.2"  # the address of another client
TEXT = "From: {}\r\nSubject: x\r\n\r\nx\r\n."

LINES = """# by network
127.0.0.2   from=@billing.test,noreply@example.test to=@remote.test max_size=2K priority=bulk
127.0.0.3   relay=no
127.0.0.4   distinct=2/d
*           rate=3/d
"""


class Permissions(RelayCase):
    def permitting(self, lines: str = LINES, **settings: object) -> Relay:
        self.far = self.remote()
        return self.relay(self.far, permissions=lines, trusted_networks="127.0.0.0/8", **settings)

    def client(self, near: Relay, source: str) -> Client:
        client = Client.greeted(near.port, source=source)
        self.addCleanup(client.close)
        return client

    def code(self, client: Client, author: str, sender: str = "a@billing.test") -> int:
        """What a whole message of this author is answered."""
        client.ask(f"MAIL FROM:<{sender}>", 250)
        client.ask("RCPT TO:<b@remote.test>", 250)
        client.ask("DATA", 354)
        return client.ask(TEXT.format(author)).code

    def test_each_client_has_its_line_and_the_log_names_it(self) -> None:
        near = self.permitting()
        client = self.client(near, OTHER)
        self.assertEqual(client.ask("MAIL FROM:<a@evil.test>", 550).text[:5], "5.7.1")
        client.ask("MAIL FROM:<a@billing.test> SIZE=3000", 552)
        client.ask("MAIL FROM:<NoReply@example.test>", 250)
        self.assertEqual(client.ask("RCPT TO:<b@elsewhere.test>", 550).text[:5], "5.7.1")
        client.ask("RCPT TO:<b@remote.test>", 250)
        client.ask("RSET", 250)

        other = self.client(near, "127.0.0.3")
        other.ask("MAIL FROM:<a@evil.test>", 250)
        reply = other.ask("RCPT TO:<b@remote.test>", 550)
        self.assertEqual(reply.text, "5.7.1 Relay access denied")

        wanted = {
            "sender_not_permitted": "from= in line 2",
            "size_not_permitted": "max_size= in line 2",
            "recipient_not_permitted": "to= in line 2",
            "relay_not_permitted": "relay=no in line 3",
        }
        for reason, advice in wanted.items():
            (line,) = near.wait_log("rejected", reason=reason)
            self.assertIn(f"{advice} of KURIR_PERMISSIONS", line["admit_by"])
        for reason in ("sender", "size", "recipient", "relay"):
            self.assertEqual(near.metric("permission_refusals_total", reason=reason), 1)
        self.assertEqual(near.metric("smtp_rejects_total", stage="mail", reason="permission"), 2)

    def test_the_author_is_judged_however_it_is_written(self) -> None:
        near = self.permitting()
        client = self.client(near, OTHER)
        good = (
            "a@billing.test",
            '"The Boss, boss@evil.test" <A@Billing.test> (boss@evil.test)',
            "=?utf-8?q?boss=40evil.test?=\r\n <a@billing.test>, noreply@example.test",
            "Team: a@billing.test;",
        )
        bad = (
            "a@evil.test",
            "a@billing.test, b@evil.test",
            "boss@evil.test <a@billing.test>",
            "a@billing.test\r\nFrom: b@evil.test",
            "Team: a@billing.test, b@evil.test;",
            "a@billing.test <b@evil.test",
        )
        self.assertEqual([self.code(client, author) for author in good], [250] * len(good))
        self.assertEqual([self.code(client, author) for author in bad], [550] * len(bad))
        self.assertEqual(self.code(client, "a@billing.test", sender=""), 250)
        self.assertEqual(self.code(client, "a@evil.test", sender=""), 550)
        messages = self.far.wait_delivered(len(good) + 1)
        self.assertFalse([one for one in messages if b"From: b@evil" in one.data])
        rejected = near.wait_log("rejected", reason="author_not_permitted", count=len(bad) + 1)
        self.assertIn("from= in line 2", rejected[0]["admit_by"])
        self.assertEqual({line["priority"] for line in near.select("received")}, {"bulk"})

    def test_a_rate_holds_over_sessions_and_after_a_restart(self) -> None:
        near = self.permitting()
        for number in range(3):
            near.submit("a@client.test", f"u{number}@remote.test")
        self.put_off(near)
        near.restart()
        self.put_off(near)
        (line,) = near.wait_log("rejected", reason="too_many_submitted", count=1)[-1:]
        self.assertIn("rate= in line 5", line["admit_by"])
        # Another client has its own.
        Client.greeted(near.port, source="127.0.0.9").ask("MAIL FROM:<a@client.test>", 250)

    def put_off(self, near: Relay) -> None:
        with near.client() as client:
            reply = client.ask("MAIL FROM:<a@client.test>", 450)
            self.assertRegex(reply.text, r"^4\.7\.1 Too many messages .* try again in \d+ s$")

    def test_different_recipients_of_a_day_are_limited(self) -> None:
        near = self.permitting()
        client = self.client(near, "127.0.0.4")
        client.ask("MAIL FROM:<a@client.test>", 250)
        for recipient in ("u1", "u2", "U1"):
            client.ask(f"RCPT TO:<{recipient}@remote.test>", 250)
        self.assertEqual(client.ask("RCPT TO:<u3@remote.test>", 450).text[:5], "4.7.1")
        client.ask("DATA", 354)
        client.ask(TEXT.format("a@client.test"), 250)
        client.close()
        near.restart()

        client = self.client(near, "127.0.0.4")
        client.ask("MAIL FROM:<a@client.test>", 250)
        client.ask("RCPT TO:<u3@remote.test>", 450)
        client.ask("RCPT TO:<u2@remote.test>", 250)

    def test_a_damaged_file_is_told_and_begun_anew(self) -> None:
        near = self.permitting()
        for number in range(3):
            near.submit("a@client.test", f"u{number}@remote.test")
        near.stop()
        counts = near.queue_dir / "quotas"
        damaged = counts.read_bytes().replace(b":", b";", 1)
        counts.write_bytes(damaged)
        near.start()
        (line,) = near.wait_log("quotas", what="damaged")
        self.assertEqual((near.queue_dir / "quotas.damaged").read_bytes(), damaged)
        self.assertIn("zero", line["advice"])
        self.assertEqual(near.metric("quota_save_failures_total"), 1)
        near.submit("a@client.test", "again@remote.test")

    def test_domains_for_everyone(self) -> None:
        near = self.permitting(
            "",
            allowed_sender_domains="client.test, *.client.test",
            allowed_recipient_domains="remote.test",
        )
        near.submit("a@x.client.test", "b@remote.test", TEXT.format("a@client.test")[:-1])
        with near.client() as client:
            client.ask("MAIL FROM:<a@evil.test>", 550)
            self.assertEqual(self.code(client, "a@evil.test", "a@client.test"), 550)
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@evil.test>", 550)
        (line,) = near.wait_log("rejected", reason="recipient_not_permitted")
        self.assertEqual(line["admit_by"], "add the domain to KURIR_ALLOWED_RECIPIENT_DOMAINS")

    def test_the_route_of_a_client_comes_before_the_rules(self) -> None:
        ses = self.remote()
        near = self.permitting(
            "127.0.0.2 route=ses",
            relayhost_ses=f"127.0.0.1:{ses.port}",
            routes='to=remote.test -> reject "550 5.1.6 moved"',
        )
        client = self.client(near, OTHER)
        self.assertEqual(self.code(client, "a@client.test"), 250)
        ses.wait_delivered(1)
        self.assertEqual(self.far.delivered(), [])
        with near.client() as other:
            other.ask("MAIL FROM:<a@client.test>", 250)
            other.ask("RCPT TO:<b@remote.test>", 550)

    def test_a_reload_reads_the_file_again_and_a_mistake_keeps_the_old(self) -> None:
        near = self.permitting("")
        near.stop()
        path = near.folder / "permissions"
        path.write_text("127.0.0.2 from=@billing.test\n", encoding="utf-8")
        del near.settings["permissions"]
        near.settings["permissions_file"] = path
        near.start()
        self.refused(near, "a@evil.test", 550)

        path.write_text("127.0.0.2\n* form=@billing.test\n", encoding="utf-8")
        near.signal(signal.SIGHUP)
        (line,) = near.wait_log("config", what="reload_failed")
        self.assertIn("KURIR_PERMISSIONS_FILE", line["problem"])
        self.assertIn('"form=@billing.test"', line["problem"])
        self.assertIn("line 2", line["problem"])
        self.refused(near, "a@evil.test", 550)

        path.write_text("127.0.0.2\n", encoding="utf-8")
        near.signal(signal.SIGHUP)
        near.wait_log("config", what="reloaded")
        self.refused(near, "a@evil.test", 250)

    def refused(self, near: Relay, sender: str, code: int) -> None:
        with Client.greeted(near.port, source=OTHER) as client:
            client.ask(f"MAIL FROM:<{sender}>", code)


class Starting(RelayCase):
    def test_a_mistake_names_line_and_word_and_is_status_78(self) -> None:
        cases = {
            "user:a from=@a.test\nbilling": ('"billing"', "line 2"),
            "user:a\n10.0.0.1/8 rate=1/d": ('"10.0.0.1/8"', "line 2"),
            "#\n\nuser:a rate=5/week": ('"5/week"', "line 3"),
            "user:a route=ses": ("KURIR_RELAYHOST_SES", "line 1"),
            "* relay=no\nuser:a": ('"user:a"', "line 2"),
        }
        for text, wanted in cases.items():
            with self.subTest(text):
                result = run("check-config", **GOOD, permissions=text)
                self.assertEqual(result.returncode, 78)
                for each in wanted:
                    self.assertIn(each, result.stderr)
        for name in ("allowed_sender_domains", "allowed_recipient_domains", "runaway"):
            self.assertEqual(run("check-config", **GOOD, **{name: "a@b"}).returncode, 78)

    def test_kurir_route_tells_the_permission(self) -> None:
        settings = GOOD | {
            "relayhost_ses": "ses.test",
            "permissions": "user:billing from=@billing.test route=ses; 10.0.0.0/8 relay=no",
        }
        for arguments, wanted in (
            (
                ("a@billing.test", "b@x.test", "--user", "billing"),
                ("line 1: user:billing from=@billing.test route=ses", "relayhost ses.test:25"),
            ),
            (
                ("a@evil.test", "b@x.test", "--user", "billing"),
                ("line 1", "nobody: refused by 550 5.7.1", "change from= in line 1"),
            ),
            (("a@b.test", "b@x.test", "--client", "10.1.2.3"), ("relay=no in line 2",)),
            (("a@b.test", "b@x.test"), ("none of KURIR_PERMISSIONS", "the MX hosts of x.test")),
        ):
            result = run("route", *arguments, **settings)
            self.assertEqual(result.returncode, 0, result.stderr)
            for text in wanted:
                self.assertIn(text, result.stdout)
        self.assertEqual(
            run("route", "a@b.test", "c@d.test", "--client", "x", **GOOD).returncode, 64
        )
