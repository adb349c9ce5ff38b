"""Real mail servers of other people take what the relay delivers, and it understands what they
answer."""

import unittest

from tests.support import peers
from tests.support.case import RelayCase
from tests.support.client import wait_until

BODY = b"A line.\r\n.a dot\r\n..two dots\r\n\r\nThe end.\r\n"
TEXT = b"From: a@client.test\r\nTo: box@peer.test\r\nSubject: to a peer\r\n\r\n" + BODY


class Cases:
    """What every peer must show."""

    peer_type: type[peers.Peer]

    def setUp(self) -> None:
        self.peer = self.enterContext(self.peer_type())
        self.near = self.relay(relayhost=f"127.0.0.1:{self.peer.port}")

    def arrived(self, count: int) -> list[bytes]:
        wait_until(lambda: len(self.peer.messages()) >= count, 30)
        found = self.peer.messages()
        self.assertEqual(len(found), count, self.peer.log() + self.near.tail())
        return found

    def test_a_message_arrives_whole_in_its_mailbox(self) -> None:
        self.near.submit("a@client.test", f"box@{self.peer.domain}", TEXT)

        message = self.arrived(1)[0]
        self.assertTrue(message.endswith(b"\n\n" + BODY.replace(b"\r\n", b"\n")), message)
        self.assertIn(b"by relay.test", message)

    def test_an_unknown_user_is_bounced_and_the_others_get_the_message(self) -> None:
        domain = self.peer.domain
        self.near.submit(f"box@{domain}", [f"missing@{domain}", f"box@{domain}"], TEXT)

        found = self.arrived(2)
        bounce = next(one for one in found if b"multipart/report" in one)
        self.assertIn(f"missing@{domain}".encode(), bounce)
        self.near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(self.near.metric("queue_finished_total", outcome="bounced"), 1)

    def test_a_large_message_and_many_small_ones_arrive(self) -> None:
        large = TEXT + b"x" * 76 + (b"\r\n" + b"x" * 76) * 60000
        self.near.submit("a@client.test", f"box@{self.peer.domain}", large)
        with self.near.client() as client:
            for _ in range(30):
                client.mail("a@client.test", [f"box@{self.peer.domain}"], TEXT)

        self.arrived(31)
        self.assertEqual(self.near.metric("delivery_attempts_total", result="deferred"), 0)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class Postfix(Cases, RelayCase):
    peer_type = peers.Postfix


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class Exim(Cases, RelayCase):
    peer_type = peers.Exim


class StrictExim(peers.Exim):
    """As Debian configures it: takes no line over 998 octets."""

    def configure(self) -> None:
        super().configure()
        file = self.folder / "files/etc/exim4/exim4.conf"
        file.write_text(
            "acl_smtp_data = strict\n"
            + file.read_text().replace(
                "begin acl\n",
                "begin acl\nstrict:\n"
                "  deny\n    condition = ${if >{$max_received_linelength}{998}}\n"
                "    message = maximum allowed line length is 998 octets, \\\n"
                "      got $max_received_linelength\n  accept\n",
                1,
            )
        )


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class LongLines(RelayCase):
    def test_D3_a_sender_at_a_strict_Exim_hears_of_a_line_that_is_too_long(self) -> None:
        with StrictExim() as peer:
            near = self.relay(relayhost=f"127.0.0.1:{peer.port}")
            for text in (b"x" * 1003 + b"\r\n", b""):
                header = b"Subject: long\r\n" + (b"" if text else b"X: " + b"x" * 1003 + b"\r\n")
                near.submit(f"box@{peer.domain}", f"box@{peer.domain}", header + b"\r\n" + text)
            wait_until(lambda: len(peer.messages()) >= 2, 30)

            self.assertEqual(near.select("undeliverable"), [])
            found = peer.messages()
            self.assertEqual(len(found), 2, peer.log() + near.tail())
            for bounce in found:
                self.assertIn(b"multipart/report", bounce)
                self.assertIn(b"Subject: long", bounce)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class OpenSmtpd(Cases, RelayCase):
    peer_type = peers.OpenSmtpd
