"""Clients that speak TLS: as usual, and with their bytes in our hands."""

import socket
import ssl
from pathlib import Path

from tests.support.client import Client


def context(authority: Path | None = None, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """One that trusts `authority`; without one it trusts everybody."""
    made = ssl.create_default_context(cafile=str(authority) if authority else None)
    if authority is None:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if newest is not None:
        made.maximum_version = newest
    return made


class TlsClient(Client):
    """A client that can start TLS."""

    def start_tls(
        self, tls: ssl.SSLContext, name: str | None = None, session: ssl.SSLSession | None = None
    ) -> "TlsClient":
        """The handshake; whatever comes before it was said."""
        self.socket = tls.wrap_socket(self.socket, server_hostname=name, session=session)
        return self

    @classmethod
    def secured(
        cls, port: int, tls: ssl.SSLContext, name: str | None = None, **options
    ) -> "TlsClient":
        """One that has said EHLO, STARTTLS and, under TLS, EHLO again."""
        client = cls.greeted(port)
        client.ask("STARTTLS", 220)
        client.start_tls(tls, name, **options)
        client.ask("EHLO client.test", 250)
        return client


class PiecemealTls:
    """A TLS client that hands out the bytes it would send, to be sent in any pieces."""

    def __init__(self, connection: socket.socket, tls: ssl.SSLContext) -> None:
        self.socket = connection
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._in, self._out, server_hostname=None)

    def first_flight(self) -> bytes:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self._out.read()

    def send_in_pieces(self, data: bytes, size: int = 1) -> None:
        for at in range(0, len(data), size):
            self.socket.sendall(data[at : at + size])

    def shake(self, size: int = 1) -> None:
        """The whole handshake, so many bytes at a time."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.send_in_pieces(self._out.read(), size)
                self._fetch()
        self.send_in_pieces(self._out.read(), size)

    def write_in_records_of_one_byte(self, data: bytes) -> None:
        for at in range(len(data)):
            self._tls.write(data[at : at + 1])
            self.socket.sendall(self._out.read())

    def read_until(self, end: bytes) -> bytes:
        text = b""
        while not text.endswith(end):
            try:
                text += self._tls.read(4096)
            except ssl.SSLWantReadError:
                self._fetch()
        return text

    def _fetch(self) -> None:
        came = self.socket.recv(65536)
        if not came:
            raise ConnectionError("closed")
        self._in.write(came)
