"""What the resolver does about silent name servers (D10)."""

import unittest

from tests.dns.probe import TIMEOUT, Probe, ResolverCase


class Silence(ResolverCase):
    COUNT = 1000

    def zone(self) -> str:
        return "".join(f"n{at}.test 60 MX 10 mx.n{at}.test\n" for at in range(self.COUNT))

    def ask_all(self, probe: Probe) -> None:
        said = probe.ask(*(f"mx n{at}.test" for at in range(self.COUNT)))
        self.assertEqual(said, [f"10:mx.n{at}.test" for at in range(self.COUNT)])

    def test_D10_a_silent_first_server_costs_no_answer(self) -> None:
        good = self.names(self.zone())
        for fault in ("timeout", "late:30000"):
            with self.subTest(fault=fault):
                silent = self.names(f"* FAULT {fault}")
                probe = self.probe(silent.address, good.address)
                self.ask_all(probe)
                self.assertEqual(probe.metrics()["mx ok"], self.COUNT)
                # It is left alone from then on.
                before = silent.stats()["total"]
                probe.ask(*(f"mx late{at}.test" for at in range(200)))
                self.assertLessEqual(silent.stats()["total"] - before, 2)

    def test_D10_a_server_that_is_silent_for_some_names_keeps_its_place(self) -> None:
        first = self.names(
            self.zone() + "".join(f"mute{at}.test FAULT timeout\n" for at in range(4))
        )
        second = self.names("* 60 MX 1 wrong.test")
        probe = self.probe(first.address, second.address)
        for at in range(4):
            probe.ask(f"mx mute{at}.test", *(f"mx n{at * 10 + i}.test" for i in range(10)))
        self.assertEqual(probe.ask("mx n500.test"), ["10:mx.n500.test"])
        self.assertNotIn("MX n500.test", second.stats())

    def test_D10_a_server_that_speaks_again_gets_its_place_back(self) -> None:
        first, second = self.names("* FAULT timeout"), self.names("* FAULT refused")
        probe = self.probe(first.address, second.address, deadline=2000)
        for at in range(4):
            probe.ask(f"mx n{at}.test")
        first.set_zone("a.test 60 MX 10 first.test")
        self.assertEqual(probe.ask("mx a.test"), ["10:first.test"])
        second.set_zone("b.test 60 MX 10 second.test")
        first.set_zone("b.test 60 MX 10 first.test")
        self.assertEqual(probe.ask("mx b.test"), ["10:first.test"])

    def test_D10_waiting_in_line_is_not_counted(self) -> None:
        # At least a second of line before the last one is asked, beyond its own deadline.
        silent = "".join(f"mute{at}.test FAULT timeout\n" for at in range(900))
        names = self.names(silent + "a.test 60 MX 10 mx.test")
        probe = self.probe(names.address, deadline=800)
        said = probe.ask(*(f"mx mute{at}.test" for at in range(900)), "mx a.test")
        self.assertEqual(said, [TIMEOUT] * 900 + ["10:mx.test"])

    def test_D10_silent_servers_on_every_place_end_in_a_timeout(self) -> None:
        one, two = self.names("* FAULT timeout"), self.names("* FAULT timeout")
        probe = self.probe(one.address, two.address, deadline=1500)
        for at in range(4):
            self.assertEqual(probe.ask(f"mx n{at}.test"), [TIMEOUT])
        two.set_zone("a.test 60 MX 10 mx.test")
        self.assertEqual(probe.ask("mx a.test"), ["10:mx.test"])


if __name__ == "__main__":
    unittest.main()
