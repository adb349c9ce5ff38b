"""Conversion before the parsers of others: Python's email and MIME-tools see the same text and the
same structure before and after, and what comes out is fit for a 7-bit transport."""

import base64
import os
import quopri
import re
import subprocess
import tempfile
import unittest
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from tests.mime.messages import corpus

TOOL = os.environ.get("KURIR_MIME_TOOL", "build/release/tests/kurir_mime_tool")
JUDGE = Path(__file__).parent / "mime_tools.pl"
WORD = re.compile(rb"=\?([^?\s]+)\?([QqBb])\?([^?\s]*)\?=")
WORDS = [
    ("eins Größe zwei", "eins Größe zwei"),
    ("eins  Größe   zwei", "eins  Größe   zwei"),
    ("Größe  Güte", "Größe  Güte"),
    ("Größe\r\n Güte\r\n\tMaß", "Größe Güte\tMaß"),
    ("=?utf-8?q?=C3=A4?= Größe", "ä Größe"),
    ("Größe =?utf-8?q?=C3=A4?=", "Größe ä"),
    ("=?utf-8?q?=C3=A4?= Größe  =?utf-8?b?w6Q=?=", "ä Größe  ä"),
    ("=?utf-8?q?=C3=A4?=  =?utf-8?b?w6Q=?= Größe", "ää Größe"),
    ("=?utf-8?q?=C3=A4?= plain Größe", "ä plain Größe"),
    ("Größe plain  =?utf-8?q?=C3=A4?=", "Größe plain  ä"),
    ("Größe " * 30 + "x", "Größe " * 30 + "x"),
]
NOT_COMPARED = {"mime-version", "content-transfer-encoding", "content-type", "content-disposition"}


def bytes_of(text: object) -> bytes:
    """A header's text as Python's email has it: bytes above 0x7f are surrogates."""
    return str(text).encode("utf-8", "surrogateescape")


def decoded(value: bytes) -> bytes:
    """The value of a field as a reader sees it, white space and punctuation of addresses aside."""
    value = re.sub(rb"(\?=)\s+(=\?)", rb"\1\2", value)

    def word(match: re.Match[bytes]) -> bytes:
        if match[2] in b"Bb":
            return base64.b64decode(match[3])
        return quopri.decodestring(match[3].replace(b"_", b"=20"))

    return re.sub(rb'[\s"\\<>:;]', b"", WORD.sub(word, value))


def unfolded(value: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", value)


def filename(part: Message) -> bytes:
    """In a message whose text is Latin-1, for Python replaces what is 8-bit and of no charset."""
    copy = Message()
    for name, value in part._headers:
        if name.lower() == "content-disposition":
            copy[name] = bytes_of(value).decode("latin-1")
    value = copy.get_param("filename", "", "content-disposition")
    return (value[2] if isinstance(value, tuple) else value).encode("latin-1")


def seen(part: Message, place: str = "1") -> list[tuple]:
    """What a reader sees of a message."""
    fields = [
        (name.lower(), decoded(bytes_of(value)))
        for name, value in part._headers  # as they are, without a policy
        if name.lower() not in NOT_COMPARED
    ]
    found: list[tuple] = [(place, part.get_content_type(), fields, filename(part))]
    if part.is_multipart():
        for number, one in enumerate(part.get_payload()):
            found += seen(one, f"{place}.{number}")
    else:
        found.append((place, part.get_payload(decode=True).rstrip(b"\r\n")))
    return found


class Parsers(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.messages = corpus()
        self.before = self.folder / "before"
        self.before.mkdir()
        for name, message in self.messages.items():
            (self.before / name).write_bytes(message)
        self.after = self.converted(self.before, 4096)

    def converted(self, source: Path, size: int) -> Path:
        target = self.folder / f"{source.name}-{size}"
        target.mkdir()
        subprocess.run([TOOL, source, target, str(size)], check=True, timeout=120)
        return target

    def test_what_comes_out_is_fit_for_a_7bit_transport(self) -> None:
        self.assertGreater(len(self.messages), 200)
        for name in self.messages:
            with self.subTest(name):
                made = (self.after / name).read_bytes()
                self.assertTrue(made.isascii())
                if made != self.messages[name]:
                    self.assertTrue(made.endswith(b"\r\n"))
                self.assertLessEqual(max(map(len, made.split(b"\r\n"))), 998)

    def test_python_sees_the_same_before_and_after(self) -> None:
        for name, message in self.messages.items():
            with self.subTest(name):
                made = (self.after / name).read_bytes()
                self.assertEqual(seen(message_from_bytes(made)), seen(message_from_bytes(message)))

    def test_mime_tools_sees_the_same_before_and_after(self) -> None:
        self.maxDiff = None
        self.assertEqual(self.by_mime_tools(self.after), self.by_mime_tools(self.before))

    def by_mime_tools(self, folder: Path) -> list[str]:
        # It takes text right behind a header for a part of that.
        files = sorted(one for one in folder.iterdir() if one.name != "no blank line")
        run = subprocess.run(["perl", JUDGE, *files], check=True, capture_output=True, text=True)
        return run.stdout.splitlines()

    def test_white_space_between_words_stays(self) -> None:
        """Between encoded words it does not count, elsewhere it does (RFC 2047 section 6.2)."""
        folder = self.folder / "words"
        folder.mkdir()
        for number, (raw, _) in enumerate(WORDS):
            (folder / str(number)).write_bytes(f"Subject: {raw}\r\n\r\n".encode())
        made = self.converted(folder, 4096)
        for number, (raw, words) in enumerate(WORDS):
            with self.subTest(raw):
                subject = message_from_bytes((made / str(number)).read_bytes())["Subject"]
                self.assertTrue(subject.isascii())
                self.assertEqual(str(make_header(decode_header(unfolded(subject)))), words)

    def test_it_does_not_matter_how_a_message_is_cut(self) -> None:
        other = self.converted(self.before, 1)
        for name in self.messages:
            self.assertEqual((other / name).read_bytes(), (self.after / name).read_bytes(), name)

    def test_a_second_conversion_changes_nothing(self) -> None:
        again = self.converted(self.after, 4096)
        for name in self.messages:
            self.assertEqual((again / name).read_bytes(), (self.after / name).read_bytes(), name)

    def test_what_is_7bit_already_stays(self) -> None:
        fit = "plain 7bit"
        self.assertEqual((self.after / fit).read_bytes(), self.messages[fit])


if __name__ == "__main__":
    unittest.main()
