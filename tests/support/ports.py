"""Ports for servers that must be told theirs before they start, or that come back to it later.

The system gives nobody such a port by itself: they are below those that it picks for sockets bound to
port 0 and for connections. No two test processes give out the same one: each takes a block of them, by
a socket whose name only one process of a network namespace can have, and which goes with the process.
"""

import itertools
import random
import socket
import threading
from pathlib import Path
from typing import Iterator

FIRST = 10240
BLOCK = 64
PICKED = Path("/proc/sys/net/ipv4/ip_local_port_range")  # by the system: from, to
USUAL = 32768  # where that begins by default; if it begins lower, ours are among them


def free_port() -> int:
    """One that is free for TCP and UDP; this process gives it out once."""
    with _lock:
        return next(port for port in _reserved if port not in _in_use())


def _blocks() -> Iterator[int]:
    """The first port of each block that is ours now, and was nobody's."""
    blocks = list(range(FIRST, max(int(PICKED.read_text().split()[0]), USUAL) - BLOCK, BLOCK))
    random.shuffle(blocks)
    for first in blocks:
        sign = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sign.bind(f"\0kurir-test-ports-{first}")
        except OSError:
            sign.close()
            continue
        sign.detach()  # it stays open as long as this process
        yield first
    raise OSError("no port is left for the tests")


def _in_use() -> set[int]:
    """The ports of all sockets of this network namespace.

    They are read, not tried: a socket that is bound to try a port goes along with a program that another
    thread starts at that moment, and holds the port until that program is there.
    """
    tables = (Path(f"/proc/self/net/{name}") for name in ("tcp", "tcp6", "udp", "udp6"))
    lines = (line for one in tables if one.exists() for line in one.read_text().splitlines()[1:])
    return {int(line.split()[1].rpartition(":")[2], 16) for line in lines}


_lock = threading.Lock()
_reserved = itertools.chain.from_iterable(range(one, one + BLOCK) for one in _blocks())


if __name__ == "__main__":  # for shell scripts; the block is another's again when this ends
    print(free_port())
