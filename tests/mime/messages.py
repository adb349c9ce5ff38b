"""Odd messages for the conversion: written by hand, and made by a generator with a fixed seed."""

import base64
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
    yield from with_odd_encodings()
    yield from like_delimiters()
    yield from of_great_size()
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


def with_odd_encodings() -> Iterator[tuple[str, bytes]]:
    start = HEADER + VERSION
    utf8 = GERMAN.encode()
    for name in ("8bits", "utf-8", "none", '"8bit"', "8bit; x=y"):
        yield f"encoding {name}", start + text(utf8, encoding=name)
    coded = text(b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n", "us-ascii", "x-uuencode")
    yield "unofficial beside 8bit", start + multipart(b"b", coded, text(utf8))
    inner = base64.encodebytes(HEADER + b"\r\nx\r\n").replace(b"\n", b"\r\n")
    for name, content in (("base64", inner), ("x-uuencode", coded)):
        field = f"Content-Transfer-Encoding: {name}\r\n\r\n".encode()
        message = b"Content-Type: message/rfc822\r\n" + field + content
        yield f"message in {name}", start + multipart(b"b", message, text(utf8))
    for name in ("quoted-printable", "x-uuencode", "8-bit"):
        field = f"Content-Transfer-Encoding: {name}\r\n".encode()
        yield f"multipart claims {name}", start + field + multipart(b"b", text(utf8))


def like_delimiters() -> Iterator[tuple[str, bytes]]:
    """Lines that are none, and must not become any."""
    start = HEADER + VERSION
    utf8 = GERMAN.encode()

    def around(boundary: bytes, preamble: bytes, epilogue: bytes) -> bytes:
        parts = multipart(boundary, text(utf8))
        return start + parts.replace(b"\r\n\r\n", b"\r\n\r\n" + preamble, 1) + epilogue

    for name, boundary in (("?", b"a?b"), ("?*", b"a?*b")):
        line = b"--" + boundary.replace(b"?", b"\xe4") + b"\r\n"
        yield f"replaced {name}", around(boundary, line, line)
    divided = b"x" * 998 + b"--b\r\n\xe4\r\n"
    yield "divided", around(b"b", divided, divided)
    for name, line in (("lost before", b"\xe4--b"), ("lost inside", b"-\xe4-b")):
        coded = text(b"YWJj\r\n" + line + b"\r\nxxxZGVm\r\n", encoding="base64")
        yield name, start + multipart(b"b", coded, text(utf8))
    for size in range(987, 999):
        rest = b"x" * (-(size + 1) % 4)  # whole groups of four digits
        line = b"x" * size + b"--b\r\n\xe4" + rest + b"\r\n"
        for encoding in ("base64", "quoted-printable"):
            part = text(line, "iso-8859-1", encoding)
            yield f"divided {encoding} {size}", start + multipart(b"b", part, text(utf8))
    for outer, inner in ((b"b", b"bc"), (b"bc", b"b"), (b"b", b"b-"), (b"b.", b"b")):
        nested = multipart(inner, text(utf8), text(b"x\r\n--b.c\r\n" + utf8))
        yield f"prefix {outer.decode()} {inner.decode()}", start + multipart(
            outer, nested, text(utf8), nested
        )


def of_great_size() -> Iterator[tuple[str, bytes]]:
    utf8 = GERMAN.encode()
    fit = b"\r\nx"
    for level in range(100):
        fit = multipart(b"level%d." % level, fit)
    yield "100 levels that are fit", HEADER + b"X: \xe4\r\n" + VERSION + fit
    few = text(utf8)
    for level in range(48):
        few = multipart(b"level%d." % level, few)
    yield "48 levels", HEADER + VERSION + few
    many = b"".join(
        b"X-%d: " % number + "Größe ".encode() * 120 + b"\r\n" for number in range(1000)
    )
    yield "1 MB of fields", many + HEADER + VERSION + text(utf8)
    words = "Größe und Güte ".encode() * 25_000
    yield "half a MB in one field", b"X: " + words + b"x\r\n" + HEADER + b"\r\n" + utf8
    name, address = b"n" * 890, b"l" * 60 + b"@" + b"d" * 800 + b".test"
    for blank in (b"", b" "):
        field = b'To: "' + name + b'"' + blank + b"<" + address + b">\r\n"
        yield f"two tokens {blank!r}", field + HEADER + b"\r\n" + utf8


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
