"""Mail providers that ask for a login, on loopback.

A `Provider` greets, offers and refuses as one of `KINDS` does, in its own words. It checks the
login and keeps what it is sent. With a certificate it speaks TLS, after STARTTLS or from the first
byte, and wants it before a login where that provider does.
"""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.client import wait_until
from tests.support.connections import Connections, shut
from tests.support.ports import free_port


@dataclass
class Kind:
    """How a provider presents itself."""

    greeting: str
    mechanisms: str
    welcome: str
    refusal: tuple[str, ...]
    wants_login: str = "530 5.7.0 Authentication required"
    complaint: str = ""  # of a token, before the refusal
    in_clear: str = ""  # the mechanisms before STARTTLS
    wants_tls: str = "530 5.7.0 Must issue a STARTTLS command first"


GOOGLE_HELP = "https://support.google.com/mail/?p=BadCredentials a1-20020 - gsmtp"
KINDS = {
    "ses": Kind(
        "email-smtp.amazonaws.com ESMTP SimpleEmailService-d-A1B2C3 x9z",
        "PLAIN LOGIN",
        "235 Authentication successful.",
        ("535 Authentication Credentials Invalid",),
        "530 Authentication required",
        wants_tls="530 Must issue a STARTTLS command first",
    ),
    "microsoft365": Kind(
        "FR0P281CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready",
        "LOGIN XOAUTH2",
        "235 2.7.0 Authentication successful",
        ("535 5.7.3 Authentication unsuccessful [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]",),
        "530 5.7.57 Client not authenticated to send mail.",
        wants_tls="530 5.7.57 Client not authenticated to send mail.",
    ),
    "google": Kind(
        "smtp.gmail.com ESMTP a1-20020 - gsmtp",
        "LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH",
        "235 2.7.0 Accepted",
        ("535-5.7.8 Username and Password not accepted. For more information, go to",)
        + (f"535 5.7.8  {GOOGLE_HELP}",),
        "530-5.7.0 Authentication Required. For more information, go to\r\n530 5.7.0  "
        + GOOGLE_HELP,
        '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}',
    ),
    "mailgun": Kind(
        "Mailgun Influx ready",
        "PLAIN LOGIN",
        "235 Authentication succeeded",
        ("535 5.7.1 Invalid username or password",),
        in_clear="PLAIN LOGIN",
    ),
    "postmark": Kind(
        "mtap-01.postmarkapp.com ESMTP Postfix",
        "CRAM-MD5 LOGIN PLAIN",
        "235 2.7.0 Authentication successful",
        ("535 5.7.8 Error: authentication failed: authentication failure",),
        in_clear="CRAM-MD5 LOGIN PLAIN",
    ),
    "exchange": Kind(
        "mail.corp.test Microsoft ESMTP MAIL Service ready",
        "NTLM LOGIN",
        "235 2.7.0 Authentication successful",
        ("535 5.7.3 Authentication unsuccessful",),
        "530 5.7.57 Client not authenticated to send mail",
        in_clear="NTLM",
    ),
}


@dataclass
class Login:
    mechanism: str
    user: str
    accepted: bool
    tls: str  # the version, "" in clear
    peer: str  # the address that it came from
    messages: list[bytes] = field(default_factory=list)  # those that followed it


class Listener:
    """A thread for each connection, until `stop`."""

    def __init__(self) -> None:
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.connections = 0
        self._open = Connections()
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def start(self):
        self._accepting.start()
        return self

    def stop(self) -> None:
        shut(self._listener)
        self._listener.close()
        self._open.end_all()
        self._accepting.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, self._open.kept(client), suppress(OSError, ValueError):
            self.converse(client)

    def converse(self, client: socket.socket) -> None:
        raise NotImplementedError


class Provider(Listener):
    """`passwords` and `tokens` by user; they may change while it runs."""

    def __init__(
        self,
        kind: str = "ses",
        passwords=None,
        tokens=None,
        certificate: tuple[Path, Path] | None = None,
        implicit: bool = False,
    ) -> None:
        """`certificate`: the files of one and of its key, for TLS; `implicit`: from the first byte."""
        super().__init__()
        self.kind = KINDS[kind]
        self.mechanisms = self.kind.mechanisms  # under TLS, and where there is none
        self.in_clear = self.kind.in_clear  # before STARTTLS
        self.passwords: dict[str, str] = dict(passwords or {})
        self.tokens: dict[str, str] = dict(tokens or {})
        self.logins: list[Login] = []
        self.messages: list[bytes] = []
        self.verbs: list[str] = []  # each with the version of TLS that it came by: "TLSv1.3 AUTH"
        self.says: dict[str, str] = {}  # by verb: what is said instead, "." for the end of data
        self.implicit = implicit
        self.tls: ssl.SSLContext | None = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)

    def wait_messages(self, count: int, timeout: float = 20) -> list[bytes]:
        wait_until(lambda: len(self.messages) >= count, timeout)
        assert len(self.messages) == count, f"{len(self.messages)} of {count} messages"
        return self.messages

    def converse(self, client: socket.socket) -> None:
        Conversation(self, client).run()


class Conversation:
    """One connection to a provider."""

    def __init__(self, server: Provider, client: socket.socket) -> None:
        self.server = server
        self.kind = server.kind
        self.version = ""  # of TLS
        self.last_login: Login | None = None
        self.peer = client.getpeername()[0]
        self._use(client)

    def _use(self, client: socket.socket) -> None:
        self.client = client
        self.stream = client.makefile("rwb")

    def say(self, *lines: str) -> None:
        self.stream.write("".join(line + "\r\n" for line in lines).encode())
        self.stream.flush()

    def hear(self) -> str:
        line = self.stream.readline()
        if not line:
            raise OSError("gone")
        return line.decode().rstrip("\r\n")

    def ask(self, challenge: str) -> str:
        self.say("334 " + base64.b64encode(challenge.encode()).decode())
        return base64.b64decode(self.hear()).decode()

    def run(self) -> None:
        try:
            if self.server.implicit:
                self.secure()
            self.say("220 " + self.kind.greeting)
            while self.step():
                pass
        finally:
            self.stream.close()
            self.client.close()

    def secure(self) -> None:
        assert self.server.tls is not None
        secured = self.server.tls.wrap_socket(self.client, server_side=True)
        self.version = secured.version() or "?"
        self._use(secured)

    def step(self) -> bool:
        """One command; false after the last."""
        line = self.hear()
        verb = line.split(" ")[0].upper()
        self.server.verbs.append(f"{self.version} {verb}".strip())
        if verb in self.server.says:
            self.say(self.server.says[verb])
        elif verb == "EHLO":
            self.say(*self.offers())
        elif verb == "STARTTLS" and self.wants_tls():
            self.say("220 2.0.0 Ready to start TLS")
            self.secure()
        elif verb == "AUTH":
            self.login(line)
        elif verb == "QUIT":
            self.say("221 2.0.0 Bye")
            return False
        elif verb in ("MAIL", "RCPT") and not self.logged_in():
            self.say(self.kind.wants_tls if self.wants_tls() else self.kind.wants_login)
        elif verb == "DATA":
            self.say("354 go on")
            self.take()
        else:
            self.say("250 2.1.0 Ok")
        return True

    def logged_in(self) -> bool:
        return self.last_login is not None and self.last_login.accepted

    def wants_tls(self) -> bool:
        return self.server.tls is not None and not self.version

    def mechanisms(self) -> str:
        return self.server.in_clear if self.wants_tls() else self.server.mechanisms

    def offers(self) -> list[str]:
        lines = ["provider.test", "8BITMIME"]
        if self.wants_tls():
            lines.append("STARTTLS")
        if self.mechanisms():
            lines.append("AUTH " + self.mechanisms())
        return [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]

    def take(self) -> None:
        text = b""
        while (line := self.stream.readline()) != b".\r\n":
            if not line:
                raise OSError("gone")
            text += line
        if "." in self.server.says:
            self.say(self.server.says["."])
        else:
            self.server.messages.append(text)
            if self.last_login is not None:
                self.last_login.messages.append(text)
            self.say("250 2.0.0 Ok")

    def login(self, line: str) -> None:
        _, mechanism, *initial = line.split(" ")
        assert mechanism in self.mechanisms().split(), line
        passwords = self.server.passwords

        def first() -> str:
            return base64.b64decode(initial[0]).decode() if initial else self.ask("")

        user, good = "", False
        if mechanism == "PLAIN":
            _, user, password = first().split("\0")
            good = passwords.get(user) == password
        elif mechanism == "LOGIN":
            user = self.ask("Username:")
            good = passwords.get(user) == self.ask("Password:")
        elif mechanism == "CRAM-MD5":
            user, _, digest = self.ask("<1.2@provider.test>").rpartition(" ")
            key = passwords.get(user, "").encode()
            good = hmac.new(key, b"<1.2@provider.test>", hashlib.md5).hexdigest() == digest
        elif mechanism in ("XOAUTH2", "OAUTHBEARER"):
            user, good = self.check_token(mechanism, first())
            if not good and self.kind.complaint:
                self.ask(self.kind.complaint)
        self.last_login = Login(mechanism, user, good, self.version, self.peer)
        self.server.logins.append(self.last_login)
        self.say(*((self.kind.welcome,) if good else self.kind.refusal))

    def check_token(self, mechanism: str, text: str) -> tuple[str, bool]:
        who, *fields = text.split("\1")
        user = who.partition("user=")[2] if mechanism == "XOAUTH2" else who[len("n,a=") : -1]
        token = dict(one.split("=", 1) for one in fields if "=" in one)["auth"]
        return user, token == f"Bearer {self.server.tokens.get(user)}"
