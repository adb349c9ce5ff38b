"""What a scripted remote server answers: rules, tried in order, each for one stage of the dialogue.

A script is a dict (or a JSON file) with these members, all optional:

    name         the host name in the greeting
    extensions   EHLO keywords; by default those that a modern server offers
    rules        a list of rules
    limits       of connections, messages, recipients and errors (remote_limits.py)

A rule says when it applies:

    at           connect, ehlo, helo, mail, rcpt, data, bdat, text, dot, rset, noop, quit, other; `dot` is
                 the end of the message, by DATA or by BDAT LAST; `text` is the middle of it
    match        a regular expression that is found in the command, or at `dot` in the message
    connection   only on this connection, counted from 1
    after        not for the first so many times that it would apply
    times        only so many times

and what happens:

    delay        seconds to wait first
    reply        a line, or a list of lines, without line ends; the first digit decides what is kept
    raw          bytes that are sent as they are (a string, one byte a character)
    extra        bytes that follow the reply in the same write
    late         bytes that follow the reply by themselves, `late_by` seconds later (0.05)
    unsaid       the reply counts, and is not sent: one is missing
    bytes        how much of the message comes first (at `text`)
    drip         seconds between two bytes of the reply
    pace         seconds between two reads of the message (at `data`): a slow reader
    then         close, reset, hang (say nothing more, ever), deaf (nor read anything) or half_close

A rule with `then` and neither reply nor raw says nothing.
"""

import re
import threading
from dataclasses import dataclass, field

if __package__:
    from tests.support.remote_limits import Account, Connections, Limits, limits_of
else:
    from remote_limits import Account, Connections, Limits, limits_of

MODERN = ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES")
STAGES = (
    "connect",
    "ehlo",
    "helo",
    "mail",
    "rcpt",
    "data",
    "bdat",
    "text",
    "dot",
    "rset",
    "noop",
    "quit",
    "other",
)
ENDS = (None, "close", "reset", "hang", "deaf", "half_close")


@dataclass
class Answer:
    """What is said at one stage, and what becomes of the connection."""

    lines: bytes = b""
    code: int = 0
    delay: float = 0.0
    pace: float = 0.0
    then: str | None = None
    drip: float = 0.0
    late: bytes = b""
    late_by: float = 0.0
    bytes: int = 0

    @classmethod
    def of(cls, reply: str | list[str]) -> "Answer":
        lines = [reply] if isinstance(reply, str) else reply
        digits = lines[-1][:3]
        text = "".join(line + "\r\n" for line in lines)
        return cls(text.encode("utf-8", "surrogateescape"), int(digits) if digits.isdigit() else 0)

    @property
    def positive(self) -> bool:
        return self.code // 100 == 2


@dataclass
class Rule:
    """One rule; it counts how often it would have applied."""

    at: str
    match: str = ""
    connection: int | None = None
    after: int = 0
    times: int | None = None
    delay: float = 0.0
    reply: str | list[str] | None = None
    raw: str | None = None
    extra: str = ""
    drip: float = 0.0
    pace: float = 0.0
    late: str = ""
    late_by: float = 0.05
    unsaid: bool = False
    bytes: int = 0
    then: str | None = None
    seen: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.at not in STAGES or self.then not in ENDS:
            raise ValueError(f"a rule at {self.at!r}, then {self.then!r}")

    def applies(self, stage: str, text: str, connection: int) -> bool:
        if stage != self.at or self.connection not in (None, connection):
            return False
        if self.match and not re.search(self.match, text, re.IGNORECASE | re.DOTALL):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + (self.times or 10**9)

    def answer(self, usual: Answer) -> Answer:
        if self.raw is not None:
            said = Answer(self.raw.encode("latin-1"), leading_code(self.raw))
        elif self.reply is not None:
            said = Answer.of(self.reply)
        else:
            said = Answer() if self.then else usual
        extra = self.extra.encode("latin-1")
        return Answer(
            (b"" if self.unsaid else said.lines) + extra,
            said.code,
            self.delay,
            self.pace,
            self.then,
            self.drip,
            self.late.encode("latin-1"),
            self.late_by,
            self.bytes,
        )


def leading_code(raw: str) -> int:
    """The code that a sane reader makes of verbatim bytes: of the last line, if it has one."""
    last = raw.rstrip("\r\n").rpartition("\n")[2]
    return int(last[:3]) if re.match(r"[2-5]\d\d( |$)", last) else 0


class Script:
    """The rules of one server. Safe to ask from several threads."""

    def __init__(
        self,
        name: str = "mx.test",
        extensions: list[str] | tuple[str, ...] = MODERN,
        rules: list[dict] | tuple[dict, ...] = (),
        limits: str | dict | Limits | None = None,
    ) -> None:
        self.name = name
        self.limits = limits if isinstance(limits, Limits) else limits_of(limits)
        self.connections_open = Connections()
        self.extensions = tuple(extensions)
        self._rules = [Rule(**rule) for rule in rules]
        self._lock = threading.Lock()

    def forget_rules(self) -> None:
        """From now on it answers as usual."""
        with self._lock:
            self._rules.clear()

    def account(self) -> Account | None:
        """Of a new connection."""
        return Account(self.limits, self.connections_open) if self.limits else None

    def in_the_middle(self, line: str, connection: int) -> Answer | None:
        """What is said before a message is complete."""
        with self._lock:
            for rule in self._rules:
                if rule.applies("text", line, connection):
                    return rule.answer(Answer())
        return None

    def offers(self, keyword: str) -> bool:
        return any(offer.split()[0].upper() == keyword for offer in self.extensions)

    def answer(self, stage: str, text: str, connection: int) -> Answer:
        usual = self._usual(stage)
        with self._lock:
            for rule in self._rules:
                if rule.applies(stage, text, connection):
                    return rule.answer(usual)
        return usual

    def _usual(self, stage: str) -> Answer:
        if stage == "connect":
            return Answer.of(f"220 {self.name} ESMTP")
        if stage == "ehlo":
            lines = [self.name, *self.extensions]
            return Answer.of([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"])
        return Answer.of(
            {
                "helo": f"250 {self.name}",
                "mail": "250 2.1.0 sender taken",
                "rcpt": "250 2.1.5 recipient taken",
                "data": "354 go ahead",
                "bdat": "250 2.0.0 chunk taken",
                "dot": "250 2.0.0 taken",
                "rset": "250 2.0.0 forgotten",
                "noop": "250 2.0.0 still here",
                "quit": "221 2.0.0 bye",
            }.get(stage, "500 5.5.1 unknown command")
        )
