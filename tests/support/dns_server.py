"""A name server that answers from a zone in text and misbehaves on demand, over UDP and TCP.

    with DnsServer("a.test 60 MX 10 mx.a.test\\nslow.test FAULT late:500") as names:
        Relay(dns_servers=names.address, ...)

As a program: `python3 -m tests.support.dns_server ZONE [--port N]`. It prints `listening PORT`, reads the
file again whenever it changes, and reads commands from its input: `stats` is answered with a line of
JSON, `zone LINE` adds a line to the zone, such as `zone a.test FAULT servfail`, until the file changes.

A line of the zone is `name TTL TYPE data`, where the data of a SOA is only its negative TTL, or
`name FAULT fault [TYPE]`; `*` is the fault of every name without one of its own, `none` ends one; `#`
begins a comment. Names that aren't in the zone are NXDOMAIN, their other types NODATA; a zone without a
SOA has that of the root. The faults are:

    nxdomain nodata servfail refused   an answer of that kind
    nodata:HOW nxdomain:HOW            the same, whose SOA is left out (`bare`), of a zone that does not
                                       cover the name (`foreign`), or in a wrong section (`answer`,
                                       `additional`); `neither`: bare, and neither of aa and ra is set
    rcode:N                            a response code, also an extended one (16 and more), with a SOA
    opt:HOW                            the right answer, with an OPT in a wrong section (`answer`,
                                       `authority`), two of them (`twice`), or one of a name (`named`)
    opt:alone                          an OPT and nothing else
    misplaced:SECTION                  the right records in a wrong section, and a SOA
    no-soa                             the right answer, but never a SOA
    formerr-edns drop-edns             FORMERR, or no answer, to questions with an OPT
    timeout                            no answer
    silent:SECONDS                     no answer for that time from now on
    truncate                           UDP answers are cut to nothing: ask again by TCP
    late:MS                            the right answer, later
    wrong-id wrong-question            an answer to something else
    short-rdata garbage                an answer that does not decode
    cname-loop                         two aliases of each other
    bare-cname:NAME                    an alias, and nothing of what it stands for
    100-mx null-mx                     a hundred exchanges; the one that accepts no mail
    rebind                             the first answer is right, the next ones are 127.0.0.1

Where nsd or unbound could do it, `names.NameServer` is the better judge: it is not ours.
"""

import argparse
import collections
import ipaddress
import json
import os
import socketserver
import struct
import sys
import threading
import time
from pathlib import Path

if __package__:
    from tests.support.ports import free_port
else:
    from ports import free_port

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5
LONGEST_UDP = 1232
LONGEST_CHAIN = 16


def encode_name(name: str) -> bytes:
    labels = [label for label in name.rstrip(".").encode("latin-1").split(b".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_data(kind: str, data: str) -> bytes:
    match kind:
        case "A" | "AAAA":
            return ipaddress.ip_address(data).packed
        case "CNAME" | "NS":
            return encode_name(data)
        case "MX":
            preference, host = data.split()
            return struct.pack(">H", int(preference)) + encode_name(host)
        case "SOA":
            return encode_name("ns.invalid") * 2 + struct.pack(
                ">5I", 1, 3600, 600, 86400, int(data)
            )
    text = data.strip('"').encode()
    return b"".join(
        bytes([len(text[at : at + 255])]) + text[at : at + 255] for at in range(0, len(text), 255)
    )


class Record:
    def __init__(self, name: str, ttl: int, kind: str, data: str) -> None:
        self.name, self.ttl, self.kind, self.data = name, ttl, kind, data

    def encode(self, rdata: bytes | None = None) -> bytes:
        rdata = encode_data(self.kind, self.data) if rdata is None else rdata
        return (
            encode_name(self.name)
            + struct.pack(">HHIH", TYPES[self.kind], 1, self.ttl, len(rdata))
            + rdata
        )


def options(owner: str = "", extended: int = 0) -> bytes:
    """An OPT record (RFC 6891); `extended` are the upper bits of the response code."""
    return encode_name(owner) + struct.pack(">HHIH", 41, LONGEST_UDP, extended << 24, 0)


class Zone:
    def __init__(self, text: str) -> None:
        self.records: dict[str, list[Record]] = collections.defaultdict(list)
        self.faults: dict[tuple[str, str | None], str] = {}
        for line in text.splitlines():
            self.add(line)

    def add(self, line: str) -> None:
        words = line.split("#")[0].split(None, 3)
        try:
            if words:
                self._add(words[0].rstrip(".").lower(), *words[1:])
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ValueError(f"no line of a zone: {line!r}: {error}") from error

    def _add(self, name: str, ttl: str, kind: str, data: str | None = None) -> None:
        if ttl == "FAULT":
            self.faults[name, data] = kind
            return
        record = Record(name, int(ttl), kind, data or "")
        record.encode()  # a mistake is found here
        self.records[name].append(record)

    def fault(self, name: str, kind: str) -> str:
        keys = [(name, kind), (name, None), ("*", kind), ("*", None)]
        found = next((self.faults[key] for key in keys if key in self.faults), "none")
        return "" if found == "none" else found

    def answer(self, name: str, kind: str) -> tuple[int, list[Record]]:
        """The status and the records, along aliases."""
        found: list[Record] = []
        for _ in range(LONGEST_CHAIN):
            if not self._exists(name):
                return (NOERROR if found else NXDOMAIN), found
            here = [each for each in self.records[name] if each.kind == kind]
            alias = [each for each in self.records[name] if each.kind == "CNAME"]
            if here or not alias:
                return NOERROR, found + here
            found += alias
            name = alias[0].data.rstrip(".").lower()
        return NOERROR, found

    def _exists(self, name: str) -> bool:
        """A name exists, too, if there is one below it."""
        return bool(self.records.get(name)) or any(
            each.endswith("." + name) for each in self.records if self.records[each]
        )

    def authority(self, name: str) -> list[Record]:
        """The SOA that says how long a missing record is missing."""
        for at in [name] + [name[dot + 1 :] for dot, letter in enumerate(name) if letter == "."]:
            for record in self.records.get(at, []):
                if record.kind == "SOA":
                    return [record]
        return [] if self.has_soa() else [Record("", 60, "SOA", "60")]

    def has_soa(self) -> bool:
        return any(each.kind == "SOA" for records in self.records.values() for each in records)


class Question:
    def __init__(self, packet: bytes) -> None:
        self.id, self.flags, count = struct.unpack_from(">3H", packet)
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1 : at + 1 + packet[at]].decode("latin-1"))
            at += packet[at] + 1
        self.name = ".".join(labels).lower()
        number, _ = struct.unpack_from(">HH", packet, at + 1)
        self.kind = TYPE_NAMES.get(number, str(number))
        self.text = packet[12 : at + 5]
        self.has_options = struct.unpack_from(">H", packet, 10)[0] > 0
        if count != 1:
            raise ValueError("not one question")

    def reply(
        self,
        status: int,
        answers: list[bytes],
        authority: list[bytes] = (),
        additional: list[bytes] = (),
        truncated: bool = False,
        bits: int = 0x0480,  # aa and ra
    ) -> bytes:
        flags = 0x8000 | bits | (self.flags & 0x0100) | (0x0200 if truncated else 0) | status
        return (
            struct.pack(">6H", self.id, flags, 1, len(answers), len(authority), len(additional))
            + self.text
            + b"".join([*answers, *authority, *additional])
        )


class DnsServer:
    def __init__(self, zone_text: str = "", port: int = 0, address: str = "127.0.0.1") -> None:
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self.set_zone(zone_text)
        self._servers = self._bind(address, port)
        self.port = self._servers[0].server_address[1]
        self.address = f"{address}:{self.port}"

    def set_zone(self, text: str) -> None:
        zone = Zone(text)
        with self._lock:
            self._zone, self._rebound, self._zone_since = zone, set(), time.monotonic()

    def add_to_zone(self, line: str) -> None:
        with self._lock:
            self._zone.add(line)

    def stats(self) -> dict[str, int]:
        """How many questions of each kind came: {"total": 2, "MX a.test": 1, "A a.test": 1, "udp": 2}."""
        with self._lock:
            return dict(self._counts)

    def start(self) -> "DnsServer":
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> "DnsServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _bind(self, address: str, port: int) -> list[socketserver.BaseServer]:
        """UDP and TCP on one port."""
        place = address, port or free_port()
        udp, tcp = UdpServer(place, UdpHandler), TcpServer(place, TcpHandler)
        udp.names = tcp.names = self
        return [udp, tcp]

    def replies(self, packet: bytes, transport: str) -> tuple[float, bytes | None]:
        """The pause before the answer, and the answer."""
        try:
            question = Question(packet)
        except (ValueError, IndexError, struct.error):
            return 0, None
        with self._lock:
            self._counts.update(["total", transport, f"{question.kind} {question.name}"])
            fault = self._zone.fault(question.name, question.kind)
            if fault.startswith("late:"):
                return int(fault[5:]) / 1000, self._honest(question, transport)
            if fault:
                return 0, self._faulty(question, transport, fault)
            return 0, self._honest(question, transport)

    def _honest(
        self,
        question: Question,
        transport: str,
        more: tuple[list[bytes], list[bytes], list[bytes]] = ((), (), ()),
        soa: bool = True,
    ) -> bytes:
        """The right answer, with `more` records in its sections."""
        status, records = self._zone.answer(question.name, question.kind)
        last = records[-1] if records else None
        empty = not records or last.kind == "CNAME" != question.kind
        authority = (
            self._zone.authority(last.data.rstrip(".").lower() if last else question.name)
            if empty and soa
            else []
        )
        reply = question.reply(
            status,
            [*(each.encode() for each in records), *more[0]],
            [*(each.encode() for each in authority), *more[1]],
            more[2],
        )
        if transport == "udp" and len(reply) > LONGEST_UDP:
            return question.reply(status, [], truncated=True)
        return reply

    def _faulty(self, question: Question, transport: str, fault: str) -> bytes | None:
        name, kind = question.name, question.kind
        fault, _, argument = fault.partition(":")
        records = self._zone.answer(name, kind)[1] or [Record(name, 60, "MX", f"10 mx.{name}")]
        authority = [each.encode() for each in self._zone.authority(name)]
        match fault:
            case "timeout":
                return None
            case "silent":
                over = time.monotonic() - self._zone_since >= float(argument)
                return self._honest(question, transport) if over else None
            case "nxdomain" | "nodata":
                return self._absent(
                    question, NXDOMAIN if fault == "nxdomain" else NOERROR, argument
                )
            case "rcode":
                extended, code = divmod(int(argument), 16)
                return question.reply(code, [], authority, [options(extended=extended)])
            case "opt":
                return self._misplaced_options(question, transport, argument)
            case "misplaced":
                right = [each.encode() for each in records]
                soa = [Record("", 60, "SOA", "60").encode()]
                if argument == "authority":
                    return question.reply(NOERROR, [], soa + right)
                return question.reply(NOERROR, [], soa, right)
            case "no-soa":
                return self._honest(question, transport, soa=False)
            case "formerr-edns" | "drop-edns":
                if not question.has_options:
                    return self._honest(question, transport)
                return question.reply(FORMERR, []) if fault == "formerr-edns" else None
            case "servfail" | "refused":
                return question.reply(SERVFAIL if fault == "servfail" else REFUSED, [])
            case "truncate":
                return (
                    question.reply(NOERROR, [], truncated=True)
                    if transport == "udp"
                    else self._honest(question, transport)
                )
            case "wrong-id":
                question.id ^= 1
                return self._honest(question, transport)
            case "wrong-question":
                question.text = encode_name("other.test") + question.text[-4:]
                return question.reply(NOERROR, [each.encode() for each in records])
            case "short-rdata":
                return question.reply(
                    NOERROR,
                    [each.encode(encode_data(each.kind, each.data)[:1]) for each in records],
                )
            case "garbage":
                return question.reply(NOERROR, [b"\xff" * 7, b"\xc0\x0c" * 9, b"\x3f" * 11])
            case "cname-loop":
                return question.reply(
                    NOERROR,
                    [
                        Record(name, 60, "CNAME", f"loop.{name}").encode(),
                        Record(f"loop.{name}", 60, "CNAME", name).encode(),
                    ],
                )
            case "bare-cname":
                return question.reply(NOERROR, [Record(name, 60, "CNAME", argument).encode()])
            case "null-mx":
                return question.reply(NOERROR, [Record(name, 60, "MX", "0 .").encode()])
            case "100-mx":
                return self._hundred(question, transport)
            case "rebind":
                return self._rebind(question, transport)
        return question.reply(SERVFAIL, [])

    def _absent(self, question: Question, status: int, variant: str) -> bytes:
        """There is nothing, and `variant` says how that is proven; see above."""
        soa = [each.encode() for each in self._zone.authority(question.name)]
        match variant:
            case "bare":
                return question.reply(status, [])
            case "neither":
                return question.reply(status, [], bits=0)
            case "foreign":
                return question.reply(
                    status, [], [Record("foreign.example", 60, "SOA", "60").encode()]
                )
            case "answer":
                return question.reply(status, soa)
            case "additional":
                return question.reply(status, [], [], soa)
        return question.reply(status, [], soa)

    def _misplaced_options(self, question: Question, transport: str, variant: str) -> bytes:
        match variant:
            case "answer":
                return self._honest(question, transport, ([options()], [], []))
            case "authority":
                return self._honest(question, transport, ([], [options()], []))
            case "twice":
                return self._honest(question, transport, ([], [], [options()] * 2))
            case "named":
                return self._honest(question, transport, ([], [], [options(question.name)]))
        return question.reply(NOERROR, [], [], [options()])

    def _hundred(self, question: Question, transport: str) -> bytes:
        if transport == "udp":
            return question.reply(NOERROR, [], truncated=True)
        return question.reply(
            NOERROR,
            [
                Record(question.name, 60, "MX", f"{at} mx{at}.{question.name}").encode()
                for at in range(100)
            ],
        )

    def _rebind(self, question: Question, transport: str) -> bytes:
        if question.kind != "A" or question.name not in self._rebound:
            self._rebound.update([question.name] if question.kind == "A" else [])
            return self._honest(question, transport)
        return question.reply(NOERROR, [Record(question.name, 0, "A", "127.0.0.1").encode()])


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    names: DnsServer


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    names: DnsServer


class UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        packet, sender = self.request
        pause, reply = self.server.names.replies(packet, "udp")
        later(pause)
        if reply is not None:
            try:
                sender.sendto(reply, self.client_address)
            except OSError:
                pass  # the server ended meanwhile


class TcpHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while len(length := self.rfile.read(2)) == 2:
                packet = self.rfile.read(struct.unpack(">H", length)[0])
                pause, reply = self.server.names.replies(packet, "tcp")
                later(pause)
                if reply is None:
                    return
                self.wfile.write(struct.pack(">H", len(reply)) + reply)
        except OSError:
            pass  # the client went away


def later(pause: float) -> None:
    if pause:
        threading.Event().wait(pause)


def reload_when_changed(server: DnsServer, path: Path) -> None:
    seen = os.stat(path).st_mtime_ns
    while True:
        later(0.1)
        try:
            if (now := os.stat(path).st_mtime_ns) != seen:
                seen = now
                server.set_zone(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr, flush=True)  # the old zone stays


def obey(server: DnsServer, line: str) -> None:
    command, _, rest = line.strip().partition(" ")
    if command == "stats":
        print(json.dumps(server.stats()), flush=True)
    elif command == "zone":
        try:
            server.add_to_zone(rest)
        except ValueError as error:
            print(error, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A name server that misbehaves on demand.")
    parser.add_argument("zone", type=Path)
    parser.add_argument("--port", type=int, default=0, help="0: any free port, which is printed")
    parser.add_argument("--address", default="127.0.0.1")
    options = parser.parse_args()
    server = DnsServer(options.zone.read_text(encoding="utf-8"), options.port, options.address)
    with server:
        print(f"listening {server.port}", flush=True)
        threading.Thread(
            target=reload_when_changed, args=(server, options.zone), daemon=True
        ).start()
        try:
            for line in sys.stdin:
                obey(server, line)
            threading.Event().wait()  # without input it serves until it is killed
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
