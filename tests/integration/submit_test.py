"""Mail programs that people use hand a message to the relay, and it arrives whole."""

import email
import smtplib
import subprocess
import tempfile
import unittest
from email.message import EmailMessage
from pathlib import Path

from tests.support.case import RelayCase
from tests.support.client import Client

BODY = "First line\n.a dot\n..two dots\n\nThe last line.\n"
TEXT = (
    "From: sender@client.test\nTo: user@remote.test\nSubject: by hand\n"
    "Date: Thu, 01 Jan 2026 00:00:00 +0000\nMessage-ID: <fixed@client.test>\n\n" + BODY
)


class Submit(RelayCase):
    def setUp(self) -> None:
        self.far = self.remote()
        self.near = self.relay(self.far)

    def assert_arrived(self, body: str = BODY) -> email.message.Message:
        message = self.far.wait_delivered(1)[0]
        self.assertEqual(
            (message.sender, message.recipients), ("sender@client.test", ["user@remote.test"])
        )
        header, _, text = message.data.partition(b"\r\n\r\n")
        self.assertEqual(text.rstrip(b"\r\n"), body.rstrip("\n").replace("\n", "\r\n").encode())
        self.assertTrue(header.startswith(b"Received: from "), header)
        return email.message_from_bytes(message.data)

    def test_swaks(self) -> None:
        subprocess.run(
            [
                "swaks",
                "--silent",
                "2",
                "--server",
                f"127.0.0.1:{self.near.port}",
                "--pipeline",
                "--from",
                "sender@client.test",
                "--to",
                "user@remote.test",
                "--body",
                BODY,
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )

        self.assert_arrived()

    def test_msmtp(self) -> None:
        subprocess.run(
            [
                "msmtp",
                "--file=/dev/null",
                "--host=127.0.0.1",
                f"--port={self.near.port}",
                "--from=sender@client.test",
                "--auth=off",
                "--tls=off",
                "user@remote.test",
            ],
            input=TEXT,
            text=True,
            check=True,
            capture_output=True,
            timeout=60,
        )

        self.assertEqual(self.assert_arrived()["Message-ID"], "<fixed@client.test>")

    def test_curl(self) -> None:
        with tempfile.NamedTemporaryFile("w", newline="") as file:
            file.write(TEXT.replace("\n", "\r\n"))
            file.flush()
            subprocess.run(
                [
                    "curl",
                    "--silent",
                    "--show-error",
                    f"smtp://127.0.0.1:{self.near.port}/client.test",
                    "--mail-from",
                    "sender@client.test",
                    "--mail-rcpt",
                    "user@remote.test",
                    "--upload-file",
                    Path(file.name),
                ],
                check=True,
                capture_output=True,
                timeout=60,
            )

        self.assert_arrived()

    def test_python_smtplib(self) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = (
            "sender@client.test",
            "user@remote.test",
            "python",
        )
        message.set_content(BODY)
        with smtplib.SMTP("127.0.0.1", self.near.port, timeout=30) as smtp:
            smtp.send_message(message)

        self.assert_arrived()

    def test_q022_the_250_names_the_queue_id_that_log_and_trace_header_carry(self) -> None:
        identity = self.near.submit("sender@client.test", "user@remote.test")

        trace = email.message_from_bytes(self.far.wait_delivered(1)[0].data)["Received"]
        self.assertIn(identity, trace)
        self.near.wait_log("received", queue_id=identity)
        self.near.wait_log("delivered", queue_id=identity)

    def test_s046_one_trace_header_with_all_its_clauses(self) -> None:
        self.near.submit("sender@client.test", "user@remote.test")

        parsed = email.message_from_bytes(self.far.wait_delivered(1)[0].data)
        self.assertEqual(len(parsed.get_all("Received")), 1)
        self.assertRegex(
            " ".join(parsed["Received"].split()),
            r"^from client\.test \(.*\[127\.0\.0\.1\]\) by relay\.test.* with ESMTP id "
            r"\w{13}.* for <user@remote\.test>.*; \w{3}, +\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}",
        )

    def test_s048_no_recipient_is_named_when_there_are_two(self) -> None:
        self.near.submit("sender@client.test", ["one@remote.test", "two@remote.test"])

        message = self.far.wait_delivered(1)[0]
        self.assertEqual(message.recipients, ["one@remote.test", "two@remote.test"])
        self.assertNotIn(b"@remote.test", message.data)

    def test_s065_missing_date_and_message_id_are_added_once(self) -> None:
        self.near.submit("sender@client.test", "user@remote.test", "Subject: bare\r\n\r\nx\r\n")

        parsed = email.message_from_bytes(self.far.wait_delivered(1)[0].data)
        self.assertEqual((len(parsed.get_all("Date")), len(parsed.get_all("Message-ID"))), (1, 1))

    def test_s058_the_null_path_stays_null_from_end_to_end(self) -> None:
        self.near.submit("", "user@remote.test")

        self.assertEqual(self.far.wait_delivered(1)[0].sender, "")

    def test_s015_the_local_part_keeps_its_case_and_its_quotes(self) -> None:
        for recipient in ("MiXed@remote.test", '"two words"@remote.test', "a%b!c@remote.test"):
            self.near.submit("sender@client.test", recipient)
            self.assertEqual(
                self.far.wait_delivered(1, r"^" + recipient.replace('"', '\\"') + "$")[
                    -1
                ].recipients,
                [recipient],
            )

    def test_s049_a_loop_is_refused(self) -> None:
        hops = b"Received: from a by b; Thu, 01 Jan 2026 00:00:00 +0000\r\n" * 101
        with self.near.client() as client:
            reply = client.mail(
                "sender@client.test", ["user@remote.test"], hops + b"Subject: x\r\n\r\nx\r\n"
            )

            self.assertEqual((reply.code, reply.text[:5]), (554, "5.4.6"))
            client.ask("QUIT", 221)
        self.assertEqual(self.far.messages, [])


class Smuggling(RelayCase):
    """Security 2.1: only <CRLF>.<CRLF> ends a message."""

    SEQUENCES = [
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r",
        "\r.\n",
        "\n.\r",
        "\r.\r\n",
        "\r\n.\r",
        "\r\n.\r\r\n",
        "\r\r\n.\r\r\n",
        "\n\n.\n\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\n\t.\r\n",
        "\r\n. \r\n",
        "\r\n..\r\n",
        "\x85.\x85",
        "\v.\v",
        "\f.\f",
        "\u010a.\u010a",
        "\u560d.\u560a",
    ]
    SMUGGLED = (
        "MAIL FROM:<evil@x.test>\r\nRCPT TO:<victim@y.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"
    )

    def setUp(self) -> None:
        self.far = self.remote()

    def smuggle(self, port: int, sequence: str) -> int:
        """The code of the only reply to a message with `sequence` in it."""
        text = f"Subject: a\r\n\r\nbody{sequence}{self.SMUGGLED}\r\n.\r\n"
        with Client.greeted(port) as client:
            client.begin_message("sender@client.test", ["user@remote.test"], " SMTPUTF8")
            client.send(text.encode())
            code = client.reply().code
            client.ask("NOOP", 250)
            client.ask("QUIT", 221)
            self.assertTrue(client.ended())
        return code

    def test_s028_no_other_sequence_ends_a_message(self) -> None:
        near = self.relay(self.far, bare_newline="reject")
        refused = 0
        for sequence in self.SEQUENCES:
            with self.subTest(sequence=sequence):
                bare = any(one in sequence.replace("\r\n", "") for one in "\r\n\0")
                self.assertEqual(self.smuggle(near.port, sequence), 550 if bare else 250)
                refused += bare

        self.assertEqual(near.metric("smtp_rejects_total", reason="bare_newline"), refused - 2)
        self.assertEqual(near.metric("smtp_rejects_total", reason="nul"), 2)
        self.far.wait_delivered(len(self.SEQUENCES) - refused)
        self.assertEqual(self.far.delivered("victim@y.test$"), [])

    def test_s028_normalised_newlines_never_smuggle(self) -> None:
        near = self.relay(self.far)  # A8: the default
        for sequence in self.SEQUENCES:
            with self.subTest(sequence=sequence):
                self.assertEqual(self.smuggle(near.port, sequence), 250)

        for message in self.far.wait_delivered(len(self.SEQUENCES)):
            self.assertEqual(message.recipients, ["user@remote.test"])
            self.assertIn(b"Subject: smuggled", message.data)

    def test_the_true_end_may_be_cut_anywhere(self) -> None:
        near = self.relay(self.far)
        for cut in range(1, 5):
            with Client.greeted(near.port) as client:
                client.begin_message("sender@client.test", ["user@remote.test"])
                client.send("x" + "\r\n.\r\n"[:cut])
                client.socket.settimeout(0.2)
                with self.assertRaises(TimeoutError):
                    client.reply()
                client.socket.settimeout(15)
                client.send("\r\n.\r\n"[cut:])
                client.expect(250)


if __name__ == "__main__":
    unittest.main()
