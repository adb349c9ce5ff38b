"""The dialogue scripts of tests/dialogues (README.md there), played to the real binary."""

import contextlib
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.client import Client, ConnectionEnded
from tests.support.relay import PATIENCE, ROOT, Relay

SCRIPTS = ROOT / "tests/dialogues"
ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


@dataclass
class Script:
    """One file: its settings and its lines, each a kind (`C`, `S`, ...) and a text."""

    settings: dict[str, str] = field(default_factory=dict)
    only: str = ""
    untrusted: bool = False
    lines: list[tuple[int, str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> "Script":
        script = cls()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("#"):
                script._comment(line)
            elif line.startswith(("---", "S-close")):
                script.lines.append((number, line, ""))
            elif line:
                kind, _, text = line.partition(": ")
                script.lines.append((number, kind, text))
        return script

    def _comment(self, line: str) -> None:
        if found := re.match(r"# env: KURIR_(\w+)=(.*)", line):
            self.settings[found[1].lower()] = found[2]
        elif found := re.match(r"# only: (\w+)", line):
            self.only = found[1]
        elif line == "# untrusted":
            self.untrusted = True


def unescaped(text: str) -> bytes:
    r"""The bytes of a text with \r \n \t \0 \\ and \xNN in it."""

    def one(found: re.Match[bytes]) -> bytes:
        return bytes.fromhex(found[1].decode()) if found[1] else ESCAPES[found[2]]

    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|(.))", one, text.encode())


class Player:
    """Plays one script to one relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._client = Client(relay.port, timeout=10 * PATIENCE)
        self._last = ""

    def play(self, kind: str, text: str) -> None:
        match kind:
            case "C":
                self._client.send(text + "\r\n")
            case "C*":
                self._client.send(unescaped(text))
            case "C#":
                count, _, once = text.partition(" ")
                self._client.send(unescaped(once) * int(count))
            case "S":
                reply = self._client.reply()
                self._last = f"{reply.code} {reply.text}"
                assert self._last.startswith(text), f"it answers {self._last!r}"
            case "S+":
                assert text in self._last, f"it answers {self._last!r}"
            case "S-close":
                assert self._client.ended(10 * PATIENCE), "it does not close the connection"
            case "M":
                self._relay.wait_metric("messages_received_total", lambda n: n == int(text))
            case "X":
                if text == "shutdown":
                    self._relay.signal(signal.SIGTERM)
            case "---":
                self._client.close()
                self._client = Client(self._relay.port, timeout=10 * PATIENCE)

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def stopping(relay: Relay) -> Iterator[Relay]:
    """A started relay, ready or not, that is stopped in the end."""
    kind: type[BaseException] | None = None
    try:
        yield relay
    except BaseException as error:
        kind = type(error)
        raise
    finally:
        relay.__exit__(kind)


class Dialogues(RelayCase):
    def test_every_script(self) -> None:
        files = sorted(SCRIPTS.glob("*.txt"))
        self.assertGreater(len(files), 20)
        for file in files:
            script = Script.read(file)
            if script.only != "pure":
                with self.subTest(file.name):
                    self.play(script)

    def play(self, script: Script) -> None:
        settings = {"relayhost": "127.0.0.1:1"} | script.settings
        if script.untrusted:
            settings["trusted_networks"] = "192.0.2.0/24"
        with stopping(Relay(**settings).start(ready=False)) as relay:
            player = Player(relay)
            try:
                for number, kind, text in script.lines:
                    try:
                        player.play(kind, text)
                    except (AssertionError, ConnectionEnded, OSError) as error:
                        self.fail(f"line {number}, {kind}: {text}: {error!r}")
            finally:
                player.close()
            if ("X", "shutdown") in ((kind, text) for _, kind, text in script.lines):
                relay.wait(20 * PATIENCE)
