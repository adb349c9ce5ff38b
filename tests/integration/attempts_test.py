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
