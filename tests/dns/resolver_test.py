"""The real resolver, asked through tests/dns/resolve_probe, against name servers good and bad."""

import time
import unittest

from tests.dns.probe import (
    NOT_FOUND,
    NO_DATA,
    NULL_MX,
    SERVFAIL,
    REFUSED,
    TIMEOUT,
    MALFORMED,
    UNREACHABLE,
    CANCELLED,
    OTHER_FAMILY,
    PROVEN,
    ResolverCase,
)
from tests.dns.recursive import Recursive
from tests.support.names import NameServer
from tests.support.ports import free_port


class Answers(ResolverCase):
    def asked(self, zone: str, *questions: str, **options: object) -> list[str]:
        return self.probe(self.names(zone).address, **options).ask(*questions)

    def test_c050_no_mx_is_the_domain_itself_and_an_mx_never_is(self) -> None:
        zone = "plain.test 60 A 192.0.2.1\nboth.test 60 A 192.0.2.1\nboth.test 60 MX 5 mx.both.test"

        self.assertEqual(
            self.asked(zone, "mx plain.test", "mx both.test", "host mx.both.test"),
            ["implicit 0:plain.test", "5:mx.both.test", NOT_FOUND],
        )

    def test_c051_hosts_stand_by_preference(self) -> None:
        zone = "a.test 60 MX 30 c.test\na.test 60 MX 1 A.test\na.test 60 MX 10 b.test."

        self.assertEqual(self.asked(zone, "mx A.Test."), ["1:a.test 10:b.test 30:c.test"])

    def test_c052_nxdomain_nodata_and_failures_are_told_apart(self) -> None:
        zone = """
            nx.test FAULT nxdomain
            no.test FAULT nodata
            sf.test FAULT servfail
            re.test FAULT refused
        """
        self.assertEqual(
            self.asked(zone, *(f"host {name}.test" for name in ("nx", "no", "sf", "re", "other"))),
            [NOT_FOUND, NO_DATA, SERVFAIL, REFUSED, NOT_FOUND],
        )

    def test_c053_aliases_are_followed_and_circles_are_not(self) -> None:
        zone = """
            alias.test 60 CNAME real.test
            real.test 60 MX 10 mx.real.test
            mx.real.test 60 CNAME far.test
            far.test 60 A 192.0.2.1
            loop.test FAULT cname-loop
        """
        self.assertEqual(
            self.asked(
                zone, "mx alias.test", "host mx.real.test", "mx loop.test", "host loop.test"
            ),
            ["10:mx.real.test", "192.0.2.1", MALFORMED, MALFORMED],
        )

    def test_c055_one_family_that_answers_is_enough(self) -> None:
        zone = "a.test 60 A 192.0.2.1\na.test FAULT servfail AAAA\nb.test 60 AAAA ::1\nb.test FAULT refused A"

        self.assertEqual(self.asked(zone, "host a.test", "host b.test"), ["192.0.2.1", "::1"])

    def test_c055_one_family_that_fails_makes_nothing_proven(self) -> None:
        zone = "a.test FAULT nodata A\na.test FAULT servfail AAAA\nb.test FAULT timeout A\nb.test FAULT nodata AAAA"

        self.assertEqual(
            self.asked(zone, "host a.test", "host b.test", deadline=700), [SERVFAIL, TIMEOUT]
        )

    def test_c056_null_mx(self) -> None:
        zone = (
            "no.test 60 MX 0 .\nmix.test 60 MX 0 .\nmix.test 60 MX 10 mx.test\nf.test FAULT null-mx"
        )

        self.assertEqual(
            self.asked(zone, "mx no.test", "mx mix.test", "mx f.test"),
            [NULL_MX, "10:mx.test", NULL_MX],
        )

    def test_c057_families_are_chosen(self) -> None:
        zone = "two.test 60 A 127.0.0.1\ntwo.test 60 AAAA ::1\nsix.test 60 AAAA 2001:db8::1"
        names = self.names(zone)
        questions = ("host two.test", "host six.test")

        automatic = self.probe(names.address).ask(*questions)
        four = self.probe(names.address, family=4).ask(*questions)
        six = self.probe(names.address, family=6).ask(*questions)

        self.assertEqual(automatic, ["::1 127.0.0.1", "2001:db8::1"])
        self.assertEqual(four, ["127.0.0.1", OTHER_FAMILY])
        self.assertEqual(six, ["::1", "2001:db8::1"])
        self.assertEqual((names.stats()["A two.test"], names.stats()["AAAA two.test"]), (2, 2))

    def test_c058_an_address_is_its_own_address_without_a_question(self) -> None:
        names = self.names()

        self.assertEqual(
            self.probe(names.address).ask("host 192.0.2.1", "host 2001:db8::1"),
            ["192.0.2.1", "2001:db8::1"],
        )
        self.assertEqual(names.stats(), {})

    def test_c059_no_search_list_and_no_hosts_file(self) -> None:
        names = self.names("short.search.test 60 MX 10 mx.test\nshort.search.test 60 A 192.0.2.1")
        surroundings = {"LOCALDOMAIN": "search.test", "RES_OPTIONS": "ndots:5"}
        probe = self.probe(names.address, environment=surroundings)

        self.assertEqual(
            probe.ask("mx short", "host short", "host localhost"), [NOT_FOUND, NOT_FOUND, NOT_FOUND]
        )

    def test_what_is_no_name_is_not_asked(self) -> None:
        names = self.names()
        bad = ["a..test", "." * 5, "-" * 64 + ".test", "a.test/", "a" * 300]

        said = self.probe(names.address).ask(*(f"mx {name}" for name in bad))

        self.assertEqual(said, [NOT_FOUND] * len(bad))
        self.assertEqual(names.stats(), {})

    def test_large_and_truncated_answers_come_by_tcp(self) -> None:
        names = self.names("tc.test 60 A 192.0.2.1\ntc.test FAULT truncate\nmany.test FAULT 100-mx")
        said = self.probe(names.address).ask("host tc.test", "mx many.test")

        self.assertEqual(said[0], "192.0.2.1")
        self.assertEqual(said[1].split(), [f"{at}:mx{at}.many.test" for at in range(100)])
        self.assertGreaterEqual(names.stats()["tcp"], 3)

    def test_an_alias_without_its_end_is_asked_on(self) -> None:
        zone = "alias.test FAULT bare-cname:real.test\nreal.test 60 MX 10 mx.test\nreal.test 60 A 192.0.2.1"

        self.assertEqual(
            self.asked(zone, "mx alias.test", "host alias.test"), ["10:mx.test", "192.0.2.1"]
        )

    def test_aliases_without_end_are_followed_only_so_far(self) -> None:
        zone = "\n".join(f"n{at}.test FAULT bare-cname:n{at + 1}.test" for at in range(20))

        self.assertEqual(self.asked(zone, "host n0.test"), [MALFORMED])


class Trouble(ResolverCase):
    def test_f12_nothing_that_may_pass_is_taken_as_proven(self) -> None:
        faults = ["servfail", "refused", "timeout", "wrong-id", "wrong-question", "garbage"]
        faults += ["short-rdata", "cname-loop"]
        zone = "".join(
            f"{fault}.test 60 MX 10 mx.test\n{fault}.test 60 A 192.0.2.1\n{fault}.test FAULT {fault}\n"
            for fault in faults
        )
        probe = self.probe(self.names(zone).address, deadline=2000)
        for kind in ("mx", "host"):
            said = dict(zip(faults, probe.ask(*(f"{kind} {fault}.test" for fault in faults))))
            self.assertEqual(PROVEN & set(said.values()), set(), said)
            self.assertTrue(all(each.startswith("error: ") for each in said.values()), said)
            self.assertEqual(said["timeout"], TIMEOUT)
            self.assertEqual(said["wrong-id"], TIMEOUT)
            self.assertEqual(said["short-rdata"], MALFORMED)

    def test_a_server_that_is_silent_is_asked_twice(self) -> None:
        names = self.names("a.test FAULT timeout")

        self.assertEqual(self.probe(names.address).ask("mx a.test"), [TIMEOUT])

        self.assertEqual(names.stats()["MX a.test"], 2)

    def test_a_question_ends_by_its_deadline(self) -> None:
        names = self.names("a.test FAULT timeout")

        said = self.probe(names.address, deadline=300).ask("mx a.test", "host a.test")

        self.assertEqual(said, [TIMEOUT, TIMEOUT])
        self.assertEqual(names.stats()["MX a.test"], 1)  # the second time would have been later

    def test_a_late_answer_is_an_answer(self) -> None:
        names = self.names("a.test 60 MX 10 mx.test\na.test FAULT late:800")

        began = time.monotonic()

        said = self.probe(names.address).ask("mx a.test")

        took = time.monotonic() - began
        self.assertEqual(said, ["10:mx.test"], f"after {took:.1f} s; asked: {names.stats()}")

    def test_an_answer_after_the_deadline_is_not_one(self) -> None:
        names = self.names("a.test 60 MX 10 mx.test\na.test FAULT late:2000")
        probe = self.probe(names.address, deadline=300)

        self.assertEqual(probe.ask("mx a.test"), [TIMEOUT])
        time.sleep(2)
        names.set_zone("a.test 60 MX 20 mx.test")
        self.assertEqual(probe.ask("mx a.test"), ["20:mx.test"])

    def test_without_a_server_there_is_an_error_at_once(self) -> None:
        free = f"127.0.0.1:{free_port()}"

        self.assertEqual(self.probe(free).ask("mx a.test"), [UNREACHABLE])
        self.assertEqual(self.probe("nonsense").ask("mx a.test"), [UNREACHABLE])

    def test_the_next_server_is_asked(self) -> None:
        good = self.names("a.test 60 MX 10 mx.test\nb.test 60 MX 10 mx.test")
        for fault in ("servfail", "refused", "timeout"):
            with self.subTest(fault=fault):
                bad = self.names(f"a.test FAULT {fault}")
                self.assertEqual(
                    self.probe(bad.address, good.address).ask("mx a.test"), ["10:mx.test"]
                )

    def test_servers_that_all_fail_say_how(self) -> None:
        one, two = self.names("a.test FAULT servfail"), self.names("a.test FAULT servfail")

        self.assertEqual(self.probe(one.address, two.address).ask("mx a.test"), [SERVFAIL])

    def test_trouble_is_not_remembered(self) -> None:
        names = self.names("a.test FAULT servfail")
        probe = self.probe(names.address)
        self.assertEqual(probe.ask("mx a.test"), [SERVFAIL])

        names.set_zone("a.test 60 MX 10 mx.test")

        self.assertEqual(probe.ask("mx a.test"), ["10:mx.test"])


class Cache(ResolverCase):
    def test_an_answer_is_kept_and_counted(self) -> None:
        names = self.names("a.test 60 MX 10 mx.test\ngone.test FAULT nxdomain")
        probe = self.probe(names.address)
        for _ in range(3):
            self.assertEqual(
                probe.ask("mx a.test", "mx gone.test", "mx A.TEST."),
                ["10:mx.test", NOT_FOUND, "10:mx.test"],
            )

        self.assertEqual(names.stats()["total"], 2)
        self.assertEqual(
            probe.metrics(), {"mx ok": 1, "mx nxdomain": 1, "hit": 6, "miss": 3, "stale": 0}
        )

    def test_what_is_missing_is_kept_as_long_as_the_soa_says(self) -> None:
        names = self.names("test 60 SOA 1\nno.test 60 A 192.0.2.1")
        probe = self.probe(names.address)
        for _ in range(2):
            self.assertEqual(
                probe.ask("mx no.test", "mx nx.test"), ["implicit 0:no.test", NOT_FOUND]
            )
        self.assertEqual(names.stats()["total"], 2)

        time.sleep(1.1)
        probe.ask("mx no.test", "mx nx.test")

        self.assertEqual(names.stats()["total"], 4)
        self.assertEqual(probe.metrics()["stale"], 2)

    def test_a_ttl_of_zero_is_asked_again(self) -> None:
        names = self.names("a.test 0 A 192.0.2.1\na.test FAULT rebind")
        probe = self.probe(names.address, family=4)

        self.assertEqual(probe.ask("host a.test"), ["192.0.2.1"])
        self.assertEqual(probe.ask("host a.test"), ["127.0.0.1"])

    def test_equal_questions_at_once_are_one_question(self) -> None:
        names = self.names("a.test 60 MX 10 mx.test\na.test FAULT late:200")
        probe = self.probe(names.address)

        self.assertEqual(probe.ask(*["mx a.test"] * 200), ["10:mx.test"] * 200)

        self.assertEqual(names.stats()["total"], 1)

    def test_many_questions_at_once_are_all_answered_and_asked_once(self) -> None:
        count = 1500
        zone = "".join(f"n{at}.test 60 MX {at} mx.test\n" for at in range(count))
        names = self.names(zone)

        said = self.probe(names.address).ask(*(f"mx n{at}.test" for at in range(count)))

        self.assertEqual(said, [f"{at}:mx.test" for at in range(count)])
        self.assertEqual(names.stats()["total"], count)

    def test_questions_end_by_their_deadline_however_many_they_are(self) -> None:
        probe = self.probe(self.names("* FAULT timeout").address, deadline=500)

        self.assertEqual(probe.ask(*(f"mx n{at}.test" for at in range(600))), [TIMEOUT] * 600)


class Ends(ResolverCase):
    ZONE = "a.test 60 MX 10 mx.test\na.test FAULT late:400\nmute.test FAULT timeout"

    def test_a_caller_that_goes_away_leaves_the_others_their_answer(self) -> None:
        probe = self.probe(self.names(self.ZONE).address, cancel=100)

        said = probe.ask("mx a.test", "mx a.test", "mx a.test")

        self.assertEqual(said, [CANCELLED, "10:mx.test", "10:mx.test"])

    def test_the_only_caller_may_go_away(self) -> None:
        probe = self.probe(self.names(self.ZONE).address, cancel=100)

        self.assertEqual(probe.ask("host mute.test"), [CANCELLED])
        self.assertEqual(probe.ask("mx a.test"), [CANCELLED])

    def test_a_resolver_that_goes_away_ends_its_questions(self) -> None:
        probe = self.probe(self.names(self.ZONE).address, drop=100)

        said = probe.ask("mx mute.test", "host mute.test", "mx a.test", "mx a.test")

        self.assertEqual(said, [CANCELLED] * 4)


class RealServers(ResolverCase):
    def test_nsd(self) -> None:
        records = """
            a.test. MX 20 mx2.a.test.
            a.test. MX 10 mx1.a.test.
            mx1.a.test. A 192.0.2.1
            mx1.a.test. AAAA ::1
            alias.test. CNAME a.test.
            null.test. MX 0 .
            empty.test. TXT "nothing"
            *.wild.test. MX 5 mx1.a.test.
            below.test. NS ns.elsewhere.test.
        """ + "".join(
            f"big.test. MX {at} mx{at}.big.test.\n" for at in range(90)
        )
        names = self.enterContext(NameServer({}, records))
        probe = self.probe(names.address)

        self.assertEqual(
            probe.ask(
                "mx a.test", "mx alias.test", "mx null.test", "mx empty.test", "mx gone.test"
            ),
            ["10:mx1.a.test 20:mx2.a.test"] * 2 + [NULL_MX, "implicit 0:empty.test", NOT_FOUND],
        )
        self.assertEqual(
            probe.ask("host mx1.a.test", "host empty.test", "mx x.wild.test", "mx x.below.test"),
            ["::1 192.0.2.1", NO_DATA, "5:mx1.a.test", SERVFAIL],
        )
        said = probe.ask("mx big.test")[0].split()
        self.assertEqual(said, [f"{at}:mx{at}.big.test" for at in range(90)])

    def test_unbound_before_a_server_that_misbehaves(self) -> None:
        zone = """
            test 60 SOA 30
            a.test 60 MX 10 mx.a.test
            mx.a.test 60 A 192.0.2.1
            alias.test 60 CNAME bare.test
            bare.test FAULT bare-cname:a.test
            tc.test 60 MX 10 mx.tc.test
            tc.test FAULT truncate
            big.test FAULT 100-mx
            null.test 60 MX 0 .
            sf.test FAULT servfail
            re.test FAULT refused
            garbage.test FAULT garbage
            loop.test 60 CNAME circle.test
            circle.test 60 CNAME loop.test
        """
        far = self.names(zone)
        probe = self.probe(self.enterContext(Recursive(far.port)).address)

        self.assertEqual(
            probe.ask("mx a.test", "mx alias.test", "mx tc.test", "mx null.test", "mx mx.a.test"),
            ["10:mx.a.test"] * 2 + ["10:mx.tc.test", NULL_MX, "implicit 0:mx.a.test"],
        )
        self.assertEqual(probe.ask("mx gone.test", "host mx.a.test"), [NOT_FOUND, "192.0.2.1"])
        self.assertEqual(len(probe.ask("mx big.test")[0].split()), 100)
        for name in ("sf", "re", "garbage", "loop"):
            with self.subTest(name=name):
                said = probe.ask(f"mx {name}.test")[0]
                self.assertTrue(said.startswith("error: "), said)
                self.assertNotIn(said, PROVEN)


if __name__ == "__main__":
    unittest.main()
