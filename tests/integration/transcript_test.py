"""kurir log-level debug: what is said in chosen sessions is in the log, without secrets."""

import base64
import unittest

from tests.integration.auth_test import hashed as hashed_password
from tests.integration.operators_test import OperatorCase
from tests.support.client import wait_until
from tests.support.relay import run

PASSWORD = "sesame-open-42"


class Transcripts(OperatorCase):
    def said(self, relay, peer: str) -> list[str]:
        return [
            f"{line['by']}: {line['text']}"
            for line in relay.select("transcript")
            if line["peer"] == peer
        ]

    def choose(self, relay, *words: str, status: int = 0) -> str:
        done = run("log-level", *words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_both_sides_of_a_message(self) -> None:
        relay = self.relay(self.remote())
        relay.submit("a@shop.test", "before@one.test")
        relay.wait_log("delivered")
        self.assertEqual(relay.select("transcript"), [])
        self.choose(relay, "debug", "--client", "127.0.0.*", "--for", "5m")
        self.choose(relay, "debug", "--destination", "127.0.0.1")
        relay.submit("a@shop.test", "bob@one.test")
        relay.wait_log("delivered", count=2)
        client, server = self.said(relay, "client"), self.said(relay, "server")
        for said, by_peer in ((client, "client"), (server, "kurir")):
            self.assertTrue(
                any(each.startswith(f"{by_peer}: MAIL FROM:<a@shop.test>") for each in said)
            )
            self.assertTrue(
                any(each.startswith(f"{by_peer}: RCPT TO:<bob@one.test>") for each in said)
            )
            self.assertTrue(any("bytes of a message" in each for each in said), said)
            self.assertFalse(any("A test." in each for each in said), said)
        self.assertTrue(any(each.startswith("kurir: 250 2.0.0") for each in client), client)
        self.assertTrue(any(each.startswith("server: 250") for each in server), server)

        self.choose(relay, "usual")
        count = len(relay.select("transcript"))
        relay.submit("a@shop.test", "after@one.test")
        relay.wait_log("delivered", count=3)
        self.assertEqual(len(relay.select("transcript")), count)
        whats = [line["what"] for line in relay.select("admin")]
        self.assertEqual(whats, ["transcript", "transcript", "end_transcripts"])

    def test_no_password_is_told_however_it_is_sent(self) -> None:
        hashed = hashed_password("shop", password=PASSWORD)
        relay = self.relay(
            self.remote(), users=hashed, auth_insecure="on", listen="127.0.0.1:0?auth=offer"
        )
        self.choose(relay, "debug", "--client", "*")
        secrets = [
            PASSWORD,
            base64.b64encode(PASSWORD.encode()).decode(),
            base64.b64encode(f"\0shop\0{PASSWORD}".encode()).decode(),
            base64.b64encode(b"shop").decode(),
        ]
        with relay.client() as client:
            client.ask("EHLO a.test", 250)
            client.ask(f"AUTH LOGIN {secrets[3]}", 334)
            client.ask(PASSWORD, 501)  # not in base64
            client.ask(secrets[1])  # after the login was given up: no command
            client.ask("AUTH PLAIN", 334)
            client.ask(secrets[2], 235)
            client.ask("NOOP", 250)
        told = wait_until(lambda: "client: NOOP" in self.said(relay, "client"))
        said = self.said(relay, "client")
        self.assertTrue(told, said)
        self.assertTrue(any("AUTH LOGIN ***" in each for each in said), said)
        for secret in secrets:
            self.assertFalse(any(secret in each for each in said), secret)

    def test_others_are_not_in_it_and_mistakes_are_told(self) -> None:
        relay = self.relay(self.remote())
        self.choose(relay, "debug", "--client", "192.0.2.*")
        self.assertIn("192.0.2.*", self.choose(relay))
        relay.submit("a@shop.test", "bob@one.test")
        relay.wait_log("delivered")
        self.assertEqual(relay.select("transcript"), [])
        self.assertIn("either client or server", self.choose(relay, "debug", status=64))
        self.choose(relay, "debug", "--client", "*", "--for", "2d", status=64)
        self.choose(relay, "debug", "--client", "*", "--for", "soon", status=64)


if __name__ == "__main__":
    unittest.main()
