"""aiosmtpd behind the relay, with and without 8BITMIME and SMTPUTF8: signatures are good behind it,
and text reads the same."""

import email
import email.policy

from tests.support.aiosmtpd_server import Aiosmtpd
from tests.support.relay import Relay
from tests.support.signing_case import MESSAGES, SigningCase

TEXT = "Grüße, 世界\r\n.\r\nFrom here\r\n"
MIME = (
    "From: =?utf-8?q?J=C3=BCrg?= <one@a.example>\r\nSubject: Grüße\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + TEXT
).encode()
RAW = ["8-bit", "white space", "dots", "of a list", "no body", "300 KiB"]


class Behind(SigningCase):
    def between(self, *options: str, **settings: object) -> tuple[Relay, Aiosmtpd]:
        far = self.enterContext(Aiosmtpd(*options))
        return self.signing(relayhost=f"127.0.0.1:{far.port}", **settings), far

    def sent_all(self, near: Relay, far: Aiosmtpd) -> list[bytes]:
        for text in (MIME, *(MESSAGES[name] for name in RAW)):
            near.submit("one@a.example", "two@remote.test", text, " BODY=8BITMIME")
        return self.kept(far, 1 + len(RAW))

    def kept(self, far: Aiosmtpd, count: int) -> list[bytes]:
        self.assert_soon(lambda: len(far.messages()) >= count, timeout=30)
        return far.messages()

    def assert_reads_the_same(self, data: bytes) -> None:
        message = email.message_from_bytes(data, policy=email.policy.default)
        self.assertEqual(message["From"], "Jürg <one@a.example>")
        self.assertEqual(message["Subject"], "Grüße")
        self.assertEqual(message.get_content(), TEXT)

    def test_8_bit_text_passes_as_it_is_with_8BITMIME(self) -> None:
        # Without SMTPUTF8 the one header with a raw subject is encoded, and signed again.
        for options, again in (((), 1), (("--smtputf8",), 0)):
            with self.subTest(options):
                near, far = self.between(*options)
                found = self.sent_all(near, far)
                self.assert_good(*found)
                (whole,) = (one for one in found if TEXT.encode() in one)
                self.assert_reads_the_same(whole)
                made = near.metric("dkim_signatures_total", result="made")
                self.assertEqual(made, 2 * (len(found) + again))

    def test_it_arrives_in_7_bits_and_signed_again_without_8BITMIME(self) -> None:
        for options in (("--decode-data",), ("--decode-data", "--smtputf8")):
            with self.subTest(options):
                near, far = self.between(*options)
                found = self.sent_all(near, far)
                self.assertTrue(all(one.isascii() for one in found))
                self.assert_good(*found)
                (whole,) = (one for one in found if b"=?utf-8?q?J=C3=BCrg?=" in one)
                self.assert_reads_the_same(whole)

    def test_an_address_in_UTF_8_goes_with_SMTPUTF8_and_bounces_without(self) -> None:
        near, far = self.between("--smtputf8")
        near.submit("one@a.example", "jürgen@remote.test", MIME, " BODY=8BITMIME SMTPUTF8")
        self.assert_good(*self.kept(far, 1))

        near, far = self.between()
        near.submit("one@a.example", "jürgen@remote.test", MIME, " BODY=8BITMIME SMTPUTF8")
        (line,) = near.wait_log("bounced", enhanced="5.6.7")
        self.assertEqual(line["to"], "jürgen@remote.test")
        (bounce,) = self.kept(far, 1)
        self.assertIn(b"multipart/report", bounce)

    def test_such_an_address_goes_with_SMTPUTF8_alone_too(self) -> None:
        # RFC 6531 asks that a server offer both; here the text is converted, the address is not.
        near, far = self.between("--smtputf8", "--decode-data")
        near.submit("one@a.example", "jürgen@remote.test", MIME, " BODY=8BITMIME SMTPUTF8")
        (message,) = self.kept(far, 1)
        self.assertTrue(message.isascii())
        self.assert_good(message)
        self.assert_reads_the_same(message)
