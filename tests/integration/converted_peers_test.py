"""A Postfix that offers no 8BITMIME gets messages in 7 bits, signed again, and Python's parser reads
in them what it reads in the originals."""

import email
import email.policy
import unittest
from email.message import EmailMessage

from tests.support import peers
from tests.support.client import wait_until
from tests.support.signing_case import SigningCase

TOP = (
    "From: Jürg <one@a.example>\r\nSubject: Grüße {name}\r\nX-Case: {name}\r\nMIME-Version: 1.0\r\n"
)
TEXT = "Grüße, 世界, ein langer Satz mit Umlauten wie ä, ö und ü, der auf eine Zeile geht.\r\n"
LATIN = "Ü und ß, ein altes Zeichen: \xa7\r\n"


def message(name: str, rest: bytes) -> bytes:
    return TOP.format(name=name).encode() + rest


def part(fields: str, content: bytes) -> bytes:
    return fields.encode() + b"\r\n" + content


def multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    lines = b"".join(f"--{boundary}\r\n".encode() + one + b"\r\n" for one in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return head.encode() + lines + f"--{boundary}--\r\n".encode()


PLAIN = part(
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", TEXT.encode()
)
OLD = part(
    "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
    LATIN.encode("latin-1"),
)
HTML = part(
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
    f"<p>{TEXT.strip()}</p>\r\n".encode() * 400,
)
FILE = part(
    'Content-Type: application/octet-stream; name="a.bin"\r\nContent-Transfer-Encoding: base64\r\n'
    'Content-Disposition: attachment; filename="a.bin"\r\n',
    b"AAECAwQFBgcICQ==\r\n",
)
INNER = part(
    "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n",
    "From: Émile <e@b.example>\r\nSubject: weitergeleitet: Öl\r\nMIME-Version: 1.0\r\n".encode()
    + PLAIN,
)
MESSAGES = {
    "plain": message("plain", PLAIN),
    "latin-1": message("latin-1", OLD),
    "dots": message("dots", PLAIN + ".\r\n..\r\n.ß\r\nFrom here\r\n".encode()),
    "alternative": message("alternative", multipart("alternative", "b1", PLAIN, HTML)),
    "attached": message(
        "attached",
        multipart("mixed", "b1", multipart("alternative", "b2", PLAIN, HTML), FILE, OLD),
    ),
    "forwarded": message("forwarded", multipart("mixed", "b1", PLAIN, INNER)),
    "300 KiB": message("300 KiB", PLAIN + TEXT.encode() * 3000),
}


def content(one: EmailMessage) -> list[object]:
    """What a reader sees: subjects, senders, kinds, names and decoded contents of all parts."""
    seen: list[object] = []
    for each in one.walk():
        seen += [each.get_content_type(), each["From"], each["Subject"], each.get_filename()]
        if each.get_content_maintype() == "text":
            seen.append(each.get_content())
        elif not each.is_multipart():
            seen.append(each.get_payload(decode=True))
    return seen


def parsed(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


class SevenBitPostfix(peers.Postfix):
    settings = {"smtpd_discard_ehlo_keywords": "8bitmime, silent-discard"}


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class SevenBits(SigningCase):
    def test_what_arrives_is_signed_and_reads_the_same(self) -> None:
        peer = self.enterContext(SevenBitPostfix())
        near = self.signing(relayhost=f"127.0.0.1:{peer.port}")
        for text in MESSAGES.values():
            near.submit("one@a.example", f"box@{peer.domain}", text, " BODY=8BITMIME")
        wait_until(lambda: len(peer.messages()) >= len(MESSAGES), 60)
        found = [one.replace(b"\n", b"\r\n") for one in peer.messages()]
        self.assertEqual(len(found), len(MESSAGES), peer.log()[-4000:] + near.tail())
        self.assert_good(*found)
        arrived = {parsed(one)["X-Case"]: one for one in found}
        for name, text in MESSAGES.items():
            with self.subTest(name):
                self.assertTrue(arrived[name].isascii())
                self.assertEqual(content(parsed(arrived[name])), content(parsed(text)))
                self.assertLessEqual(max(map(len, arrived[name].split(b"\r\n"))), 998)
        converted = near.wait_log("attempt", len(MESSAGES), converted=True)
        self.assertEqual(len(converted), len(MESSAGES))
