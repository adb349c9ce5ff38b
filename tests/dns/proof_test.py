"""What the resolver believes of name servers (D2)."""

import unittest

from tests.dns.probe import (
    NOT_FOUND,
    NO_DATA,
    SERVFAIL,
    MALFORMED,
    UNPROVEN,
    PROVEN,
    ResolverCase,
)
from tests.dns.recursive import Forwarder, Recursive
from tests.support.names import NameServer

# Each is the fault of a server, and how its answer to MX is called. The zone has the records.
UNBELIEVABLE = {
    "nodata:bare": UNPROVEN,
    "nodata:neither": UNPROVEN,
    "nodata:additional": UNPROVEN,
    "nodata:foreign": MALFORMED,
    "nodata:answer": MALFORMED,
    "nxdomain:foreign": MALFORMED,
    "nxdomain:answer": MALFORMED,
    "nxdomain:neither": UNPROVEN,
    "opt:alone": UNPROVEN,
    "opt:answer": MALFORMED,
    "opt:authority": MALFORMED,
    "opt:twice": MALFORMED,
    "opt:named": MALFORMED,
    "misplaced:authority": MALFORMED,
    "misplaced:additional": MALFORMED,
    "rcode:1": SERVFAIL,  # FORMERR
    "rcode:6": SERVFAIL,  # YXDOMAIN
    "rcode:9": SERVFAIL,  # NOTAUTH
    "rcode:16": SERVFAIL,  # BADVERS: no error but for the extension
    "rcode:19": SERVFAIL,  # NXDOMAIN but for it
    "rcode:23": SERVFAIL,  # BADCOOKIE
}
BOTH = "a.test 60 MX 10 mx.test\na.test 60 A 192.0.2.1\na.test 60 AAAA ::1\n"


class Proof(ResolverCase):
    def test_D2_without_proof_the_next_server_is_asked(self) -> None:
        good = self.names(BOTH)
        for fault in UNBELIEVABLE:
            with self.subTest(fault=fault):
                bad = self.names(f"{BOTH}a.test FAULT {fault}")
                said = self.probe(bad.address, good.address).ask("mx a.test", "host a.test")
                self.assertEqual(said, ["10:mx.test", "::1 192.0.2.1"])
                self.assertGreaterEqual(bad.stats()["MX a.test"], 1)

    def test_D2_without_proof_nothing_is_proven(self) -> None:
        for fault, name in UNBELIEVABLE.items():
            with self.subTest(fault=fault):
                bad = self.names(f"{BOTH}a.test FAULT {fault}")
                probe = self.probe(bad.address)
                for asked in (1, 2):  # nor is it remembered
                    self.assertEqual(probe.ask("mx a.test"), [name])
                    self.assertGreaterEqual(bad.stats()["MX a.test"], 2 * asked)
                self.assertEqual(PROVEN & set(probe.ask("host a.test")), set())

    def test_D2_a_covering_soa_is_a_proof(self) -> None:
        for zone in ("test 60 SOA 60", "no.test 60 SOA 60", ""):
            names = self.names(f"{zone}\nno.test FAULT nodata\nno.test 60 TXT x")
            said = self.probe(names.address).ask("mx no.test", "host no.test", "mx x.no.test")
            self.assertEqual(said, ["implicit 0:no.test", NO_DATA, NOT_FOUND])
            self.assertEqual(names.stats()["MX no.test"], 1)

    def test_D2_behind_an_alias_the_soa_covers_its_end(self) -> None:
        zone = "test 60 SOA 60\nexample 60 SOA 60\nalias.test 60 CNAME end.example\n"
        names = self.names(zone + "end.example 60 TXT x")
        self.assertEqual(
            self.probe(names.address).ask("mx alias.test", "host alias.test"),
            ["implicit 0:alias.test", NO_DATA],
        )

    def test_D2_a_name_denied_without_soa_is_asked_for_elsewhere(self) -> None:
        one, two = self.names("* FAULT nxdomain:bare"), self.names(BOTH)
        probe = self.probe(one.address, two.address)
        self.assertEqual(probe.ask("mx a.test", "mx gone.test"), ["10:mx.test", NOT_FOUND])
        # The only server is believed, as forwarders answer so from their caches.
        self.assertEqual(self.probe(one.address).ask("mx a.test"), [NOT_FOUND])
        self.assertGreaterEqual(one.stats()["MX a.test"], 3)

    def test_D2_servers_that_know_no_edns_are_asked_without(self) -> None:
        for fault in ("formerr-edns", "drop-edns"):
            with self.subTest(fault=fault):
                names = self.names(f"{BOTH}a.test FAULT {fault}")
                self.assertEqual(self.probe(names.address).ask("mx a.test"), ["10:mx.test"])

    def test_D2_one_family_without_proof_does_not_hide_the_other(self) -> None:
        zone = "a.test 60 A 192.0.2.1\na.test FAULT nodata:bare AAAA\nb.test FAULT nodata:bare A\nb.test 60 TXT x"
        said = self.probe(self.names(zone).address).ask("host a.test", "host b.test")
        self.assertEqual(said, ["192.0.2.1", UNPROVEN])


class RealServers(ResolverCase):
    RECORDS = """
        a.test. MX 10 mx.a.test.
        mx.a.test. A 192.0.2.1
        plain.test. A 192.0.2.1
        empty.test. TXT x
        alias.test. CNAME empty.test.
    """
    QUESTIONS = [
        f"{kind} {name}.test" for name in ("a", "plain", "gone") for kind in ("mx", "host")
    ]
    ANSWERS = ["10:mx.a.test", NO_DATA, "implicit 0:plain.test", "192.0.2.1", NOT_FOUND, NOT_FOUND]

    def test_D2_what_real_servers_prove_is_believed(self) -> None:
        nsd = self.enterContext(NameServer({}, self.RECORDS))
        unbound = self.enterContext(Recursive(nsd.port))
        dnsmasq = self.enterContext(Forwarder(nsd.port))
        behind = self.enterContext(Forwarder(unbound.port))
        for names in (nsd, unbound, dnsmasq, behind):
            for _ in range(3):  # the second time from the server's cache
                probe = self.probe(names.address)
                self.assertEqual(probe.ask(*self.QUESTIONS), self.ANSWERS)
                for name in ("empty.test", "alias.test"):
                    self.assertEqual(
                        probe.ask(f"mx {name}", f"host {name}"), [f"implicit 0:{name}", NO_DATA]
                    )

    def test_D2_a_resolver_before_a_server_without_proof_proves_nothing(self) -> None:
        faults = ("nodata:bare", "nodata:neither", "nodata:foreign", "opt:alone")
        faults += ("rcode:1", "rcode:9", "rcode:23")
        zone = "".join(f"n{at}.test FAULT {fault}\n" for at, fault in enumerate(faults))
        far = self.names(zone)
        for names in (Recursive(far.port), Forwarder(far.port)):
            probe = self.probe(self.enterContext(names).address)
            for at, fault in enumerate(faults):
                with self.subTest(fault=fault, server=type(names).__name__):
                    said = probe.ask(f"mx n{at}.test", f"host n{at}.test")
                    self.assertEqual(PROVEN & set(said), set())
                    self.assertTrue(all(each.startswith("error: ") for each in said), said)


if __name__ == "__main__":
    unittest.main()
