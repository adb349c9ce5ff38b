"""`kurir suspend`: an operator keeps mail from being tried until a time; `kurir destinations`."""

import json

from tests.support.case import RelayCase
from tests.support.client import wait_until
from tests.support.relay import Relay, run

CLOSED = "127.0.0.1:9"


class SuspensionCase(RelayCase):
    def order(self, relay: Relay, *words: str, status: int = 0) -> str:
        done = run(*words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def objects(self, relay: Relay, *words: str, status: int = 0) -> list[dict]:
        text = self.order(relay, *words, "--json", status=status)
        return [json.loads(line) for line in text.splitlines()]

    def wait_suspended(self, relay: Relay, count: int) -> None:
        """Until so many deliveries are deferred because of a suspension."""

        def waiting() -> bool:
            done = run("queue", "--json", **relay.settings)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            return sum("suspended by" in " ".join(one["why"]) for one in lines) == count

        self.assertTrue(wait_until(waiting, 15))


class Suspending(SuspensionCase):
    def test_mail_for_a_destination_waits_there_and_goes_at_once_when_it_is_resumed(self) -> None:
        far = self.remote()
        relay = self.relay(far)
        name = f"127.0.0.1:{far.port}"
        said = self.order(
            relay, "suspend", "--destination", name, "--for", "2h", "--because", "they asked"
        )
        self.assertIn(f"suspended 1: destination={name} until 20", said)
        (line,) = relay.wait_log("admin", what="suspend")
        self.assertEqual(
            (line["selection"], line["because"]), (f"destination={name}", "they asked")
        )
        ident = relay.submit("a@b.test", "c@one.test")
        self.wait_suspended(relay, 1)
        why = self.order(relay, "queue", "why", ident)
        self.assertIn("suspended by", why)
        self.assertIn("because they asked", why)
        self.assertIn("kurir resume 1", why)
        self.order(relay, "queue", "retry", "--id", ident)  # does not end it
        self.wait_suspended(relay, 1)
        (entry,) = self.objects(relay, "queue")
        self.assertEqual((entry["attempts"], entry["state"]), (0, "deferred"))
        self.assertEqual(far.messages, [])
        self.order(relay, "resume", "--destination", name, "--reason", "all is well")
        self.assertEqual(far.wait_delivered(1)[0].recipients, ["c@one.test"])
        (line,) = relay.wait_log("admin", what="resume")
        self.assertEqual(line["because"], "all is well")

    def test_a_kill_ends_no_suspension(self) -> None:
        far = self.remote()
        relay = self.relay(far)
        self.order(relay, "suspend", "--from", "news@shop.test", "--for", "1h")
        self.order(relay, "suspend", "--domain", "*.gone.test", "--for", "1h")
        relay.kill()
        relay.start()
        relay.submit("news@shop.test", "c@one.test")
        relay.submit("app@shop.test", "c@x.gone.test")
        relay.submit("app@shop.test", "d@one.test")
        self.assertEqual(far.wait_delivered(1)[0].recipients, ["d@one.test"])
        relay.wait_log("delivered")
        relay.kill()
        relay.start()
        numbers = self.order(relay, "suspensions", "--ids").split()
        self.assertEqual(numbers, ["1", "2"])
        ids = self.order(relay, "queue", "--ids").split()
        self.assertEqual(len(ids), 2)
        for ident in ids:
            self.assertTrue(
                wait_until(lambda: "suspended by" in self.order(relay, "queue", "why", ident))
            )
        self.assertEqual(len(far.messages), 1)
        self.order(relay, "resume", "1")
        self.assertEqual(far.wait_delivered(2)[1].recipients, ["c@one.test"])
        self.order(relay, "resume", "--all")
        self.assertEqual(far.wait_delivered(3)[2].recipients, ["c@x.gone.test"])
        self.assertEqual(self.order(relay, "suspensions", status=1), "")
        # Its number is not given again.
        said = self.order(relay, "suspend", "--user", "app", "--for", "1h")
        self.assertIn("suspended 3", said)

    def test_a_suspension_ends_by_itself(self) -> None:
        far = self.remote()
        relay = self.relay(far)
        self.order(relay, "suspend", "--from", "*@shop.test", "--for", "2s", "--because", "a test")
        relay.submit("a@shop.test", "c@one.test")
        self.assertEqual(far.wait_delivered(1)[0].recipients, ["c@one.test"])
        (line,) = relay.wait_log("admin", what="suspension_over")
        self.assertEqual((line["selection"], line["because"]), ("from=*@shop.test", "a test"))
        self.order(relay, "suspensions", status=1)

    def test_one_that_is_over_when_the_relay_starts_is_not_in_force(self) -> None:
        far = self.remote()
        relay = self.relay(far)
        self.order(relay, "suspend", "--route", "*", "--for", "1s")
        self.order(relay, "suspend", "--domain", "one.test", "--for", "1s")
        relay.kill()
        relay.start()
        relay.submit("a@shop.test", "c@one.test")
        far.wait_delivered(1)

    def test_mail_of_a_suspended_tenant_keeps_its_attempts(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "reply": "451 4.7.1 later"}]})
        relay = self.relay(far, max_queue_time="3s")
        ident = relay.submit("a@shop.test", "c@one.test")
        relay.wait_log("deferred", queue_id=ident)
        self.order(relay, "suspend", "--tenant", "*", "--for", "1h")
        self.wait_suspended(relay, 1)
        (entry,) = self.objects(relay, "queue")
        # Its lifetime ends, and it is not bounced for that.
        self.assertTrue(wait_until(lambda: self.objects(relay, "queue")[0]["age_s"] > 4, 20))
        (later,) = self.objects(relay, "queue")
        self.assertEqual(later["attempts"], entry["attempts"])
        self.assertEqual(relay.select("bounced"), [])
        self.order(relay, "resume", "--all")
        relay.wait_log("bounced", queue_id=ident)

    def test_mistakes_are_usage(self) -> None:
        relay = self.relay(relayhost=CLOSED)
        cases = {
            ("suspend", "--for", "1h"): "exactly one is given of destination, route",
            ("suspend", "--domain", "a.test", "--user", "b", "--for", "1h"): "exactly one",
            ("suspend", "--domain", "a.test"): "for or until says when it ends",
            ("suspend", "--domain", "a.test", "--for", "soon"): "for is a duration",
            ("suspend", "--domain", "a.test", "--until", "2001-01-01"): "until is over",
            ("resume",): "resume what?",
            ("resume", "x"): "NUMBER",
        }
        for words, text in cases.items():
            with self.subTest(words):
                self.assertIn(text, self.order(relay, *words, status=64))
        self.assertIn("no suspension 7", self.order(relay, "resume", "7", status=1))
        self.assertIn("no suspension matches", self.order(relay, "resume", "--all", status=1))

    def test_a_damaged_file_is_told_and_kept(self) -> None:
        relay = self.relay(self.remote())
        self.order(relay, "suspend", "--domain", "a.test", "--for", "1h")
        relay.stop()
        file = relay.queue_dir / "suspensions"
        file.write_text(file.read_text(encoding="utf-8")[:-10], encoding="utf-8")
        relay.start()
        (line,) = relay.wait_log("suspensions", what="damaged")
        self.assertTrue(line["kept_as"].endswith("suspensions.damaged"))
        self.order(relay, "suspensions", status=1)

    def test_a_file_that_cannot_be_written_changes_nothing(self) -> None:
        relay = self.relay(self.remote())
        (relay.queue_dir / "suspensions").mkdir()
        said = self.order(relay, "suspend", "--domain", "a.test", "--for", "1h", status=2)
        self.assertIn("can't be written", said)
        self.order(relay, "suspensions", status=1)


class Destinations(SuspensionCase):
    def test_what_is_known_of_each(self) -> None:
        busy = [{"at": "mail", "match": "busy@", "reply": "421 4.7.0 slow down"}]
        far = self.remote({"rules": busy})
        name = f"127.0.0.1:{far.port}"
        relay = self.relay(far, retry_min="10m")
        relay.submit("a@b.test", "quick@one.test")
        far.wait_delivered(1)
        ident = relay.submit("busy@b.test", "c@two.test")
        relay.wait_log("deferred", queue_id=ident)
        (one,) = self.objects(relay, "destinations", name)
        self.assertEqual((one["taken"], one["route"], one["unreachable"]), (1, "", False))
        self.assertEqual(one["hosts"][0]["addresses"], ["127.0.0.1"])
        self.assertEqual(one["learnt"]["connections_max"], 20)
        self.assertTrue(wait_until(lambda: "slow down" in self.order(relay, "destinations", name)))
        self.assertIn(name, self.order(relay, "destinations"))
        (one,) = self.objects(relay, "destinations", "127.*", "--sort", "refused")
        self.assertEqual((one["name"], one["refused"]), (name, 1))
        self.order(relay, "destinations", "nobody.test", status=1)
        self.order(relay, "destinations", "no*", status=1)

    def test_one_that_can_not_be_reached(self) -> None:
        relay = self.relay(relayhost=CLOSED)
        relay.submit("a@b.test", "c@two.test")
        relay.wait_log("destination_suspended")
        (one,) = self.objects(relay, "destinations")
        self.assertTrue(one["unreachable"])
        self.assertEqual(one["withheld_by"], "suspended")
        self.assertIn("refused", one["last_trouble"])
        self.assertEqual(one["deliveries"]["deferred"], 1)
        (one,) = self.objects(relay, "destinations", CLOSED)
        self.assertIn("refused", one["replies"][0]["text"])
        text = self.order(relay, "destinations", CLOSED)
        self.assertIn("last hour", text)
        self.order(relay, "suspend", "--destination", "127*", "--for", "1h", "--because", "dead")
        self.assertIn("suspended by", self.order(relay, "destinations", CLOSED))


class Rerouting(SuspensionCase):
    def test_a_route_that_is_not_there_is_a_mistake(self) -> None:
        relay = self.relay(relayhost=CLOSED, relayhost_backup=CLOSED, relayhost_backup_tls="off")
        relay.submit("a@b.test", "c@two.test")
        relay.wait_log("destination_suspended")
        words = ("queue", "reroute", "--yes", "--to-route")
        self.assertIn(
            "route is one of default, backup", self.order(relay, *words, "bakcup", status=64)
        )
        self.order(relay, *words, "backup")
        self.order(relay, *words, "default")
