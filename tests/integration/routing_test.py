"""Where mail goes: MX records of a real name server, prohibited addresses, relayhosts."""

import time

from tests.support.case import RelayCase
from tests.support.client import Client
from tests.support.names import NameServer
from tests.support.relay import Relay
from tests.support.remote_server import RemoteServer

RECORDS = """
ordered.test.   MX 20 second.hosts.test.
ordered.test.   MX 10 first.hosts.test.
ordered.test.   MX 30 third.hosts.test.
first.hosts.test.  A 127.20.0.1
second.hosts.test. A 127.20.0.2
third.hosts.test.  A 127.20.0.3
implicit.test.  A 127.20.0.4
null.test.      MX 0 .
dead-first.test. MX 10 dead.hosts.test.
dead-first.test. MX 20 second.hosts.test.
dead.hosts.test. A 127.20.0.99
two-addresses.test. MX 10 both.hosts.test.
both.hosts.test. A 127.20.0.99
both.hosts.test. A 127.20.0.2
nowhere.test.   MX 10 no-address.hosts.test.
no-address.hosts.test. TXT "here but unreachable"
only-text.test. TXT "no mail"
alias.test.     CNAME implicit.test.
self.test.      MX 10 relay.test.
relay.test.     A 127.20.0.5
self-backup.test. MX 10 first.hosts.test.
self-backup.test. MX 20 relay.test.
by-address.test. MX 10 first.hosts.test.
by-address.test. MX 20 other-name.hosts.test.
by-address.test. MX 30 third.hosts.test.
other-name.hosts.test. A 127.20.0.77
private.test.   A 10.1.2.3
linklocal.test. A 169.254.1.1
unspecified.test. A 0.0.0.0
private-mx.test. MX 10 private.test.
nat64.test.     AAAA 64:ff9b::a01:203
nat64-loopback.test. AAAA 64:ff9b::7f00:1
loopback-and-private.test. MX 10 private.test.
loopback-and-private.test. MX 20 first.hosts.test.
half-private.test. A 10.1.2.3
half-private.test. A 127.20.0.1
backup-private.test. MX 10 first.hosts.test.
backup-private.test. MX 20 private.test.
first-private.test. MX 10 private.test.
first-private.test. MX 20 first.hosts.test.
mapped.test.    AAAA ::ffff:127.0.0.1
*.equal.test.   MX 10 first.hosts.test.
*.equal.test.   MX 10 second.hosts.test.
shared-one.test. MX 10 third.hosts.test.
shared-two.test. MX 10 third.hosts.test.
"""
HOSTS = [f"127.20.0.{number}" for number in (1, 2, 3, 4, 5)]


class Routing(RelayCase):
    def setUp(self) -> None:
        self.names = self.enterContext(NameServer(records=RECORDS))

    def hosts(self, **scripts: dict) -> RemoteServer:
        """Servers on all addresses; a keyword such as h1 is the script of the first."""
        return self.remote(sites={address: scripts.get(f"h{address[-1]}", {}) for address in HOSTS})

    def direct(self, far: RemoteServer, **settings: object) -> Relay:
        """A relay that finds its way by MX and may go to loopback."""
        defaults = {
            "dns_servers": self.names.address,
            "prohibited_networks": "none",
            "remote_port": far.port,
            "remote_connect_timeout": "3s",
        }
        return self.relay(**(defaults | settings))

    def site_of(self, far: RemoteServer, domain: str) -> str:
        return far.wait_delivered(1, f"@{domain}$")[0].site

    def test_the_preferred_exchange_gets_the_mail(self) -> None:
        far = self.hosts()
        near = self.direct(far)
        near.submit("a@client.test", "u@ordered.test")

        self.assertEqual(self.site_of(far, "ordered.test"), "127.20.0.1")
        self.assertEqual({one.site for one in far.connections}, {"127.20.0.1"})

    def test_the_next_exchange_is_tried_within_one_attempt(self) -> None:
        far = self.hosts(
            h1={"rules": [{"at": "connect", "reply": "421 4.3.2 busy"}]},
            h2={"rules": [{"at": "rcpt", "then": "reset"}]},
        )
        near = self.direct(far, retry_min="1h")
        near.submit("a@client.test", "u@ordered.test")

        self.assertEqual(self.site_of(far, "ordered.test"), "127.20.0.3")

    def test_a_host_that_refuses_connections_is_passed_by(self) -> None:
        far = self.hosts()
        near = self.direct(far, retry_min="1h")
        near.submit("a@client.test", "u@dead-first.test")
        near.submit("a@client.test", "u@two-addresses.test")

        self.assertEqual(self.site_of(far, "dead-first.test"), "127.20.0.2")
        self.assertEqual(self.site_of(far, "two-addresses.test"), "127.20.0.2")

    def test_a_permanent_refusal_is_not_taken_to_the_next_exchange(self) -> None:
        far = self.hosts(h1={"rules": [{"at": "rcpt", "reply": "550 5.1.1 nobody"}]})
        near = self.direct(far)
        near.submit("", "u@ordered.test")

        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual([one.site for one in far.connections], ["127.20.0.1"])

    def test_a_domain_without_mx_is_its_own_exchange_also_by_alias(self) -> None:
        far = self.hosts()
        near = self.direct(far)
        near.submit("a@client.test", ["u@implicit.test"])
        near.submit("a@client.test", ["u@alias.test"])

        self.assertEqual(self.site_of(far, "implicit.test"), "127.20.0.4")
        self.assertEqual(self.site_of(far, "alias.test"), "127.20.0.4")

    def test_what_provably_takes_no_mail_is_bounced_at_once(self) -> None:
        far = self.hosts()
        near = self.direct(far)
        for domain, status in (
            ("null.test", "5.1.10"),
            ("missing.test", "5.1.2"),
            ("nowhere.test", "5.4.4"),
            ("only-text.test", "5.4.4"),
        ):
            with self.subTest(domain=domain):
                identity = near.submit("", f"u@{domain}")
                self.assertEqual(
                    near.wait_log("undeliverable", queue_id=identity)[0]["enhanced"], status
                )
        self.assertEqual(far.connections, [])

    def test_D14_addresses_of_this_machine_fail_and_prohibited_ones_defer(self) -> None:
        far = self.hosts()
        near = self.direct(far, prohibited_networks="loopback linklocal unspecified private")
        for domain in ("ordered.test", "unspecified.test", "mapped.test", "nat64-loopback.test"):
            with self.subTest(domain=domain):
                near.submit("", f"u@{domain}")
                line = near.wait_log("undeliverable", domain=domain)[0]
                self.assertEqual(line["enhanced"], "5.4.6")
        for domain, address in (
            ("private.test", "10.1.2.3"),
            ("linklocal.test", "169.254.1.1"),
            ("private-mx.test", "10.1.2.3"),
            ("nat64.test", "64:ff9b::a01:203"),  # H15
            ("loopback-and-private.test", "10.1.2.3"),
        ):
            with self.subTest(domain=domain):
                near.submit("a@client.test", f"u@{domain}")
                line = near.wait_log("deferred", domain=domain)[0]
                self.assertEqual(line["enhanced"], "4.4.4")
                self.assertIn("KURIR_PROHIBITED_NETWORKS", line["response"])
                warning = near.wait_log("prohibited_address", mx_ip=address)[0]
                self.assertIn(warning["mx_host"], line["response"])
                self.assertEqual(warning["setting"], "KURIR_PROHIBITED_NETWORKS")
        near.submit("a@client.test", "u@[10.1.2.3]")
        near.wait_log("deferred", domain="[10.1.2.3]")
        self.assertEqual(far.connections, [])
        self.assertEqual(near.select("bounced"), [])

    def test_D14_an_address_that_may_be_used_is_used_beside_one_that_may_not(self) -> None:
        far = self.hosts()
        near = self.direct(far, prohibited_networks="private")
        for domain in ("half-private.test", "backup-private.test", "first-private.test"):
            near.submit("a@client.test", f"u@{domain}")
            far.wait_delivered(1, f"@{domain}$")
        self.assertEqual(near.select("deferred"), [])

    def test_D14_a_family_that_is_switched_off_proves_nothing(self) -> None:
        near = self.direct(self.hosts(), ip_family="ipv4")
        near.submit("a@client.test", "u@mapped.test")
        line = near.wait_log("deferred", domain="mapped.test")[0]
        self.assertIn("KURIR_IP_FAMILY", line["response"])
        near.submit("", "u@only-text.test")
        near.wait_log("undeliverable", domain="only-text.test")

    def test_by_default_loopback_is_prohibited(self) -> None:
        far = self.hosts()
        near = self.relay(dns_servers=self.names.address, remote_port=far.port)
        near.wait_log("undeliverable", queue_id=near.submit("", "u@ordered.test"))

        self.assertEqual(far.connections, [])

    def test_it_never_delivers_to_itself(self) -> None:
        far = self.hosts(h1={"rules": [{"at": "connect", "reply": "421 4.3.2 busy"}]})
        near = self.direct(far)

        looped = near.wait_log("undeliverable", queue_id=near.submit("", "u@self.test"))
        self.assertEqual(looped[0]["enhanced"], "5.4.6")
        near.wait_log("deferred", queue_id=near.submit("", "u@self-backup.test"))
        self.assertEqual({one.site for one in far.connections}, {"127.20.0.1"})

    def test_it_never_delivers_to_its_own_listener_whatever_name_leads_there(self) -> None:
        far = self.hosts()
        near = self.direct(far, listen=f"127.20.0.77:{far.port}", http_listen="127.0.0.1:0")
        with Client.greeted(near.port, address="127.20.0.77") as client:
            client.mail("", ["u@[127.20.0.77]"], b"Subject: x\r\n\r\nx")
        near.wait_log("undeliverable")
        self.assertEqual(near.metric("messages_received_total"), 1)

    def test_c054_its_own_address_drops_the_exchanges_behind_it(self) -> None:
        far = self.hosts(h1={"rules": [{"at": "connect", "reply": "421 4.3.2 busy"}]})
        near = self.direct(far, listen=f"127.20.0.77:{far.port}", http_listen="127.0.0.1:0")
        with Client.greeted(near.port, address="127.20.0.77") as client:
            client.mail("", ["u@by-address.test"], b"Subject: x\r\n\r\nx")
        near.wait_log("deferred")
        self.assertEqual({one.site for one in far.connections}, {"127.20.0.1"})
        self.assertEqual(near.metric("messages_received_total"), 1)

    def test_equal_preference_shares_the_mail(self) -> None:
        far = self.hosts()
        near = self.direct(far, connection_messages=1)
        for number in range(16):
            near.submit("a@client.test", f"u@{number}.equal.test")
            far.wait_delivered(number + 1)

        self.assertEqual({one.site for one in far.messages}, {"127.20.0.1", "127.20.0.2"})

    def test_domains_of_one_site_share_a_connection(self) -> None:
        far = self.hosts()
        near = self.direct(far, destination_concurrency=1)
        for domain in ("shared-one.test", "shared-two.test", "shared-one.test", "shared-two.test"):
            near.submit("a@client.test", f"u@{domain}")
            far.wait_delivered(1)

        far.wait_delivered(4)
        self.assertLessEqual(len(far.connections), 2)

    def test_a_name_server_that_is_gone_bounces_nothing(self) -> None:
        far = self.hosts()
        near = self.direct(far, dns_servers="127.20.0.98:9", retry_min="1s")
        identity = near.submit("a@client.test", "u@ordered.test")

        near.wait_log("deferred", queue_id=identity, timeout=40)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)
        near.wait_metric("queue_messages", lambda n: n == 1)


class Relayhost(RelayCase):
    def test_everything_goes_through_it_whatever_its_domain(self) -> None:
        far = self.remote()
        near = self.relay(far)
        near.submit("a@client.test", ["u@one.test", "u@two.test", "u@[127.0.0.1]"])

        far.wait_for(lambda server: sum(len(one.recipients) for one in server.messages) == 3)
        self.assertEqual(
            {recipient for one in far.delivered() for recipient in one.recipients},
            {"u@one.test", "u@two.test", "u@[127.0.0.1]"},
        )

    def test_it_gets_all_domains_of_a_message_in_one_transaction(self) -> None:
        domains = [f"d{number}.test" for number in range(20)]
        rules = [{"at": "rcpt", "match": "@d3.test", "times": 1, "reply": "451 4.3.0 not now"}]
        far = self.remote({"rules": rules})
        near = self.relay(far, retry_min="1s")

        near.submit("sender@client.test", [f"user@{one}" for one in domains])

        far.wait_delivered(1, "@d3.test$", timeout=20)
        together, late = far.delivered()
        self.assertEqual(
            sorted(together.recipients),
            sorted(f"user@{one}" for one in domains if one != "d3.test"),
        )
        self.assertEqual(late.recipients, ["user@d3.test"])
        near.wait_metric("queue_messages", lambda n: n == 0)
        near.wait_metric("queue_finished_total", lambda n: n == 20, outcome="delivered")
        near.wait_log("delivered", count=20)

    def test_a_name_is_looked_up_as_an_address_never_as_mx(self) -> None:
        names = self.enterContext(
            NameServer(
                records="hub.test. A 127.20.0.1\nhub.test. MX 10 other.test.\n"
                "other.test. A 127.20.0.2"
            )
        )
        far = self.remote(sites={"127.20.0.1": {}, "127.20.0.2": {}})
        near = self.relay(relayhost=f"[hub.test]:{far.port}", dns_servers=names.address)
        near.submit("a@client.test", "u@one.test")

        self.assertEqual(far.wait_delivered(1)[0].site, "127.20.0.1")

    def test_one_that_is_down_keeps_the_mail_until_it_is_back(self) -> None:
        far = RemoteServer().start()
        port = far.port
        far.stop()
        near = self.relay(relayhost=f"127.0.0.1:{port}")
        near.submit("a@client.test", "u@one.test")
        near.wait_log("deferred")
        time.sleep(0.5)

        self.remote(port=port).wait_delivered(1)

    def test_an_ipv6_relayhost(self) -> None:
        far = self.remote(sites={"::1": {}})
        near = self.relay(relayhost=f"[::1]:{far.port}")
        near.submit("a@client.test", "u@one.test")

        far.wait_delivered(1)
