"""Signatures where a message hardly begins, and where the relay ends."""

import itertools
import subprocess
import threading

from tests.support.client import wait_until
from tests.support.signing_case import MESSAGES, START, SigningCase


class Edges(SigningCase):
    def test_a_header_alone_is_signed_rewritten_and_converted(self) -> None:
        """Without a blank line, and by BDAT also without a line end."""
        header = b"X-In: y\r\n" + START + b"X-Name: J\xc3\xbcrg"
        servers = (
            ["8BITMIME", "SMTPUTF8", "SIZE"],
            ["8BITMIME", "SMTPUTF8", "SIZE", "CHUNKING"],
            ["PIPELINING", "SIZE"],
        )
        for extensions in servers:
            with self.subTest(extensions):
                far = self.remote({"extensions": extensions})
                near = self.signing(
                    far, headers="add X-Last: z\nremove X-In", connection_messages=1
                )
                with near.client() as client:
                    for text in (header, header + b"\r\n"):
                        client.ask("MAIL FROM:<one@a.example> BODY=8BITMIME", 250)
                        client.ask("RCPT TO:<two@remote.test>", 250)
                        client.send(f"BDAT {len(text)} LAST\r\n".encode() + text)
                        client.expect(250)
                near.submit("one@a.example", "two@remote.test", header + b"\r\n")
                found = self.arrived(far, 3)
                self.assert_good(*found)
                for data in found:
                    self.assertEqual(data.partition(b"\r\n\r\n")[2], b"")
                    self.assertIn(b"\r\nX-Last: z\r\n", data)
                    self.assertNotIn(b"X-In", data)
                    self.assertEqual(data.isascii(), "8BITMIME" not in extensions)

    def test_a_relay_that_stops_while_it_signs_loses_nothing(self) -> None:
        key = self.keys.folder / "a.example" / "s.pem"
        subprocess.run(
            ["openssl", "genrsa", "-out", key, "4096"], capture_output=True, check=True, timeout=120
        )
        key.chmod(0o600)
        far = self.remote()
        near = self.signing(far)
        taken: set[str] = set()

        def submit(name: str) -> None:
            for number in itertools.count():
                try:
                    near.submit("one@a.example", f"{name}.{number}@remote.test", MESSAGES["plain"])
                except (OSError, AssertionError):
                    return
                taken.add(f"{name}.{number}@remote.test")

        clients = [threading.Thread(target=submit, args=(f"c{one}",)) for one in range(20)]
        for each in clients:
            each.start()
        wait_until(lambda: len(taken) > 100, timeout=60)
        self.assertEqual(near.stop(), 0)
        for each in clients:
            each.join()
        near.start()
        far.wait_for(lambda server: {one.recipients[0] for one in server.messages} >= taken)
        self.assertEqual(taken - {one.recipients[0] for one in far.messages}, set())
        for one in far.messages:
            self.assertTrue(one.data.startswith(b"DKIM-Signature:"))
