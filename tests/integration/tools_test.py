"""The tools of the end-to-end tests, tried against each other without a relay."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.support.client import Client, ConnectionEnded
from tests.support.ledger import Ledger
from tests.support.remote_server import Message, RemoteServer


class Tools(unittest.TestCase):
    def test_swaks_gets_a_message_through_with_its_dots(self) -> None:
        with RemoteServer() as server:
            subprocess.run(
                [
                    "swaks",
                    "--silent",
                    "3",
                    "--server",
                    f"127.0.0.1:{server.port}",
                    "--from",
                    "a@a.test",
                    "--to",
                    "b@b.test,c@b.test",
                    "--body",
                    ".one\n..two\n",
                    "--pipeline",
                ],
                check=True,
                capture_output=True,
            )

        message = server.messages[0]
        self.assertEqual(
            (message.sender, message.recipients), ("a@a.test", ["b@b.test", "c@b.test"])
        )
        self.assertIn(b"\r\n.one\r\n..two\r\n", message.data)
        self.assertEqual(server.violations, [])

    def test_rules_apply_in_order_for_as_often_as_they_say(self) -> None:
        rules = [
            {"at": "rcpt", "match": "<b@", "times": 1, "reply": ["451-later", "451 4.7.1 later"]},
            {"at": "dot", "connection": 2, "then": "reset"},
        ]
        with RemoteServer({"rules": rules}) as server:
            with Client.greeted(server.port) as client:
                client.ask("MAIL FROM:<a@a.test>", 250)
                self.assertEqual(client.ask("RCPT TO:<b@b.test>").lines, ("later", "4.7.1 later"))
                client.ask("RSET", 250)
                self.assertEqual(client.mail("a@a.test", ["b@b.test"], b"x").code, 250)
                client.ask("QUIT", 221)
            with Client.greeted(server.port) as client, self.assertRaises(
                (ConnectionEnded, OSError)
            ):
                client.mail("a@a.test", ["b@b.test"], b"x")

        self.assertEqual([message.reply for message in server.messages], [250, 0])
        self.assertEqual([message.confirmed for message in server.messages], [True, False])

    def test_a_client_that_takes_what_was_not_offered_is_objected_to(self) -> None:
        with RemoteServer({"extensions": ["8BITMIME"]}) as server, Client.greeted(
            server.port
        ) as client:
            client.ask("MAIL FROM:<a@a.test> SIZE=10", 250)
            client.send("RCPT TO:<b@b.test>\r\nDATA\r\n")
            client.expect(250)
            client.expect(354)
            client.send(b".not stuffed\n\r\n.\r\n")
            client.expect(250)

        self.assertEqual(len(server.violations), 4, server.violations)

    def test_the_ledger_tells_loss_ghosts_duplicates_and_damage_apart(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            ledger = Ledger(Path(folder) / "ledger")
            whole, text = ledger.compose(["a@b.test"])
            lost, _ = ledger.compose(["a@b.test", "b@b.test"])
            ghost, ghostly = ledger.compose(["a@b.test"])
            for entry, state in ((whole, "acked"), (lost, "acked"), (ghost, "nacked")):
                ledger.record(entry, state)
            received = b"Received: from x\r\n"
            for data in (
                received + text,
                received + text,
                received + ghostly,
                text.replace(b"payload", b"PAYLOAD"),
            ):
                ledger.arrived(["a@b.test"], data)
            ledger.bounced(lost.token, "b@b.test")
            account = ledger.account()
            ledger.close()

        self.assertEqual((account.duplicates, len(account.lost), len(account.ghosts)), (2, 1, 1))
        self.assertEqual(len(account.damaged), 2, account.damaged)
        self.assertEqual(account.bounced, 1)

    def test_messages_survive_a_server_that_chunks(self) -> None:
        taken: list[Message] = []
        with RemoteServer() as server:
            server.on_message = taken.append
            with Client.greeted(server.port) as client:
                client.ask("MAIL FROM:<a@a.test>", 250)
                client.ask("RCPT TO:<b@b.test>", 250)
                client.send(b"BDAT 5\r\none\r\n")
                client.expect(250)
                client.send(b"BDAT 7 LAST\r\n.two.\r\n")
                client.expect(250)

        self.assertEqual((taken[0].by, taken[0].data), ("BDAT", b"one\r\n.two.\r\n"))
