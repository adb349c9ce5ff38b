"""A TCP proxy that is a bad network: slow, in tiny pieces, silent, broken, and whole again.

    with Proxy(server_port) as proxy:
        proxy.plan = lambda dice: Plan(up=Way(limit=dice.randrange(5000), then="reset"))
        ...                     # clients connect to proxy.port
        proxy.partition()       # nothing passes, in either direction, and nothing ends
        proxy.heal()            # what waited passes now
        proxy.cut_answer_to(b"words")   # the server does it, and who asked for it does not know

Each connection takes its plan when it is accepted, drawn from dice of its own: the same seed gives
the n-th connection the same plan. `up` is the way from whoever connected to the server, `down` the
way back. `broken` counts the connections that it broke or, in a partition, held back.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Callable, Coroutine

from tests.support.ports import free_port

CHUNK = 65536
UNDER_WAY = 64  # chunks that latency keeps, before the sender feels it
RESET = struct.pack("ii", 1, 0)  # SO_LINGER, for no time: close() sends RST


@dataclass(frozen=True)
class Way:
    """One direction of a connection, and what happens to it after `limit` bytes.

    `then` is "reset" (both ends get a RST), "black hole" (whatever comes, in both directions and
    the end too, vanishes), "end" (this direction is closed, the other one goes on), or "flip" (the
    next byte changes, and all goes on).
    """

    latency: float = 0.0
    segment: int = CHUNK
    limit: int | None = None
    then: str = "reset"


@dataclass(frozen=True)
class Plan:
    up: Way = Way()
    down: Way = Way()


Drawn = Callable[[random.Random], Plan]


def fair(_: random.Random) -> Plan:
    """The plan of a network that works."""
    return Plan()


def silent(_: random.Random) -> Plan:
    """Accepted, and never a byte."""
    return Plan(up=Way(limit=0, then="black hole"))


@dataclass(eq=False)
class Link:
    """A connection through the proxy: its two ends, and what became of it."""

    plan: Plan
    ends: list[asyncio.StreamWriter] = field(default_factory=list)
    dark: bool = False  # a black hole
    broken: bool = False
    asked: bool = False  # for what must not be answered


class Proxy:
    """Listens on 127.0.0.1; what connects is led to `target`, a port, which may change."""

    def __init__(self, target: int, seed: int = 0) -> None:
        self.target = target
        self.plan: Drawn = fair
        self.connections = 0
        self.broken = 0
        self._seed = seed
        self._links: set[Link] = set()
        self._whole = asyncio.Event()  # no partition
        self._whole.set()
        self._question: bytes | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.port = free_port()

    def start(self) -> "Proxy":
        self._thread.start()
        self.admit()
        return self

    def stop(self) -> None:
        """Resets what is open."""
        if not self._loop.is_running():
            return
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> "Proxy":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def partition(self) -> None:
        """From now on nothing passes and nobody is told, until `heal`."""
        self._run(self._divide())

    def heal(self) -> None:
        """Ends a partition. What it held back passes, in order, as TCP would send it again."""
        self._loop.call_soon_threadsafe(self._whole.set)

    def cut_answer_to(self, question: bytes) -> None:
        """Breaks the next connection whose client sends this, when the server begins to answer. It
        must come in one piece, as a short request does.
        """
        self._question = question

    def refuse(self) -> None:
        """Whoever connects from now on is refused; what is open stays."""
        self._run(self._close())

    def admit(self) -> None:
        """Listens, again after `refuse`, on the same port."""
        self._run(self._listen())

    def reset_all(self) -> None:
        """Breaks every connection that there is now."""
        self._run(self._reset_all())

    def _run(self, work: Coroutine) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self.port, limit=CHUNK, backlog=128
            )

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _reset_all(self) -> None:
        for link in list(self._links):
            self._count(link)
            abort(link)

    async def _divide(self) -> None:
        self._whole.clear()
        for link in self._links:
            self._count(link)

    async def _end(self) -> None:
        await self._close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        link = Link(self.plan(random.Random(f"{self._seed} {self.connections}")), [writer])
        self._links.add(link)
        try:
            if not self._whole.is_set():
                self._count(link)
                await self._whole.wait()
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", self.target, limit=CHUNK
            )
            link.ends.append(far_writer)
            for end in link.ends:
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.gather(
                self._carry(link, link.plan.up, reader, far_writer),
                self._carry(link, link.plan.down, far_reader, writer),
            )
        except (OSError, asyncio.CancelledError):  # no server, or the end of the test
            abort(link)
        finally:
            self._links.discard(link)
            for end in link.ends:
                end.close()

    async def _carry(
        self, link: Link, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One direction: what is read leaves `latency` later, in the pieces of the plan."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(UNDER_WAY)
        sending = asyncio.create_task(self._send(link, way, under_way, writer))
        try:
            while data := await reader.read(CHUNK):
                if self._cuts(link, data, writer):
                    break
                await under_way.put((self._loop.time() + way.latency, data))
            await under_way.put((self._loop.time() + way.latency, b""))
            await sending
        except ConnectionError:  # this end was reset: so is the other, unless nothing gets there
            if not link.dark:
                abort(link)
        finally:
            sending.cancel()

    def _cuts(self, link: Link, data: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether this is the answer that must not arrive; then nothing else does."""
        to_server = writer is link.ends[1]
        if to_server and self._question is not None and self._question in data:
            link.asked, self._question = True, None
        if to_server or not link.asked:
            return False
        self._count(link)
        abort(link)
        return True

    async def _send(
        self, link: Link, way: Way, under_way: asyncio.Queue, writer: asyncio.StreamWriter
    ) -> None:
        left = way.limit
        ended = False
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not data:
                break
            if left is not None and len(data) > left:
                await self._pass(link, way, data[:left], writer)
                data, left = self._break(link, way, data[left:], writer), None
                ended = way.then == "end"
            elif ended:
                data = b""
            elif left is not None:
                left -= len(data)
            await self._pass(link, way, data, writer)
        await self._whole.wait()
        if not link.dark:
            end(writer)

    async def _pass(self, link: Link, way: Way, data: bytes, writer: asyncio.StreamWriter) -> None:
        for begin in range(0, len(data), way.segment):
            await self._whole.wait()
            if link.dark or writer.is_closing():
                return
            try:
                writer.write(data[begin : begin + way.segment])
                await writer.drain()
            except ConnectionError:  # the other end does not read any more
                abort(link)

    def _break(self, link: Link, way: Way, rest: bytes, writer: asyncio.StreamWriter) -> bytes:
        """The limit is reached; returns what is to be sent still."""
        self._count(link)
        if way.then == "flip":
            return bytes([rest[0] ^ 1]) + rest[1:]
        if way.then == "reset":
            abort(link)
        elif way.then == "end":
            end(writer)
        else:
            assert way.then == "black hole", way.then
            link.dark = True
        return b""

    def _count(self, link: Link) -> None:
        self.broken += not link.broken
        link.broken = True


def end(writer: asyncio.StreamWriter) -> None:
    """Half-closes it, if it is still open."""
    with contextlib.suppress(OSError):
        if not writer.is_closing():
            writer.write_eof()


def abort(link: Link) -> None:
    """RST to both ends, as far as they are still open."""
    for one in link.ends:
        if not one.is_closing():
            with contextlib.suppress(OSError):
                one.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.transport.abort()
