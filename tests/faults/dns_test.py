"""F12: whatever a name server does, mail is bounced only for what is provably so.

One relay asks a name server that fails in a way of its own for each domain. Every kind of trouble
that may pass leaves the mail in the queue; when the zone is healed all of it is delivered.
"""

from tests.support.case import RelayCase
from tests.support.dns_server import DnsServer

GOOD = "127.30.0.1"
TEMPORARY = [
    "timeout",
    "servfail",
    "refused",
    "garbage",
    "short-rdata",
    "wrong-id",
    "wrong-question",
    "cname-loop",
]
UNPROVEN = [
    "nodata:bare",
    "nodata:foreign",
    "nodata:answer",
    "nodata:additional",
    "nodata:neither",
    "nxdomain:foreign",
    "nxdomain:answer",
    "nxdomain:neither",
    "opt:alone",
    "opt:answer",
    "opt:authority",
    "opt:twice",
    "opt:named",
    "misplaced:authority",
    "misplaced:additional",
    "rcode:1",
    "rcode:9",
    "rcode:16",
    "rcode:19",
]
HEALTHY = """
{name} 5 MX 10 mx.{name}
mx.{name} 5 A {address}
"""


def zone(domains: dict[str, str], faults: str = "") -> str:
    records = (HEALTHY.format(name=name, address=address) for name, address in domains.items())
    return "".join(records) + faults


class NameFaults(RelayCase):
    def setUp(self) -> None:
        self.far = self.remote(sites={GOOD: {}, "127.0.0.1": {}})

    def asking(self, names: DnsServer, **settings: object):
        defaults = {
            "dns_servers": names.address,
            "remote_port": self.far.port,
            "prohibited_networks": "private",
            "retry_max": "3s",
        }
        return self.relay(**(defaults | settings))

    def test_f12_passing_trouble_defers_and_heals(self) -> None:
        domains = {f"mx-{fault}.test": GOOD for fault in TEMPORARY}
        domains |= {f"a-{fault}.test": GOOD for fault in TEMPORARY}
        faults = "".join(
            f"mx-{fault}.test FAULT {fault} MX\nmx.a-{fault}.test FAULT {fault}\n"
            for fault in TEMPORARY
        )
        names = self.enterContext(DnsServer(zone(domains, faults)))
        near = self.asking(names)
        for domain in domains:
            near.submit("a@client.test", f"u@{domain}")
        for domain in domains:
            with self.subTest(domain=domain):
                near.wait_log("deferred", domain=domain, timeout=45)
        self.assertEqual(near.select("bounced") + near.select("delivered"), [])
        self.assertGreater(near.metric("dns_queries_total", result="timeout"), 0)
        self.assertGreater(near.metric("dns_queries_total", result="servfail"), 0)
        self.assertEqual(near.metric("queue_messages"), len(domains))

        names.set_zone(zone(domains))
        self.far.wait_delivered(len(domains), timeout=90)

    def test_f12_what_is_provable_is_bounced(self) -> None:
        faults = "gone.test FAULT nxdomain\nempty.test FAULT nodata\nempty.test 5 A 10.0.0.1\n"
        names = self.enterContext(DnsServer(zone({}, faults)))
        near = self.asking(names)
        for domain, status in (("gone.test", "5.1.2"), ("empty.test", "5.4.4")):
            with self.subTest(domain=domain):
                identity = near.submit("", f"u@{domain}")
                self.assertEqual(
                    near.wait_log("undeliverable", queue_id=identity)[0]["enhanced"],
                    status,
                )

    def test_D2_what_is_not_proven_bounces_nothing(self) -> None:
        # The first name server believes, or proves, what is not so; the domains of its faults exist.
        domains = {f"n{at}.test": GOOD for at in range(len(UNPROVEN))}
        faults = "".join(
            f"n{at}.test FAULT {fault}\nmx.n{at}.test FAULT {fault}\n"
            for at, fault in enumerate(UNPROVEN)
        )
        bad = self.enterContext(DnsServer(zone(domains, faults)))
        near = self.asking(bad, retry_min="600s", retry_max="600s")
        for domain in domains:
            near.submit("a@client.test", f"u@{domain}")
        for at, fault in enumerate(UNPROVEN):
            with self.subTest(fault=fault):
                line = near.wait_log("deferred", domain=f"n{at}.test", timeout=60)[0]
                self.assertEqual(line["enhanced"], "4.4.3")
        self.assertEqual(near.select("bounced") + near.select("undeliverable"), [])

        good = self.enterContext(DnsServer(zone(domains)))
        near = self.asking(bad, dns_servers=f"{bad.address},{good.address}")
        for domain in domains:
            near.submit("a@client.test", f"u@{domain}")
        self.far.wait_delivered(len(domains), timeout=60)
        self.assertEqual(near.select("bounced") + near.select("deferred"), [])

    def test_D2_an_address_that_is_not_proven_missing_bounces_nothing(self) -> None:
        records = "x.test 5 MX 10 mx.x.test\nmx.x.test 5 TXT x\nplain.test 5 TXT x\n"
        for kind in ("A", "AAAA"):
            fault = f"mx.x.test FAULT nodata:bare {kind}\nplain.test FAULT nodata:bare {kind}\n"
            near = self.asking(self.enterContext(DnsServer(records + fault)))
            for domain in ("x.test", "plain.test"):
                near.submit("a@client.test", f"u@{domain}")
                line = near.wait_log("deferred", domain=domain)[0]
                self.assertEqual(line["enhanced"], "4.4.3")
        near = self.asking(self.enterContext(DnsServer(records)))
        for domain in ("x.test", "plain.test"):
            near.submit("", f"u@{domain}")
            self.assertEqual(near.wait_log("undeliverable", domain=domain)[0]["enhanced"], "5.4.4")

    def test_D2_hosts_beyond_those_that_are_asked_about_are_not_proven_missing(self) -> None:
        many = "".join(f"many.test 5 MX {at} h{at}.many.test\n" for at in range(140))
        some = "".join(f"some.test 5 MX {at} h{at}.many.test\n" for at in range(90))
        names = self.enterContext(DnsServer(f"{many}{some}h139.many.test 5 A {GOOD}\n"))
        near = self.asking(names, retry_min="600s", retry_max="600s")
        near.submit("a@client.test", "u@many.test")
        line = near.wait_log("deferred", domain="many.test", timeout=60)[0]
        self.assertEqual(line["enhanced"], "4.4.3")
        near.submit("", "u@some.test")
        line = near.wait_log("undeliverable", domain="some.test", timeout=60)[0]
        self.assertEqual(line["enhanced"], "5.4.4")

    def test_D10_a_silent_first_name_server_defers_nothing(self) -> None:
        domains = {f"n{at}.test": GOOD for at in range(1000)}
        silent = self.enterContext(DnsServer("* FAULT timeout"))
        good = self.enterContext(DnsServer(zone(domains)))
        near = self.asking(silent, dns_servers=f"{silent.address},{good.address}")
        names = list(domains)
        for at in range(0, len(names), 100):
            near.submit("a@client.test", [f"u@{name}" for name in names[at : at + 100]])
        self.far.wait_for(
            lambda server: sum(len(each.recipients) for each in server.messages) >= len(names),
            60,
        )
        self.assertEqual(near.select("bounced") + near.select("deferred"), [])

    def test_f12_truncated_late_and_large_answers_are_read(self) -> None:
        domains = {f"{name}.test": GOOD for name in ("tc", "late", "many")}
        faults = "tc.test FAULT truncate\nlate.test FAULT late:800\nmany.test FAULT 100-mx MX\n"
        faults += "".join(f"mx{number}.many.test 5 A {GOOD}\n" for number in range(100))
        names = self.enterContext(DnsServer(zone(domains, faults)))
        near = self.asking(names)
        for domain in domains:
            near.submit("a@client.test", f"u@{domain}")

        self.assertEqual(len(self.far.wait_delivered(3, timeout=40)), 3)
        self.assertGreater(names.stats()["tcp"], 0)

    def test_f12_an_answer_that_changes_to_a_prohibited_address_is_not_followed(
        self,
    ) -> None:
        names = self.enterContext(
            DnsServer(zone({"rebind.test": GOOD}, "mx.rebind.test FAULT rebind A\n"))
        )
        near = self.asking(names, prohibited_networks="127.0.0.0/24", connection_idle="0")
        for _ in range(3):
            near.submit("a@client.test", "u@rebind.test")
            self.far.wait_for(lambda server: len(server.messages) >= 1, 3)

        self.assertNotIn("127.0.0.1", {one.site for one in self.far.connections})

    def test_answers_are_kept_as_long_as_they_say(self) -> None:
        names = self.enterContext(DnsServer(zone({"kept.test": GOOD})))
        near = self.asking(names)
        for number in range(10):
            near.submit("a@client.test", f"u{number}@kept.test")
        self.far.wait_delivered(10)

        self.assertLessEqual(names.stats()["MX kept.test"], 2)

    def test_a_resolver_that_comes_and_goes_loses_nothing(self) -> None:
        names = self.enterContext(DnsServer(zone({"flap.test": GOOD})))
        near = self.asking(names)
        for number in range(12):
            down = number % 2 == 0
            names.set_zone(zone({"flap.test": GOOD}, "flap.test FAULT servfail\n" if down else ""))
            near.submit("a@client.test", f"u{number}@flap.test")
        names.set_zone(zone({"flap.test": GOOD}))

        self.assertEqual(len(self.far.wait_delivered(12, timeout=60)), 12)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)
