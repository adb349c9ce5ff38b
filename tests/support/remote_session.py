"""One dialogue of the scripted remote server with one client, and what it keeps of it."""

from __future__ import annotations

import re
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if __package__:
    from tests.support.script import Answer, Script
else:
    from script import Answer, Script

if TYPE_CHECKING:
    from tests.support.remote_server import RemoteServer

LONGEST_COMMAND = 16384
PARAMETERS = {
    "SIZE": "SIZE",
    "BODY": "8BITMIME",
    "SMTPUTF8": "SMTPUTF8",
    "RET": "DSN",
    "ENVID": "DSN",
    "AUTH": "AUTH",
    "REQUIRETLS": "REQUIRETLS",
}


@dataclass
class Message:
    """One message as it came in. `reply` is the code it was answered with, 0 for none."""

    site: str
    connection: int
    helo: str
    sender: str
    recipients: list[str]
    parameters: dict[str, str]
    by: str
    data: bytes = b""
    reply: int = 0
    confirmed: bool = False  # the client went on after it: it has read the reply
    at: float = field(default_factory=time.monotonic)

    @property
    def accepted(self) -> bool:
        return self.reply // 100 == 2


@dataclass
class Connection:
    """What one client connection said, command by command."""

    site: str
    number: int
    commands: list[str] = field(default_factory=list)
    pipelined: bool = False
    peer: str = ""  # the client's address
    opened_at: float = field(default_factory=time.monotonic)
    closed_at: float | None = None


class Gone(Exception):
    """The client has closed the connection, or the script ends it."""


class Session:
    """One dialogue with one client."""

    def __init__(
        self, server: RemoteServer, connected: socket.socket, script: Script, connection: Connection
    ) -> None:
        self.server = server
        self.socket = connected
        self.script = script
        self.connection = connection
        self.buffer = bytearray()
        self.helo = ""
        self.extended = False
        self.sender: str | None = None
        self.parameters: dict[str, str] = {}
        self.recipients: list[str] = []
        self.chunks: list[bytes] | None = None
        self.last: Message | None = None
        self.account = script.account()

    def run(self) -> None:
        try:
            self.converse()
        finally:
            if self.account:
                self.account.end()

    def converse(self) -> None:
        if not self.say("connect", "").positive:
            self.object_unless_quit(self.read_line())
        while True:
            line = self.read_line()
            if self.last is not None:
                self.last.confirmed = True
                self.last = None
            self.connection.commands.append(line)
            self.server.changed()
            self.execute(line)

    def object_unless_quit(self, line: str) -> None:
        self.connection.commands.append(line)
        if line.upper() != "QUIT":
            self.object_to(f"{line!r} after a greeting that refuses")
        self.say("quit", line)
        raise Gone

    def execute(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if verb not in ("MAIL", "RCPT", "RSET", "BDAT") and self.buffer:
            self.object_to(f"bytes follow {line!r} before its reply")
        handler = getattr(self, f"on_{verb.lower()}", None)
        if handler is None:
            self.say("other", line)
        else:
            handler(line, argument)

    def on_ehlo(self, line: str, argument: str) -> None:
        self.greet("ehlo", line, argument)

    def on_helo(self, line: str, argument: str) -> None:
        self.greet("helo", line, argument)

    def greet(self, stage: str, line: str, argument: str) -> None:
        if not argument:
            self.object_to(f"{line!r} without a name")
        if self.say(stage, line).positive:
            self.helo = argument
            self.extended = stage == "ehlo"
            self.reset()

    def on_mail(self, line: str, _: str) -> None:
        path, parameters = self.parse_path(line, "MAIL FROM:")
        if not self.helo or self.sender is not None:
            self.object_to(f"{line!r} out of order")
        self.check_parameters(line, parameters)
        if self.say("mail", line).positive:
            self.sender, self.parameters = path, parameters

    def on_rcpt(self, line: str, _: str) -> None:
        path, _parameters = self.parse_path(line, "RCPT TO:")
        if self.sender is None:
            self.give(Answer.of("503 5.5.1 MAIL first"))
        elif self.say("rcpt", line).positive:
            self.recipients.append(path)

    def on_data(self, line: str, _: str) -> None:
        answer = self.answer("data", line)
        if not self.recipients and answer.code == 354:
            answer = Answer.of("503 5.5.1 no recipient")
        self.give(answer)
        if answer.code == 354:
            self.interrupt(self.script.in_the_middle(line, self.connection.number))
            text = self.read_text(answer.pace)
            if re.search(rb"\r\n\.(?!\.)", text):
                self.object_to("a line begins with a dot that was not doubled")
            self.finish(unstuffed(text), "DATA")

    def on_bdat(self, line: str, argument: str) -> None:
        if not self.script.offers("CHUNKING"):
            self.object_to("BDAT was not offered")
        size, _, last = argument.partition(" ")
        self.interrupt(self.script.in_the_middle(line, self.connection.number))
        chunk = self.read_bytes(int(size))
        if not self.recipients:
            self.give(Answer.of("503 5.5.1 no recipient"))
            return
        self.chunks = (self.chunks or []) + [chunk]
        if last.upper() == "LAST":
            self.finish(b"".join(self.chunks), "BDAT")
        elif not self.say("bdat", line).positive:
            self.reset()

    def on_rset(self, line: str, _: str) -> None:
        if self.say("rset", line).positive:
            self.reset()

    def on_noop(self, line: str, _: str) -> None:
        self.say("noop", line)

    def on_quit(self, line: str, _: str) -> None:
        self.say("quit", line)
        raise Gone

    def finish(self, data: bytes, verb: str) -> None:
        """The end of a message: it is remembered before the reply is sent."""
        message = Message(
            self.connection.site,
            self.connection.number,
            self.helo,
            self.sender or "",
            list(self.recipients),
            dict(self.parameters),
            verb,
            data,
        )
        if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
            self.object_to("a bare CR or LF in a message")
        text = f"{message.sender} {message.recipients} " + data.decode("latin-1")
        answer = self.answer("dot", text)
        message.reply = answer.code
        self.server.add_message(message)
        self.reset()
        self.give(answer)
        self.last = message

    def reset(self) -> None:
        self.sender = None
        self.parameters = {}
        self.recipients = []
        self.chunks = None

    def say(self, stage: str, text: str) -> Answer:
        answer = self.answer(stage, text)
        self.give(answer)
        return answer

    def answer(self, stage: str, text: str) -> Answer:
        """What a limit says, or the script."""
        answer = self.script.answer(stage, text, self.connection.number)
        if self.account is None:
            return answer
        refused, close = None, False
        if stage == "connect":
            refused, close = self.account.begin(), False
        else:
            refused, close = self.account.refusal(stage, text, len(self.recipients))
        if refused:
            answer = Answer.of(refused.split("\n"))
        if close:
            answer.then = "close"
        if answer.code >= 400 and self.account.too_many_errors():
            answer = Answer.of(self.script.limits.errors_reply)
            answer.then = "close"
        if stage == "dot" and answer.positive:
            self.account.messages += 1
        return answer

    def interrupt(self, answer: Answer | None) -> None:
        """Says something in the middle of a message, which goes on unless the script ends it."""
        if answer is None:
            return
        while len(self.buffer) < answer.bytes:
            self.receive()
        self.give(answer)

    def give(self, answer: Answer) -> None:
        if answer.delay and self.server.stopping.wait(answer.delay):
            raise Gone
        if answer.drip:
            self.drip(answer)
        elif answer.lines:
            self.socket.sendall(answer.lines)
        if answer.late:
            if self.server.stopping.wait(answer.late_by):
                raise Gone
            self.socket.sendall(answer.late)
        if answer.then == "hang":
            self.hang()
        if answer.then == "deaf":
            self.server.stopping.wait()
        if answer.then == "half_close":
            self.socket.shutdown(socket.SHUT_WR)
            self.hang()
        if answer.then == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.then:
            raise Gone

    def drip(self, answer: Answer) -> None:
        for byte in answer.lines:
            self.socket.sendall(bytes([byte]))
            if self.server.stopping.wait(answer.drip):
                raise Gone

    def hang(self) -> None:
        """Reads and says nothing, until the client gives up."""
        while self.socket.recv(65536):
            pass
        raise Gone

    def read_line(self) -> str:
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > LONGEST_COMMAND:
                self.object_to("a command line without end")
                raise Gone
            self.receive()
        line = bytes(self.buffer[: end + 1])
        del self.buffer[: end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            self.object_to(f"a line that ends wrongly: {line!r}")
        if self.buffer and not line.upper().startswith(b"BDAT "):  # whose chunk follows at once
            self.connection.pipelined = True
            if not (self.extended and self.script.offers("PIPELINING")):
                self.object_to(f"pipelining was not offered: {line!r}")
        return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def read_text(self, pace: float) -> bytes:
        """The message up to the dot, still stuffed. The CRLF before the first line is imagined."""
        text = bytearray(b"\r\n")
        searched = 0
        while True:
            text += self.buffer
            self.buffer.clear()
            end = text.find(b"\r\n.\r\n", searched)
            if end >= 0:
                self.buffer += text[end + 5 :]
                if self.buffer:
                    self.object_to("bytes follow the dot before its reply")
                return bytes(text[: end + 2])
            searched = max(0, len(text) - 4)
            if pace and self.server.stopping.wait(pace):
                raise Gone
            self.receive(1024 if pace else 262144)

    def read_bytes(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self.receive(262144)
        chunk = bytes(self.buffer[:size])
        del self.buffer[:size]
        return chunk

    def receive(self, size: int = 65536) -> None:
        received = self.socket.recv(size)
        if not received:
            raise Gone
        self.buffer += received

    def parse_path(self, line: str, prefix: str) -> tuple[str, dict[str, str]]:
        found = re.fullmatch(re.escape(prefix) + r"<(.*?)>((?: [^ ]+)*)", line, re.IGNORECASE)
        if not found:
            self.object_to(f"malformed: {line!r}")
            return "", {}
        pairs = (word.partition("=") for word in found[2].split())
        return found[1], {keyword.upper(): value for keyword, _, value in pairs}

    def check_parameters(self, line: str, parameters: dict[str, str]) -> None:
        for keyword in parameters:
            offer = PARAMETERS.get(keyword, keyword)
            if not (self.extended and self.script.offers(offer)):
                self.object_to(f"{keyword} was not offered: {line!r}")

    def object_to(self, violation: str) -> None:
        self.server.object_to(f"{self.connection.site} #{self.connection.number}: {violation}")


def unstuffed(text: bytes) -> bytes:
    """Takes the imagined CRLF and the stuffed dots away."""
    return text.replace(b"\r\n..", b"\r\n.")[2:]
