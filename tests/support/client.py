"""A client that says exactly what a test wants, byte for byte, and reads what a server answers."""

import socket
import time
from dataclasses import dataclass
from typing import Sequence


@dataclass(frozen=True)
class Reply:
    """One reply: its code and its lines without the code."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class ConnectionEnded(Exception):
    """The server has closed the connection."""


class Client:
    """One connection. A context manager that closes it without a QUIT."""

    def __init__(
        self,
        port: int,
        address: str = "127.0.0.1",
        timeout: float = 15.0,
        source: str | None = None,
    ) -> None:
        self.socket = socket.create_connection(
            (address, port), timeout, source_address=(source, 0) if source else None
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    @classmethod
    def greeted(cls, port: int, name: str = "client.test", **options) -> "Client":
        """A client that has read the greeting and said EHLO."""
        client = cls(port, **options)
        try:
            client.expect(220)
            client.ask(f"EHLO {name}", 250)
        except BaseException:
            client.close()
            raise
        return client

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def reply(self) -> Reply:
        lines = []
        while True:
            line = self._line()
            lines.append(line[4:])
            if len(line) < 4 or line[3] != "-":
                return Reply(int(line[:3]), tuple(lines))

    def expect(self, code: int) -> Reply:
        reply = self.reply()
        if reply.code != code:
            raise AssertionError(f"expected {code}, got {reply}")
        return reply

    def ask(self, command: bytes | str, code: int | None = None) -> Reply:
        """Sends one line and returns its reply, which has this code."""
        line = command.encode() if isinstance(command, str) else command
        self.send(line + b"\r\n")
        return self.reply() if code is None else self.expect(code)

    def begin_message(
        self,
        sender: str = "a@client.test",
        recipients: Sequence[str] = ("b@remote.test",),
        parameters: str = "",
    ) -> None:
        """One transaction up to DATA's 354."""
        self.ask(f"MAIL FROM:<{sender}>{parameters}", 250)
        for recipient in recipients:
            self.ask(f"RCPT TO:<{recipient}>", 250)
        self.ask("DATA", 354)

    def mail(
        self, sender: str, recipients: Sequence[str], data: bytes, parameters: str = ""
    ) -> Reply:
        """One transaction by DATA, every step of which must succeed but the last; that reply."""
        self.begin_message(sender, recipients, parameters)
        self.send(stuffed(data) + b".\r\n")
        return self.reply()

    def ended(self, timeout: float = 15.0) -> bool:
        """Whether the server closes the connection within this time without a further reply."""
        self.socket.settimeout(timeout)
        try:
            return not self._buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self) -> str:
        while (end := self._buffer.find(b"\r\n")) < 0:
            received = self.socket.recv(65536)
            if not received:
                raise ConnectionEnded(bytes(self._buffer))
            self._buffer += received
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line.decode("utf-8", "backslashreplace")


def stuffed(data: bytes) -> bytes:
    """A message with its dots doubled and its last line ended, ready for the final dot."""
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]


def wait_until(claim, timeout: float = 15.0, pause: float = 0.02):
    """Waits until `claim()` holds and returns its value; the last value when the time is up."""
    deadline = time.monotonic() + timeout
    while not (value := claim()) and time.monotonic() < deadline:
        time.sleep(pause)
    return value
