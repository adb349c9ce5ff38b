"""Urgent and bulk mail: by listener, by the header field, and nobody else sees that field."""

import json

from tests.support.case import RelayCase
from tests.support.client import Client
from tests.support.ports import free_port

FIELD = b"X-Kurir-Priority"


class Priority(RelayCase):
    def test_the_field_is_gone_at_the_far_end(self) -> None:
        far = self.remote()
        near = self.relay(far)
        body = b"\r\nX-Kurir-Priority: urgent\r\n"
        near.submit(
            "a@client.test",
            "b@remote.test",
            b"Subject: x\r\nX-Kurir-Priority:\r\n Bulk\r\nTo: b@remote.test\r\n" + body,
        )

        data = far.wait_delivered(1)[0].data
        header, _, rest = data.partition(b"\r\n\r\n")
        self.assertNotIn(FIELD.lower(), header.lower())
        self.assertNotIn(b"Bulk", header)
        self.assertIn(b"Subject: x\r\nTo: b@remote.test", header)
        self.assertEqual(rest, body[2:])
        self.assertEqual(near.wait_log("received")[0]["priority"], "bulk")
        self.assertEqual(near.metric("messages_received_total", priority="bulk"), 1)

    def test_each_listener_has_its_own(self) -> None:
        ports = {"normal": free_port(), "bulk": free_port(), "urgent": free_port()}
        near = self.relay(
            relayhost="127.0.0.1:1",
            listen=f"127.0.0.1:{ports['normal']}, 127.0.0.1:{ports['bulk']}?priority=bulk "
            f"127.0.0.1:{ports['urgent']}?priority=urgent",
        )
        for port in ports.values():
            with Client.greeted(port) as client:
                reply = client.mail("a@client.test", ["b@remote.test"], b"Subject: x\r\n\r\nx\r\n")
                self.assertEqual(reply.code, 250)
        with Client.greeted(ports["bulk"]) as client:
            text = b"X-Kurir-Priority: URGENT\r\nX-Kurir-Priority: soon\r\n\r\nx\r\n"
            self.assertEqual(client.mail("a@client.test", ["b@remote.test"], text).code, 250)

        lines = near.wait_log("received", 4)
        self.assertEqual(
            [one["priority"] for one in lines],
            ["normal", "bulk", "urgent", "urgent"],
            json.dumps(lines),
        )
        self.assertEqual(lines[3]["unknown_priority"], "soon")
        self.assertEqual(near.metric("messages_unknown_priority_total"), 1)
