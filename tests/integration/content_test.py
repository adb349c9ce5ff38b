"""What becomes of a message's content on its way through: independent readers see one message, its
header and its body."""

import email
import email.policy

from tests.support.case import RelayCase
from tests.support.client import Client

SENDER = "sender@client.test"
USER = "user@remote.test"
FIELDS = "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <a@client.test>\r\n"


def parsed(data: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def given(client: Client, content: bytes) -> int:
    """Sends these bytes by DATA as they are, and returns the code of the last reply."""
    client.begin_message(SENDER, [USER])
    client.send(content + b"\r\n.\r\n")
    return client.reply().code


def given_by_bdat(client: Client, content: bytes, chunk: int = 10_000) -> int:
    """The same by BDAT, in chunks of this size."""
    client.ask(f"MAIL FROM:<{SENDER}>", 250)
    client.ask(f"RCPT TO:<{USER}>", 250)
    reply = None
    for at in range(0, len(content), chunk):
        part = content[at : at + chunk]
        last = " LAST" if at + chunk >= len(content) else ""
        client.send(f"BDAT {len(part)}{last}\r\n".encode() + part)
        reply = client.reply()
        if reply.code != 250:
            client.ask("RSET", 250)
            break
    return reply.code


class Content(RelayCase):
    def arrived(self, content: str | bytes, **settings: object) -> bytes:
        """The message as the next server got it."""
        far = self.remote()
        near = self.relay(far, **settings)
        raw = content.encode() if isinstance(content, str) else content
        with near.client() as client:
            self.assertEqual(given(client, raw), 250)
        return far.wait_delivered(1)[0].data

    def test_A1_A8_every_line_end_becomes_one_crlf(self) -> None:
        data = self.arrived(
            FIELDS + "Subject: s\r\r\nContent-Type: multipart/mixed; boundary=b\n\r\r\n"
            "--b\r\r\n\r\r\nfirst\rline\n--b\r\r\r\n\r\r\nsecond\n--b--\r"
        )
        self.assertNotIn(b"\r", data.replace(b"\r\n", b""))
        self.assertNotIn(b"\n", data.replace(b"\r\n", b""))
        first, second = parsed(data).iter_parts()
        self.assertEqual(first.get_content().splitlines(), ["first", "line"])
        self.assertEqual(second.get_content().splitlines(), ["second"])

    def test_A2_text_behind_the_fields_is_the_body(self) -> None:
        text = "Hello, this is text.\r\nReceived: a\r\nX-Kurir-Priority: bulk\r\n"
        for name, more in (("small", ""), ("large", ("x" * 70 + "\r\n") * 5000)):
            with self.subTest(name):
                message = parsed(
                    self.arrived("From: a@example.org\r\nSubject: s\r\n" + text + more, max_hops=1)
                )
                self.assertEqual(message["Subject"], "s")
                self.assertTrue(message.get_content().startswith(text))

    def test_A2_a_bounce_of_the_header_holds_no_text(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "match": "never", "reply": "550 5.1.1 no"}]})
        near = self.relay(far, bounce_full_size="0")
        near.submit(SENDER, "never@remote.test", "From: a@b.test\r\nSecret text.\r\nMore: x\r\n")
        bounce = far.wait_delivered(1)[0].data
        self.assertIn(b"From: a@b.test", bounce)
        self.assertNotIn(b"Secret text", bounce)
        self.assertNotIn(b"More: x", bounce)

    def test_A5_smtputf8_is_needed_by_addresses_only(self) -> None:
        far = self.remote({"extensions": ["PIPELINING", "8BITMIME"]})
        near = self.relay(far)
        for subject in ("Füllstand".encode(), "Füllstand".encode("latin-1")):
            near.submit(
                SENDER, USER, b"Subject: " + subject + b"\r\n\r\nx\r\n", " BODY=8BITMIME SMTPUTF8"
            )
        found = far.wait_delivered(2)
        self.assertEqual({one.recipients[0] for one in found}, {USER})
        # The control: an address does need it.
        near.submit(SENDER, "jürgen@remote.test", "Subject: s\r\n\r\nx\r\n", " SMTPUTF8")
        near.wait_log("bounced", enhanced="5.6.7")

    def test_A11_From_and_Sender_are_completed(self) -> None:
        message = parsed(
            self.arrived(
                FIELDS + "From: root (Cron Daemon)\r\nSender: www-data@3f2a1b4c5d6e\r\n"
                "To: root\r\n\r\nx\r\n",
                local_domain="example.org",
            )
        )
        self.assertEqual(message["From"].addresses[0].addr_spec, "root@example.org")
        self.assertEqual(message["Sender"].address.addr_spec, "www-data@example.org")

    def test_A12_Bcc_is_not_passed_on_unless_it_is_kept(self) -> None:
        content = (
            FIELDS + "From: a@b.test\r\nBcc: hidden@one.test,\r\n hidden@two.test\r\n"
            "Resent-Bcc: hidden@three.test\r\nSubject: s\r\n\r\nBcc: in the body\r\n"
        )
        data = self.arrived(content)
        self.assertNotIn(b"hidden", data)
        self.assertIn(b"Bcc: in the body", data)
        kept = parsed(self.arrived(content, keep_headers="Bcc, resent-bcc"))
        self.assertIn("hidden@two.test", kept["Bcc"])
        self.assertIn("hidden@three.test", kept["Resent-Bcc"])

    def test_A13_the_line_of_an_mbox_is_dropped(self) -> None:
        for line in ("From root Mon Nov 23 04:05:06 2026", ">From root"):
            with self.subTest(line):
                data = self.arrived(f"{line}\r\n{FIELDS}From: a@b.test\r\nSubject: s\r\n\r\nx\r\n")
                self.assertNotIn(line.encode(), data)
                self.assertEqual(parsed(data)["Subject"], "s")
                self.assertEqual(parsed(data)["Message-ID"], "<a@client.test>")

    def test_A16_a_large_header_arrives_whole(self) -> None:
        values = [f"{number}" + "x" * 900 for number in range(1000)]
        header = "".join(f"X-SMTPAPI: {value}\r\n" for value in values)
        message = parsed(self.arrived(FIELDS + header + "Bcc: hidden@b.test\r\n\r\nthe body\r\n"))
        self.assertEqual(message.get_all("X-SMTPAPI"), values)
        self.assertIsNone(message["Bcc"])
        self.assertEqual(message.get_content().strip(), "the body")

    def test_A16_one_line_of_the_header_may_be_as_long_as_the_header(self) -> None:
        addresses = ", ".join(f"user{number}@remote.test" for number in range(15_000)).encode()
        references = b" ".join(b"<%d@client.test>" % number for number in range(15_000))
        blob = b'{"to": ["' + b"x" * 300_000 + b'"]}'
        far = self.remote()
        near = self.relay(far)
        count = 0
        for name, value in ((b"To", addresses), (b"References", references), (b"X-SMTPAPI", blob)):
            line = name + b": " + value + b"\r\n"
            content = FIELDS.encode() + line + b"Subject: s\r\n\r\nbody\r\n"
            for way in ("data", "bdat"):
                with self.subTest(name, way=way), near.client() as client:
                    if way == "data":
                        self.assertEqual(given(client, content), 250)
                    else:
                        self.assertEqual(given_by_bdat(client, content, 70_000), 250)
                    count += 1
                    data = far.wait_delivered(count)[-1].data
                    self.assertIn(b"\r\n" + line + b"Subject: s\r\n\r\nbody\r\n", data)

    def test_A16_what_is_too_long_is_refused_with_the_setting(self) -> None:
        near = self.relay(self.remote(), max_header_size="100K", max_line_length="2000")
        with near.client() as client:
            self.assertEqual(given(client, b"X: " + b"x" * 900 + b"\r\nx"), 250)
            self.assertEqual(given(client, b"X: " + b"x" * 90_000 + b"\r\n\r\nx"), 250)
            self.assertEqual(given(client, b"\r\n" + b"x" * 2000), 250)
            for number, (content, code, setting) in enumerate(
                (
                    ((b"X: " + b"x" * 900 + b"\r\n") * 200, 552, "KURIR_MAX_HEADER_SIZE"),
                    (b"X: " + b"x" * 110_000 + b"\r\n\r\n", 552, "KURIR_MAX_HEADER_SIZE"),
                    (b"X: x\r\n\r\n" + b"x" * 2001, 550, "KURIR_MAX_LINE_LENGTH"),
                    (b"x" * 2001, 550, "KURIR_MAX_LINE_LENGTH"),
                ),
                1,
            ):
                for count, way in enumerate((given, given_by_bdat), 2 * number - 1):
                    self.assertEqual(way(client, content), code)
                    line = near.wait_log("rejected", count)[-1]
                    self.assertEqual(line["admit_by"], f"raise {setting}")

    def test_A17_an_empty_Message_ID_is_replaced(self) -> None:
        for value in ("", " <>", "\r\n <>"):
            with self.subTest(value):
                message = parsed(
                    self.arrived(f"From: a@b.test\r\nMessage-ID:{value}\r\nDate:\r\n\r\nx\r\n")
                )
                self.assertRegex(message.get_all("Message-ID")[0], r"^<\w{13}@relay\.test>$")
                self.assertEqual(len(message.get_all("Message-ID")), 1)
                self.assertEqual(len(message.get_all("Date")), 1)
                self.assertIsNotNone(message["Date"].datetime)

    def test_H5_no_receiver_sees_an_end_of_data_in_the_message(self) -> None:
        data = self.arrived(b"Subject: s\r\n\r\na\r\n\0.\r\nb\n\0.\nc\r\n..\0\r\nd\0e")
        self.assertNotIn(b"\0", data)
        self.assertNotIn(b"\r\n.\r\n", data)
        near = self.relay(self.remote(), bare_newline="reject")
        with near.client() as client:
            self.assertEqual(given(client, b"Subject: s\r\n\r\na\0b"), 550)
        near.wait_log("rejected", reason="nul")


class Bounces(RelayCase):
    def bounce_of(self, content: str, reply: str | list[str] = "550 5.1.1 no") -> bytes:
        rules = [{"at": "rcpt", "match": "never", "reply": reply}]
        self.far = self.remote({"rules": rules})
        self.near = self.relay(self.far)
        self.near.submit(SENDER, "never@remote.test", content)
        return self.far.wait_delivered(1, f"^{SENDER}$")[0].data

    def test_D3_a_bounce_has_no_line_that_is_too_long(self) -> None:
        for name, content in (
            ("body", FIELDS + "Subject: s\r\n\r\n" + "x" * 1003 + "\r\n"),
            ("header", FIELDS + "X: " + "x" * 1003 + "\r\nSubject: s\r\n\r\nbody\r\n"),
            ("large header", FIELDS + "Subject: s\r\nX: " + "x" * 300_000 + "\r\n\r\nbody\r\n"),
        ):
            with self.subTest(name):
                data = self.bounce_of(content)
                self.assertLessEqual(max(len(line) for line in data.split(b"\r\n")), 998)
                original = list(parsed(data).iter_parts())[2]
                self.assertEqual(original.get_content_type(), "text/rfc822-headers")
                header = email.message_from_bytes(original.get_payload(decode=True))
                self.assertEqual(header["Subject"], "s")
                if name == "header":
                    self.assertEqual(header["X"], "x" * 1003)
                line = self.near.wait_log("bounced")[0]
                why = "header_size" if name == "large header" else "long_lines"
                self.assertEqual(line["shortened"], why)

    def test_D3_a_bounce_of_short_lines_is_not_shortened(self) -> None:
        data = self.bounce_of(FIELDS + "Subject: s\r\n\r\n" + "x" * 998 + "\r\n")
        self.assertEqual(list(parsed(data).iter_parts())[2].get_content_type(), "message/rfc822")
        self.assertNotIn("shortened", self.near.wait_log("bounced")[0])

    def test_R9_a_reply_is_called_smtp_and_our_own_words_are_not(self) -> None:
        said = parsed(self.bounce_of(FIELDS + "\r\nx\r\n")).get_payload(1).get_payload()[1]
        self.assertEqual(said["Diagnostic-Code"], "smtp; 550 5.1.1 no")
        self.assertTrue(said["Remote-MTA"])

        self.far = self.remote({"extensions": ["PIPELINING"]})
        self.near = self.relay(self.far)
        self.near.submit(SENDER, "jürgen@remote.test", FIELDS + "\r\nx\r\n", " SMTPUTF8")
        bounce = self.far.wait_delivered(1, f"^{SENDER}$")[0].data
        said = parsed(bounce).get_payload(1).get_payload()[1]
        self.assertRegex(said["Diagnostic-Code"], r"^x-kurir; .*SMTPUTF8")
        self.assertIsNone(said["Remote-MTA"])


if __name__ == "__main__":
    import unittest

    unittest.main()
