"""Security 2.5: whoever is not trusted relays nothing, however the recipient is spelled."""

from tests.support.case import RelayCase
from tests.support.client import Client

US = "relay.test"
OWN = "[127.0.0.1]"
THIRD = "third.test"
SPELLINGS = [
    f"relaytest@{THIRD}",
    f"relaytest%{THIRD}@{OWN}",
    f"relaytest%{THIRD}@{US}",
    f'"relaytest@{THIRD}"',
    f'"relaytest%{THIRD}"',
    f"relaytest@{THIRD}@{OWN}",
    f'"relaytest@{THIRD}"@{OWN}',
    f"relaytest@{THIRD}@{US}",
    f"@{OWN}:relaytest@{THIRD}",
    f"@{US}:relaytest@{THIRD}",
    f"{THIRD}!relaytest",
    f"{THIRD}!relaytest@{OWN}",
    f"{THIRD}!relaytest@{US}",
    f'"relaytest@{THIRD}"@{US}',
    f"{US}!{THIRD}!relaytest",
    f"relaytest@{THIRD}.",
    f"RELAYTEST@{THIRD.upper()}",
    "relaytest@[IPv6:::1]",
    "relaytest@[0x7f.1]",
    "relaytest@#2130706433",
]
SENDERS = ["", f"spam@{THIRD}", f"spam@{US}", f"spam@{OWN}", f"postmaster@{US}"]


class OpenRelay(RelayCase):
    def setUp(self) -> None:
        self.far = self.remote()

    def test_s055_an_untrusted_client_relays_nothing(self) -> None:
        near = self.relay(self.far, trusted_networks="127.0.0.2/32", max_errors=1000)
        for sender in SENDERS:
            for spelling in SPELLINGS:
                with self.subTest(sender=sender, recipient=spelling), Client.greeted(
                    near.port
                ) as client:
                    client.ask(f"MAIL FROM:<{sender}>")
                    self.assertEqual(client.ask(f"RCPT TO:<{spelling}>").code // 100, 5)
                    self.assertEqual(client.ask("DATA").code // 100, 5)
        for line in (
            f"RCPT TO:<relaytest@{THIRD}",
            f"RCPT TO:relaytest@{THIRD}>",
            f"RCPT TO: <relaytest@{THIRD}>",
            f"RCPT TO:relaytest@{THIRD}",
            "XCLIENT ADDR=127.0.0.2",
            "PROXY TCP4 127.0.0.2 127.0.0.1 1 25",
        ):
            with self.subTest(line=line), Client.greeted(near.port) as client:
                client.ask(f"MAIL FROM:<spam@{THIRD}>")
                self.assertEqual(client.ask(line).code // 100, 5)

        self.assertGreater(
            near.metric("smtp_rejects_total", stage="rcpt", reason="relay_denied"), 50
        )
        self.assertEqual(near.metric("messages_received_total"), 0)
        self.assertEqual(self.far.messages, [])

    def test_the_refusal_is_550_5_7_1_and_the_log_tells_what_would_admit_the_client(self) -> None:
        near = self.relay(self.far, trusted_networks="127.0.0.2/32")
        with Client.greeted(near.port) as client:
            client.ask(f"MAIL FROM:<a@{THIRD}>", 250)
            self.assertEqual(client.ask(f"RCPT TO:<b@{THIRD}>", 550).text[:5], "5.7.1")

        rejected = near.wait_log("rejected")[0]
        self.assertEqual(rejected["admit_by"], "add 127.0.0.1 to KURIR_TRUSTED_NETWORKS")

    def test_a_trusted_client_relays_and_its_odd_local_parts_stay_as_they_are(self) -> None:
        near = self.relay(self.far, trusted_networks="127.0.0.2/32")
        recipients = [
            f"relaytest%{THIRD}@d.test",
            f"{THIRD}!relaytest@d.test",
            f'"relaytest@{THIRD}"@d.test',
        ]
        with Client.greeted(near.port, source="127.0.0.2") as client:
            self.assertEqual(
                client.mail("a@client.test", recipients, b"Subject: x\r\n\r\nx").code, 250
            )

        self.assertEqual(self.far.wait_delivered(1)[0].recipients, recipients)

    def test_by_default_only_loopback_is_trusted(self) -> None:
        near = self.relay(self.far)
        with Client.greeted(near.port, source="127.0.0.77") as client:
            client.ask("MAIL FROM:<a@client.test>", 250)
            client.ask("RCPT TO:<b@remote.test>", 250)
