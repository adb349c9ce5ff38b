#!/usr/bin/env python3
"""Plays dialogue scripts (README.md here) against the real binary, each with a relay of its own.

usage: tests/dialogues/run.py BINARY FILE_OR_FOLDER...
"""

import os
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[rnt0\\])")
LETTERS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
SIDE_BY_SIDE = 4


def unescaped(text: str) -> bytes:
    def byte(found: re.Match) -> bytes:
        return LETTERS.get(found[1]) or bytes([int(found[1][1:], 16)])

    return ESCAPE.sub(byte, text.encode())


@dataclass
class Script:
    path: Path
    settings: dict[str, str] = field(default_factory=dict)
    only: str = ""
    lines: list[tuple[int, str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Script":
        script = cls(path)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("#"):
                script._comment(line)
            elif line:
                kind, _, text = line.partition(" ")
                script.lines.append((number, kind, text))
        return script

    def _comment(self, line: str) -> None:
        if found := re.match(r"# env: KURIR_(\w+)=(.*)", line):
            self.settings[found[1].lower()] = found[2]
        elif found := re.match(r"# only: (\w+)", line):
            self.only = found[1]
        elif line == "# untrusted":
            self.settings["trusted_networks"] = "192.0.2.0/24"


class Player:
    """One script, one relay, one connection at a time."""

    def __init__(self, relay) -> None:
        self.relay = relay
        self.reply = None
        self.terminated = False
        self.client = None
        self.connect()

    def connect(self) -> None:
        from tests.support.client import Client

        if self.client:
            self.client.close()
        self.client = Client(self.relay.port)

    def play(self, kind: str, text: str) -> None:
        match kind:
            case "---":
                self.connect()
            case "C:":
                self.send(text.encode() + b"\r\n")
            case "C*:":
                self.send(unescaped(text))
            case "C#:":
                count, _, once = text.partition(" ")
                self.send(unescaped(once) * int(count))
            case "S:":
                self.reply = self.client.reply()
                assert str(self.reply).startswith(
                    text
                ), f"expected {text!r}, got {str(self.reply)!r}"
            case "S+:":
                assert text in self.reply.text, f"expected {text!r} in {str(self.reply)!r}"
            case "S-close":
                assert self.client.ended(), "the connection is open, or there is one more reply"
            case "M:":
                stored = self.relay.metric("messages_received_total", source="smtp")
                assert stored == int(text), f"expected {text} messages, not {stored:g}"
            case "X:" if text == "shutdown":
                self.relay.signal(signal.SIGTERM)
                self.terminated = True
            case "X:" | "B:":
                pass
            case _:
                raise AssertionError(f"not understood: {kind}")

    def send(self, data: bytes) -> None:
        try:
            self.client.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has said why already: the next line of the script knows


def play(path: Path) -> str:
    """What went wrong, or nothing."""
    from tests.support.relay import Relay

    script = Script.read(path)
    # Nothing may leave the machine: what is accepted waits for a relayhost that is not there.
    settings = {"relayhost": "127.0.0.1:1"} | script.settings
    where = f"{path.name}"
    try:
        with Relay(wait_ready=False, **settings) as relay:
            player = Player(relay)
            for number, kind, text in script.lines:
                where = f"{path.name}:{number}: {kind} {text}"
                player.play(kind, text)
            player.client.close()
            where = f"{path.name}: the end"
            if player.terminated:
                assert relay.wait(30) == 0, "exit status after SIGTERM"
    except Exception as trouble:  # every script is reported, whatever it hits
        return f"{where}\n    {type(trouble).__name__}: {trouble}"
    return ""


def main(binary: str, *places: str) -> int:
    os.environ["KURIR_BINARY"] = str(Path(binary).resolve())
    paths = sorted(
        path
        for place in map(Path, places)
        for path in (place.glob("*.txt") if place.is_dir() else [place])
    )
    paths = [path for path in paths if Script.read(path).only != "pure"]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        failures = [failure for failure in pool.map(play, paths) if failure]
    for failure in failures:
        print("FAILED", failure)
    print(f"{len(paths) - len(failures)} of {len(paths)} dialogues passed")
    return 1 if failures or not paths else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
