"""What clients that may relay write, and how it reaches the remote server."""

from tests.support.case import RelayCase
from tests.support.client import Client

TEXT = b"Subject: x\r\n\r\nx\r\n"


class Accepting(RelayCase):
    def send(self, near, sender: str, recipient: str, hello: str = "EHLO client.test") -> None:
        """One message with the envelope as it is written here."""
        with Client(near.port) as client:
            client.expect(220)
            client.ask(hello, 250)
            client.ask(f"MAIL FROM:{sender}", 250)
            client.ask(f"RCPT TO:{recipient}", 250)
            client.ask("DATA", 354)
            client.send(TEXT + b".\r\n")
            client.expect(250)

    def test_A3_A7_A9_A10_addresses_go_on_in_a_form_that_is_valid(self) -> None:
        far = self.remote()
        near = self.relay(far)
        long = "x" * 65
        expected = {
            "a@client.test": "a@client.test",
            "<a@client.test >": "a@client.test",
            "Name <b@client.test>": "b@client.test",
            "<x.@client.test>": '"x."@client.test',
            "<a..b@client.test>": '"a..b"@client.test',
            f"<{long}@client.test>": f"{long}@client.test",
            "<root@web_01.client.test.>": "root@web_01.client.test",
            '<"a@b"@client.test>': '"a@b"@client.test',
        }
        for count, (written, sent) in enumerate(expected.items(), 1):
            with self.subTest(written):
                self.send(near, written, written)
                message = far.wait_delivered(count)[-1]
                self.assertEqual((message.sender, message.recipients), (sent, [sent]))

    def test_A7_the_bounce_to_a_quoted_sender_arrives(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "match": "gone@", "reply": "550 5.1.1 gone"}]})
        near = self.relay(far)
        self.send(near, "<a..b.@client.test>", "gone@remote.test")
        self.assertEqual(far.wait_delivered(1)[0].recipients, ['"a..b."@client.test'])

    def test_A6_any_name_of_a_client_stands_in_received_and_in_the_log(self) -> None:
        far = self.remote()
        near = self.relay(far)
        self.send(near, "<a@client.test>", "<b@remote.test>", "EHLO my (printer")
        message = far.wait_delivered(1)[0]
        self.assertIn(b"Received: from [127.0.0.1] (HELO my \\(printer)\r\n\tby", message.data)
        self.assertEqual(near.wait_log("received")[0]["helo"], "my (printer")

    def test_A6_a_strangers_name_that_is_refused_is_in_the_log(self) -> None:
        near = self.relay(self.remote(), trusted_networks="127.0.0.2/32")
        with Client(near.port) as client:
            client.expect(220)
            reply = client.ask("EHLO my printer", 501)
            self.assertFalse(reply.text[:1].isdigit(), "H16: no enhanced code")
        line = near.wait_log("rejected")[0]
        self.assertEqual(
            (line["stage"], line["command"], line["helo"], line["admit_by"]),
            ("helo", "EHLO", "my printer", "add 127.0.0.1 to KURIR_TRUSTED_NETWORKS"),
        )

    def test_A11_H13_what_lacks_a_domain_is_completed(self) -> None:
        far = self.remote()
        near = self.relay(far, local_domain="corp.test")
        cases = (
            ("<root@localhost>", "<root>", "root@corp.test", "root@corp.test"),
            ("root", "postmaster", "root@corp.test", "postmaster@corp.test"),
            (
                "<www-data@3f2a1b4c5d6e>",
                "<POSTMASTER>",
                "www-data@corp.test",
                "postmaster@corp.test",
            ),
            ("<a@client.test>", "<b@files>", "a@client.test", "b@files.corp.test"),
        )
        for count, (sender, recipient, sender_sent, recipient_sent) in enumerate(cases, 1):
            self.send(near, sender, recipient)
            message = far.wait_delivered(count)[-1]
            self.assertEqual((message.sender, message.recipients), (sender_sent, [recipient_sent]))

    def test_A11_without_a_full_name_of_the_host_nothing_is_guessed(self) -> None:
        near = self.relay(self.remote(), hostname="relay")
        with near.client() as client:
            client.ask("MAIL FROM:<root@localhost>", 501)
            client.ask("MAIL FROM:<root@corp.test>", 250)
            client.ask("RCPT TO:<root>", 501)
            client.ask("RCPT TO:<Postmaster>", 550)
        advice = [line["admit_by"] for line in near.wait_log("rejected", 3)]
        self.assertEqual(
            advice, ["set KURIR_LOCAL_DOMAIN", "set KURIR_LOCAL_DOMAIN", "set KURIR_POSTMASTER"]
        )

    def test_H13_root_and_postmaster_go_to_the_one_who_is_named(self) -> None:
        far = self.remote()
        near = self.relay(far, hostname="relay", postmaster="ops@corp.test")
        for count, recipient in enumerate(("<Postmaster>", "root"), 1):
            self.send(near, "<a@client.test>", recipient)
            self.assertEqual(far.wait_delivered(count)[-1].recipients, ["ops@corp.test"])

    def test_A14_what_is_asked_of_reports_has_no_effect_until_dsn_is_offered(self) -> None:
        far = self.remote(
            {
                "extensions": ["PIPELINING", "8BITMIME", "DSN"],
                "rules": [{"at": "rcpt", "match": "gone", "reply": "550 5.1.1 gone"}],
            }
        )
        near = self.relay(far)
        with near.client() as client:
            self.assertNotIn("DSN", client.ask("EHLO client.test", 250).text)
            client.ask("MAIL FROM:<a@client.test> RET=HDRS ENVID=1 AUTH=<>", 250)
            client.ask("RCPT TO:<gone@remote.test> NOTIFY=NEVER ORCPT=rfc822;x@y.test", 250)
            client.ask("RCPT TO:<there@remote.test> NOTIFY=SUCCESS,FAILURE,DELAY", 250)
            client.ask("RCPT TO:<bad@remote.test> NOTIFY=NEVER,DELAY", 501)
            client.ask("DATA", 354)
            client.send(TEXT + b".\r\n")
            client.expect(250)
        far.wait_delivered(1, "^there@")
        (bounce,) = far.wait_delivered(1, "^a@client.test$")  # one: of the failure alone
        self.assertIn(b"gone@remote.test", bounce.data)
        self.assertNotIn(b"there@remote.test", bounce.data.split(b"\r\n--")[1])
        said = [command for one in far.connections for command in one.commands]
        self.assertFalse([line for line in said if "NOTIFY" in line or "ENVID" in line])

    def test_A15_a_list_with_bad_addresses_reaches_the_good_ones(self) -> None:
        far = self.remote()
        near = self.relay(far)
        with near.client() as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            for number in range(84):
                bad = number % 4 == 0
                address = f"bad{number}@@remote.test" if bad else f"good{number}@remote.test"
                client.ask(f"RCPT TO:<{address}>", 501 if bad else 250)
            client.ask("DATA", 354)
            client.send(TEXT + b".\r\n")
            client.expect(250)
        far.wait_for(lambda server: sum(len(m.recipients) for m in server.messages) == 63)

    def test_A18_refused_commands_are_in_the_log_with_their_verb(self) -> None:
        near = self.relay(self.remote())
        with near.client() as client:
            client.ask("foo bar", 500)
            client.ask("AUTH PLAIN AGEAYg==", 502)
            client.ask("cGFzc3dvcmQ=", 500)  # what a client may send after AUTH
            client.ask("STARTTLS", 502)
        with Client(near.port) as client:
            client.expect(220)
            client.send(b"\x16\x03\x01\x02\x00\x01\x00")
            client.expect(554)
        lines = near.wait_log("rejected", 5)
        self.assertEqual(
            [(line["stage"], line.get("command"), line["reason"]) for line in lines],
            [
                ("command", "FOO", "syntax"),
                ("command", "AUTH", "auth_not_offered"),
                ("command", None, "syntax"),
                ("command", "STARTTLS", "tls_not_offered"),
                ("connect", None, "tls_on_plain_port"),
            ],
        )
        self.assertNotIn("cGFzc3dvcmQ", near.tail(1000))
        for stage, reason, count in (
            ("command", "syntax", 2),
            ("command", "auth_not_offered", 1),
            ("command", "tls_not_offered", 1),
            ("connect", "tls_on_plain_port", 1),
        ):
            value = near.metric("smtp_rejects_total", stage=stage, reason=reason)
            self.assertEqual(value, count, (stage, reason))
