"""D1: a reply that nobody asked for, or that does not fit, ends the trust in a connection.

Whatever a server says too often, too late or not at all: no message is taken for delivered that was
not, and none bounces for what was said of another.
"""

from tests.support.case import MESSAGE, RelayCase
from tests.support.script import MODERN

BY_DATA = tuple(one for one in MODERN if one != "CHUNKING")
ONE_BY_ONE = tuple(one for one in BY_DATA if one != "PIPELINING")
CHUNKS_ONE_BY_ONE = tuple(one for one in MODERN if one != "PIPELINING")
KINDS = {
    "groups and BDAT": MODERN,
    "groups and DATA": BY_DATA,
    "one by one and DATA": ONE_BY_ONE,
    "one by one and BDAT": CHUNKS_ONE_BY_ONE,
}
EXTRAS = ("250 2.0.0 OK ids=\r\n", "554 5.7.1 refused\r\n", "451 4.3.0 later\r\n")


class Believing(RelayCase):
    def two_messages(self, far, near) -> None:
        """The second one is on its way when the first is done, over the same connection if it may."""
        near.submit("a@client.test", "first@remote.test")
        far.wait_delivered(1, "^first@")
        near.submit("a@client.test", "second@remote.test")

    def refused_later(self, extra_rule: dict, extensions) -> None:
        """The second message is refused once at its end; it must not be taken for delivered."""
        far = self.remote(
            {
                "extensions": extensions,
                "rules": [
                    {"at": "dot", "match": "first@", "times": 1} | extra_rule,
                    {"at": "dot", "match": "second@", "times": 1, "reply": "451 4.3.0 not yet"},
                ],
            },
            well_behaved=False,
        )
        near = self.relay(far, destination_concurrency=1, retry_min="1s")
        self.two_messages(far, near)

        self.assertEqual(len(far.wait_delivered(1, "^second@")), 1)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)
        self.assertEqual(len(far.delivered("^first@")), 1)

    def test_D1_an_extra_reply_at_the_end_does_not_lose_the_next_message(self) -> None:
        cases = {
            f"{name}: {extra}": ({"extra": extra}, extensions)
            for name, extensions in KINDS.items()
            for extra in EXTRAS
        }
        self.side_by_side(self.refused_later, cases)

    def test_D1_nor_does_one_that_comes_late(self) -> None:
        cases = {
            f"{name}: {extra}": ({"late": extra, "late_by": 0.02}, extensions)
            for name, extensions in KINDS.items()
            for extra in EXTRAS[:2]
        }
        self.side_by_side(self.refused_later, cases)

    def test_D1_a_kept_connection_that_is_left_is_charged_to_nobody(self) -> None:
        far = self.remote({"rules": [{"at": "dot", "times": 1, "extra": "250 2.0.0 OK ids=\r\n"}]})
        near = self.relay(far, destination_concurrency=1, retry_min="1h")
        self.two_messages(far, near)

        far.wait_delivered(1, "^second@")
        self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 0)
        self.assertEqual(far.delivered("^second@")[0].connection, 2)

    def test_D1_a_refused_mail_is_followed_by_rset(self) -> None:
        far = self.remote(
            {"rules": [{"at": "mail", "match": "bad@", "reply": "550 5.1.8 no such sender"}]}
        )
        near = self.relay(far, destination_concurrency=1)
        near.submit("good@client.test", "first@remote.test")
        near.submit("", "second@remote.test")
        far.wait_delivered(2)
        near.submit("bad@client.test", "third@remote.test")
        near.wait_log("bounced")
        refused = [one for one in far.connections if any("bad@" in c for c in one.commands)]
        commands = refused[-1].commands
        at = next(i for i, one in enumerate(commands) if "bad@" in one)
        following = [one for one in commands[at + 1 :] if not one.startswith(("RCPT", "DATA"))]
        self.assertEqual(following[0], "RSET")

    def stays(self, rules: list[dict], extensions=BY_DATA, **expected: str) -> None:
        """The first attempt is deferred with these members of its event; the next one delivers."""
        far = self.remote({"extensions": extensions, "rules": rules}, well_behaved=False)
        near = self.relay(far, retry_min="1s")
        identity = near.submit("a@client.test", ["u@remote.test", "v@remote.test"])

        found = near.wait_log("deferred", queue_id=identity)[0]
        self.assertEqual({key: found[key] for key in expected}, expected)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)
        for name in ("^u@", "^v@"):
            self.assertTrue(far.wait_delivered(1, name))

    def test_D1_an_extra_reply_at_any_stage_is_not_believed(self) -> None:
        cases = {
            f"{name}: {stage}: {extra}": (stage, extra, extensions)
            for name, extensions in KINDS.items()
            for stage in ("ehlo", "mail", "rcpt", "data")
            for extra in EXTRAS
            if stage != "data" or "CHUNKING" not in extensions
        }
        self.side_by_side(self.comes_through, cases)

    def comes_through(self, stage: str, extra: str, extensions) -> None:
        """Whatever is added to a reply once: nobody is lost, and nobody bounces."""
        far = self.remote(
            {
                "extensions": extensions,
                "rules": [
                    {"at": stage, "times": 1, "extra": extra},
                    {"at": "dot", "times": 1, "reply": "451 4.3.0 not yet"},
                ],
            },
            well_behaved=False,
        )
        near = self.relay(far, retry_min="1s")
        near.submit("a@client.test", ["u@remote.test", "v@remote.test"])
        for name in ("^u@", "^v@"):
            self.assertTrue(far.wait_delivered(1, name))
        near.wait_metric("queue_finished_total", lambda n: n == 2, outcome="delivered")
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0, near.tail())

    def test_D1_ehlo_that_is_answered_twice(self) -> None:
        lines = [f"250-{one}" for one in ("mx.test", *BY_DATA[:-1])] + [f"250 {BY_DATA[-1]}"]
        again = "".join(line + "\r\n" for line in lines)
        for how in ({"extra": again}, {"late": again, "late_by": 0.02}):
            with self.subTest(how=how):
                self.stays([{"at": "ehlo", "times": 1} | how], cause="protocol")

    def test_D1_a_second_greeting(self) -> None:
        for how in ("extra", "late"):
            with self.subTest(how):
                # One that comes late may come before EHLO, or behind it.
                stage = {"stage": "banner"} if how == "extra" else {}
                self.stays(
                    [{"at": "connect", "times": 1, how: "220 mx.test ESMTP again\r\n"}],
                    cause="protocol",
                    **stage,
                )

    def test_D1_a_message_that_is_taken_before_it_was_sent(self) -> None:
        self.stays(
            [{"at": "data", "times": 1, "extra": "250 2.0.0 queued as 4711\r\n"}],
            cause="protocol",
            stage="data",
            response='a reply that nobody asked for: "250 2.0.0 queued as 4711"',
        )

    def test_D1_a_large_message_that_is_taken_before_its_end(self) -> None:
        far = self.remote(
            {
                "extensions": BY_DATA,
                "rules": [
                    {"at": "text", "times": 1, "bytes": 100_000, "reply": "250 2.0.0 queued"}
                ],
            },
            well_behaved=False,
        )
        near = self.relay(far, retry_min="1s")
        with near.client() as client:
            # More than the buffers of two sockets hold: so the server reads, and replies, before the
            # relay comes to the end.
            text = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 280_000
            self.assertEqual(client.mail("a@client.test", ["u@remote.test"], text).code, 250)
        found = near.wait_log("deferred")[0]
        self.assertEqual((found["cause"], found["stage"]), ("protocol", "data"))
        self.assertIn(b"x" * 70, far.wait_delivered(1)[0].data)

    def test_D1_a_missing_reply_bounces_nobody(self) -> None:
        cases = {
            f"{stage}, {len(extensions)} extensions": (stage, extensions)
            for extensions in (MODERN, BY_DATA)
            for stage in ("mail", "rcpt")
        }
        self.side_by_side(self.bounces_nobody, cases)

    def bounces_nobody(self, stage: str, extensions) -> None:
        """A reply that is missing at this stage costs only whom the server really refuses."""
        far = self.remote(
            {
                "extensions": extensions,
                "rules": [
                    {"at": stage, "times": 1, "unsaid": True},
                    {"at": "rcpt", "match": "bad@", "reply": "550 5.1.1 nobody here"},
                ],
            },
            well_behaved=False,
        )
        near = self.relay(far, retry_min="1s", remote_command_timeout="1s")
        near.submit("a@client.test", ["good@remote.test", "bad@remote.test", "well@remote.test"])
        self.assertEqual(len(far.wait_delivered(1, "^good@")), 1)
        self.assertEqual(len(far.wait_delivered(1, "^well@")), 1)
        near.wait_log("bounced")
        bounced = {one["to"] for one in near.select("bounced")}
        self.assertEqual(bounced, {"bad@remote.test"})

    def test_D1_c028_a_host_whose_replies_are_out_of_step_is_spoken_to_in_lockstep(self) -> None:
        far = self.remote(
            {"rules": [{"at": "mail", "times": 1, "extra": "250 2.1.0 once more\r\n"}]},
            well_behaved=False,
        )
        near = self.relay(far, retry_min="1s")
        near.submit("a@client.test", "u@remote.test")
        near.wait_log("delivered")
        self.assertEqual([one.pipelined for one in far.connections], [True, False])

    def test_control_two_messages_share_a_connection(self) -> None:
        for name, extensions in KINDS.items():
            with self.subTest(name):
                far = self.remote({"extensions": extensions})
                near = self.relay(far, destination_concurrency=1)
                self.two_messages(far, near)
                far.wait_delivered(2)
                self.assertEqual(len(far.connections), 1)
                self.assertEqual(far.messages[0].by, "BDAT" if "CHUNKING" in extensions else "DATA")
                self.assertEqual(far.messages[1].by, "DATA")


class Words(RelayCase):
    """D11: a protocol error tells its stage and the line that caused it."""

    def deferred(self, rules: list[dict], **settings: object) -> dict:
        far = self.remote({"rules": rules}, well_behaved=False)
        near = self.relay(far, retry_min="1h", **settings)
        identity = near.submit("a@client.test", "u@remote.test")
        return near.wait_log("deferred", queue_id=identity)[0]

    def test_D11_c041_data_that_is_answered_by_250(self) -> None:
        far = self.remote(
            {"extensions": BY_DATA, "rules": [{"at": "data", "reply": "250 Resetting"}]},
            well_behaved=False,
        )
        near = self.relay(far, retry_min="1h")
        near.submit("a@client.test", "u@remote.test")
        found = near.wait_log("deferred")[0]
        self.assertEqual((found["stage"], found["cause"]), ("data", "protocol"))
        self.assertEqual(found["response"], 'an unexpected reply: "250 Resetting"')

    def test_D11_a_refusal_behind_220_keeps_its_words(self) -> None:
        for line in ("521 5.7.1 Blocked by example", "554 5.7.1 Service unavailable; listed"):
            with self.subTest(line):
                found = self.deferred(
                    [{"at": "connect", "raw": f"220-mx.test ESMTP\r\n{line}\r\n", "then": "close"}]
                )
                self.assertEqual((found["stage"], found["cause"]), ("banner", "reply"))
                self.assertEqual(found["response"], line)

    def test_D11_what_is_no_reply_is_told(self) -> None:
        line = "Error: your host is blocked, see http://example.test/" + "x" * 200
        for stage, where in (("connect", "banner"), ("ehlo", "ehlo"), ("mail", "mail")):
            for drip in (0.0, 0.002):
                with self.subTest(stage=stage, drip=drip):
                    found = self.deferred([{"at": stage, "raw": line + "\r\n", "drip": drip}])
                    self.assertEqual((found["stage"], found["cause"]), (where, "protocol"))
                    self.assertEqual(found["response"], f'no SMTP reply: "{line[:100]}"')

    def test_D11_a_refusal_right_behind_the_greeting_counts(self) -> None:
        found = self.deferred(
            [{"at": "connect", "extra": "421 4.3.2 going down\r\n", "then": "close"}]
        )
        self.assertEqual(found["cause"], "reply")
        self.assertEqual(found["response"], "421 4.3.2 going down")
        self.assertNotIn(MESSAGE, str(found).encode())
