"""Bounces, as an independent reader of RFC 3464 understands them."""

import email
import email.policy
import subprocess

from tests.support.case import RelayCase
from tests.support.names import NameServer
from tests.support.remote_server import Message

PARSER = r"""
use Mail::DeliveryStatus::BounceParser;
local $/;
my $bounce = Mail::DeliveryStatus::BounceParser->new(<STDIN>);
print "bounce\n" if $bounce->is_bounce;
for my $report ($bounce->reports) {
    print join(" ", $report->get("email"), $report->get("status")), "\n";
}
print "original ", $bounce->orig_message_id || "", "\n";
"""
ORIGINAL = (
    "From: sender@client.test\r\nTo: never@remote.test\r\nSubject: the original\r\n"
    "Message-ID: <original@client.test>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    "\r\nIts body.\r\n"
)
REFUSAL = {
    "rules": [
        {"at": "rcpt", "match": "never", "reply": ["550-5.1.1 nobody", "550 5.1.1 of that name"]}
    ]
}
DEFERRAL = {"at": "rcpt", "match": "later", "times": 20, "reply": "451 4.3.0 later"}
WHO = ("never", "taken", "later")


class Bounces(RelayCase):
    def bounce_of(
        self,
        recipients: list[str],
        text: str = ORIGINAL,
        script: dict | None = None,
        **settings: object,
    ) -> Message:
        self.far = self.remote(script or REFUSAL)
        self.near = self.relay(self.far, **settings)
        self.near.submit("sender@client.test", recipients, text)
        return self.far.wait_delivered(1, "^sender@client.test$")[0]

    def test_q005_q011_q015_its_form_is_that_of_rfc_3464(self) -> None:
        bounce = self.bounce_of(["never1@remote.test", "never2@remote.test", "other@remote.test"])

        parsed = email.message_from_bytes(bounce.data, policy=email.policy.default)
        self.assertEqual(parsed.get_content_type(), "multipart/report")
        self.assertEqual(parsed.get_param("report-type"), "delivery-status")
        self.assertEqual(parsed["Auto-Submitted"], "auto-replied")
        self.assertEqual(parsed["To"], "sender@client.test")
        self.assertEqual((bounce.sender, len(parsed.defects)), ("", 0))
        human, status, original = parsed.iter_parts()
        self.assertEqual(human.get_content_type(), "text/plain")
        self.assertIn("never1@remote.test", human.get_content())
        self.assertEqual(status.get_content_type(), "message/delivery-status")
        self.assertIn(original.get_content_type(), ("message/rfc822", "text/rfc822-headers"))
        self.assertEqual(len(self.far.delivered("^sender@client.test$")), 1)

    def test_q012_every_failed_recipient_has_its_fields_and_the_others_none(self) -> None:
        bounce = self.bounce_of(["never1@remote.test", "never2@remote.test", "other@remote.test"])

        parsed = email.message_from_bytes(bounce.data)
        message, *recipients = parsed.get_payload(1).get_payload()
        self.assertRegex(message["Reporting-MTA"], r"^dns; ?relay\.test$")
        self.assertTrue(message["Arrival-Date"])
        self.assertEqual(
            sorted(one["Final-Recipient"].replace(" ", "") for one in recipients),
            ["rfc822;never1@remote.test", "rfc822;never2@remote.test"],
        )
        for one in recipients:
            self.assertEqual((one["Action"], one["Status"]), ("failed", "5.1.1"))
            self.assertRegex(
                one["Diagnostic-Code"], r"(?s)^smtp; ?550[ -]5\.1\.1 nobody.*of that name"
            )
            self.assertTrue(one["Remote-MTA"])

    def test_an_independent_parser_agrees(self) -> None:
        bounce = self.bounce_of(["never1@remote.test", "never2@remote.test"])

        said = (
            subprocess.run(
                ["perl", "-e", PARSER],
                input=bounce.data.replace(b"\r\n", b"\n"),
                capture_output=True,
                check=True,
                timeout=30,
            )
            .stdout.decode()
            .splitlines()
        )

        self.assertIn("bounce", said)
        self.assertEqual(
            [one.strip() for one in said if one.startswith("never")],
            ["never1@remote.test 5.1.1", "never2@remote.test 5.1.1"],
        )
        self.assertIn("original <original@client.test>", said)

    def test_a_small_message_comes_back_whole(self) -> None:
        bounce = self.bounce_of(["never@remote.test"])

        self.assertIn(b"Subject: the original\r\n", bounce.data)
        self.assertIn(b"\r\n\r\nIts body.\r\n", bounce.data)

    def test_q014_of_a_large_message_only_the_headers_come_back(self) -> None:
        text = ORIGINAL + "a line of a large message\r\n" * 20000
        bounce = self.bounce_of(["never@remote.test"], text, bounce_full_size="10K")

        self.assertIn(b"Subject: the original\r\n", bounce.data)
        self.assertNotIn(b"a line of a large message", bounce.data)
        self.assertLess(len(bounce.data), 20000)

    def test_q017_remote_text_can_not_break_out_of_its_field(self) -> None:
        evil = "550 5.1.1 \x1b[31mred\x07 " + "x" * 1500
        script = {"rules": [{"at": "rcpt", "match": "never", "raw": f"550-5.1.1 a\r\n{evil}\r\n"}]}
        bounce = self.bounce_of(["never@remote.test"], script=script)

        self.assertNotRegex(bounce.data, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        self.assertLessEqual(max(len(line) for line in bounce.data.split(b"\r\n")), 998)
        parsed = email.message_from_bytes(bounce.data)
        self.assertEqual(len(parsed.get_payload(1).get_payload()), 2)

    def test_q010_nobody_is_told_of_a_message_without_sender(self) -> None:
        far = self.remote(REFUSAL)
        near = self.relay(far)

        identity = near.submit("", "never@remote.test")

        near.wait_log("undeliverable", queue_id=identity)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(far.messages, [])
        self.assertEqual(near.metric("dsn_generated_total"), 0)
        self.assertEqual(near.metric("queue_finished_total", outcome="discarded"), 1)

    def test_q004_a_bounce_that_can_not_be_delivered_ends_in_log_and_counter(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "reply": "550 5.1.1 nobody"}]})
        near = self.relay(far)

        near.submit("sender@client.test", "never@remote.test")

        near.wait_metric("dsn_undeliverable_total", lambda n: n == 1)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(far.messages, [])
        self.assertEqual(near.metric("dsn_generated_total"), 1)
        self.assertIn("sender@client.test", near.wait_log("dsn_undeliverable")[0]["detail"])

    def test_q007_all_recipients_that_fail_together_share_one_bounce(self) -> None:
        self.bounce_of([f"never{number}@remote.test" for number in range(30)])

        self.near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(len(self.far.delivered()), 1)
        self.assertEqual(self.near.metric("dsn_generated_total"), 1)
        self.assertEqual(self.near.metric("messages_received_total", source="dsn"), 1)

    def assert_one_report(self, count: int) -> None:
        """One bounce names all of `count` recipients and returns the message once."""
        self.assert_soon(
            lambda: self.near.metric("queue_messages") == 0, "the queue does not drain"
        )
        bounces = self.far.delivered("^sender@client.test$")
        self.assertEqual(len(bounces), 1)
        parsed = email.message_from_bytes(bounces[0].data)
        _, *recipients = parsed.get_payload(1).get_payload()
        self.assertEqual(len({one["Final-Recipient"] for one in recipients}), count)
        self.assertEqual(bounces[0].data.count(b"Subject: the original"), 1)

    def test_R8_a_message_to_many_domains_that_all_fail_causes_one_report(self) -> None:
        self.bounce_of([f"never@d{number}.test" for number in range(60)])

        self.assert_one_report(60)

    def test_R8_failures_among_successes_are_reported_once(self) -> None:
        self.bounce_of(
            [f"never@d{number}.test" for number in range(30)]
            + [f"taken@d{number}.test" for number in range(30, 60)]
        )

        self.assert_one_report(30)
        self.assertEqual(sum(len(one.recipients) for one in self.far.delivered("^taken@")), 30)

    def test_R8_failures_of_attempts_that_also_delivered_or_deferred_are_reported_once(
        self,
    ) -> None:
        names = [f"{who}@d{number}.test" for number in range(20) for who in WHO]
        script = {"rules": [*REFUSAL["rules"], DEFERRAL]}
        for limit in (100, 2):  # recipients in a transaction
            with self.subTest(limit):
                self.bounce_of(names, script=script, transaction_recipients=limit)

                self.assert_one_report(20)
                for who in ("taken", "later"):
                    arrived = [
                        address
                        for message in self.far.delivered(f"^{who}@")
                        for address in message.recipients
                    ]
                    self.assertEqual(len([each for each in arrived if each.startswith(who)]), 20)

    def test_R8_failures_of_separate_mixed_destinations_are_reported_once(self) -> None:
        hosts = {f"d{number}.test": f"127.20.2.{number}" for number in range(1, 21)}
        names = self.enterContext(NameServer(hosts | {"client.test": "127.20.1.1"}))
        script = {"rules": [*REFUSAL["rules"], DEFERRAL | {"times": 1}]}
        self.far = self.remote(
            sites={"127.20.1.1": {}} | {address: script for address in hosts.values()}
        )
        self.near = self.relay(
            None,
            dns_servers=names.address,
            remote_port=self.far.port,
            prohibited_networks="none",
        )
        recipients = [f"{who}@{domain}" for domain in hosts for who in WHO]
        self.near.submit("sender@client.test", recipients, ORIGINAL)
        self.near.wait_log("delivered", count=20)
        # Until they are reported, the queue has those that failed.
        self.assertGreaterEqual(self.near.metric("queue_recipients"), 20)
        self.far.wait_delivered(1, "^sender@client.test$")

        self.assert_one_report(20)
        attempts = self.near.select("attempt")
        self.assertEqual(len([one for one in attempts if one["failed"]]), 20)
        self.near.wait_metric("queue_recipients", lambda n: n == 0)
        self.assertEqual(self.near.metric("queue_finished_total", outcome="bounced"), 20)

    def test_R8_a_kill_between_a_delivery_and_its_report_repeats_nothing(self) -> None:
        self.far = self.remote(REFUSAL)
        self.near = self.relay(self.far)
        self.near.submit(
            "sender@client.test", ["never@one.test", "taken@one.test", "x@two.test"], ORIGINAL
        )
        self.near.wait_log("delivered", count=2)
        self.near.kill()
        self.assertEqual(self.far.delivered("^sender@"), [])

        self.near.start()
        self.far.wait_delivered(1, "^sender@client.test$")
        self.assert_one_report(1)
        self.assertEqual(len(self.far.delivered("taken@")), 1)

    def test_R8_failures_of_separate_destinations_are_reported_once(self) -> None:
        names = self.enterContext(
            NameServer(records="client.test. MX 10 mx.client.test.\nmx.client.test. A 127.20.1.1\n")
        )
        self.far = self.remote(sites={"127.20.1.1": {}})
        self.near = self.relay(
            None,
            dns_servers=names.address,
            remote_port=self.far.port,
            prohibited_networks="none",
        )
        self.near.submit(
            "sender@client.test", [f"never@d{number}.test" for number in range(60)], ORIGINAL
        )
        self.far.wait_delivered(1, "^sender@client.test$")

        self.assert_one_report(60)

    def test_R8_a_stop_reports_what_was_gathered(self) -> None:
        self.far = self.remote(REFUSAL)
        self.near = self.relay(self.far)
        self.near.submit("sender@client.test", ["never@one.test", "taken@two.test"], ORIGINAL)
        self.near.wait_log("delivered")
        self.near.stop()
        self.assertEqual(len(self.near.select("bounced")), 1)

        self.near.start()
        self.far.wait_delivered(1, "^sender@client.test$")
        self.assert_one_report(1)

    def test_R8_a_kill_before_the_report_loses_nothing(self) -> None:
        self.far = self.remote(REFUSAL)
        self.near = self.relay(self.far)
        self.near.submit("sender@client.test", ["never@one.test", "taken@two.test"], ORIGINAL)
        self.near.wait_log("delivered")
        self.near.kill()

        self.near.start()
        self.far.wait_delivered(1, "^sender@client.test$")
        self.assert_one_report(1)
