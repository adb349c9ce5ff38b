"""A0: the session that textbooks show, typed by hand, from the greeting to the other server."""

import unittest

from tests.support import peers
from tests.support.case import RelayCase
from tests.support.client import Client, wait_until

SENDER = "ipin@kartun.com"
RECIPIENT = "syafii@kartun.com"
BODY = b"DNS sudah jalan"
STEPS = (
    ("helo kartun.com", 250),
    (f"MAIL FROM:{SENDER}", 250),
    (f"RCPT TO:{RECIPIENT}", 250),
    ("DATA", 354),
    (BODY.decode(), None),
    (".", 250),
    ("Quit", 221),
)


def type_it(port: int) -> str:
    """Types the session, as telnet sends it; what the relay said to the final dot."""
    queued = ""
    with Client(port) as client:
        client.expect(220)
        for line, code in STEPS:
            if code is None:
                client.send(line + "\r\n")
                continue
            reply = client.ask(line, code)
            if line == ".":
                queued = reply.text
        assert client.ended()
    return queued


class TextbookCase(RelayCase):
    def assert_valid(self, message: bytes, line_end: bytes) -> None:
        """The one line is the body, behind a header that the relay has made."""
        header, _, body = message.partition(line_end * 2)
        self.assertEqual(body.rstrip(b"\r\n"), BODY)
        names = [line.split(b":")[0] for line in header.split(line_end) if line[:1] not in b" \t"]
        for wanted in (b"Received", b"Date", b"Message-ID"):
            self.assertIn(wanted, names)


class Textbook(TextbookCase):
    def test_A0_the_textbook_session_arrives_at_the_remote_server(self) -> None:
        far = self.remote()
        near = self.relay(far)
        self.assertRegex(type_it(near.port), r"^2\.0\.0 Ok: queued as \w{13}$")

        message = far.wait_delivered(1)[0]
        self.assertEqual((message.sender, message.recipients), (SENDER, [RECIPIENT]))
        self.assert_valid(message.data, b"\r\n")

    def test_A0_without_such_a_user_an_error_comes_back_to_the_sender(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {"at": "rcpt", "match": "syafii@", "reply": "550 5.1.1 no such user here"},
                ]
            }
        )
        near = self.relay(far)
        type_it(near.port)

        bounce = far.wait_delivered(1)[0]
        self.assertEqual((bounce.sender, bounce.recipients), ("", [SENDER]))
        self.assertIn(b"multipart/report", bounce.data)
        self.assertIn(b"no such user here", bounce.data)
        self.assertIn(RECIPIENT.encode(), bounce.data)
        near.wait_metric("queue_messages", lambda n: n == 0)


class Kartun(peers.Postfix):
    """A real Postfix that has both mailboxes of the textbook."""

    domain = "kartun.com"
    users = ("ipin", "syafii")

    def configure(self) -> None:
        mailboxes = " ".join(f"{user}@{self.domain}=Maildir/" for user in self.users)
        self.settings = {"virtual_mailbox_maps": f"inline:{{{mailboxes}}}"}
        super().configure()


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class TextbookToPostfix(TextbookCase):
    def arrived(self, peer: peers.Peer, near) -> bytes:
        found = wait_until(peer.messages, 60)
        self.assertEqual(len(found), 1, peer.log() + near.tail())
        return found[0]

    def test_A0_the_textbook_session_arrives_at_a_real_postfix(self) -> None:
        peer = self.enterContext(Kartun())
        near = self.relay(relayhost=f"127.0.0.1:{peer.port}")
        type_it(near.port)
        self.assert_valid(self.arrived(peer, near), b"\n")

    def test_A0_an_error_of_a_real_postfix_comes_back_to_the_sender(self) -> None:
        class WithoutSyafii(Kartun):
            users = ("ipin",)

        peer = self.enterContext(WithoutSyafii())
        near = self.relay(relayhost=f"127.0.0.1:{peer.port}")
        type_it(near.port)
        bounce = self.arrived(peer, near)
        self.assertIn(b"multipart/report", bounce)
        self.assertIn(b"syafii@kartun.com", bounce)
