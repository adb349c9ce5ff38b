"""Odd messages for the conversion: written by hand, and made by a generator with a fixed seed."""

import random
from collections.abc import Iterator

GERMAN = "Schöne Grüße aus Köln an alle, die noch länger zu tun haben.\r\n" * 3
RUSSIAN = "Привет из Москвы, как дела?\r\n" * 3
JAPANESE = "日本語のメールです。\r\n" * 3
HEADER = b"From: a@a.test\r\nTo: b@b.test\r\nSubject: s\r\n"
VERSION = b"MIME-Version: 1.0\r\n"


def text(content: bytes, charset: str = "utf-8", encoding: str = "8bit") -> bytes:
    """A part with its header."""
    fields = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}"
    return fields.encode() + b"\r\n\r\n" + content


def multipart(boundary: bytes, *parts: bytes, kind: bytes = b"mixed", end: bytes = b"--") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts)
    field = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n'
    return field + body + (b"--" + boundary + end + b"\r\n" if end else b"")


def by_hand() -> Iterator[tuple[str, bytes]]:
    yield from of_one_part()
    yield from of_several_parts()
    yield from with_messages()
    start = HEADER + VERSION
    for number, field in enumerate(fields()):
        yield f"field {number}", field + start + text(b"plain\r\n", encoding="7bit")


def of_one_part() -> Iterator[tuple[str, bytes]]:
    start = HEADER + VERSION
    utf8 = GERMAN.encode()
    latin = GERMAN.encode("latin-1")
    yield "plain 7bit", start + text(b"plain\r\n", encoding="7bit")
    yield "german", start + text(utf8)
    yield "latin-1", start + text(latin, "iso-8859-1")
    yield "russian", start + text(RUSSIAN.encode())
    yield "koi8-r", start + text(RUSSIAN.encode("koi8-r"), "koi8-r")
    yield "japanese", start + text(JAPANESE.encode("euc-jp"), "euc-jp")
    yield "gb2312", start + text("你好\r\n".encode("gb2312"), "gb2312")
    yield "bare", HEADER + b"\r\n" + utf8
    yield "bare latin-1", HEADER + b"\r\n" + latin
    yield "no line end", HEADER + b"\r\n" + utf8.rstrip()
    yield "no blank line", HEADER + utf8.replace(b"Sch", b"  Sch", 1).lstrip() + b"x: y\r\n"
    yield "no version", HEADER + text(utf8)
    yield "no encoding", start + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + utf8
    yield "wrong charset", start + text(latin, "utf-8")
    yield "no charset", start + b"Content-Type: text/plain\r\n\r\n" + utf8
    yield "unknown encoding", start + text(utf8, encoding="8-bit")
    yield "claims 7bit", start + text(utf8, encoding="7bit")
    yield "claims binary", start + text(utf8, encoding="BINARY")
    yield "encoding twice", start + b"Content-Transfer-Encoding: 8bit\r\n" + text(utf8)
    yield "comment", start + b"Content-Transfer-Encoding: (x) 8bit (y)\r\n\r\n" + utf8
    yield "in quoted-printable", start + text(
        b"=C3=A4 \xc3\xa4 =\r\nx =\r\n", "utf-8", "quoted-printable"
    )
    yield "in base64", start + text(b"YWJj\xe4ZGVm\r\n", "utf-8", "base64")
    yield "blanks and dots", start + text(
        b".\r\n..x \t\r\n=\r\nFrom me\r\n-- \r\n \xe4 \r\n\r\n\r\n"
    )
    yield "long line", start + text(b"x" * 5000 + b"\xe4\r\n")
    yield "long words", start + text((b"word " * 900 + b"\xc3\xa4\r\n") * 3)
    yield "only long", start + text(b"y" * 3000 + b"\r\n", "us-ascii", "7bit")
    yield "html", start + b'Content-Type: text/html; charset=utf-8\r\n\r\n<p>\xc3\xa4="1"</p>\r\n'
    yield "binary", start + b"Content-Type: application/x\r\n\r\n" + bytes(range(1, 256)).replace(
        b"\r", b""
    ).replace(b"\n", b"") + b"\r\n"
    yield "empty body", HEADER + b"X: \xe4\r\n\r\n"
    yield "header alone", HEADER + b"X: \xe4\r\n"


def of_several_parts() -> Iterator[tuple[str, bytes]]:
    start = HEADER + VERSION
    utf8 = GERMAN.encode()
    latin = GERMAN.encode("latin-1")
    yield "mixed", start + multipart(
        b"b", text(utf8), text(b"plain", encoding="7bit"), b"\r\n" + latin
    )
    yield "alternative", start + multipart(
        b"=_b", text(utf8), text(latin, "iso-8859-1"), kind=b"alternative"
    )
    inner = multipart(b"bb", text(utf8), text(b"x"), kind=b"alternative")
    yield "nested, alike", start + multipart(b"b", inner, text(latin, "iso-8859-1"))
    yield "nested, same boundary", start + multipart(b"b", multipart(b"b", text(utf8)))
    yield "nested, inner end missing", start + multipart(
        b"b", multipart(b"c", text(utf8), end=b""), text(utf8)
    )
    yield "end missing", start + multipart(b"b", text(utf8), text(latin, "iso-8859-1"), end=b"")
    yield "no delimiter", start + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + utf8
    yield "no boundary", start + b"Content-Type: multipart/mixed\r\n\r\n" + utf8
    yield "alike in the text", start + multipart(b"b", text(b"--bb\r\n--b x\r\n" + utf8))
    yield "blanks behind", start + multipart(b"b", text(utf8)).replace(b"--b\r\n", b"--b \t\r\n", 1)
    yield "preamble", start + multipart(b"b", text(utf8)).replace(
        b"\r\n\r\n", b"\r\n\r\npr\xe4\r\n", 1
    ) + b"ep\xe4\r\n"
    yield "after the end", start + multipart(b"b", text(utf8)) + b"--b\r\n\r\n\xe4\r\n--b--\r\n"
    yield "empty part", start + multipart(b"b", b"", b"\r\n", text(utf8))
    yield "part without blank line", start + multipart(
        b"b", b"Content-Type: text/plain", text(utf8)
    )
    yield "multipart claims base64", start + b"Content-Transfer-Encoding: base64\r\n" + multipart(
        b"b", text(utf8)
    )
    yield "multipart claims 8bit", start + b"Content-Transfer-Encoding: 8bit\r\n" + multipart(
        b"b", text(utf8)
    )
    yield "rfc2231 boundary", start + multipart(b"one-two", text(utf8)).replace(
        b'boundary="one-two"', b"boundary*0=one-;\r\n boundary*1=two"
    )
    deep = text(utf8)
    for level in range(20):
        deep = multipart(b"level%d." % level, deep, text(b"plain"))
    yield "deep", start + deep
    yield "many parts", start + multipart(b"b", *[text(utf8), b"\r\nx"] * 60)


def with_messages() -> Iterator[tuple[str, bytes]]:
    start = HEADER + VERSION
    utf8 = GERMAN.encode()
    latin = GERMAN.encode("latin-1")
    message = HEADER + b"Subject: \xc3\xa4\r\n" + VERSION
    yield "message", start + multipart(
        b"b", b"Content-Type: message/rfc822\r\n\r\n" + message + text(utf8)
    )
    yield "message with parts", start + multipart(
        b"b",
        b"Content-Type: message/rfc822\r\n\r\n"
        + message
        + multipart(b"c", text(utf8), text(latin, "iso-8859-1")),
    )
    yield "message 8bit", start + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + message + text(
        utf8
    )
    yield "digest", start + multipart(
        b"b", b"\r\n" + message + text(utf8), b"\r\n" + message + text(b"x"), kind=b"digest"
    )
    yield "encrypted", start + multipart(
        b"b",
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
        b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN\r\n\xe4\xff\r\n-----END\r\n",
        kind=b"encrypted",
    )


def fields() -> Iterator[bytes]:
    for name in (b"Subject", b"Comments", b"X-Thing"):
        yield name + ": Grüße\r\n".encode()
        yield name + b": Gr\xfc\xdfe\r\n"
        yield name + ": eins Grüße über zwei  drei\r\n".encode()
        yield name + ": =?utf-8?q?vor=C3=A4?= Grüße =?utf-8?b?w6Q=?= x\r\n".encode()
        yield name + (": Grüße\r\n" + " über alles\r\n" * 20).encode()
        yield name + b": " + "日本".encode() * 100 + b"\r\n"
        yield name + b": " + b"x" * 3000 + b"\r\n"
        yield name + b":\xe4\r\n"
    for name in (b"From", b"To", b"Cc", b"Reply-To"):
        yield name + ": Jürgen Groß <j@a.test>\r\n".encode()
        yield name + ': "Groß, Jürgen" <j@a.test>, "Doe, J" <d@b.test>\r\n'.encode()
        yield name + b": J\xfcrgen <j@a.test>,\r\n\tx@y.test (Gr\xfc\xdfe)\r\n"
        yield name + ": Otto Müller Schmidt <o@a.test>, Ä Ö <p@a.test>\r\n".encode()
        yield name + ": =?utf-8?q?=C3=A4?= Müller <o@a.test>\r\n".encode()
        yield name + ": jürgen@a.test\r\n".encode()
        yield name + ": Jürgen <jürgen@a.test>, x@y.test\r\n".encode()
        yield name + ": Grüße: a@b.test, ö <c@d.test>;\r\n".encode()
    yield b'Content-Disposition: attachment; filename="Gr\xc3\xb6\xc3\x9fe 1.txt"\r\n'
    yield b"Content-Disposition: attachment; filename=\xe4.txt; size=3\r\n"
    yield b'Content-Disposition: attachment;\r\n filename="' + "ä".encode() * 90 + b'.txt"\r\n'
    yield b'Content-Disposition: attachment; filename="a\\"\xe4.txt"\r\n'


def generated(count: int, seed: int = 6152) -> Iterator[tuple[str, bytes]]:
    """Trees of parts with texts, charsets and mistakes drawn by lot."""
    draw = random.Random(seed)
    for number in range(count):
        header = HEADER + draw.choice((VERSION, VERSION, b""))
        header += draw.choice((b"", "X: Ä\r\n".encode(), b"X: \xe4\r\n"))
        yield f"generated {number}", header + part(draw, 0)


def part(draw: random.Random, depth: int) -> bytes:
    kind = draw.random()
    if depth < 4 and kind < 0.45:
        boundary = b"b" * draw.randint(1, 3) + draw.choice((b"", b".1", b"=_", b"-"))
        parts = [part(draw, depth + 1) for _ in range(draw.randint(1, 4))]
        return multipart(
            boundary + b"%d" % depth, *parts, end=draw.choice((b"--", b"--", b"--", b""))
        )
    if depth < 4 and kind < 0.55:
        return b"Content-Type: message/rfc822\r\n\r\n" + HEADER + part(draw, depth + 1)
    if kind < 0.65:
        return (
            b"Content-Type: application/x\r\n\r\n"
            + draw.randbytes(200).translate(None, b"\r\n\0-")
            + b"\r\n"
        )
    charset = draw.choice(("utf-8", "iso-8859-1", "windows-1252", "utf-8"))
    lines = [
        draw.choice(("Grüße", "plain text", "ä", "x" * 1200, "", "--", ".", "a=b "))
        for _ in range(8)
    ]
    content = "\r\n".join(lines).encode(charset)
    return text(content, charset, draw.choice(("8bit", "7bit", "binary", "8bit")))


def corpus() -> dict[str, bytes]:
    return dict(by_hand()) | dict(generated(150))
