#!/usr/bin/env python3
"""A remote mail server that does what a script says (script.py) and remembers what it was given.

It stands on one or many loopback addresses with one port, each address with a script of its own, so
that one relay meets many hosts at once. What it does not like about its client (a parameter that was
not offered, a bare line feed, a command sent too early) it keeps in `violations`.

As a program it serves one script and prints each message's envelope as a line of JSON:

    python3 tests/support/remote_server.py --script FILE --port 0
"""

import argparse
import contextlib
import json
import re
import selectors
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Mapping

if __package__:
    from tests.support.connections import shut
    from tests.support.ports import free_port
    from tests.support.remote_session import Connection, Gone, Message, Session
    from tests.support.script import Script
else:
    from connections import shut
    from ports import free_port
    from remote_session import Connection, Gone, Message, Session
    from script import Script

TRIES = 10  # for a port that is free at all addresses: it may be taken at ::1


class RemoteServer:
    """A listening server; use it as a context manager.

    `sites` maps loopback addresses to scripts. The lists grow while it runs; read them through
    `wait_for`, or after `stop`.
    """

    def __init__(
        self,
        script: Script | dict | None = None,
        port: int = 0,
        sites: Mapping[str, Script | dict] | None = None,
    ) -> None:
        scripts = dict(sites) if sites is not None else {"127.0.0.1": script or {}}
        self.sites = {
            address: one if isinstance(one, Script) else Script(**one)
            for address, one in scripts.items()
        }
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
        """Waits until `claim` of this server holds; returns its last value."""
        with self._changed:
            self._changed.wait_for(lambda: claim(self), timeout)
            return claim(self)

    def delivered(self, match: str = "") -> list[Message]:
        """The messages that were answered 2xx, one of whose recipients `match` is found in."""
        return [
            message
            for message in list(self.messages)
            if message.accepted and any(re.search(match, one) for one in message.recipients)
        ]

    def wait_delivered(
        self, count: int = 1, match: str = "", timeout: float = 20.0
    ) -> list[Message]:
        """Waits for so many accepted messages."""
        self.wait_for(lambda server: len(server.delivered(match)) >= count, timeout)
        found = self.delivered(match)
        if len(found) < count:
            raise AssertionError(f"{len(found)} of {count} messages arrived ({match or 'any'})")
        return found

    def wait_message_begun(self) -> None:
        """Waits until a client has asked to send the text of a message."""
        begun = re.compile(r"(DATA$|BDAT )", re.IGNORECASE)
        if not self.wait_for(
            lambda server: any(
                begun.match(line) for one in server.connections for line in one.commands
            )
        ):
            raise AssertionError("no message was begun")

    def add_connection(self, site: str, peer: str) -> Connection:
        with self._changed:
            number = 1 + sum(one.site == site for one in self.connections)
            self.connections.append(Connection(site, number, peer=peer))
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

    def object_to(self, violation: str) -> None:
        self.violations.append(violation)

    def _listen(self, port: int) -> list[socket.socket]:
        """One port at all addresses, which is nobody else's after `stop` either."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(OSError):
                return self._listen_once(port or free_port())
        return self._listen_once(port or free_port())

    def _listen_once(self, port: int) -> list[socket.socket]:
        with contextlib.ExitStack() as unless_all:
            listeners = []
            for address in self.sites:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                listener = unless_all.enter_context(socket.socket(family, socket.SOCK_STREAM))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((address, port))
                listener.listen(128)
                listeners.append(listener)
            unless_all.pop_all()
        return listeners

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for ready, _ in selector.select(0.05):
                    connected, _ = ready.fileobj.accept()
                    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._serve(connected)
        for listener in self._listeners:
            listener.close()

    def _serve(self, connected: socket.socket) -> None:
        site = connected.getsockname()[0]
        connection = self.add_connection(site, peer_of(connected))
        session = Session(self, connected, self.sites[site], connection)
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


def peer_of(connected: socket.socket) -> str:
    """The client's address, unless it is gone already."""
    try:
        return connected.getpeername()[0]
    except OSError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="A remote mail server that does what a script says."
    )
    parser.add_argument(
        "--script", type=Path, help="a JSON file; without it every message is taken"
    )
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port, which is printed")
    options = parser.parse_args()
    script = json.loads(options.script.read_text(encoding="utf-8")) if options.script else {}

    def show(message: Message) -> None:
        print(
            json.dumps(
                {
                    "from": message.sender,
                    "to": message.recipients,
                    "by": message.by,
                    "size": len(message.data),
                    "reply": message.reply,
                }
            ),
            flush=True,
        )

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
