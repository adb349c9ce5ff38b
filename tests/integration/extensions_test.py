"""SMTP extensions: offered to clients, used with servers that offer them, converted for those that
don't."""

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.support.case import RelayCase

EIGHT_BIT = (
    "From: a@client.test\r\nSubject: 8bit\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\ngrüße\r\n".encode()
)
SIGNED = (
    b"From: a@client.test\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n"
    b"--s\r\n\r\ngr\xfc\xdfe\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n"
)
BASIC = ["PIPELINING", "ENHANCEDSTATUSCODES"]


def parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


class TowardsServers(RelayCase):
    def test_8bit_goes_as_8bit_where_that_is_offered(self) -> None:
        far = self.remote({"extensions": [*BASIC, "8BITMIME"]})
        self.relay(far).submit("a@client.test", "b@remote.test", EIGHT_BIT, " BODY=8BITMIME")

        message = far.wait_delivered(1)[0]
        self.assertEqual(message.parameters.get("BODY", "").upper(), "8BITMIME")
        self.assertIn("grüße".encode(), message.data)

    def test_c030_8bit_is_converted_where_it_is_not_offered(self) -> None:
        far = self.remote({"extensions": [*BASIC, "SIZE"]})
        near = self.relay(far)
        near.submit("a@client.test", "b@remote.test", EIGHT_BIT, " BODY=8BITMIME")

        message = far.wait_delivered(1)[0]
        self.assertNotIn("BODY", message.parameters)
        self.assertTrue(message.data.isascii())
        self.assertEqual(int(message.parameters["SIZE"]), len(message.data))
        self.assertEqual(parsed(message.data).get_content(), "grüße\r\n")
        self.assertTrue(near.wait_log("attempt", delivered=1)[0]["converted"])
        self.assertEqual(near.metric("outbound_conversions_total"), 1)

    def test_c030_a_large_message_is_converted_chunk_by_chunk(self) -> None:
        far = self.remote({"extensions": [*BASIC, "CHUNKING"]})
        text = "".join(f"{line:06} grüße\r\n" for line in range(60_000))
        self.relay(far).submit("a@client.test", "b@remote.test", EIGHT_BIT + text.encode())

        message = far.wait_delivered(1)[0]
        self.assertTrue(message.data.isascii())
        self.assertEqual(parsed(message.data).get_content(), "grüße\r\n" + text)

    def test_c030_8bit_in_a_signed_part_fails_where_it_is_not_offered(self) -> None:
        far = self.remote({"extensions": BASIC})
        self.relay(far).submit("a@client.test", "b@remote.test", SIGNED)

        self.assert_bounced_with(far, b"5.6.3")

    def test_c032_header_text_is_encoded_where_smtputf8_is_not_offered(self) -> None:
        far = self.remote({"extensions": [*BASIC, "8BITMIME"]})
        self.relay(far).submit(
            "a@client.test", "b@remote.test", EIGHT_BIT.replace(b"8bit\r\n", "ä\r\n".encode(), 1)
        )

        message = far.wait_delivered(1)[0]
        self.assertIn(b"Subject: =?utf-8?b?w6Q=?=", message.data)
        self.assertIn("grüße".encode(), message.data)
        self.assertEqual(message.parameters.get("BODY", "").upper(), "8BITMIME")

    def test_7bit_declared_as_8bit_passes_anywhere(self) -> None:
        far = self.remote({"extensions": BASIC})
        self.relay(far).submit(
            "a@client.test", "b@remote.test", b"Subject: x\r\n\r\nplain\r\n", " BODY=8BITMIME"
        )

        self.assertNotIn("BODY", far.wait_delivered(1)[0].parameters)

    def test_s095_utf8_addresses_go_where_they_are_offered(self) -> None:
        far = self.remote()
        self.relay(far).submit(
            "jörg@client.test", "grüße@remote.test", EIGHT_BIT, " SMTPUTF8 BODY=8BITMIME"
        )

        message = far.wait_delivered(1)[0]
        self.assertEqual(
            (message.sender, message.recipients), ("jörg@client.test", ["grüße@remote.test"])
        )
        self.assertIn("SMTPUTF8", message.parameters)
        self.assertRegex(message.data, rb"with UTF8SMTP")

    def test_c032_utf8_addresses_fail_where_they_are_not(self) -> None:
        far = self.remote({"extensions": [*BASIC, "8BITMIME"]})
        self.relay(far).submit(
            "a@client.test", "grüße@remote.test", EIGHT_BIT, " SMTPUTF8 BODY=8BITMIME"
        )

        self.assert_bounced_with(far, b"5.6.7")

    def test_smtputf8_that_nothing_needs_is_not_required(self) -> None:
        far = self.remote({"extensions": BASIC})
        self.relay(far).submit(
            "a@client.test", "b@remote.test", b"Subject: x\r\n\r\nx\r\n", " SMTPUTF8"
        )

        self.assertNotIn("SMTPUTF8", far.wait_delivered(1)[0].parameters)

    def test_c031_the_size_is_told_and_a_smaller_limit_fails(self) -> None:
        far = self.remote({"extensions": [*BASIC, "SIZE 20000"]})
        near = self.relay(far, bounce_full_size="1K")
        near.submit(
            "a@client.test", "small@remote.test", b"Subject: x\r\n\r\n" + b"x" * 900 + b"\r\n"
        )
        near.submit(
            "a@client.test",
            "large@remote.test",
            b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 300,
        )

        small = far.wait_delivered(1, "^small@")[0]
        self.assertGreaterEqual(int(small.parameters["SIZE"]), 900)
        self.assert_bounced_with(far, b"5.3.4")

    def test_c003_a_server_without_ehlo_gets_helo(self) -> None:
        far = self.remote({"rules": [{"at": "ehlo", "reply": "502 5.5.1 what?"}]})
        self.relay(far).submit("a@client.test", "b@remote.test")

        message = far.wait_delivered(1)[0]
        self.assertEqual((message.by, message.parameters), ("DATA", {}))
        self.assertTrue(far.connections[0].commands[1].startswith("HELO "))

    def test_c017_c016_dots_and_ends_survive_data_and_bdat(self) -> None:
        body = b"Subject: x\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\nMAIL FROM:<evil@x>\r\n.\r\n"
        for extensions in (BASIC, [*BASIC, "CHUNKING"], []):
            with self.subTest(extensions=extensions):
                far = self.remote({"extensions": extensions or ["HELP"]})
                self.relay(far).submit("a@client.test", "b@remote.test", body)

                self.assertTrue(
                    far.wait_delivered(1)[0].data.endswith(body.partition(b"\r\n\r\n")[2])
                )

    def test_c004_the_name_it_gives_is_its_own(self) -> None:
        far = self.remote()
        self.relay(far, hostname="relay.example").submit("a@client.test", "b@remote.test")

        self.assertEqual(far.wait_delivered(1)[0].helo, "relay.example")

    def test_a_message_of_20_megabytes_arrives_whole(self) -> None:
        line = b"A line of some length, again and again, until twenty megabytes are full. %07d\r\n"
        body = b"".join(line % number for number in range(20_000_000 // len(line % 0)))
        for extensions in ([*BASIC, "SIZE 50000000"], [*BASIC, "CHUNKING", "SIZE"]):
            with self.subTest(extensions=extensions):
                far = self.remote({"extensions": extensions})
                self.relay(far).submit(
                    "a@client.test", "b@remote.test", b"Subject: large\r\n\r\n" + body
                )

                arrived = far.wait_delivered(1, timeout=60)[0].data.partition(b"\r\n\r\n")[2]
                self.assertEqual(hashlib.sha256(arrived).digest(), hashlib.sha256(body).digest())

    def test_a_slow_reader_gets_it_all(self) -> None:
        far = self.remote(
            {"extensions": BASIC, "rules": [{"at": "data", "reply": "354 slowly", "pace": 0.005}]}
        )
        body = b"x" * 70 + b"\r\n"
        self.relay(far).submit(
            "a@client.test", "b@remote.test", b"Subject: x\r\n\r\n" + body * 3000
        )

        self.assertTrue(far.wait_delivered(1, timeout=60)[0].data.endswith(body * 3000))

    def assert_bounced_with(self, far, status: bytes) -> None:
        dsn = far.wait_delivered(1, "^a@client.test$")[0]
        self.assertIn(b"Status: " + status, dsn.data)


class TowardsClients(RelayCase):
    def setUp(self) -> None:
        self.far = self.remote()
        self.near = self.relay(self.far, max_message_size="100K")

    def test_what_ehlo_offers(self) -> None:
        with self.near.client() as client:
            lines = client.ask("EHLO again.test", 250).lines

        self.assertTrue(lines[0].startswith("relay.test"))
        for keyword in (
            "PIPELINING",
            "SIZE 102400",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "CHUNKING",
        ):
            self.assertIn(keyword, lines)

    def test_s085_a_whole_group_is_answered_in_order(self) -> None:
        with self.near.client() as client:
            client.send(
                "MAIL FROM:<a@client.test>\r\nRCPT TO:<b@remote.test>\r\nRCPT TO:<bad\r\nDATA\r\n"
            )
            self.assertEqual([client.reply().code for _ in range(4)], [250, 250, 501, 354])
            client.send("Subject: x\r\n\r\nx\r\n.\r\nNOOP\r\nQUIT\r\n")
            self.assertEqual([client.reply().code for _ in range(3)], [250, 250, 221])

        self.far.wait_delivered(1)

    def test_s088_chunks_make_one_message(self) -> None:
        with self.near.client() as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)
            for chunk, last in (
                (b"Subject: x\r\n\r\n", ""),
                (b".one\r\n", ""),
                (b"..two\r\n.\r\n", " LAST"),
            ):
                client.send(b"BDAT %d%s\r\n" % (len(chunk), last.encode()) + chunk)
                client.expect(250)

        self.assertTrue(
            self.far.wait_delivered(1)[0].data.endswith(b"\r\n\r\n.one\r\n..two\r\n.\r\n")
        )

    def test_s088_the_bytes_of_a_refused_chunk_are_no_commands(self) -> None:
        with self.near.client() as client:
            chunk = b"MAIL FROM:<evil@x.test>\r\nRSET\r\nNOOP\r\nNOOP\r\n"
            client.send(b"BDAT %d LAST\r\n" % len(chunk) + chunk)
            client.expect(503)
            client.ask("NOOP", 250)

    def test_s083_s084_the_size_limit_holds_at_mail_and_at_the_end(self) -> None:
        with self.near.client() as client:
            self.assertEqual(
                client.ask("MAIL FROM:<a@client.test> SIZE=102401", 552).text[:5], "5.3.4"
            )
            reply = client.mail(
                "a@client.test", ["b@remote.test"], b"x" * 70 + (b"\r\n" + b"x" * 70) * 1500
            )
            self.assertEqual((reply.code, reply.text[:5]), (552, "5.3.4"))
            self.assertEqual(
                client.mail("a@client.test", ["b@remote.test"], b"Subject: x\r\n\r\nx").code, 250
            )

        self.far.wait_delivered(1)
        self.assertEqual(len(self.far.messages), 1)

    def test_s100_every_reply_has_its_enhanced_code(self) -> None:
        commands = [
            "NOOP",
            "RSET",
            "VRFY a",
            "EXPN a",
            "HELP",
            "BOGUS",
            "RCPT TO:<b@remote.test>",
            "DATA",
            "MAIL FROM:<a@client.test> FOO=1",
            "SEND FROM:<a@b>",
            "TURN",
            "MAIL FROM:<a@client.test>",
            "RCPT TO:<b@remote.test>",
            "RCPT TO:<b>",
            "RSET now",
            "QUIT",
        ]
        with self.near.client() as client:
            for command in commands:
                reply = client.ask(command)
                for line in reply.lines:
                    self.assertRegex(line, rf"^{reply.code // 100}\.\d{{1,3}}\.\d{{1,3}} ", command)
