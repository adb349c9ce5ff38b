"""Rewriting of what swaks and nodemailer send, judged by what arrives."""

import email
import email.policy
import json
import os
import subprocess
from email.message import EmailMessage

from tests.support.relay import PATIENCE, Relay
from tests.support.remote_server import Message
from tests.support.signing_case import SigningCase

HELO = "web1.corp.test"
SENDER = "app@web1.client.test"
AUTHOR = f"App <{SENDER}>"
ANSWERS = f'"App, the" <{SENDER}>'
TRACE = "from inner.corp.test (inner.corp.test [10.1.2.3]) by web1.corp.test; Fri, 27 Nov 2026 09:00:00 +0100"
SUBJECT = "Grüße"
TEXT = "Grüße\n.\nThe end."

NODEMAILER = """
const job = JSON.parse(process.env.JOB);
require("nodemailer").createTransport(job.transport).sendMail(job.mail).then(
  (info) => (info.rejectedErrors || []).forEach((error) => console.log(error.response)),
  (error) => { console.log(error.message); process.exit(1); },
);
"""


def by_swaks(near: Relay, recipients: list[str]) -> str:
    """Sends the message; returns what was said meanwhile."""
    command = [
        *("swaks", "--server", f"127.0.0.1:{near.port}", "--helo", HELO, "--from", SENDER),
        *("--to", ",".join(recipients), "--h-From", AUTHOR, "--header", f"Reply-To: {ANSWERS}"),
        *("--header", "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "--add-header", "X-Inner: web1"),
        *("--add-header", "Content-Type: text/plain; charset=utf-8"),
        *("--add-header", f"Received: {TRACE}", "--body", TEXT),
    ]
    return ran(command)


def by_nodemailer(near: Relay, recipients: list[str]) -> str:
    transport = {"host": "127.0.0.1", "port": near.port, "ignoreTLS": True, "name": HELO}
    mail = {
        "from": AUTHOR,
        "to": recipients,
        "replyTo": ANSWERS,
        "subject": SUBJECT,
        "text": TEXT,
        "headers": {"X-Inner": "web1", "Received": TRACE},
    }
    job = json.dumps({"transport": transport, "mail": mail})
    return ran(["node", "-e", NODEMAILER], JOB=job, NODE_PATH="/usr/share/nodejs")


def ran(command: list[str], **variables: str) -> str:
    done = subprocess.run(
        command,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


CLIENTS = {"swaks": by_swaks, "nodemailer": by_nodemailer}


def parsed(message: Message) -> EmailMessage:
    return email.message_from_bytes(message.data, policy=email.policy.default)


class Rewritten(SigningCase):
    def both(
        self, check, recipients: tuple[str, ...] = ("b@far.test",), count: int = 1, **settings
    ):
        """`check` of what arrives (messages, and what the client was told) for each client."""
        for name, send in CLIENTS.items():
            with self.subTest(name):
                far = self.remote()
                told = send(self.signing(far, **settings), list(recipients))
                check(far.wait_delivered(count), told)

    def assert_same_text(self, message: Message) -> EmailMessage:
        header = parsed(message)
        self.assertEqual(header["Subject"], SUBJECT)
        self.assertEqual(header.get_content().replace("\r\n", "\n").rstrip("\n"), TEXT)
        return header

    def test_hosts_hide_behind_their_domain(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            (message,) = messages
            self.assertEqual(message.sender, "app@client.test")
            header = self.assert_same_text(message)
            self.assertEqual(header["From"], "App <app@client.test>")
            self.assertEqual(header["Reply-To"], '"App, the" <app@client.test>')
            self.assertNotIn(b"@web1.client.test>", message.data.partition(b"\r\nMessage-I")[0])

        self.both(check, masquerade_domains="client.test")

    def test_a_forced_sender(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            (message,) = messages
            self.assertEqual(message.sender, "noreply@client.test")
            header = self.assert_same_text(message)
            self.assertEqual(header.get_all("From"), ['"Client, Inc." <noreply@client.test>'])
            self.assertEqual(header["Reply-To"], ANSWERS)

        self.both(check, force_from="Client, Inc. <noreply@client.test>")

    def test_maps_of_senders_and_recipients(self) -> None:
        def check(messages: list[Message], told: str) -> None:
            (message,) = messages
            self.assertEqual(message.sender, "app@new.test")
            self.assertEqual(sorted(message.recipients), ["b@far.test", "new@far.test"])
            header = self.assert_same_text(message)
            self.assertEqual(header["From"], "App <app@new.test>")
            self.assertEqual(header["Reply-To"], '"App, the" <app@new.test>')
            self.assertIn("old@far.test", header["To"])  # people answer to what they have read
            self.assertIn("551 5.1.6 User not local; please try <gone@y.test>", told)

        self.both(
            check,
            ("b@far.test", "old@far.test", "gone@far.test"),
            sender_map="*.client.test -> @new.test",
            recipient_map="old@far.test -> 251 new@far.test; gone@far.test -> 551 gone@y.test",
        )

    def test_rules_for_fields(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            header = self.assert_same_text(messages[0])
            self.assertEqual(header["List-Unsubscribe"], "<https://x.test/?a=b%40far.test>")
            self.assertEqual(header["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
            self.assertEqual(header.get_all("Reply-To"), ["help@client.test"])
            self.assertEqual(header.keys()[:2], ["Received", "X-First"])
            self.assertNotIn("X-Inner", header)
            self.assertNotIn("X-Mailer", header)

        self.both(
            check,
            headers="add List-Unsubscribe: <https://x.test/?a={recipient}>\n"
            "add List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
            "set Reply-To: help@client.test\nprepend X-First: 1\n"
            "remove X-In*\nremove X-Mailer",
        )

    def test_a_blind_copy_of_each(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            (message,) = messages
            self.assertEqual(sorted(message.recipients), ["archive@far.test", "b@far.test"])
            self.assertNotIn(b"archive@", message.data)
            self.assert_same_text(message)

        self.both(check, always_bcc="from=@web1.client.test archive@far.test")

    def test_a_hidden_client(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            header = self.assert_same_text(messages[0])
            received = header.get_all("Received")
            self.assertEqual(len(received), 2)
            for word in ("corp.test", "10.1.2.3", "127.0.0.1", "from "):
                self.assertNotIn(word, "".join(received))

        self.both(check, hide_client="on")

    def test_a_reverse_path_for_each_recipient(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            self.assertEqual(
                sorted((one.sender, one.recipients) for one in messages),
                [
                    (f"app+{name}=far.test@web1.client.test", [f"{name}@far.test"])
                    for name in ("b", "c")
                ],
            )
            for one in messages:
                self.assert_same_text(one)

        self.both(check, ("b@far.test", "c@far.test"), count=2, verp="@web1.client.test")

    def test_all_of_it_at_once_is_signed_as_it_arrives(self) -> None:
        def check(messages: list[Message], _told: str) -> None:
            senders = {one.sender for one in messages}
            names = ("archive=far.test", "b=far.test", "new=far.test")
            self.assertEqual(senders, {f"app+{name}@a.example" for name in names})
            self.assert_good(*(one.data for one in messages))
            for one in messages:
                header = self.assert_same_text(one)
                self.assertEqual(header["From"], "App <app@a.example>")
                self.assertNotIn("X-Inner", header)
                self.assertNotIn("corp.test", "".join(header.get_all("Received")))

        self.both(
            check,
            ("b@far.test", "old@far.test"),
            count=3,
            sender_map="*.client.test -> @web1.a.example",
            masquerade_domains="a.example",
            recipient_map="old@far.test -> new@far.test",
            headers="remove X-Inner\nadd List-Unsubscribe: <https://x.test/>",
            always_bcc="archive@far.test",
            hide_client="on",
            verp="@a.example",
        )
