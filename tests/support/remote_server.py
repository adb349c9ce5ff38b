#!/usr/bin/env python3
"""A remote mail server that does what a script says (see script.py) and remembers what it was given.

It stands on one or many loopback addresses with one port, each address with a script of its own, so that
one relay meets many hosts at once. What it does not like about its client (a parameter that was not
offered, a bare line feed, a command sent too early) it keeps in `violations`.

As a program it serves one script and prints each message's envelope as a line of JSON:

    python3 tests/support/remote_server.py --script FILE --port 0
"""

import argparse
import json
import re
import selectors
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Mapping

if __package__:
    from tests.support.script import Answer, Script
else:
    from script import Answer, Script

LONGEST_COMMAND = 16384
PARAMETERS = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "RET": "DSN",
              "ENVID": "DSN", "AUTH": "AUTH", "REQUIRETLS": "REQUIRETLS"}


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
    opened_at: float = field(default_factory=time.monotonic)
    closed_at: float | None = None


class Gone(Exception):
    """The client has closed the connection, or the script ends it."""


class RemoteServer:
    """A listening server; use it as a context manager.

    `sites` maps loopback addresses to scripts. The lists grow while it runs; read them through
    `wait_for`, or after `stop`.
    """

    def __init__(self, script: Script | dict | None = None, port: int = 0,
                 sites: Mapping[str, Script | dict] | None = None) -> None:
        scripts = dict(sites) if sites is not None else {"127.0.0.1": script or {}}
        self.sites = {address: one if isinstance(one, Script) else Script(**one)
                      for address, one in scripts.items()}
        self.messages: list[Message] = []
        self.connections: list[Connection] = []
        self.violations: list[str] = []
        self.on_message: Callable[[Message], None] | None = None
        self._changed = threading.Condition()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._listeners = self._listen(port)
        self.port = self._listeners[0].getsockname()[1]

    def start(self) -> "RemoteServer":
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def stop(self) -> None:
        """Closes everything; what clients are in the middle of fails."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._accepting.join()
        with self._changed:
            for one in self._sockets:
                shut(one)
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> "RemoteServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def stopping(self) -> threading.Event:
        return self._stopping

    def wait_for(self, claim: Callable[["RemoteServer"], object], timeout: float = 20.0) -> object:
        """Waits until `claim` of this server holds and returns its value; the last value at the end."""
        with self._changed:
            self._changed.wait_for(lambda: claim(self), timeout)
            return claim(self)

    def delivered(self, match: str = "") -> list[Message]:
        """The messages that were answered 2xx, whose envelope or text `match` is found in."""
        pattern = re.compile(match)
        return [message for message in list(self.messages) if message.accepted and (
            not match or any(pattern.search(one) for one in (message.sender, *message.recipients))
            or pattern.search(message.data.decode("latin-1")))]

    def wait_delivered(self, count: int = 1, match: str = "", timeout: float = 20.0) -> list[Message]:
        """Waits for so many accepted messages."""
        self.wait_for(lambda server: len(server.delivered(match)) >= count, timeout)
        found = self.delivered(match)
        if len(found) < count:
            raise AssertionError(f"{len(found)} of {count} messages arrived ({match or 'any'})")
        return found

    def add_connection(self, site: str) -> Connection:
        with self._changed:
            number = 1 + sum(one.site == site for one in self.connections)
            self.connections.append(Connection(site, number))
            self._changed.notify_all()
            return self.connections[-1]

    def add_message(self, message: Message) -> None:
        if self.on_message:
            self.on_message(message)
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def changed(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def object_to(self, what: str) -> None:
        self.violations.append(what)

    def _listen(self, port: int) -> list[socket.socket]:
        listeners = []
        for address in self.sites:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(128)
            port = listener.getsockname()[1]
            listeners.append(listener)
        return listeners

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for ready, _ in selector.select(0.05):
                    connected, _ = ready.fileobj.accept()
                    self._serve(connected)
        for listener in self._listeners:
            listener.close()

    def _serve(self, connected: socket.socket) -> None:
        site = connected.getsockname()[0]
        session = Session(self, connected, self.sites[site], self.add_connection(site))
        with self._changed:
            self._sockets.add(connected)
        thread = threading.Thread(target=self._run, args=(session, connected), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, session: "Session", connected: socket.socket) -> None:
        try:
            session.run()
        except (Gone, OSError):
            pass
        finally:
            session.connection.closed_at = time.monotonic()
            with self._changed:
                self._sockets.discard(connected)
                self._changed.notify_all()
            connected.close()


def shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Session:
    """One dialogue with one client."""

    def __init__(self, server: RemoteServer, connected: socket.socket, script: Script,
                 connection: Connection) -> None:
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

    def run(self) -> None:
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
        if self.say("rcpt", line).positive:
            self.recipients.append(path)

    def on_data(self, line: str, _: str) -> None:
        answer = self.script.answer("data", line, self.connection.number)
        if not self.recipients and answer.code == 354:
            answer = Answer.of("503 5.5.1 no recipient")
        self.give(answer)
        if answer.code == 354:
            text = self.read_text(answer.pace)
            if re.search(rb"\r\n\.(?!\.)", text):
                self.object_to("a line begins with a dot that was not doubled")
            self.finish(unstuffed(text), "DATA")

    def on_bdat(self, line: str, argument: str) -> None:
        if not self.script.offers("CHUNKING"):
            self.object_to("BDAT was not offered")
        size, _, last = argument.partition(" ")
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

    def finish(self, data: bytes, by: str) -> None:
        """The end of a message: it is remembered before the reply is sent."""
        message = Message(self.connection.site, self.connection.number, self.helo, self.sender or "",
                          list(self.recipients), dict(self.parameters), by, data)
        if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
            self.object_to("a bare CR or LF in a message")
        text = f"{message.sender} {message.recipients} " + data.decode("latin-1")
        answer = self.script.answer("dot", text, self.connection.number)
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
        answer = self.script.answer(stage, text, self.connection.number)
        self.give(answer)
        return answer

    def give(self, answer: Answer) -> None:
        if answer.delay and self.server.stopping.wait(answer.delay):
            raise Gone
        if answer.lines:
            self.socket.sendall(answer.lines)
        if answer.then == "hang":
            self.hang()
        if answer.then == "half_close":
            self.socket.shutdown(socket.SHUT_WR)
            self.hang()
        if answer.then == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.then:
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
        line = bytes(self.buffer[:end + 1])
        del self.buffer[:end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            self.object_to(f"a line that ends wrongly: {line!r}")
        if self.buffer:
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
                self.buffer += text[end + 5:]
                if self.buffer:
                    self.object_to("bytes follow the dot before its reply")
                return bytes(text[:end + 2])
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

    def object_to(self, what: str) -> None:
        self.server.object_to(f"{self.connection.site} #{self.connection.number}: {what}")


def unstuffed(text: bytes) -> bytes:
    """Takes the imagined CRLF and the stuffed dots away."""
    return text.replace(b"\r\n..", b"\r\n.")[2:]


def main() -> None:
    parser = argparse.ArgumentParser(description="A remote mail server that does what a script says.")
    parser.add_argument("--script", type=Path, help="a JSON file; without it every message is taken")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port, which is printed")
    options = parser.parse_args()
    script = json.loads(options.script.read_text(encoding="utf-8")) if options.script else {}

    def show(message: Message) -> None:
        print(json.dumps({"from": message.sender, "to": message.recipients, "by": message.by,
                          "size": len(message.data), "reply": message.reply}), flush=True)

    server = RemoteServer(sites={options.address: script}, port=options.port)
    server.on_message = show
    with server:
        print(f"listening on {options.address}:{server.port}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
