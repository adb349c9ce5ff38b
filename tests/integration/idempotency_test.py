"""X-Kurir-Idempotency-Key: a client that lost the 250 sends its message again, and it goes out once."""

import json

from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.case import RelayCase
from tests.support.client import Client
from tests.support.relay import Relay, run
from tests.support.remote_server import RemoteServer

HEADER = b"X-Kurir-Idempotency-Key: %s\r\nSubject: x\r\n\r\n"
HOLD = {"rules": [{"at": "rcpt", "reply": "451 4.3.0 come back"}]}


def send(
    client: Client,
    key: str,
    *recipients: str,
    sender: str = "a@client.test",
    body: bytes = b"body\r\n",
) -> str:
    """The text of the reply to the end of the message, which is a 250."""
    client.ask(f"MAIL FROM:<{sender}>", 250)
    for each in recipients or ("b@remote.test",):
        client.ask(f"RCPT TO:<{each}>", 250)
    client.ask("DATA", 354)
    client.send(HEADER % key.encode() + body + b".\r\n")
    return client.expect(250).text


def send_to(relay: Relay, key: str, *recipients: str, **options: str) -> str:
    with relay.client() as client:
        return send(client, key, *recipients, **options)


class Idempotency(RelayCase):
    def test_a_message_that_is_sent_again_goes_out_once(self) -> None:
        far = self.remote()
        near = self.relay(far)
        first = send_to(near, "order 1")
        self.assertEqual(send_to(near, "order 1"), first)
        (message,) = far.wait_delivered(1)
        self.assertNotIn(b"idempotency", message.data.lower())
        near.wait_log("delivered")
        # Also when it has left the queue, and after a restart.
        self.assertEqual(send_to(near, "order 1"), first)
        near.stop()
        near.start()
        self.assertEqual(send_to(near, "order 1"), first)
        self.assertNotEqual(send_to(near, "order 2"), first)
        far.wait_delivered(2)
        self.assertEqual(len(far.delivered()), 2)
        lines = near.wait_log("repeated", count=3)
        self.assertEqual({one["queue_id"] for one in lines}, {first.split()[-1]})
        self.assertEqual({one["idempotency_key"] for one in lines}, {"order 1"})
        self.assertEqual(near.metric("messages_repeated_total"), 1)

    def test_only_new_recipients_get_it(self) -> None:
        far = self.remote()
        near = self.relay(far)
        send_to(near, "news", "b@remote.test", "c@remote.test")
        send_to(near, "news", "c@remote.test", "d@remote.test")
        far.wait_for(lambda server: len(taken_by(server)) >= 3)
        near.wait_log("delivered", count=3)
        self.assertEqual(sorted(taken_by(far)), [f"{name}@remote.test" for name in "bcd"])
        (line,) = [one for one in near.select("received") if "recipients_before" in one]
        self.assertEqual((line["recipients"], line["recipients_before"]), (1, 1))

    def test_keys_of_different_senders_are_different(self) -> None:
        far = self.remote()
        near = self.relay(far)
        first = send_to(near, "1", sender="a@one.test")
        self.assertNotEqual(send_to(near, "1", sender="a@two.test"), first)
        self.assertEqual(send_to(near, "1", sender="other@one.test"), first)
        far.wait_delivered(2)

    def test_operators_see_the_key(self) -> None:
        near = self.relay(self.remote(HOLD), retry_min="1h", retry_max="1h")
        queue_id = send_to(near, "order 1").split()[-1]
        shown = json.loads(run("queue", "show", "--json", queue_id, **near.settings).stdout)
        self.assertEqual(shown["idempotency_key"], "order 1")
        text = run("queue", "show", queue_id, **near.settings).stdout
        self.assertIn("order 1", text)


class SharedIdempotency(SharedQueueCase):
    def test_any_relay_knows_a_message_that_another_took(self) -> None:
        # The first relay is killed before it delivers: after it, there would be a second copy.
        far = self.remote({"rules": [{"at": "mail", "connection": 1, "then": "hang"}]})
        one, other = self.node(far), self.node(far)
        first = send_to(one, "order 1")
        self.assertEqual(send_to(other, "order 1"), first)
        far.wait_for(lambda server: any(each.commands for each in server.connections))
        one.kill()
        self.assertEqual(send_to(other, "order 1"), first)
        far.wait_delivered(1, timeout=60)
        self.assert_empty()
        self.assertEqual(send_to(other, "order 1"), first)
        self.assertEqual(send_to(self.node(far), "order 1"), first)
        self.assertEqual(len(far.delivered()), 1)


def taken_by(server: RemoteServer) -> list[str]:
    return [one for message in server.delivered() for one in message.recipients]
