"""The ledger of a test: what was sent, what the relay said to it, and what came out at the far end.

An intent is written before a message is sent and its result after the reply, each as one line of a
file, so that the account holds whatever dies. `account` then says, for every message and recipient,
whether the promise was kept: what was acknowledged was delivered, or bounced, or is still queued;
what was refused never came out; nothing came out changed.
"""

import hashlib
import json
import re
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable

TOKEN = re.compile(rb"^X-Ledger: ([0-9a-f]{32}) ([0-9a-f]{64})\r\n", re.MULTILINE)
STORE_ERROR = re.compile(r"45[12] 4\.3\.[01]")


@dataclass
class Entry:
    """One message that was meant to be sent. Its state: intended, acked, nacked or unknown."""

    token: str
    digest: str
    recipients: tuple[str, ...]
    state: str = "intended"
    reply: str = ""


@dataclass
class Account:
    """How the ledger closes, in messages × recipients."""

    sent: int = 0
    acked: int = 0
    nacked: int = 0
    unknown: int = 0
    delivered: int = 0
    bounced: int = 0
    lost: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    indeterminate: list[str] = field(default_factory=list)  # ghosts after an error of the store
    damaged: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    duplicates: int = 0

    def faults(self, indeterminate: bool = False) -> list[str]:
        """What breaks a promise. `indeterminate`: a refusal by the store (451, 452) may be a ghost."""
        kinds = ["lost", "ghosts", "damaged", "strangers"]
        if not indeterminate:
            kinds.append("indeterminate")
        return [f"{kind}: {one}" for kind in kinds for one in getattr(self, kind)]

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, acked {self.acked}, nacked {self.nacked}, unknown {self.unknown}, "
            f"delivered {self.delivered}, bounced {self.bounced}, duplicates {self.duplicates}, "
            f"lost {len(self.lost)}, ghosts {len(self.ghosts)}, damaged {len(self.damaged)}, "
            f"indeterminate {len(self.indeterminate)}"
        )


class Ledger:
    """Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="ascii")
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._arrived: Counter[tuple[str, str]] = Counter()
        self._bounced: set[tuple[str, str]] = set()
        self._damaged: list[str] = []
        self._strangers: list[str] = []

    def compose(self, recipients: Iterable[str], size: int = 500) -> tuple[Entry, bytes]:
        """A new message of about `size` bytes that can be told again at the far end, and its entry.

        Its body has lines that begin with dots, so that stuffing is tried too.
        """
        token = uuid.uuid4().hex
        line = f".{token} payload of the ledger, one line of it\r\n".encode()
        body = b".\r\n".join((b"\r\n..\r\n", line * max(1, size // len(line))))
        digest = hashlib.sha256(body).hexdigest()
        text = (
            f"X-Ledger: {token} {digest}\r\nFrom: sender@client.test\r\nSubject: {token}\r\n"
            f"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <{token}@client.test>\r\n"
            "\r\n"
        ).encode() + body
        entry = Entry(token, digest, tuple(recipients))
        self._write(entry)
        with self._lock:
            self._entries[token] = entry
        return entry, text

    def record(self, entry: Entry, state: str, reply: str = "") -> None:
        """What became of the sending: acked, nacked or unknown (no reply was read)."""
        entry.state, entry.reply = state, reply
        self._write(entry)

    def arrived(self, recipients: Iterable[str], data: bytes) -> None:
        """A message that the far end answered with 250."""
        found = TOKEN.search(data)
        with self._lock:
            if not found or found[1].decode() not in self._entries:
                self._strangers.append(repr(data[:200]))
                return
            token = found[1].decode()
            body = data.partition(b"\r\n\r\n")[2]
            if hashlib.sha256(body).hexdigest() != found[2].decode():
                self._damaged.append(f"{token}: the body differs")
            if data[: data.index(b"\r\n\r\n")].count(b"Received:") != 1:
                self._damaged.append(f"{token}: not exactly one Received:")
            for recipient in recipients:
                self._arrived[token, recipient] += 1

    def bounced(self, token: str, recipient: str) -> None:
        with self._lock:
            self._bounced.add((token, recipient))

    def take_over(self, other: "Ledger") -> None:
        """All that the other one knows so far."""
        with other._lock, self._lock:
            self._entries.update(other._entries)
            self._arrived.update(other._arrived)
            self._bounced.update(other._bounced)

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())

    def copies(self, entry: Entry) -> int:
        """How often it has arrived, at all its recipients."""
        with self._lock:
            return sum(self._arrived[entry.token, one] for one in entry.recipients)

    def outstanding(self) -> int:
        """How many acknowledged recipients have neither arrived nor bounced yet."""
        with self._lock:
            return sum(
                self._missing(entry, recipient)
                for entry in self._entries.values()
                if entry.state == "acked"
                for recipient in entry.recipients
            )

    def delivered_and_bounced(self) -> int:
        """How many recipients have the message though its sender was told that they have not."""
        with self._lock:
            return sum(self._arrived[key] > 0 for key in self._bounced)

    def account(self) -> Account:
        account = Account(damaged=list(self._damaged), strangers=list(self._strangers))
        with self._lock:
            for entry in self._entries.values():
                for recipient in entry.recipients:
                    self._close(account, entry, recipient)
        return account

    def close(self) -> None:
        self._file.close()

    def _missing(self, entry: Entry, recipient: str) -> bool:
        key = (entry.token, recipient)
        return not self._arrived[key] and key not in self._bounced

    def _close(self, account: Account, entry: Entry, recipient: str) -> None:
        copies = self._arrived[entry.token, recipient]
        account.sent += 1
        account.acked += entry.state == "acked"
        account.nacked += entry.state == "nacked"
        account.unknown += entry.state in ("intended", "unknown")
        account.delivered += copies > 0
        account.duplicates += max(0, copies - 1)
        account.bounced += (entry.token, recipient) in self._bounced
        if entry.state == "acked" and self._missing(entry, recipient):
            account.lost.append(f"{entry.token} to {recipient}, acknowledged with {entry.reply!r}")
        if entry.state == "nacked" and copies:
            store_failed = STORE_ERROR.match(entry.reply)
            ghosts = account.indeterminate if store_failed else account.ghosts
            ghosts.append(f"{entry.token} to {recipient}, refused with {entry.reply!r}")

    def _write(self, entry: Entry) -> None:
        with self._lock:
            self._file.write(
                json.dumps([entry.token, entry.state, entry.recipients, entry.reply]) + "\n"
            )
            self._file.flush()
