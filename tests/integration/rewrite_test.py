"""Rewriting: senders, recipients and fields, as the servers and the log see them."""

import email
import email.policy
import subprocess
import threading
import unittest
from email.utils import getaddresses

from tests.support.case import RelayCase
from tests.support.relay import BINARY, environment, run

NEWS = "From: App <app@web1.client.test>\r\nSubject: x\r\n\r\nx\r\n"


def parsed(message) -> email.message.EmailMessage:
    return email.message_from_bytes(message.data, policy=email.policy.default)


class Rewriting(RelayCase):
    def one(self, text: str = NEWS, sender="app@web1.client.test", to="b@far.test", **settings):
        """What the server gets, the parsed message, and the log's line."""
        far = self.remote()
        near = self.relay(far, **settings)
        near.submit(sender, to, text)
        message = far.wait_delivered(1)[0]
        (line,) = near.wait_log("received")
        return message, parsed(message), line

    def test_hosts_hide_behind_their_domain_in_envelope_and_header(self) -> None:
        message, header, line = self.one(masquerade_domains="client.test")
        self.assertEqual(message.sender, "app@client.test")
        self.assertEqual(header["From"], "App <app@client.test>")
        self.assertEqual(line["from"], "app@client.test")
        self.assertEqual(line["original_from"], "app@web1.client.test")
        self.assertEqual(line["original_author"], "app@web1.client.test")
        self.assertEqual(line["author"], "app@client.test")

    def test_a_forced_sender(self) -> None:
        message, header, _ = self.one(
            "From: a@b.test, c@d.test\r\nSender: a@b.test\r\nFrom: e@f.test\r\n\r\nx\r\n",
            force_from="Client, Inc. <noreply@client.test>",
        )
        self.assertEqual(message.sender, "noreply@client.test")
        self.assertEqual(header.get_all("From"), ['"Client, Inc." <noreply@client.test>'])
        self.assertNotIn("Sender", header)

    def test_fields_copies_and_a_hidden_client(self) -> None:
        far = self.remote()
        near = self.relay(
            far,
            headers="add List-Unsubscribe: <https://x.test/?a={recipient}>\nremove X-In*",
            always_bcc="archive@far.test",
            hide_client="on",
        )
        text = "Received: from inner.corp.test by y; Fri, 27 Nov 2026 09:00:00 +0100\r\n"
        near.submit("a@client.test", "b@far.test", text + "X-Inner: z\r\n" + NEWS)
        (message,) = far.wait_delivered(1)
        self.assertEqual(sorted(message.recipients), ["archive@far.test", "b@far.test"])
        header = parsed(message)
        self.assertEqual(header["List-Unsubscribe"], "<https://x.test/?a=b%40far.test>")
        self.assertNotIn("X-Inner", header)
        self.assertEqual(len(header.get_all("Received")), 2)
        trace = "".join(header.get_all("Received"))
        for word in ("inner.corp", "127.0.0.1", "from ", "archive@"):
            self.assertNotIn(word, trace)
        (line,) = near.wait_log("received")
        self.assertEqual(line["copies_to"], "archive@far.test")

    def test_rules_for_the_clients_of_a_network(self) -> None:
        """The address is what permissions see: what a proxy says, and nothing if it knows none."""
        far = self.remote()
        near = self.relay(
            far,
            force_from="client=10.20.0.0/16,2001:db8:20::/48 Scanners <scan@client.test>",
            headers="client=10.20.0.0/16 set X-Where: the office",
            always_bcc="client=loopback near@far.test; client=2001:db8:20::/48 six@far.test",
            trusted_networks="loopback 10.0.0.0/8 2001:db8::/32",
            xclient_networks="127.0.0.1",
        )
        came = {}
        for name, address in (
            ("office", "10.20.3.4"),
            ("other", "10.21.3.4"),
            ("six", "IPV6:2001:db8:20::7"),
            ("near", None),
        ):
            with near.client() as client:
                if address:
                    client.ask(f"XCLIENT ADDR={address}", 220)
                    client.ask("EHLO client.test", 250)
                client.mail("app@web1.client.test", [f"{name}@far.test"], NEWS.encode())
            came[name] = far.wait_delivered(1, f"^{name}@far.test$")[0]
        senders = {name: message.sender for name, message in came.items()}
        app = "app@web1.client.test"
        self.assertEqual(senders["office"], "scan@client.test")
        self.assertEqual(senders["six"], "scan@client.test")
        self.assertEqual((senders["other"], senders["near"]), (app, app))
        self.assertEqual(parsed(came["office"])["From"], "Scanners <scan@client.test>")
        fields = {name: parsed(message)["X-Where"] for name, message in came.items()}
        self.assertEqual(fields, {"office": "the office", "other": None, "six": None, "near": None})
        copies = [line.get("copies_to") for line in near.wait_log("received", count=4)]
        self.assertEqual(copies, [None, None, "six@far.test", "near@far.test"])

    def test_a_sender_never_learns_of_a_blind_copy(self) -> None:
        refusal = {"at": "rcpt", "match": "archive|never", "reply": "550 5.1.1 nobody"}
        far = self.remote({"rules": [refusal]})
        near = self.relay(far, always_bcc="archive@far.test")
        lost = near.submit("a@client.test", "b@far.test", NEWS)
        line = near.wait_log("undeliverable", queue_id=lost)[0]
        self.assertEqual((line["to"], line["copy"]), ("archive@far.test", True))
        near.submit("a@client.test", "never@far.test", NEWS)
        (bounce,) = far.wait_delivered(1, "^a@client.test$")
        self.assertIn(b"never@far.test", bounce.data)
        self.assertNotIn(b"archive", bounce.data)
        self.assertEqual(len(near.wait_log("undeliverable", to="archive@far.test", count=2)), 2)
        self.assertEqual([line["to"] for line in near.select("bounced")], ["never@far.test"])

    def test_a_server_with_dsn_is_asked_to_keep_a_copy_secret(self) -> None:
        far = self.remote({"extensions": ["PIPELINING", "DSN"]})
        near = self.relay(far, always_bcc="archive@far.test")
        near.submit("a@client.test", "b@far.test", NEWS)
        far.wait_delivered(1)
        commands = far.connections[0].commands
        self.assertIn("RCPT TO:<b@far.test>", commands)
        self.assertIn("RCPT TO:<archive@far.test> NOTIFY=NEVER", commands)

    def test_a_recipient_that_has_moved(self) -> None:
        far = self.remote()
        near = self.relay(
            far,
            recipient_map="old@x.test -> 251 new@far.test; gone@x.test -> 551 gone@y.test;"
            "@quiet.test -> @far.test",
        )
        with near.client() as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            reply = client.ask("RCPT TO:<old@x.test>", 251)
            self.assertEqual(reply.text, "2.1.5 User not local; will forward to <new@far.test>")
            reply = client.ask("RCPT TO:<gone@x.test>", 551)
            self.assertEqual(reply.text, "5.1.6 User not local; please try <gone@y.test>")
            client.ask("RCPT TO:<c@quiet.test>", 250)
            self.assertIn("will forward to", client.ask("VRFY old@x.test", 251).text)
            self.assertIn("please try", client.ask("VRFY <gone@x.test>", 551).text)
            client.ask("VRFY other@x.test", 252)
            client.ask("DATA", 354)
            client.ask("Subject: x\r\n\r\nx\r\n.", 250)
        (message,) = far.wait_delivered(1)
        self.assertEqual(sorted(message.recipients), ["c@far.test", "new@far.test"])
        (line,) = near.wait_log("received")
        self.assertEqual(line["original_to"], "old@x.test, c@quiet.test")
        (line,) = near.wait_log("rejected", reason="moved", command="RCPT")
        self.assertEqual((line["to"], line["code"]), ("gone@x.test", 551))

    def test_what_was_answered_is_what_is_stored(self) -> None:
        far = self.remote()
        near = self.relay(far)
        near.stop()
        path = near.folder / "recipients"
        near.settings["recipient_map_file"] = path
        for number, changed in enumerate(("551 @gone.test", "251 @two.test", "@silent.test")):
            with self.subTest(changed):
                path.write_text("@x.test -> 251 @one.test\n", encoding="utf-8")
                near.start()
                with near.client() as client:
                    client.ask("MAIL FROM:<a@client.test>", 250)
                    reply = client.ask(f"RCPT TO:<{number}@x.test>", 251)
                    self.assertIn(f"<{number}@one.test>", reply.text)
                    path.write_text(f"@x.test -> {changed}\n", encoding="utf-8")
                    near.wait_log("config", what="reloaded", count=number + 1)
                    client.ask("DATA", 354)
                    client.ask("Subject: x\r\n\r\nx\r\n.", 250)
                (message,) = far.wait_delivered(1, f"^{number}@")
                self.assertEqual(message.recipients, [f"{number}@one.test"])
                with near.client() as client:
                    client.ask("MAIL FROM:<a@client.test>", 250)
                    client.ask("RCPT TO:<a@x.test>", int(changed[:3]) if number < 2 else 250)
                near.stop()

    def test_permissions_judge_what_the_client_gave_and_routes_what_came_out(self) -> None:
        hub, usual = self.remote(), self.remote()
        near = self.relay(
            usual,
            permissions="* from=@client.test",
            sender_map="@client.test -> @other.test",
            recipient_map="@old.test -> @hub.test",
            routes=f"from=@other.test to=hub.test -> 127.0.0.1:{hub.port}",
        )
        text = "From: a@client.test\r\n\r\nx\r\n"
        near.submit("a@client.test", "b@old.test", text)
        (message,) = hub.wait_delivered(1)
        self.assertEqual((message.sender, message.recipients), ("a@other.test", ["b@hub.test"]))
        with near.client() as client:
            client.ask("MAIL FROM:<a@other.test>", 550)

    def test_a_reverse_path_for_each_recipient(self) -> None:
        far = self.remote()
        near = self.relay(far, verp="@client.test")
        near.submit("news@client.test", ["a@far.test", "b@far.test"])
        near.submit("", "c@far.test")
        messages = far.wait_delivered(3)
        self.assertEqual(
            sorted((message.sender, message.recipients) for message in messages),
            [
                ("", ["c@far.test"]),
                ("news+a=far.test@client.test", ["a@far.test"]),
                ("news+b=far.test@client.test", ["b@far.test"]),
            ],
        )

    def test_bad_maps_stop_a_start(self) -> None:
        cases = {
            "sender_map": ("a@x.test -> b@x.test\nc\nd@x.test -> e@x.test", "(line 2)"),
            "recipient_map": ("a@x.test -> b@x.test; b@x.test -> a@x.test", "circle"),
            "headers": ("add X: 1\nset From: a@b.test", "(line 2)"),
            "force_from": ("nobody", "a sender belongs"),
            "always_bcc": ("user=x", "no address"),
            "masquerade_domains": ("com", "a domain belongs"),
            "verp": ("<>", "null reverse-path"),
        }
        for name, (text, words) in cases.items():
            with self.subTest(name):
                done = run("check-config", **{name: text})
                self.assertEqual(done.returncode, 78)
                self.assertIn(words, done.stderr)
                self.assertIn("KURIR_" + name.upper(), done.stderr)

    def test_a_new_map_counts_under_load_and_a_bad_one_does_not(self) -> None:
        far = self.remote()
        near = self.relay(far)
        near.stop()
        path = near.folder / "senders"
        path.write_text("@client.test -> @one.test\n", encoding="utf-8")
        near.settings["sender_map_file"] = path
        near.start()
        over = threading.Event()

        def load() -> None:
            while not over.is_set():
                near.submit("a@client.test", "b@far.test")

        senders = [threading.Thread(target=load) for _ in range(3)]
        for thread in senders:
            thread.start()
        try:
            path.write_text("@client.test -> @two.test\n", encoding="utf-8")
            near.wait_log("config", what="reloaded")
            far.wait_for(lambda server: any(m.sender == "a@two.test" for m in server.messages))
            path.write_text("@client.test ->\n", encoding="utf-8")
            near.wait_log("config", what="reload_failed")
        finally:
            over.set()
            for thread in senders:
                thread.join()
        near.submit("last@client.test", "b@far.test")
        far.wait_for(lambda server: any(m.sender == "last@two.test" for m in server.messages))
        self.assertEqual(
            {message.sender.rpartition("@")[2] for message in far.messages},
            {"one.test", "two.test"},
        )


class Command(unittest.TestCase):
    def rewrite(self, text: str, *arguments: str, **settings) -> subprocess.CompletedProcess:
        return subprocess.run(
            [BINARY, "rewrite", *arguments],
            env=environment({"hostname": "relay.test"} | settings),
            input=text,
            text=True,
            timeout=20,
            capture_output=True,
            check=False,
        )

    def test_differences_are_shown(self) -> None:
        done = self.rewrite(
            NEWS.replace("\r\n", "\n"),
            "--to",
            "b@far.test",
            "--to",
            "old@x.test",
            masquerade_domains="client.test",
            recipient_map="old@x.test -> new@x.test",
            headers="remove Subject",
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in (
            "-MAIL FROM:<app@web1.client.test>",
            "+MAIL FROM:<app@client.test>",
            " RCPT TO:<b@far.test>",
            "-RCPT TO:<old@x.test>",
            "+RCPT TO:<new@x.test>",
            "-From: App <app@web1.client.test>",
            "+From: App <app@client.test>",
            "-Subject: x",
        ):
            self.assertIn(line, done.stdout.splitlines())

    def test_the_clients_address_may_be_told(self) -> None:
        rules = {"headers": "client=10.20.0.0/16 add X-Where: office"}
        done = self.rewrite(NEWS, "--client", "10.20.1.2", **rules)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("+X-Where: office", done.stdout)
        self.assertNotIn("X-Where", self.rewrite(NEWS, "--client", "10.21.1.2", **rules).stdout)
        self.assertNotIn("X-Where", self.rewrite(NEWS, **rules).stdout)
        done = self.rewrite(NEWS, "--client", "web1.test", **rules)
        self.assertEqual((done.returncode, "--client is an IP" in done.stderr), (64, True))

    def test_statuses(self) -> None:
        done = self.rewrite(NEWS, "--to", "a@x.test", recipient_map="@x.test -> 551 @y.test")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a@x.test: 551 5.1.6", done.stderr)
        self.assertEqual(self.rewrite(NEWS, "--to", "nobody").returncode, 64)
        self.assertEqual(self.rewrite(NEWS, sender_map="x").returncode, 78)
        self.assertIn("--user", run("rewrite", "--help").stdout)


# Headers as odd as they come: what a parser sees before and after must be the same, but for the
# addresses that the rules name.
CORPUS = [
    "a@old.test",
    "A B <a@old.test>",
    '"a@old.test, Jr." <b@old.test>',
    "(a@old.test) b@old.test (c@old.test)",
    "=?UTF-8?Q?J=C3=BCrgen?= <a@old.test>, =?ISO-8859-1?B?5A==?= <c@new.test>",
    "Team: a@old.test, B <b@old.test>;, c@x.test",
    "a@old.test,\r\n\tB\r\n <b@old.test>,\r\n c@deep.host.test",
    '"quoted local"@old.test',
    '"a\\"b" <a+tag@old.test>',
    "<@hub.old.test:a@old.test>",
    "A@OLD.test",
    "app@web1.host.test, app@host.test",
    "undisclosed-recipients:;",
]


class Corpus(RelayCase):
    def test_a_parser_sees_the_same_text_and_the_addresses_of_the_rules(self) -> None:
        far = self.remote()
        near = self.relay(far, sender_map="@old.test -> @new.test", masquerade_domains="host.test")

        def expected(address: str) -> str:
            local, _, domain = address.rpartition("@")
            domain = "new.test" if domain.lower() == "old.test" else domain
            return f"{local}@{'host.test' if domain.endswith('.host.test') else domain}"

        for number, value in enumerate(CORPUS):
            text = f"Reply-To: {value}\r\nSubject: {number}\r\nTo: {value}\r\nFrom: x@y.test\r\n\r\nx\r\n"
            near.submit("a@client.test", "b@far.test", text)
        seen = {parsed(message)["Subject"]: message for message in far.wait_delivered(len(CORPUS))}
        for number, value in enumerate(CORPUS):
            with self.subTest(value):
                header = email.message_from_bytes(seen[str(number)].data)
                self.assertEqual(header["To"], value)
                before, after = getaddresses([value]), getaddresses([header["Reply-To"]])
                self.assertEqual([name for name, _ in after], [name for name, _ in before])
                self.assertEqual(
                    [a for _, a in after], [expected(a) if a else a for _, a in before]
                )
