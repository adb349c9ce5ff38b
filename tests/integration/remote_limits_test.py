"""What remote servers limit, and extensions of theirs that don't work: no mail waits for it."""

import time

from tests.support.case import MESSAGE, RelayCase
from tests.support.client import wait_until
from tests.support.remote_limits import PROVIDERS, scaled
from tests.support.script import MODERN

BY_DATA = tuple(one for one in MODERN if one != "CHUNKING")


class Limited(RelayCase):
    def submit_many(self, near, count: int) -> None:
        with near.client() as client:
            for number in range(count):
                reply = client.mail("a@client.test", [f"u{number}@remote.test"], MESSAGE)
                self.assertEqual(reply.code, 250)

    def names_of(self, far) -> list[str]:
        return sorted(name for one in far.delivered() for name in one.recipients)


class Sessions(Limited):
    def test_D4_a_limit_of_messages_for_a_connection_costs_no_attempt(self) -> None:
        words = "Maximum number of messages per session exceeded"
        for stage in ("mail", "rcpt", "data", "dot"):
            for reply in (f"452 4.4.5 {words}", f"451 4.4.5 {words}", "450 try again"):
                with self.subTest(stage=stage, reply=reply):
                    far = self.remote(
                        {"limits": {"messages": 4, "messages_at": stage, "messages_reply": reply}}
                    )
                    near = self.relay(far, destination_concurrency=2, retry_min="1h")
                    self.submit_many(near, 40)
                    self.assertEqual(len(far.wait_delivered(40)), 40)
                    self.assertEqual(
                        near.metric("delivery_attempts_total", result="deferred"), 0, near.tail()
                    )

    def test_D4_a_number_that_was_named_is_kept(self) -> None:
        far = self.remote(
            {
                "limits": {
                    "messages": 4,
                    "messages_reply": "452 4.4.5 Maximum number of messages per session exceeded",
                }
            }
        )
        near = self.relay(far, destination_concurrency=1, retry_min="1h")
        self.submit_many(near, 30)
        far.wait_delivered(30)
        near.wait_metric("queue_messages", lambda n: n == 0)
        counts = [sum(c.startswith("MAIL") for c in one.commands) for one in far.connections]
        self.assertEqual(counts.count(5), 1, counts)
        self.assertLessEqual(max(counts[1:]), 4, counts)

    def test_D4_control_a_message_that_is_refused_everywhere_is_deferred(self) -> None:
        far = self.remote(
            {"rules": [{"at": "dot", "match": "u3@", "times": 2, "reply": "451 4.3.0 not now"}]}
        )
        near = self.relay(far, destination_concurrency=1, retry_min="1s")
        self.submit_many(near, 6)
        far.wait_delivered(6)
        near.wait_log("deferred", count=1, to="u3@remote.test")
        self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 1)


class Recipients(Limited):
    def test_D5_all_are_delivered_at_once_whatever_the_limit(self) -> None:
        for limits in (
            {"recipients": 50, "errors": 20, "errors_reply": "421 too many errors"},
            {"recipients": 50, "recipients_reply": "452 too many recipients"},
            {"recipients": 30, "recipients_reply": "550 5.5.3 Too many recipients", "errors": 3},
            {"recipients": 30, "recipients_reply": "552 4.5.3 Too many recipients"},
            {"recipients": 20, "recipients_reply": "421 4.5.3 Too many recipients"},
            {"recipients": 7, "recipients_at": "dot", "recipients_reply": "554 5.5.3 Too many"},
            {"recipients": 1},
        ):
            with self.subTest(limits):
                close = limits.get("recipients_reply", "").startswith("421")
                far = self.remote({"limits": limits} if not close else closing_at(limits))
                near = self.relay(far, retry_min="1h")
                wanted = sorted(f"u{number}@remote.test" for number in range(100))
                near.submit("a@client.test", wanted)
                far.wait_for(lambda server: len(self.names_of(server)) >= 100, 40)
                self.assertEqual(self.names_of(far), wanted, near.tail())
                near.wait_metric("queue_messages", lambda n: n == 0)
                self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 0)

    def test_D5_c022_at_most_so_many_in_a_transaction(self) -> None:
        for setting, most in (({}, 100), ({"transaction_recipients": 40}, 40)):
            far = self.remote()
            near = self.relay(far, **setting)
            near.submit("a@client.test", [f"u{number}@remote.test" for number in range(230)])
            far.wait_for(lambda server: len(self.names_of(server)) == 230)
            self.assertEqual(len(set(self.names_of(far))), 230)
            self.assertLessEqual(max(len(one.recipients) for one in far.messages), most)

    def test_D5_one_bad_recipient_does_not_take_the_others_along(self) -> None:
        for bad in ("u0@", "u5@", "u9@"):
            for how in ({"reply": "421 4.7.0 go away", "then": "close"}, {"then": "reset"}):
                with self.subTest(bad=bad, how=how):
                    far = self.remote({"rules": [{"at": "rcpt", "match": bad} | how]})
                    near = self.relay(far, retry_min="1h")
                    near.submit("a@client.test", [f"u{number}@remote.test" for number in range(10)])
                    far.wait_for(lambda server: len(self.names_of(server)) >= 9)
                    self.assertEqual(len(set(self.names_of(far))), 9, near.tail())
                    near.wait_log("deferred", to=f"{bad}remote.test")

    def test_D1_unknown_users_before_a_421_bounce_and_the_others_are_delivered(self) -> None:
        far = self.remote({"limits": {"errors": 3}})
        near = self.relay(far, retry_min="1s")
        names = [f"{'nobody' if number % 2 else 'u'}{number}@remote.test" for number in range(20)]
        near.submit("a@client.test", names)
        near.wait_log("bounced", count=10)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(
            {one["to"] for one in near.select("bounced")}, {n for n in names if "nobody" in n}
        )
        self.assertEqual(len(set(self.names_of(far)) - {"a@client.test"}), 10)

    def test_D4_D5_providers_by_their_own_words(self) -> None:
        for name, limits in PROVIDERS.items():
            with self.subTest(name):
                far = self.remote({"limits": scaled(name, connections=0)})
                near = self.relay(far, retry_min="2s", destination_concurrency=2)
                wanted = [f"r{number}@remote.test" for number in range(25)]
                near.submit("a@client.test", wanted)
                self.submit_many(near, 25)
                far.wait_for(lambda server: len(set(self.names_of(server))) >= 50, 40)
                self.assertEqual(len(self.names_of(far)), 50, near.tail())
                self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)
                near.submit("a@client.test", "nobody@remote.test")
                near.wait_log("bounced", to="nobody@remote.test")
                self.assertTrue(limits.recipients or limits.messages)


def closing_at(limits: dict) -> dict:
    """A server that ends the connection with the recipient that is one too many."""
    most = limits["recipients"]
    return {
        "rules": [
            {
                "at": "rcpt",
                "connection": number,
                "after": most,
                "reply": limits["recipients_reply"],
                "then": "close",
            }
            for number in range(1, 30)
        ]
    }


class Bodies(Limited):
    def large(self, near, size: int = 8_000_000) -> None:
        with near.client() as client:
            text = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * (size // 72)
            self.assertEqual(client.mail("a@client.test", ["u@remote.test"], text).code, 250)

    def test_D7_a_refusal_in_the_middle_of_a_message_counts(self) -> None:
        for extensions in (BY_DATA, MODERN):
            for then in ("close", "reset"):
                with self.subTest(chunking="CHUNKING" in extensions, then=then):
                    rule = {
                        "at": "text",
                        "times": 1,  # not for the bounce, which is small
                        "bytes": 300_000 if extensions is BY_DATA else 100_000,
                        "reply": "552 5.3.4 Message too big for system",
                        "then": then,
                    }
                    if then == "reset":
                        rule["late"] = " "  # the reply is on its way before the reset
                    far = self.remote({"extensions": extensions, "rules": [rule]})
                    near = self.relay(far, retry_min="1h")
                    self.large(near)
                    found = near.wait_log("bounced" if then == "close" else "attempt")
                    if then == "close":
                        self.assertIn("552 5.3.4 Message too big for system", found[0]["response"])
                        self.assertEqual((found[0]["stage"], found[0]["cause"]), ("data", "reply"))

    def test_D7_a_refusal_counts_though_the_server_reads_no_more_and_stays(self) -> None:
        for extensions in (BY_DATA, MODERN):
            for reply in (
                "552 5.3.4 Message size exceeds fixed limit",
                "554 5.7.1 [CS] Message blocked due to spam content in the message.",
                ["550-Your message was", "550 rejected by the content filter"],
            ):
                with self.subTest(reply, chunking="CHUNKING" in extensions):
                    rule = {
                        "at": "text",
                        "times": 1,
                        "bytes": 100_000,
                        "delay": 0.5,  # the relay waits to write
                        "reply": reply,
                        "then": "deaf",
                    }
                    far = self.remote({"extensions": extensions, "rules": [rule]})
                    near = self.relay(far, retry_min="1h", remote_command_timeout="2s")
                    self.large(near, 20_000_000)
                    found = near.wait_log("bounced")[0]
                    last = reply if isinstance(reply, str) else reply[-1]
                    self.assertIn(last.partition(" ")[2], found["response"])
                    self.assertEqual((found["stage"], found["cause"]), ("data", "reply"))

    def test_D7_control_a_slow_reader_that_says_nothing_gets_the_message(self) -> None:
        for extensions in (BY_DATA, MODERN):
            with self.subTest(chunking="CHUNKING" in extensions):
                rule = {"at": "text", "times": 1, "bytes": 100_000, "delay": 1.0}
                far = self.remote({"extensions": extensions, "rules": [rule]})
                near = self.relay(far, retry_min="1h")
                self.large(near, 20_000_000)
                far.wait_delivered(1)

    def test_D7_a_temporary_refusal_defers_with_its_words(self) -> None:
        far = self.remote(
            {
                "extensions": BY_DATA,
                "rules": [
                    {
                        "at": "text",
                        "times": 1,
                        "bytes": 1000,
                        "reply": "452 4.3.1 disk full",
                        "then": "close",
                    }
                ],
            }
        )
        near = self.relay(far, retry_min="1h")
        self.large(near)
        self.assertEqual(near.wait_log("deferred")[0]["response"], "452 4.3.1 disk full")

    def test_D9_c018_what_is_delivered_is_recorded_before_quit_is_answered(self) -> None:
        far = self.remote({"rules": [{"at": "quit", "then": "hang"}]})
        near = self.relay(far, connection_messages=1, remote_quit_timeout="1h", shutdown_grace="1s")
        near.submit("a@client.test", "u@remote.test")
        near.wait_log("delivered")
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(far.connections[0].commands[-1], "QUIT")

    def test_D9_what_is_delivered_is_recorded_before_the_others_are_tried_on(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {"at": "rcpt", "match": "slow@", "times": 1, "reply": "452 4.5.3 too many"},
                    {"at": "rcpt", "match": "slow@", "then": "hang"},
                ]
            }
        )
        near = self.relay(far, shutdown_grace="1s")
        near.submit("a@client.test", ["now@remote.test", "slow@remote.test"])
        near.wait_log("delivered", to="now@remote.test")
        self.assertTrue(wait_until(lambda: slow_is_asked_again(far), 20))
        near.kill()
        near.start()
        time.sleep(0.5)
        self.assertEqual(len(far.delivered("^now@")), 1)
        self.assertEqual(near.select("delivered", to="now@remote.test")[1:], [])


def slow_is_asked_again(far) -> bool:
    asked = [c for one in far.connections for c in one.commands if "slow@" in c]
    return len(asked) > 1


class Extensions(Limited):
    def delivered(self, script: dict, text: bytes = MESSAGE, **settings: object):
        far = self.remote(script)
        near = self.relay(far, retry_min="1h", destination_concurrency=1, **settings)
        for number in range(3):
            with near.client() as client:
                client.ask("EHLO again.test", 250)
                body = client.mail("a@client.test", [f"u{number}@remote.test"], text)
                self.assertEqual(body.code, 250)
            far.wait_delivered(number + 1)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 0)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)
        return far

    def test_D12_chunking_that_is_offered_and_not_known(self) -> None:
        for reply in ("502 5.5.1 not implemented", "500 what", "503 5.5.1 bad sequence", "504 no"):
            with self.subTest(reply):
                far = self.delivered(
                    {"rules": [{"at": "dot", "match": ".", "times": 1, "reply": reply}]}
                )
                self.assertEqual([one.by for one in far.messages], ["BDAT"] + ["DATA"] * 3)

    def test_D12_chunking_that_fails_every_time_is_tried_once(self) -> None:
        far = self.remote({"rules": [{"at": "bdat", "reply": "502 5.5.1 not implemented"}]})
        near = self.relay(far, retry_min="1h")
        for _ in range(3):
            with near.client() as client:
                text = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 10_000
                client.mail("a@client.test", ["u@remote.test"], text)
        self.assertEqual({one.by for one in far.wait_delivered(3)}, {"DATA"})
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)

    def test_D12_size_and_8bitmime_that_are_offered_and_not_known(self) -> None:
        eight_bit = MESSAGE + "Grüße\r\n".encode()
        for match, text in (("SIZE=", MESSAGE), ("BODY=", eight_bit)):
            for reply in ("555 5.5.4 unsupported option", "501 5.5.4 syntax"):
                with self.subTest(match=match, reply=reply):
                    rule = {"at": "mail", "match": match, "reply": reply}
                    far = self.delivered({"rules": [rule]}, text)
                    self.assertEqual(len(far.connections), 2)

    def test_D12_pipelining_that_is_offered_and_not_borne(self) -> None:
        rule = {"at": "rcpt", "connection": 1, "reply": "503 5.5.1 MAIL first"}
        far = self.delivered({"extensions": BY_DATA, "rules": [rule]})
        self.assertFalse(far.connections[1].pipelined)

    def test_D12_control_a_refusal_of_the_sender_is_one(self) -> None:
        far = self.remote(
            {"rules": [{"at": "mail", "match": "a@", "reply": "501 5.1.7 bad sender"}]}
        )
        near = self.relay(far)
        near.submit("a@client.test", "u@remote.test")
        found = near.wait_log("bounced")[0]
        self.assertIn("501 5.1.7 bad sender", found["response"])

    def test_D12_the_operator_has_extensions_ignored(self) -> None:
        for rule, check in (
            ("127.0.0.1:CHUNKING", lambda far: far.messages[0].by == "DATA"),
            ("remote.test:chunking", lambda far: far.messages[0].by == "DATA"),
            ("other.test:CHUNKING", lambda far: far.messages[0].by == "BDAT"),
            ("*:PIPELINING", lambda far: not far.connections[0].pipelined),
            ("*.test:SIZE", lambda far: "SIZE" not in far.messages[0].parameters),
        ):
            with self.subTest(rule):
                far = self.remote()
                near = self.relay(far, remote_ignore=rule)
                near.submit("a@client.test", "u@remote.test")
                far.wait_delivered(1)
                self.assertTrue(check(far))


class Meanings(Limited):
    def test_R5_codes_with_two_meanings(self) -> None:
        cases = {
            "header": ("dot", "534 Message header size exceeds policy limit", "bounced"),
            "quota": ("rcpt", "552 5.2.2 over quota", "bounced"),
            "many": ("rcpt", "552 5.5.3 too many recipients", "deferred"),
            "auth": ("mail", "530 5.7.0 Authentication required", "deferred"),
            "tls": ("rcpt", "530 5.7.0 Must issue a STARTTLS command first", "deferred"),
            "odd": ("rcpt", "535 5.1.1 no such user", "bounced"),
        }
        rules = [
            {"at": at, "match": f"{name}@", "reply": reply}
            for name, (at, reply, _) in cases.items()
        ]
        far = self.remote({"rules": rules})
        near = self.relay(far, retry_min="1h", connection_messages=1)
        for name, (at, _, expected) in cases.items():
            sender = "auth@client.test" if at == "mail" else "a@client.test"
            near.submit(sender, f"{name}@remote.test")
            with self.subTest(name):
                near.wait_log(expected, to=f"{name}@remote.test")

    def test_R5_a_full_mailbox_waits_if_told_so(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "reply": "552 5.2.2 over quota"}]})
        near = self.relay(far, retry_min="1h", mailbox_full="retry")
        near.submit("a@client.test", "u@remote.test")
        near.wait_log("deferred")
