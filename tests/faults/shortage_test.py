"""R2: what the relay itself lacks is no attempt: it delays mail, and never ends its lifetime."""

import resource
import time

from tests.support.case import RelayCase
from tests.support.names import NameServer
from tests.support.relay import Relay

TEXT = b"Subject: a test\r\n\r\nA test.\r\n"
LIMITED = ("bash", "-c", 'ulimit -n "$0"; exec "$@"')


def limit(relay: Relay, descriptors: int) -> None:
    """Sets how many descriptors a running relay may have open."""
    _, hard = resource.prlimit(relay.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(relay.process.pid, resource.RLIMIT_NOFILE, (descriptors, hard))


class Shortage(RelayCase):
    def world(self, count: int, script: dict | None = None, **settings: object):
        domains = {f"n{at}.test": f"127.31.{at // 200}.{1 + at % 200}" for at in range(count)}
        far = self.remote(sites={address: script or {} for address in domains.values()})
        names = self.enterContext(NameServer(domains))
        near = self.relay(
            dns_servers=names.address,
            remote_port=far.port,
            prohibited_networks="private",
            **({"retry_max": "1s"} | settings),
        )
        return list(domains), far, near

    def test_R2_few_descriptors_and_many_destinations(self) -> None:
        slow = {"rules": [{"at": "dot", "delay": 0.1}]}
        domains, far, near = self.world(
            200,
            slow,
            prefix=(*LIMITED, "48"),
            max_queue_time="2s",
            connection_idle="30s",
        )
        self.assertEqual(near.select("lifecycle", what="few_descriptors")[0]["limit"], 48)
        for domain in domains:
            near.submit("a@client.test", f"u@{domain}")
        far.wait_delivered(len(domains), timeout=90)
        for event in ("bounced", "undeliverable", "deferred", "store_reopening"):
            self.assertEqual(near.select(event), [], event)

    def test_R2_without_descriptors_there_is_no_attempt(self) -> None:
        domains, far, near = self.world(20, max_queue_time="3s", connection_idle="0")
        near.submit("a@client.test", f"u@{domains[0]}")
        far.wait_delivered(1)
        with near.client() as client:
            # The session is open; nothing else can be opened.
            limit(near, 3)
            for domain in domains[1:]:
                self.assertEqual(client.mail("a@client.test", [f"u@{domain}"], TEXT).code, 250)
            near.wait_log("shortage")
            time.sleep(4)  # beyond the lifetime
            self.assertEqual(len(far.messages), 1)
            limit(near, 4096)
        far.wait_delivered(len(domains), timeout=60)
        for event in ("bounced", "undeliverable", "deferred"):
            self.assertEqual(near.select(event), [], event)
        self.assertGreater(near.metric("outbound_shortages_total", resource="descriptors"), 0)
        self.assertEqual({each["attempt"] for each in near.select("delivered")}, {1})

    def test_R2_a_message_whose_destination_is_known_waits_for_a_descriptor(
        self,
    ) -> None:
        domains, far, near = self.world(1, max_queue_time="3s", connection_idle="0")
        near.submit("a@client.test", f"u@{domains[0]}")
        far.wait_delivered(1)
        with near.client() as client:
            limit(near, 3)
            for _ in range(5):  # the route is still known
                self.assertEqual(client.mail("a@client.test", [f"u@{domains[0]}"], TEXT).code, 250)
            line = near.wait_log("shortage")[0]
            self.assertEqual((line["resource"], line["stage"]), ("descriptors", "connect"))
            time.sleep(4)
            limit(near, 4096)
        far.wait_delivered(6, timeout=60)
        for event in ("bounced", "undeliverable", "deferred", "destination_suspended"):
            self.assertEqual(near.select(event), [], event)

    def test_R2_other_trouble_still_ends_a_lifetime(self) -> None:
        refusing = {"rules": [{"at": "rcpt", "reply": "450 4.2.1 not now"}]}
        domains, _, near = self.world(1, refusing, max_queue_time="2s")
        near.submit("", f"u@{domains[0]}")
        near.wait_log("undeliverable", timeout=30)
