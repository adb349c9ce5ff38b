"""What an operator decides at one relay holds on all that share its queue."""

import json
import signal
import subprocess
import unittest

from tests.integration.fairness_test import Crowded
from tests.integration.shared_queue_test import SharedQueueCase
from tests.support.client import wait_until
from tests.support.relay import PATIENCE, Relay, environment, run

NOBODY_HOME = "127.0.0.1:9"  # a relayhost that can't be reached
NOTICES = "SELECT count(*) FROM notice WHERE kind = 3"  # of destinations
LIMITS = "SELECT count(*) FROM notice WHERE kind = 4 AND value LIKE 'connections=%'"
MANY = 2500  # more than two pieces that are posted
SOON = 20 * PATIENCE


class SharedDecisionsCase(SharedQueueCase):
    def order(self, relay: Relay, *words: str, text: str = "", status: int = 0) -> str:
        done = subprocess.run(
            [relay.binary, *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=60 * PATIENCE,
            check=False,
            env=environment(relay.settings),
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def listed(self, relay: Relay, *words: str) -> list[dict]:
        done = run(*words, "--json", **relay.settings)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def suspensions(self, relay: Relay) -> list[dict]:
        return self.listed(relay, "suspensions")

    def suppressed(self, relay: Relay) -> list[str]:
        return [one["address"] for one in self.listed(relay, "suppress", "list")]

    def soon(self, claim, message: str) -> None:
        self.assertTrue(wait_until(claim, SOON), message)

    def reply_to(self, relay: Relay, recipient: str) -> str:
        with relay.client() as client:
            client.ask("MAIL FROM:<a@shop.test>", 250)
            return str(client.ask(f"RCPT TO:<{recipient}>"))

    def two_nodes(self, far=None) -> tuple[Relay, Relay]:
        if far is None:
            return self.node(relayhost=NOBODY_HOME), self.node(relayhost=NOBODY_HOME)
        return self.node(far), self.node(far)


class Suspensions(SharedDecisionsCase):
    def test_one_suspends_and_the_other_holds_until_it_is_resumed(self) -> None:
        far = self.remote()
        first, second = self.two_nodes(far)
        self.order(first, "suspend", "--domain", "held.test", "--for", "2h", "--because", "asked")
        self.soon(lambda: self.suspensions(second) != [], "it holds there")
        self.assertEqual(self.suspensions(first), self.suspensions(second))
        (line,) = second.wait_log("admin", what="suspended_elsewhere")
        self.assertEqual((line["selection"], line["because"]), ("domain=held.test", "asked"))
        second.submit("a@b.test", "c@held.test")
        second.submit("a@b.test", "c@other.test")
        self.assertEqual(far.wait_delivered(1)[0].recipients, ["c@other.test"])
        (entry,) = self.listed(second, "queue", "--domain", "held.test")
        self.assertIn("suspended by", " ".join(entry["why"]))
        # Its number means the same everywhere.
        number = str(self.suspensions(second)[0]["number"])
        self.order(second, "resume", number)
        self.assertEqual(far.wait_delivered(2)[1].recipients, ["c@held.test"])
        self.soon(lambda: self.suspensions(first) == [], "it is over there, too")
        first.wait_log("admin", what="resumed_elsewhere")
        first.submit("a@b.test", "d@held.test")
        far.wait_delivered(3)

    def test_they_outlive_all_relays_and_both_have_those_of_both(self) -> None:
        first, second = self.two_nodes()
        self.order(first, "suspend", "--domain", "one.test", "--for", "2h")
        self.order(second, "suspend", "--domain", "two.test", "--for", "2h")
        for relay in (first, second):
            self.soon(lambda relay=relay: len(self.suspensions(relay)) == 2, "both hold")
        known = self.suspensions(first)
        self.assertEqual(len({one["number"] for one in known}), 2)
        for relay in (first, second):
            relay.kill()
        for relay in (first, second):
            relay.start()
            self.assertEqual(self.suspensions(relay), known)
        # Also on one that has nothing in its folder.
        self.assertEqual(self.suspensions(self.node(relayhost=NOBODY_HOME)), known)

    def test_one_that_was_away_does_not_bring_back_what_was_resumed(self) -> None:
        first, second = self.two_nodes()
        self.order(first, "suspend", "--domain", "one.test", "--for", "2h")
        self.soon(lambda: self.suspensions(second) != [], "it holds there")
        first.kill()
        self.order(second, "resume", "--all")
        first.start()
        self.assertEqual(self.suspensions(first), [])
        self.assertEqual(self.suspensions(second), [])


class Destinations(SharedDecisionsCase):
    def test_what_one_can_not_reach_is_not_tried_by_the_other(self) -> None:
        """By a relay that reaches others: its network is well."""
        far = self.remote()
        settings = {"routes": f"to=dead.test -> {NOBODY_HOME}", "retry_min": "10m"}
        first, second = self.node(far, **settings), self.node(far, **settings)
        first.submit("a@b.test", "c@well.test")
        far.wait_delivered(1)
        first.submit("a@b.test", "c@dead.test")
        first.wait_log("destination_suspended")
        self.soon(lambda: int(self.database.run(NOTICES)) == 1, "it was told")
        # A relay that starts has read all of it.
        third = self.node(far, **settings)
        for relay in (second, third):
            self.soon(lambda relay=relay: self.is_left_alone(relay), "the others believe it")
            self.assertEqual(relay.select("destination_suspended"), [])
            self.assertEqual(relay.select("attempt"), [])

    def test_a_limit_that_one_finds_is_seen_by_all(self) -> None:
        far_side = Crowded(2, "421 4.7.0 try again later")
        far = far_side.server = self.remote(far_side)
        first, second = self.two_nodes(far)
        for i in range(60):
            first.submit("a@b.test", f"c{i}@far.test")
        self.soon(lambda: int(self.database.run(LIMITS)) == 1, "it was told")
        third = self.node(far)
        for relay in (second, third):
            relay.submit("a@b.test", "d@far.test")
            self.soon(lambda relay=relay: self.told_limit(relay) >= 1, "the others know it")
        name = self.listed(second, "destinations")[0]["name"]
        self.assertIn("relays found ", run("destinations", name, **second.settings).stdout)

    def told_limit(self, relay: Relay) -> int:
        """Connections that a relay has found to be taken, as this one knows."""
        known = self.listed(relay, "destinations")
        return known[0].get("told", {}).get("connections", 0) if known else 0

    def is_left_alone(self, relay: Relay) -> bool:
        """Whether mail that it just took waits there, because of what another has found."""
        ident = relay.submit("a@b.test", "d@dead.test")
        said = run("queue", "why", ident, **relay.settings).stdout
        return "another relay of the queue: " in said

    def test_a_relay_that_reaches_nobody_tells_nobody(self) -> None:
        first, second = self.two_nodes()
        first.submit("a@b.test", "c@dead.test")
        first.wait_log("destination_suspended")
        # What it decides later was posted: so was what it had learnt before.
        self.order(first, "suppress", "add", "ann@far.test")
        self.soon(lambda: self.suppressed(second) != [], "shared")
        self.assertEqual(int(self.database.run(NOTICES)), 0)


class Suppressions(SharedDecisionsCase):
    def test_who_is_suppressed_by_one_is_refused_by_the_other(self) -> None:
        first, second = self.two_nodes()
        self.order(first, "suppress", "add", "ann@far.test", "--because", "she asked")
        self.assertIn("550 5.7.1", self.reply_to(first, "ann@far.test"))
        self.soon(lambda: "550" in self.reply_to(second, "ann@far.test"), "refused there, too")
        self.assertIn("she asked", self.reply_to(second, "ann@far.test"))
        entries = [self.listed(relay, "suppress", "list") for relay in (first, second)]
        self.assertEqual(*entries)
        self.order(second, "suppress", "remove", "ann@far.test")
        self.soon(lambda: "250" in self.reply_to(first, "ann@far.test"), "taken there again")
        self.assertEqual(self.suppressed(first), [])

    def test_a_large_list_is_there_and_stays(self) -> None:
        first, second = self.two_nodes()
        wanted = sorted(f"user{at}@far.test" for at in range(MANY))
        self.order(first, "suppress", "import", "-", text="email\n" + "\n".join(wanted))

        def count(relay: Relay) -> int:
            return int(relay.metric("suppression_entries"))

        self.soon(lambda: count(second) == MANY, "all of it")
        self.assertIn("550 5.7.1", self.reply_to(second, wanted[-1]))
        versions = "SELECT max(c) FROM (SELECT count(*) AS c FROM notice GROUP BY version) AS n"
        self.assertLessEqual(int(self.database.run(versions)), 1000)
        self.order(second, "suppress", "remove", wanted[0])
        for relay in (first, second):
            relay.kill()
            relay.start()
            self.assertEqual(count(relay), MANY - 1)
            self.assertIn("250", self.reply_to(relay, wanted[0]))

    def test_one_that_joins_brings_its_own_list(self) -> None:
        first = self.node(relayhost=NOBODY_HOME)
        self.order(first, "suppress", "add", "ann@far.test")
        self.order(first, "suspend", "--domain", "one.test", "--for", "2h")
        alone = self.relay(relayhost=NOBODY_HOME)
        self.order(alone, "suppress", "add", "bob@far.test")
        self.order(alone, "suppress", "add", "ann@far.test", "--because", "the shared one counts")
        self.order(alone, "suspend", "--domain", "two.test", "--for", "2h")
        self.assertEqual(alone.stop(), 0)
        joining = self.node(relayhost=NOBODY_HOME, queue_dir=alone.queue_dir)
        (line,) = joining.wait_log("board", what="merged", list="suppressions")
        self.assertEqual(line["entries"], 1)
        joining.wait_log("board", what="merged", list="suspensions")
        both = ["ann@far.test", "bob@far.test"]
        self.assertEqual(self.suppressed(joining), both)
        self.soon(lambda: self.suppressed(first) == both, "they are one list")
        self.assertEqual(*(self.listed(each, "suppress", "list") for each in (first, joining)))
        self.soon(lambda: len(self.suspensions(first)) == 2, "both are suspended")
        self.assertEqual(self.suspensions(first), self.suspensions(joining))
        # Only once: what goes now is gone.
        self.order(first, "suppress", "remove", "bob@far.test")
        self.assertEqual(joining.stop(), 0)
        joining.start()
        self.assertEqual(self.suppressed(joining), ["ann@far.test"])


class Names(SharedDecisionsCase):
    def test_a_name_that_one_relay_was_given_is_known_to_the_other(self) -> None:
        """A message that was imported at one is not taken again by the other."""
        first, second = self.two_nodes()
        alone = self.relay(relayhost=NOBODY_HOME, hostname="old.test")
        alone.submit("a@b.test", "c@far.test")
        exported = subprocess.run(
            [alone.binary, "queue", "export"],
            capture_output=True,
            timeout=60,
            check=True,
            env=environment(alone.settings),
        ).stdout
        for relay in (first, second, first):
            subprocess.run(
                [relay.binary, "queue", "import"],
                input=exported,
                capture_output=True,
                timeout=60,
                check=True,
                env=environment(relay.settings),
            )
            self.assertEqual(self.database.count("message"), 1)


class Outage(SharedDecisionsCase):
    own_server = True

    def test_what_is_decided_without_a_database_holds_at_once_and_elsewhere_later(self) -> None:
        first, second = self.two_nodes()
        self.order(first, "suppress", "add", "old@far.test")
        self.soon(lambda: self.suppressed(second) == ["old@far.test"], "shared")
        self.server.stop()
        self.order(first, "suppress", "add", "ann@far.test")
        self.order(first, "suspend", "--domain", "one.test", "--for", "2h")
        self.order(first, "suppress", "remove", "old@far.test")
        self.assertEqual(self.suppressed(first), ["ann@far.test"])
        self.assertEqual(len(self.suspensions(first)), 1)
        first.wait_log("board", what="unposted", timeout=SOON)
        self.server.start()
        first.wait_log("board", what="posted", timeout=60 * PATIENCE)
        self.soon(lambda: self.suppressed(second) == ["ann@far.test"], "there, too")
        self.soon(lambda: len(self.suspensions(second)) == 1, "there, too")
        self.assertEqual(self.suspensions(first), self.suspensions(second))
        # What is decided after it is shared as before.
        self.order(second, "resume", "--all")
        self.soon(lambda: self.suspensions(first) == [], "resumed")

    def test_a_kill_during_the_outage_loses_no_decision(self) -> None:
        first, second = self.two_nodes()
        self.server.stop()
        self.order(first, "suppress", "add", "ann@far.test")
        self.order(first, "suspend", "--domain", "one.test", "--for", "2h")
        first.kill()
        self.server.start()
        self.soon(second.ready, "the database is back")
        self.order(second, "suppress", "add", "bob@far.test")
        first.start()
        both = ["ann@far.test", "bob@far.test"]
        for relay in (first, second):
            self.soon(lambda relay=relay: self.suppressed(relay) == both, "both")
            self.soon(lambda relay=relay: len(self.suspensions(relay)) == 1, "suspended")

    def test_one_that_slept_learns_what_happened_meanwhile(self) -> None:
        first, second = self.two_nodes()
        first.signal(signal.SIGSTOP)
        self.order(second, "suppress", "add", "ann@far.test")
        first.signal(signal.SIGCONT)
        self.soon(lambda: self.suppressed(first) == ["ann@far.test"], "it is there")


if __name__ == "__main__":
    unittest.main()
