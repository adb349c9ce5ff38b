"""What becomes of a message, recipient by recipient, by what the remote server answers."""

import time

from tests.support.case import MESSAGE, RelayCase
from tests.support.client import wait_until


class Results(RelayCase):
    def test_c014_each_recipient_has_its_own_result(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {"at": "rcpt", "match": "later@", "times": 1, "reply": "451 4.3.0 not now"},
                    {"at": "rcpt", "match": "never@", "reply": "550 5.1.1 nobody here"},
                ]
            }
        )
        near = self.relay(far)

        identity = near.submit(
            "sender@client.test", ["now@remote.test", "later@remote.test", "never@remote.test"]
        )

        far.wait_delivered(1, "^now@")
        far.wait_delivered(1, "^later@")
        dsn = far.wait_delivered(1, "^sender@client.test$")[0]
        self.assertEqual(dsn.sender, "")
        self.assertIn(b"Final-Recipient: rfc822;never@remote.test", dsn.data.replace(b"; ", b";"))
        self.assertNotIn(b"Final-Recipient: rfc822;now@remote.test", dsn.data.replace(b"; ", b";"))
        self.assertEqual(len(far.delivered("^now@")), 1)
        near.wait_metric("queue_finished_total", lambda n: n == 3, outcome="delivered")
        near.wait_metric("queue_finished_total", lambda n: n == 1, outcome="bounced")
        near.wait_log("delivered", count=2, queue_id=identity)
        near.wait_log("deferred", queue_id=identity)
        near.wait_log("bounced", queue_id=identity)
        near.wait_metric("queue_messages", lambda n: n == 0)

    def test_each_stage_of_a_delivery_is_timed(self) -> None:
        far = self.remote({"extensions": ["PIPELINING"]})  # DATA, not BDAT
        near = self.relay(far)

        near.submit("sender@client.test", "user@remote.test")

        far.wait_delivered(1)
        near.wait_metric("queue_messages", lambda n: n == 0)
        timed = {
            stage: near.metric("delivery_stage_duration_seconds_count", stage=stage)
            for stage in ("dns", "connect", "banner", "ehlo", "mail", "rcpt", "data", "eod")
        }
        self.assertEqual(timed, dict.fromkeys(timed, 1.0))

    def test_a_greylisted_recipient_gets_an_early_second_try(self) -> None:
        far = self.remote(
            {"rules": [{"at": "rcpt", "times": 1, "reply": "451 4.7.1 Greylisted, come back soon"}]}
        )
        near = self.relay(far, retry_min="1s", retry_max="1h")

        begun = time.monotonic()
        near.submit("sender@client.test", "user@remote.test")

        far.wait_delivered(1)
        self.assertGreater(time.monotonic() - begun, 0.7)

    def test_the_time_that_a_greylisting_server_names_is_kept(self) -> None:
        far = self.remote(
            {"rules": [{"at": "rcpt", "times": 1, "reply": "450 4.7.1 try again in 2 seconds"}]}
        )
        near = self.relay(far, retry_min="5m")

        begun = time.monotonic()
        near.submit("sender@client.test", "user@remote.test")

        far.wait_delivered(1)
        self.assertGreater(time.monotonic() - begun, 1.5)

    def test_pauses_between_tries_grow(self) -> None:
        far = self.remote(
            {"rules": [{"at": "rcpt", "times": 3, "reply": "452 4.2.2 mailbox full"}]}
        )
        near = self.relay(far)

        near.submit("sender@client.test", "user@remote.test")

        far.wait_delivered(1, timeout=30)
        near.wait_log("delivered")
        deferred = near.select("deferred")
        self.assertEqual(len(deferred), 3, near.tail())
        due = [self.time_of(one) + one["retry_in_s"] for one in deferred]
        for number, one in enumerate(deferred):
            pause = 2**number  # seconds, give or take a fifth; what follows later only adds to it
            self.assertLessEqual(one["retry_in_s"], 1.2 * pause + 0.001)
            if number > 0:
                self.assertGreaterEqual(due[number] - due[number - 1], 0.8 * pause - 0.05)

    def time_of(self, line: dict) -> float:
        stamp = line["ts"]
        whole = time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S"))
        return whole + float("0" + stamp[19:].rstrip("Z"))

    def test_a_message_that_outlives_the_queue_time_is_bounced(self) -> None:
        far = self.remote(
            {"rules": [{"at": "rcpt", "match": "never@", "reply": "450 4.2.0 still not"}]}
        )
        near = self.relay(far, max_queue_time="3s")

        near.submit("sender@client.test", "never@remote.test")

        dsn = far.wait_delivered(1, "^sender@client.test$", timeout=30)[0]
        self.assertIn(b"450 4.2.0 still not", dsn.data)
        near.wait_metric("queue_finished_total", lambda n: n == 1, outcome="expired")

    def test_all_mail_that_is_waiting_is_delivered_after_a_restart(self) -> None:
        far = self.remote({"rules": [{"at": "connect", "times": 3, "reply": "421 4.3.2 not now"}]})
        near = self.relay(far, retry_min="1s")
        for number in range(20):
            near.submit("sender@client.test", f"user{number}@remote.test")

        near.restart()

        self.assertEqual(len({one.recipients[0] for one in far.wait_delivered(20, timeout=40)}), 20)
        self.assertEqual(len(far.delivered()), 20)

    def test_recipients_of_one_domain_share_a_transaction(self) -> None:
        far = self.remote()
        near = self.relay(far)

        near.submit("sender@client.test", [f"user{number}@remote.test" for number in range(50)])

        self.assertEqual(len(far.wait_delivered(1)[0].recipients), 50)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(len(far.messages), 1)

    def test_c015_a_limit_of_recipients_costs_no_pause(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {
                        "at": "rcpt",
                        "match": "user[3-9]@",
                        "times": 7,
                        "reply": "452 4.5.3 too many recipients",
                    }
                ]
            }
        )
        near = self.relay(far, retry_min="1m")

        near.submit("sender@client.test", [f"user{number}@remote.test" for number in range(10)])

        far.wait_for(lambda server: sum(len(one.recipients) for one in server.delivered()) == 10)
        self.assertEqual(
            sorted(name for one in far.delivered() for name in one.recipients),
            [f"user{number}@remote.test" for number in range(10)],
        )


class Connections(RelayCase):
    def test_c023_connections_are_reused(self) -> None:
        far = self.remote()
        near = self.relay(far, destination_concurrency=1)

        with near.client() as client:
            for number in range(30):
                self.assertEqual(
                    client.mail("a@client.test", [f"u{number}@remote.test"], MESSAGE).code, 250
                )
        far.wait_delivered(30)

        self.assertLess(len(far.connections), 6)
        self.assertTrue(any(one.pipelined for one in far.connections))

    def test_a_connection_is_closed_after_so_many_messages(self) -> None:
        far = self.remote()
        near = self.relay(far, destination_concurrency=1, connection_messages=5)

        with near.client() as client:
            for number in range(15):
                client.mail("a@client.test", [f"u{number}@remote.test"], MESSAGE)
        far.wait_delivered(15)

        for connection in far.connections:
            self.assertLessEqual(sum(one.startswith("MAIL") for one in connection.commands), 5)

    def test_an_idle_connection_is_closed_with_quit(self) -> None:
        far = self.remote()
        near = self.relay(far, connection_idle="1s")

        near.submit("a@client.test", "u@remote.test")

        far.wait_delivered(1)
        self.assertTrue(wait_until(lambda: far.connections[0].closed_at, 10))
        self.assertEqual(far.connections[0].commands[-1], "QUIT")

    def test_c023_an_idle_421_costs_nothing(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {
                        "at": "dot",
                        "connection": 1,
                        "reply": "250 2.0.0 taken",
                        "extra": "421 4.4.2 idle\r\n",
                        "then": "close",
                    }
                ]
            }
        )
        near = self.relay(far, destination_concurrency=1)

        near.submit("a@client.test", "first@remote.test")
        far.wait_delivered(1)
        near.submit("a@client.test", "second@remote.test")

        far.wait_delivered(1, "^second@")
        self.assertEqual(len(far.messages), 2)
        self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 0)

    def test_the_limit_of_connections_holds(self) -> None:
        far = self.remote({"rules": [{"at": "dot", "delay": 0.3}]})
        near = self.relay(far, destination_concurrency=3)

        with near.client() as client:
            for number in range(20):
                client.mail("a@client.test", [f"u{number}@remote.test"], MESSAGE)
        far.wait_delivered(20, timeout=30)

        self.assertLessEqual(len(far.connections), 3)  # all are kept to the end

    def test_a_dead_destination_costs_one_probe_not_one_for_each_message(self) -> None:
        far = self.remote({"rules": [{"at": "connect", "then": "reset"}]}, well_behaved=False)
        near = self.relay(far, retry_min="3s")

        with near.client() as client:
            for number in range(100):
                client.mail("a@client.test", [f"u{number}@remote.test"], MESSAGE)
        time.sleep(2)

        self.assertLess(len(far.connections), 25)
        self.assertEqual(near.metric("queue_finished_total", outcome="bounced"), 0)

    def test_many_senders_at_once_all_get_through(self) -> None:
        far = self.remote()
        near = self.relay(far)
        for sender in range(20):
            with near.client() as client:
                for number in range(25):
                    self.assertEqual(
                        client.mail(
                            f"s{sender}@client.test", [f"u{number}@d{sender}.test"], MESSAGE
                        ).code,
                        250,
                    )

        self.assertEqual(len(far.wait_delivered(500, timeout=40)), 500)
        near.wait_metric("queue_messages", lambda n: n == 0)
