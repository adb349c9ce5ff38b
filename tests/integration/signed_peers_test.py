"""Signatures are good behind each other server: nothing on the way to it, and nothing that it does
itself, breaks them."""

import unittest

from tests.support import peers
from tests.support.client import wait_until
from tests.support.courier import Courier
from tests.support.sendmail import Sendmail
from tests.support.signing_case import MESSAGES, SigningCase

NAMES = ["plain", "white space", "long fields", "dots", "of a list", "8-bit", "300 KiB"]


class Behind:
    """What each other server leaves of a signature."""

    peer_type: type[peers.Peer]

    def test_signatures_are_good_behind_it(self) -> None:
        peer = self.enterContext(self.peer_type())
        near = self.signing(relayhost=f"127.0.0.1:{peer.port}")
        for name in NAMES:
            near.submit("one@a.example", f"box@{peer.domain}", MESSAGES[name], " BODY=8BITMIME")
        wait_until(lambda: len(peer.messages()) >= len(NAMES), 60)
        found = [one.replace(b"\n", b"\r\n") for one in peer.messages()]
        self.assertEqual(len(found), len(NAMES), peer.log()[-4000:] + near.tail())
        self.assert_good(*found)


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class BehindPostfix(Behind, SigningCase):
    peer_type = peers.Postfix


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class BehindExim(Behind, SigningCase):
    peer_type = peers.Exim


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class BehindOpenSmtpd(Behind, SigningCase):
    peer_type = peers.OpenSmtpd


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class BehindSendmail(Behind, SigningCase):
    peer_type = Sendmail


@unittest.skipUnless(peers.available(), "layering file systems takes root and overlayfs")
class BehindCourier(Behind, SigningCase):
    peer_type = Courier
