"""A signature that OpenSSL can't make: who has a key is not sent without one, and nothing is lost."""

from pathlib import Path

from tests.support.client import Client, Reply
from tests.support.relay import BINARY, Relay
from tests.support.remote_server import RemoteServer
from tests.support.script import Script
from tests.support.signing_case import MESSAGES, SigningCase

LIBRARY = BINARY.parent / "tests/libno_signatures.so"
CLOSED = Script(rules=[{"at": "connect", "reply": "421 4.3.2 not yet"}])
NO_KEY = b"From: x@none.test\r\nSubject: x\r\n\r\nx\r\n"


def given_by_bdat(client: Client, text: bytes) -> Reply:
    client.ask("MAIL FROM:<one@a.example>", 250)
    client.ask("RCPT TO:<two@remote.test>", 250)
    client.send(f"BDAT {len(text)} LAST\r\n".encode() + text)
    return client.reply()


def given_by_data(client: Client, text: bytes) -> Reply:
    return client.mail("one@a.example", ["two@remote.test"], text)


class Failures(SigningCase):
    """OpenSSL's signatures fail while the file `self.failing` is there: see
    tests/support/no_signatures.cpp."""

    def setUp(self) -> None:
        super().setUp()
        self.failing: Path = self.keys.folder.parent / "failing"

    def unsure(self, far: RemoteServer, **settings: object) -> Relay:
        library = (f"LD_PRELOAD={LIBRARY}", f"NO_SIGNATURES_WHILE={self.failing}")
        return self.signing(far, prefix=("env", *library), **settings)

    def test_the_client_gets_451_and_sends_it_again(self) -> None:
        far = self.remote()
        near = self.unsure(far)
        given = (given_by_data, given_by_bdat)
        texts = (MESSAGES["plain"], MESSAGES["300 KiB"])
        with near.client() as client:
            self.failing.touch()
            for number, (way, text) in enumerate([(way, text) for way in given for text in texts]):
                reply = way(client, text)
                self.assertEqual(
                    (reply.code, reply.text),
                    (451, "4.7.5 Message could not be signed, try later"),
                )
                line = near.wait_log("rejected", number + 1, reason="not_signed")[-1]
                self.assertEqual((line["code"], line["enhanced"]), (451, "4.7.5"))
            # What has no key is not concerned.
            self.assertEqual(client.mail("x@none.test", ["other@remote.test"], NO_KEY).code, 250)
            far.wait_delivered(1, "^other@")
            (line, *_) = near.wait_log("dkim", what="sign_failed")
            self.assertEqual((line["level"], line["domain"]), ("error", "a.example"))
            self.assertEqual(line["error"], "OpenSSL can't sign")
            self.assertEqual(near.metric("dkim_unsigned_total", reason="failed"), 4)
            self.assertEqual(near.metric("dkim_signatures_total", result="failed"), 8)
            self.assertEqual(near.metric("smtp_rejects_total", reason="not_signed"), 4)
            self.assertEqual(near.metric("queue_messages"), 0)
            self.assertEqual(far.delivered("^two@"), [])

            self.failing.unlink()
            for text in texts:
                self.assertEqual(given_by_data(client, text).code, 250)
        found = far.wait_delivered(2, "^two@")
        self.assert_good(*(one.data for one in found))

    def test_a_converted_message_waits(self) -> None:
        far = self.remote(CLOSED)
        near = self.unsure(far, retry_max="1s")
        near.submit("one@a.example", "two@remote.test", MESSAGES["8-bit"], " BODY=8BITMIME")
        near.wait_log("deferred")
        self.failing.touch()
        far.sites["127.0.0.1"] = Script(extensions=["PIPELINING", "SIZE"])
        near.wait_log("deferred", response="the converted message could not be signed")
        self.assertEqual(near.select("bounced"), [])
        self.assertEqual(far.delivered(), [])
        self.failing.unlink()
        (message,) = far.wait_delivered(1)
        self.assertTrue(message.data.isascii())
        self.assert_good(message.data)

    def test_a_bounce_goes_without(self) -> None:
        self.keys.generate("relay.test", "bounces")
        far = self.remote({"rules": [{"at": "rcpt", "match": "none@", "reply": "550 5.1.1 no"}]})
        near = self.unsure(far)
        self.failing.touch()
        near.submit("x@none.test", "none@remote.test", NO_KEY)
        (bounce,) = far.wait_delivered(1)
        self.assertIn(b"multipart/report", bounce.data)
        self.assertNotIn(b"DKIM-Signature", bounce.data)
        (line,) = near.wait_log("dkim", what="sign_failed")
        self.assertEqual(line["domain"], "relay.test")
        self.assertEqual(near.metric("dkim_unsigned_total", reason="failed"), 1)
