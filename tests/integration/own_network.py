"""What takes a network of its own: addresses that go and come, families without a route.

Started one by one by source_address_test.py and racing_test.py.
"""

import signal
import tempfile

from tests.support.alone import ip
from tests.support.case import RelayCase
from tests.support.names import NameServer

RECORDS = """
far.test. MX 10 far.hosts.test.
far.hosts.test. A 127.20.0.1
far.hosts.test. AAAA 2001:db8::1
"""


class OwnNetwork(RelayCase):
    def setUp(self) -> None:
        ip("link", "set", "lo", "up")
        ip("address", "add", "192.0.2.7/32", "dev", "lo")

    def test_no_other_source_is_used(self) -> None:
        far = self.remote()
        rules = self.enterContext(tempfile.NamedTemporaryFile("w"))
        rules.write("to=none.test -> mx\n")
        rules.flush()
        near = self.relay(
            far,
            source_addresses="192.0.2.7",
            connection_idle="0",
            retry_max="1s",
            routes_file=rules.name,
        )
        near.submit("a@client.test", "first@one.test")
        far.wait_delivered(1)

        ip("address", "del", "192.0.2.7/32", "dev", "lo")
        near.submit("a@client.test", "second@one.test")
        (line, *_) = near.wait_log("deferred")
        self.assertIn("the source address 192.0.2.7 is not on this machine", line["response"])
        # Other settings can be read again all the same.
        rules.write('to=old.test -> reject "550 5.1.6 moved"')
        rules.flush()
        near.signal(signal.SIGHUP)
        near.wait_log("config", what="reloaded")
        self.assertEqual(len(far.delivered()), 1)

        ip("address", "add", "192.0.2.7/32", "dev", "lo")
        far.wait_delivered(2)
        self.assertEqual({one.peer for one in far.connections}, {"192.0.2.7"})

    def test_ipv6_turns_itself_off(self) -> None:
        far = self.remote(sites={"127.20.0.1": {}})
        near = self.relay(
            dns_servers=self.enterContext(NameServer(records=RECORDS)).address,
            prohibited_networks="none",
            remote_port=far.port,
            connection_idle="0",
        )
        for number in range(3):
            near.submit("a@client.test", f"u{number}@far.test")
            far.wait_delivered(number + 1)
        near.wait_log("delivered", count=3)
        self.assertEqual([one["family"] for one in near.select("ip_family_off")], ["ipv6"])
        self.assertEqual(near.metric("outbound_family_unreachable", family="ipv6"), 1)
        self.assertEqual(near.metric("outbound_family_unreachable", family="ipv4"), 0)
        # IPv6 was not even tried: its address comes last.
        self.assertEqual(near.metric("outbound_connections_opened_total", result="error"), 0)
