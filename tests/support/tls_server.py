"""A remote mail server that offers TLS, or speaks it from the first byte, and may fail in each step.

It takes every message; what it heard on each connection is in `sessions`. `manner` says what it does
instead of the handshake:

    "agree"        the handshake
    "say TEXT"     TEXT, with \\r\\n written as it is, in place of 220; then it goes on as if nothing was
    "inject TEXT"  220 and TEXT in one segment, then the handshake
    "talk"         clear text instead of its part of the handshake
    "cut N"        the first N bytes of its part of the handshake, then it closes
    "stall N"      the first N bytes, then nothing more until the client closes
"""

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.client import wait_until
from tests.support.connections import Connections, shut
from tests.support.ports import free_port


@dataclass
class TlsSession:
    """What one connection was like."""

    address: str
    tls: str = ""  # the version
    resumed: bool = False
    server_name: str | None = None
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)


class TlsServer:
    """A listening server at one address or several with the same port; a context manager."""

    def __init__(
        self,
        certificate: tuple[Path, Path],
        manner: str = "agree",
        implicit: bool = False,
        offered: bool = True,
        addresses: tuple[str, ...] = ("127.0.0.1",),
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> None:
        self.manner = manner
        self.implicit = implicit
        self.offered = offered
        self.sessions: list[TlsSession] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(*map(str, certificate))
        self._tls.maximum_version = newest
        self._tls.sni_callback = self._note_name
        self._names: dict[int, str | None] = {}
        self._stopping = threading.Event()
        self._open = Connections()
        self.port = free_port()
        self._listeners = [socket.create_server((address, self.port)) for address in addresses]

    def __enter__(self) -> "TlsServer":
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for listener in self._listeners:
            shut(listener)
            listener.close()
        self._open.end_all()

    @property
    def messages(self) -> list[tuple[str, bytes]]:
        """Each with the version of TLS by which it came; "" for clear."""
        return [(one.tls, text) for one in self.sessions for text in one.messages]

    def wait_messages(self, count: int, timeout: float = 20.0) -> list[tuple[str, bytes]]:
        if not wait_until(lambda: len(self.messages) >= count, timeout):
            raise AssertionError(f"{len(self.messages)} of {count} messages came: {self.sessions}")
        return self.messages

    def heard(self, command: str) -> int:
        return sum(
            line.upper().startswith(command) for one in self.sessions for line in one.commands
        )

    def _note_name(self, secured: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self._names[id(secured)] = name

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connected, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(connected,), daemon=True).start()

    def _run(self, connected: socket.socket) -> None:
        session = TlsSession(connected.getsockname()[0])
        self.sessions.append(session)
        with connected, self._open.kept(connected):
            dialogue = Dialogue(self, connected, session)
            with suppress(OSError, EOFError, ssl.SSLError):
                dialogue.run()
            dialogue.stream.close()

    def agree(self, connected: socket.socket, session: TlsSession) -> ssl.SSLSocket:
        secured = self._tls.wrap_socket(connected, server_side=True)
        session.tls = secured.version() or "?"
        session.resumed = bool(secured.session_reused)
        session.server_name = self._names.pop(id(secured), None)
        return secured

    def first_flight(self, hello: bytes) -> bytes:
        """What this server answers to a ClientHello."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        incoming.write(hello)
        shown = self._tls.wrap_bio(incoming, outgoing, server_side=True)
        with suppress(ssl.SSLWantReadError):
            shown.do_handshake()
        return outgoing.read()


class Dialogue:
    """One connection."""

    def __init__(self, server: TlsServer, connected: socket.socket, session: TlsSession) -> None:
        self.server = server
        self.stream: socket.socket = connected
        self.session = session
        self.buffer = b""

    def run(self) -> None:
        if self.server.implicit:
            self.handshake()
        self.say("220 mx.test ESMTP")
        while True:
            line = self.line()
            self.session.commands.append(line)
            verb = line[:8].upper().split(" ")[0]
            if verb == "EHLO":
                offer = self.server.offered and not self.session.tls and not self.server.implicit
                self.say("250-mx.test", "250 STARTTLS" if offer else "250 SIZE")
            elif verb == "STARTTLS":
                self.starttls()
            elif verb == "DATA":
                self.say("354 go on")
                self.session.messages.append(self.text())
                self.say("250 taken")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    return

    def starttls(self) -> None:
        kind, _, text = self.server.manner.partition(" ")
        if kind == "say":
            return self.stream.sendall(text.encode().replace(b"\\r\\n", b"\r\n"))
        injected = text.encode().replace(b"\\r\\n", b"\r\n") if kind == "inject" else b""
        self.stream.sendall(b"220 go on\r\n" + injected)
        self.handshake()

    def handshake(self) -> None:
        kind, _, text = self.server.manner.partition(" ")
        if kind in ("talk", "cut", "stall"):
            hello = self.stream.recv(65536)
            if not hello:
                raise EOFError
            flight = self.server.first_flight(hello)
            part = b"500 what\r\n" * 3 if kind == "talk" else flight[: int(text)]
            self.stream.sendall(part)
            while kind == "stall" and self.stream.recv(65536):
                pass
            raise EOFError
        self.stream = self.server.agree(self.stream, self.session)

    def say(self, *lines: str) -> None:
        self.stream.sendall("".join(line + "\r\n" for line in lines).encode())

    def line(self) -> str:
        return self.until(b"\r\n").decode("latin-1")

    def text(self) -> bytes:
        return self.until(b"\r\n.\r\n")

    def until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            more = self.stream.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        found, _, self.buffer = self.buffer.partition(end)
        return found
