"""Odd messages, as they are on the wire: what a signature must survive."""

import random

START = b"From: One <one@b.example>\r\nTo: two@c.example\r\nSubject: a test\r\n"
DATED = START + b"Date: Fri, 27 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@b.example>\r\n"
TEXT = b"A text\r\nof two lines.\r\n"


def lines(count: int, seed: int) -> bytes:
    """Text with white space everywhere, always the same for a seed."""
    draw = random.Random(seed)
    pieces = [
        "word",
        "x" * 60,
        " ",
        "  ",
        "\t",
        " \t ",
        "\r\n",
        "\r\n",
        " \r\n",
        "\r\n\r\n",
        ".",
        "é",
    ]
    return "".join(draw.choice(pieces) for _ in range(count)).encode() + b"\r\n"


BODIES = {
    "plain": TEXT,
    "empty body": b"",
    "only an empty line": b"\r\n",
    "only empty lines": b"\r\n" * 50,
    "only white space": b" \t \r\n\t\r\n ",
    "no final line end": b"A text\r\nwithout its end",
    "no final line end, white space": b"A text \t",
    "empty lines at the end": TEXT + b"\r\n" * 20,
    "white space at the end": TEXT + b" \r\n\t\r\n  \r\n",
    "empty lines at the start": b"\r\n\r\n \r\n" + TEXT,
    "white space at line ends": b"one \r\ntwo\t\r\nthree \t \r\n",
    "white space at line starts": b" one\r\n\ttwo\r\n \t three\r\n",
    "runs of white space": b"a  b\tc \t d\t\te\r\n",
    "lines of white space between": b"one\r\n \r\n\t\r\n\r\ntwo\r\n",
    "dots": b".\r\n..\r\n. \r\n.text\r\n",
    "UTF-8": "Grüße, 世界\r\n".encode(),
    "Latin-1": "Grüße\r\n".encode("latin-1"),
    "every byte": bytes(set(range(256)) - {0, 10, 13}) + b"\r\n",
    "a line of 998 bytes": b"x" * 998 + b"\r\n",
    "a line of 100 kB": b"word " * 20_000 + b"\r\n",
    "a form feed": b"one\x0c\r\n\x0b\r\ntwo\x0c",
    "like fields": b"From: x@y.example\r\nDKIM-Signature: v=1; b=\r\n",
    "base64": (b"QUFB" * 19 + b"\r\n") * 500,
    "3 MB": lines(250_000, 1),
    **{f"drawn {seed}": lines(200, seed) for seed in range(2, 22)},
}

HEADERS = {
    "From alone": b"From: one@b.example\r\n",
    "folded": DATED + b"Cc: a@c.example,\r\n b@c.example,\r\n\td@c.example\r\n",
    "folded at once": b"From:\r\n one@b.example\r\nSubject:\r\n\ta test\r\n",
    "a fold of white space": START + b"Cc: a@c.example\r\n \t \r\n , b@c.example\r\n",
    "white space in values": b"From:   one@b.example  \r\nSubject: a \t  test\t\r\n",
    "no white space": b"From:one@b.example\r\nSubject:a test\r\n",
    "no values": b"From: one@b.example\r\nSubject:\r\nTo: \r\nCc:\t\r\n",
    "names in other case": b"FROM: one@b.example\r\nsubject: a test\r\ndAtE: today\r\n",
    "colons in values": b"From: one@b.example\r\nSubject: a: b: c;\r\n",
    "8-bit": "From: Jürg <one@b.example>\r\nSubject: Grüße\r\n".encode(),
    "Latin-1": "From: one@b.example\r\nSubject: Grüße\r\n".encode("latin-1"),
    "encoded words": b"From: =?utf-8?q?J=C3=BCrg?= <one@b.example>\r\nSubject: =?utf-8?b?w6k=?=\r\n",
    "From twice": b"From: one@b.example\r\nSubject: x\r\nFrom: two@b.example\r\n",
    "everything twice": DATED + DATED.replace(b"two@", b"three@"),
    "fields that differ in case alone": START + b"to: x@c.example\r\nTO: y@c.example\r\n",
    "a group": b"From: one@b.example\r\nTo: undisclosed-recipients:;\r\n",
    "relayed": b"Received: by a\r\n" * 30 + b"Return-Path: <one@b.example>\r\n" + DATED,
    "resent": b"Resent-From: x@d.example\r\nResent-Date: y\r\n" * 3 + DATED,
    "of a list": DATED
    + b"List-Id: <l.b.example>\r\nList-Unsubscribe: <mailto:l@b.example>,\r\n <https://b.example/u>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Help: <mailto:h@b.example>\r\n"
    b"Feedback-ID: a:b:c\r\nCFBL-Address: f@b.example; report=arf\r\nCFBL-Feedback-ID: 1\r\n",
    "MIME": DATED + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="x"\r\n'
    b"Content-Transfer-Encoding: 8bit\r\nContent-Disposition: inline\r\n",
    "a line of 998 bytes": START + b"Cc: " + b"x" * 994 + b"\r\n",
    "references without end": DATED
    + b"References:"
    + b"\r\n <0123456789@b.example>" * 2000
    + b"\r\n",
    "1 MB": DATED
    + b"X-Much: "
    + b"x" * 900
    + b"\r\n"
    + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 90) for number in range(10_000)),
    "400 recipients": START + b"To: x@c.example\r\n" * 400,
    "signed by another": b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=other.example;\r\n"
    b" s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n" + DATED,
}


def messages() -> dict[str, bytes]:
    found = {f"body: {name}": DATED + b"\r\n" + body for name, body in BODIES.items()}
    found |= {f"header: {name}": header + b"\r\n" + TEXT for name, header in HEADERS.items()}
    found |= {"header without an end": DATED}
    return found


def delivered(message: bytes) -> bytes:
    """As it is after a transport: its last line has an end, and there is a blank line."""
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    return message if b"\r\n\r\n" in message else message + b"\r\n"
