"""The open connections of a test's server, which ends them all, whatever has wrapped their sockets."""

import contextlib
import socket
import threading
from typing import Iterator


class Connections:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: set[socket.socket] = set()
        self._ended = False

    @contextlib.contextmanager
    def kept(self, connected: socket.socket) -> Iterator[None]:
        """Inside, `end_all` ends this connection too; at its end it is closed.

        TLS takes the descriptor away from its socket: so a second one for the connection is kept.
        """
        with connected.dup() as handle:
            with self._lock:
                self._handles.add(handle)
                if self._ended:
                    shut(handle)
            try:
                yield
            finally:
                with self._lock:
                    self._handles.discard(handle)
                shut(handle)

    def end_all(self) -> None:
        """Those of now, and those that come later at once. Whoever reads or writes gets an end."""
        with self._lock:
            self._ended = True
            for handle in self._handles:
                shut(handle)


def shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is gone already
        connected.shutdown(socket.SHUT_RDWR)
