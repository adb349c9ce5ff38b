"""How far one attempt goes: hosts, sessions that are refused, and which host comes first."""

from tests.support.case import RelayCase
from tests.support.names import NameServer
from tests.support.relay import Relay
from tests.support.remote_server import RemoteServer

HOSTS = [f"127.20.1.{number}" for number in range(1, 25)]
RECORDS = "".join(
    f"many.test. MX {number} h{number}.hosts.test.\nh{number}.hosts.test. A {address}\n"
    for number, address in enumerate(HOSTS, 1)
) + "".join(f"three.test. MX {number} h{number}.hosts.test.\n" for number in (1, 2, 3))
RECORDS += "one.test. MX 1 all.hosts.test.\n" + "".join(
    f"all.hosts.test. A {address}\n" for address in HOSTS
)
# Greetings of real servers that say nothing of X.7.x.
PLAIN = (
    "421 Service not available",
    "421 too busy",
    "421 mx1.test Service not available, closing transmission channel",
    "421 Too many concurrent SMTP connections; please try again later.",
    "421 Max concurrent connections from 127.0.0.1 exceeded, retry later",
    "421 RP-001 (SNT004-MC1F43) Unfortunately, some messages from 127.0.0.1 weren't sent.",
    ["421-mx.test (mxt001) Nemesis ESMTP Service not available", "421 No SMTP service"],
    "421 mtain-mp05.r1000.mx.test ESMTP not accepting connections",
    "421 Temporarily rejected. Reverse DNS for 127.0.0.1 failed.",
    "450 too many connections from your IP",
    "554 mx.test ESMTP not accepting messages",
)


class Attempts(RelayCase):
    def setUp(self) -> None:
        self.names = self.enterContext(NameServer(records=RECORDS))

    def hosts(self, script: dict, others: dict | None = None, first: int = 24) -> RemoteServer:
        return self.remote(
            sites={
                address: script if number < first else (others or {})
                for number, address in enumerate(HOSTS)
            }
        )

    def direct(self, far: RemoteServer, **settings: object) -> Relay:
        defaults = {
            "dns_servers": self.names.address,
            "prohibited_networks": "none",
            "remote_port": far.port,
            "retry_min": "1h",
        }
        return self.relay(**(defaults | settings))

    def connections_of(self, script: dict, **settings: object) -> int:
        """How many one attempt makes that all hosts refuse in this way."""
        far = self.hosts(script)
        near = self.direct(far, **settings)
        identity = near.submit("a@client.test", "u@many.test")
        near.wait_log("deferred", queue_id=identity)
        self.assertEqual(near.metric("delivery_attempts_total", result="deferred"), 1)
        return len(far.connections)

    def test_D8_a_provider_is_asked_once(self) -> None:
        for reply in (
            "421 4.7.0 [TSS04] Messages from 127.0.0.1 temporarily deferred due to user complaints",
            "554 5.7.1 Your address is listed",
            "450 4.7.25 no PTR",
        ):
            with self.subTest(reply):
                rules = [{"at": "connect", "reply": reply}]
                self.assertEqual(self.connections_of({"rules": rules}), 1)

    def test_D8_two_sessions_that_are_refused_are_enough(self) -> None:
        for at, reply in (
            ("connect", "421 4.3.2 busy"),
            *(("connect", reply) for reply in PLAIN),
            ("connect", "554 no"),
            ("ehlo", "450 not now"),
            ("mail", "451 4.3.0 not now"),
        ):
            with self.subTest(at=at, reply=reply):
                rules = [{"at": at, "reply": reply}]
                self.assertEqual(self.connections_of({"rules": rules}), 2)

    def test_D8_five_hosts_that_are_lost_or_silent_are_enough(self) -> None:
        for then, settings in (("reset", {}), ("hang", {"remote_greeting_timeout": "300ms"})):
            with self.subTest(then):
                rules = [{"at": "connect", "then": then}]
                self.assertEqual(self.connections_of({"rules": rules}, **settings), 5)

    def test_D8_an_attempt_does_not_outlast_the_lifetime(self) -> None:
        far = self.hosts({"rules": [{"at": "connect", "then": "hang"}]})
        near = self.direct(far, remote_greeting_timeout="4s", max_queue_time="2s")
        near.submit("", "u@many.test")
        near.wait_log("undeliverable")
        self.assertEqual(len(far.connections), 1)

    def test_D8_control_the_next_host_delivers(self) -> None:
        far = self.hosts({"rules": [{"at": "connect", "then": "reset"}]}, first=4)
        near = self.direct(far)
        near.submit("a@client.test", "u@many.test")
        self.assertEqual(far.wait_delivered(1)[0].site, HOSTS[4])

    def test_D8_control_a_healthy_second_host_delivers_whatever_the_first_one_says(self) -> None:
        for reply in PLAIN:
            with self.subTest(reply):
                far = self.hosts({"rules": [{"at": "connect", "reply": reply}]}, first=1)
                near = self.direct(far)
                near.submit("a@client.test", "u@three.test")
                self.assertEqual(far.wait_delivered(1)[0].site, HOSTS[1])
                self.assertEqual(near.select("deferred"), [])

    def test_D8_hosts_behind_those_that_refuse_every_session_are_tried_in_time(self) -> None:
        for reply in ("421 too busy", "421 4.7.0 [TSS04] deferred", "554 5.7.1 listed"):
            with self.subTest(reply):
                far = self.hosts({"rules": [{"at": "connect", "reply": reply}]}, first=2)
                near = self.direct(far, retry_min="200ms", retry_max="200ms")
                near.submit("a@client.test", "u@three.test")
                self.assertEqual(far.wait_delivered(1)[0].site, HOSTS[2])

    def test_D8_the_addresses_of_one_host_are_tried_in_time(self) -> None:
        for then in ({"then": "reset"}, {"reply": "421 too busy"}):
            with self.subTest(then):
                far = self.hosts({"rules": [{"at": "connect", **then}]}, first=23)
                near = self.direct(far, retry_min="100ms", retry_max="100ms")
                near.submit("a@client.test", "u@one.test")
                self.assertEqual(far.wait_delivered(1, timeout=60)[0].site, HOSTS[23])

    def test_D13_from_the_third_attempt_on_another_host_comes_first(self) -> None:
        far = self.hosts({"rules": [{"at": "dot", "reply": "451 4.3.0 try later"}]}, first=1)
        near = self.direct(far, retry_min="300ms")
        near.submit("a@client.test", "u@three.test")

        self.assertEqual(far.wait_delivered(1)[0].site, HOSTS[1])
        self.assertEqual(len(near.wait_log("deferred", count=2)), 2)
        near.wait_metric("queue_messages", lambda n: n == 0)
        self.assertEqual(len([one for one in far.connections if one.site == HOSTS[0]]), 2)

    def test_D13_control_what_is_said_of_the_mailbox_goes_to_the_same_host(self) -> None:
        far = self.hosts(
            {"rules": [{"at": "rcpt", "times": 3, "reply": "452 4.2.2 mailbox full"}]}, first=1
        )
        near = self.direct(far, retry_min="300ms")
        near.submit("a@client.test", "u@three.test")
        self.assertEqual(far.wait_delivered(1)[0].site, HOSTS[0])
