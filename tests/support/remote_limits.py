"""The limits of real mail servers, in their own words, for the scripted remote server.

A script's member `limits` is a dict of `Limits`, or the name of one of PROVIDERS:

    self.remote({"limits": "microsoft365"})
    self.remote({"limits": {"messages": 10, "messages_reply": "452 4.4.5 enough"}})

The numbers of PROVIDERS are small, so that a test meets them soon; the texts are what the servers
write.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace

NOBODY = re.compile(r"nobody", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What one server allows; 0 is no limit."""

    messages: int = 0  # over one connection
    messages_at: str = "mail"  # mail, rcpt, data or dot: where the next one is refused
    messages_reply: str = "452 4.4.5 Too many messages in this session"
    messages_close: bool = False  # the connection ends with that reply

    recipients: int = 0  # in one transaction
    recipients_reply: str = "452 4.5.3 Too many recipients"
    recipients_at: str = "rcpt"  # rcpt, data or dot

    errors: int = 0  # refused commands of one connection, after which it ends
    errors_reply: str = "421 4.7.0 Error: too many errors"

    connections: int = 0  # of one address at a time
    connections_reply: str = "421 4.7.0 Too many concurrent connections from your address"
    connections_at: str = "connect"  # connect or mail

    unknown: str = "550 5.1.1 User unknown"  # to a recipient with "nobody" in it


PROVIDERS = {
    "microsoft365": Limits(
        connections=3,
        connections_at="mail",
        connections_reply="432 4.3.2 Concurrent connections limit exceeded. Visit "
        "https://aka.ms/concurrent_sending for more information. [Hostname=AM0PR01MB0001.test]",
        recipients=10,
        recipients_reply="452 4.5.3 Too many recipients (ATTR17) [AM7EUR03FT001.test]",
        messages=5,
        messages_at="data",
        messages_close=True,
        messages_reply="421 4.4.2 Maximum number of messages per connection exceeded "
        "[AM7EUR03FT001.test]",
    ),
    "gmail": Limits(
        recipients=8,
        recipients_reply="452-4.5.3 Your message has too many recipients. For more information "
        "regarding Google's\n452-4.5.3 sending limits go to\n"
        "452 4.5.3  https://support.google.com/mail/?p=TooManyRecipients a1-2si3.4 - gsmtp",
        messages=6,
        messages_close=True,
        messages_reply="421-4.7.0 Too many messages in this session, closing connection.\n"
        "421 4.7.0 Try again. a1-2si3.4 - gsmtp",
        unknown="550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
        "550 5.1.1 double-checking the recipient's address. a1-2si3.4 - gsmtp",
    ),
    "yahoo": Limits(
        messages=5,
        messages_close=True,
        messages_reply="421 Too many messages sent over this connection; please reconnect",
        recipients=6,
        recipients_reply="452 Too many recipients",
        connections=5,
        connections_reply="421 Max concurrent connections from 127.0.0.1 exceeded, retry later",
        unknown="554 delivery error: dd This user doesn't have a yahoo.test account "
        "(nobody@yahoo.test) [0] - mta1234.mail.test",
    ),
    "ses": Limits(
        recipients=5,
        recipients_at="dot",
        recipients_reply="554 Transaction failed: Recipient count exceeds 5.",
        messages=10,
        messages_close=True,
        messages_reply="421 Too many messages for this session",
        unknown="554 Message rejected: Email address is not verified.",
    ),
    "exchange": Limits(
        messages=5,
        messages_reply="452 4.4.5 Maximum number of messages per session exceeded",
        recipients=10,
        recipients_reply="452 4.5.3 Too many recipients",
        errors=5,
        errors_reply="421 4.7.0 Too many errors on this connection, closing transmission channel",
        unknown="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address "
        "lookup",
    ),
    "postfix": Limits(
        recipients=10,
        recipients_reply="452 4.5.3 Error: too many recipients",
        errors=5,
        errors_reply="421 4.7.0 mx.test Error: too many errors",
        unknown="550 5.1.1 <nobody@remote.test>: Recipient address rejected: User unknown in "
        "local recipient table",
    ),
    "opensmtpd": Limits(
        messages=5,
        messages_reply="452 4.5.3 Too many recipients: Too many messages sent",
        recipients=10,
        recipients_reply="451 4.5.3 Too many recipients: Too many recipients",
        errors=10,
        errors_reply="421 4.5.0 Too many errors",
        unknown="550 Invalid recipient: <nobody@remote.test>",
    ),
    "stalwart": Limits(
        messages=5,
        messages_reply="452 4.4.5 Maximum number of messages per session exceeded.",
        recipients=10,
        recipients_reply="455 4.5.3 Too many recipients.",
        errors=5,
        errors_reply="421 4.3.0 Too many errors, disconnecting.",
        unknown="550 5.1.2 Mailbox does not exist.",
    ),
}


def limits_of(told: str | dict | None) -> Limits | None:
    if told is None:
        return None
    return PROVIDERS[told] if isinstance(told, str) else Limits(**told)


@dataclass
class Account:
    """What one connection has used up. The counter of connections is shared."""

    limits: Limits
    open: "Connections"
    messages: int = 0
    errors: int = 0
    counted: bool = field(default=False)

    def begin(self) -> str | None:
        """The refusal of a new connection, if it is one too many."""
        number = self.open.enter()
        self.counted = True
        over = 0 < self.limits.connections < number
        if over and self.limits.connections_at == "connect":
            return self.limits.connections_reply
        return None

    def end(self) -> None:
        if self.counted:
            self.open.leave()
            self.counted = False

    def refusal(self, stage: str, text: str, recipients: int) -> tuple[str | None, bool]:
        """The reply that a limit makes of a command, and whether the connection ends with it."""
        limits = self.limits
        if stage == "mail" and limits.connections_at == "mail":
            if 0 < limits.connections < self.open.count:
                return limits.connections_reply, False
        if stage == limits.messages_at and 0 < limits.messages <= self.messages:
            return limits.messages_reply, limits.messages_close
        if stage == limits.recipients_at and limits.recipients:
            over = recipients >= limits.recipients + (stage != "rcpt")
            if over:
                return limits.recipients_reply, False
        if stage == "rcpt" and NOBODY.search(text):
            return limits.unknown, False
        return None, False

    def too_many_errors(self) -> bool:
        self.errors += 1
        return 0 < self.limits.errors < self.errors


class Connections:
    """How many are open at a time."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def enter(self) -> int:
        with self._lock:
            self.count += 1
            return self.count

    def leave(self) -> None:
        with self._lock:
            self.count -= 1


def scaled(name: str, **changes: object) -> Limits:
    """A provider with other numbers."""
    return replace(PROVIDERS[name], **changes)
