"""Orders over a queue while its mail is being tried: what moves meanwhile is not missed."""

from tests.integration.operators_test import OperatorCase
from tests.support.names import NameServer
from tests.support.script import Script

FULL = Script(rules=[{"at": "rcpt", "reply": "452 4.2.2 mailbox full"}])
# So many of each that no destination is slowed down.
DOMAINS = [f"d{number}.test" for number in range(300)]
EACH = 5
COUNT = EACH * len(DOMAINS)


class Busy(OperatorCase):
    def test_all_is_held_that_was_there(self) -> None:
        names = self.enterContext(NameServer({domain: "127.0.0.1" for domain in DOMAINS}))
        far = self.remote(FULL)
        relay = self.relay(
            dns_servers=names.address,
            prohibited_networks="none",
            remote_port=far.port,
            retry_min="1h",
            retry_max="2h",
        )
        with relay.client() as client:
            for domain in DOMAINS * EACH:
                client.mail("app@shop.test", [f"user@{domain}"], b"Subject: x\r\n\r\nx\r\n")
        relay.wait_metric("queue_messages", lambda count: count == COUNT, 60, state="deferred")
        for attempt in range(2):
            self.queue(relay, "retry", "--yes")
            self.queue(relay, "hold", "--yes", "--because", "a stop")
            with self.subTest(attempt):
                self.assertEqual(len(self.listed(relay, "--state", "held")), COUNT)
                self.assertEqual(relay.metric("queue_messages", state="held"), COUNT)
            self.queue(relay, "release", "--yes")


if __name__ == "__main__":
    import unittest

    unittest.main()
