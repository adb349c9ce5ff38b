"""Addresses are raced (RFC 8305): one that does not answer costs a moment, not its whole timeout."""

import contextlib
import socket

from tests.support.alone import run_alone
from tests.support.case import RelayCase
from tests.support.remote_server import RemoteServer

GOOD = "127.20.0.1"
SILENT = ("127.20.0.2", "127.20.0.3", "127.20.0.4")
LONGER_THAN_ANY_TEST = "10m"
DOMAINS = ("a.test", "b.test", "c.test", "d.test")
RECORDS = (
    "".join(
        f"{domain}. MX 10 mx{number}.hosts.test.\n" for domain in DOMAINS for number in (1, 2, 3, 4)
    )
    + """
mx1.hosts.test. A 127.20.0.1
mx2.hosts.test. A 127.20.0.2
mx3.hosts.test. A 127.20.0.3
mx4.hosts.test. A 127.20.0.4
both.test. MX 10 both.hosts.test.
both.hosts.test. A 127.20.0.1
both.hosts.test. AAAA ::1
"""
)


@contextlib.contextmanager
def silence(address: str, port: int):
    """A place that answers no connection: its queue is full."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listener, socket.socket(family) as filling:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(0)
        filling.connect((address, port))
        yield


class Racing(RelayCase):
    def test_equal_exchanges_are_raced(self) -> None:
        far = self.remote(sites={GOOD: {}})
        for address in SILENT:
            self.enterContext(silence(address, far.port))
        near = self.direct(far, RECORDS, remote_connect_timeout=LONGER_THAN_ANY_TEST)
        for domain in DOMAINS:
            near.submit("a@client.test", f"u@{domain}")
        far.wait_delivered(len(DOMAINS))
        self.assertEqual(near.metric("outbound_connections_opened_total", result="error"), 0)
        self.assertEqual({one.site for one in far.connections}, {GOOD})

    def test_the_families_of_one_host_are_raced(self) -> None:
        far = self.remote(sites={GOOD: {}})
        self.enterContext(silence("::1", far.port))
        near = self.direct(far, RECORDS, remote_connect_timeout=LONGER_THAN_ANY_TEST)
        near.submit("a@client.test", "u@both.test")
        far.wait_delivered(1)

    def test_a_family_without_a_route_is_told_once(self) -> None:
        run_alone(self, "tests.integration.own_network.OwnNetwork.test_ipv6_turns_itself_off")
