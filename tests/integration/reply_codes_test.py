"""Each reply code of RFC 821's list has a true cause: one test for each that provokes it."""

import resource
import unittest

from tests.support.case import RelayCase
from tests.support.client import Client
from tests.support.relay import Relay

# RFC 821 section 4.2.2.
CODES = {211, 214, 220, 221, 250, 251, 354, 421, 450, 451, 452}
CODES |= {500, 501, 502, 503, 504, 550, 551, 552, 553, 554}

MAP = "old@x.test -> 251 new@y.test; gone@x.test -> 551 gone@y.test"
MAIL = "MAIL FROM:<a@client.test>"


class ReplyCodes(RelayCase):
    def client_of(self, **settings: object) -> Client:
        near = self.relay(relayhost="127.0.0.1:9", **settings)
        return self.enterContext(near.client())

    def test_211_help_status(self) -> None:
        self.client_of().ask("HELP STATUS", 211)

    def test_214_help(self) -> None:
        self.client_of().ask("HELP", 214)

    def test_220_greeting(self) -> None:
        near: Relay = self.relay()
        with Client(near.port) as client:
            client.expect(220)

    def test_221_quit(self) -> None:
        self.client_of().ask("QUIT", 221)

    def test_250_a_command_is_done(self) -> None:
        self.client_of().ask("NOOP", 250)

    def test_251_a_recipient_is_forwarded(self) -> None:
        client = self.client_of(recipient_map=MAP)
        client.ask(MAIL, 250)
        client.ask("RCPT TO:<old@x.test>", 251)

    def test_354_the_message_may_come(self) -> None:
        self.client_of().begin_message()

    def test_421_too_many_messages_in_a_session(self) -> None:
        client = self.client_of(session_messages=1)
        self.assertEqual(client.mail("a@client.test", ["b@far.test"], b"x\r\n").code, 250)
        client.ask(MAIL, 421)

    def test_450_more_than_the_rate_allows(self) -> None:
        client = self.client_of(client_rate="1/h")
        self.assertEqual(client.mail("a@client.test", ["b@far.test"], b"x\r\n").code, 250)
        client.ask(MAIL, 450)

    def test_451_the_store_fails(self) -> None:
        """No file may grow further: the message can't be written, and the relay lives on."""
        near = self.relay(relayhost="127.0.0.1:9")
        client = self.enterContext(near.client())
        limit = resource.RLIMIT_FSIZE
        before = resource.prlimit(near.process.pid, limit)
        resource.prlimit(near.process.pid, limit, (0, before[1]))
        reply = client.mail("a@client.test", ["b@far.test"], b"x\r\n")
        self.assertEqual((reply.code, reply.text[:5]), (451, "4.3.0"))
        resource.prlimit(near.process.pid, limit, before)
        near.wait_log("store_reopened")
        self.assertEqual(client.mail("a@client.test", ["b@far.test"], b"x\r\n").code, 250)

    def test_452_too_many_recipients(self) -> None:
        client = self.client_of(max_recipients=1)
        client.ask(MAIL, 250)
        client.ask("RCPT TO:<b@far.test>", 250)
        client.ask("RCPT TO:<c@far.test>", 452)

    def test_500_no_command(self) -> None:
        self.client_of().ask("NONSENSE", 500)

    def test_501_a_bad_argument(self) -> None:
        self.client_of().ask("MAIL TO:<a@client.test>", 501)

    def test_502_not_implemented(self) -> None:
        self.client_of().ask("EXPN list", 502)

    def test_503_a_bad_sequence(self) -> None:
        self.client_of().ask("DATA", 503)

    def test_504_a_bad_parameter(self) -> None:
        self.client_of().ask("HELP nonsense", 504)

    def test_550_no_relaying(self) -> None:
        client = self.client_of(trusted_networks="10.0.0.0/8")
        client.ask(MAIL, 250)
        client.ask("RCPT TO:<b@far.test>", 550)

    def test_551_a_recipient_is_elsewhere(self) -> None:
        client = self.client_of(recipient_map=MAP)
        client.ask(MAIL, 250)
        client.ask("RCPT TO:<gone@x.test>", 551)

    def test_552_a_message_is_too_large(self) -> None:
        self.client_of(max_message_size="1K").ask(MAIL + " SIZE=5000", 552)

    def test_553_a_mailbox_name_that_the_client_may_not_use(self) -> None:
        client = self.client_of(trusted_networks="10.0.0.0/8")
        client.ask("MAIL FROM:<jörg@client.test>", 553)

    def test_554_a_message_goes_round(self) -> None:
        client = self.client_of(max_hops=1)
        reply = client.mail("a@client.test", ["b@far.test"], b"Received: x\r\n" * 2 + b"\r\n")
        self.assertEqual(reply.code, 554)


class AllCodes(unittest.TestCase):
    def test_each_code_has_its_test(self) -> None:
        tested = {int(name[5:8]) for name in dir(ReplyCodes) if name.startswith("test_")}
        self.assertEqual(tested, CODES)
