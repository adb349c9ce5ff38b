"""F10: every kind of answer and every kind of silence of a remote server, at every stage.

Each case is a domain with a server of its own on a loopback address, found through DNS, so that all
of them run at once through one relay. What a case expects is the state of its recipient after the
first attempt: delivered, deferred or bounced; and what became of a message that the server may have
taken.
"""

from dataclasses import dataclass, field

from tests.support.case import RelayCase
from tests.support.client import wait_until
from tests.support.names import NameServer
from tests.support.relay import PATIENCE, Relay

EARLY = ("connect", "ehlo", "mail", "rcpt", "data")
STAGES = (*EARLY, "dot")


@dataclass
class Case:
    """One scripted server, and what must become of the one recipient behind it."""

    name: str
    rules: list[dict]
    expected: str
    ambiguous: bool = False
    extensions: list[str] = field(default_factory=lambda: ["PIPELINING", "8BITMIME", "SIZE"])


def cases() -> list[Case]:
    return [*codes(), *endings(), *silences(), *nonsense(), *odd_but_legal()]


def codes() -> list[Case]:
    """Each class of reply at each stage, a known and an unknown code (C006)."""
    found = []
    for stage in STAGES:
        for code, expected in (
            ("421", "deferred"),
            ("450", "deferred"),
            ("452", "deferred"),
            ("499", "deferred"),
            ("550", "bounced"),
            ("552", "bounced"),
            ("554", "bounced"),
            ("599", "bounced"),
        ):
            if stage == "ehlo" and code[0] == "5":
                expected = "deferred"  # not unknown but refused: by the host, not of the recipient
            if stage == "connect" and code[0] == "5":
                expected = "deferred"  # no host may serve us now: not the recipient's fault (C002)
            if stage == "rcpt" and code == "552":
                expected = "deferred"  # C015
            enhanced = f"{code[0]}.3.0"
            found.append(
                Case(
                    f"{stage}-{code}",
                    [{"at": stage, "reply": f"{code} {enhanced} scripted"}],
                    expected,
                )
            )
        if stage not in ("data", "connect"):
            for code in ("251", "259", "299"):
                found.append(
                    Case(
                        f"{stage}-{code}",
                        [{"at": stage, "reply": f"{code} 2.0.0 odd"}],
                        "delivered",
                    )
                )
    found.append(Case("data-250", [{"at": "data", "reply": "250 2.0.0 odd"}], "deferred"))
    found.append(Case("data-399", [{"at": "data", "reply": "399 odd"}], "deferred"))
    return found


def endings() -> list[Case]:
    """The connection closed, reset or half-closed at each stage (C011)."""
    return [
        Case(
            f"{stage}-{how.replace('_', '-')}",
            [{"at": stage, "then": how}],
            "deferred",
            ambiguous=stage == "dot",
        )
        for stage in STAGES
        for how in ("close", "reset", "half_close")
    ]


def silences() -> list[Case]:
    """No reply in the time that the stage has; at the dot the message may be taken (C019).

    A byte a second does not prolong it.
    """
    return [
        Case(
            f"{stage}-{name}",
            [{"at": stage} | how],
            "deferred",
            ambiguous=stage == "dot",
        )
        for stage in STAGES
        for name, how in (("hang", {"then": "hang"}), ("drip", {"drip": 1.0}))
    ]


def nonsense() -> list[Case]:
    """What is no reply (C007, C008): the connection is not to be trusted any more."""
    found = []
    for stage in STAGES:
        for name, raw in (
            ("garbage", "\x00\xff\x07 what\r\n"),
            ("letters", "abc def\r\n"),
            ("code-199", "199 odd\r\n"),
            ("code-600", "600 odd\r\n"),
            ("four-digits", "2500 odd\r\n"),
            ("two-digits", "25 odd\r\n"),
            ("mixed-codes", "250-one\r\n550 two\r\n"),
            ("endless-line", "250 " + "x" * 100_000 + "\r\n"),
            ("endless-lines", "250-more\r\n" * 10_000 + "250 end\r\n"),
        ):
            found.append(
                Case(
                    f"{stage}-{name}",
                    [{"at": stage, "raw": raw, "then": "close"}],
                    "not bounced",
                    ambiguous=stage == "dot" and name != "mixed-codes",  # those are an answer
                )
            )
    return found


def odd_but_legal() -> list[Case]:
    """What a client must understand (C008)."""
    found = [
        Case(
            "many-lines",
            [
                {
                    "at": "rcpt",
                    "reply": ["250-2.1.5 " + "x" * 400] * 20 + ["250 2.1.5 ok"],
                }
            ],
            "delivered",
        ),
        Case(
            "code-alone",
            [{"at": "mail", "raw": "250\r\n"}, {"at": "rcpt", "raw": "250 \r\n"}],
            "delivered",
        ),
        Case(
            "no-esmtp",
            [{"at": "connect", "raw": "220\r\n"}, {"at": "ehlo", "reply": "500 what"}],
            "delivered",
        ),
        Case(
            "slow-at-every-step",
            [{"at": stage, "delay": 0.3} for stage in STAGES],
            "delivered",
        ),
        Case(
            "drips-in-time",
            [{"at": stage, "drip": 0.02} for stage in STAGES],
            "delivered",
        ),
        Case("quit-hangs", [{"at": "quit", "then": "hang"}], "delivered"),
        Case("quit-refused", [{"at": "quit", "reply": "500 never"}], "delivered"),
        Case("quit-resets", [{"at": "quit", "then": "reset"}], "delivered"),
        Case(
            "dot-421-after",
            [
                {
                    "at": "dot",
                    "reply": "250 2.0.0 ok",
                    "extra": "421 bye\r\n",
                    "then": "close",
                }
            ],
            "delivered",
        ),
        Case(
            "long-greeting",
            [{"at": "connect", "reply": ["220-wait", "220-for", "220 it"]}],
            "delivered",
        ),
    ]
    found.append(Case("no-extensions", [], "delivered", extensions=["HELP"]))
    return found


class RemoteFaults(RelayCase):
    def test_f10_every_answer_at_every_stage(self) -> None:
        todo = cases()
        places = {
            f"127.10.{number // 200}.{1 + number % 200}": case for number, case in enumerate(todo)
        }
        far = self.remote(
            well_behaved=False,
            sites={
                address: {
                    "name": f"mx.{case.name}.test",
                    "extensions": case.extensions,
                    "rules": case.rules,
                }
                for address, case in places.items()
            },
        )
        names = self.enterContext(
            NameServer({f"{case.name}.test": address for address, case in places.items()})
        )
        near = self.relay(
            dns_servers=names.address,
            prohibited_networks="none",
            remote_port=far.port,
            retry_min="1h",
            delivery_workers=400,
            remote_greeting_timeout="3s",
            remote_command_timeout="3s",
            remote_data_timeout="3s",
            remote_block_timeout="3s",
            remote_final_timeout="3s",
            remote_quit_timeout="1s",
            remote_connect_timeout="3s",
        )
        identities = {}
        with near.client() as client:
            for case in todo:
                reply = client.mail("", [f"user@{case.name}.test"], b"Subject: x\r\n\r\n.x\r\n")
                identities[case.name] = reply.text

        near.wait_metric("delivery_attempts_total", lambda n: n >= len(todo), 60)
        print(f"{len(todo)} cases")
        for case in todo:
            with self.subTest(case=case.name):
                self.check(near, case)
        self.assertEqual([one for one in far.violations if "pipelining" not in one], [])

    def check(self, near: Relay, case: Case) -> None:
        def told() -> list[dict]:
            recipient = f"user@{case.name}.test"
            return [
                each
                for each in list(near.events)
                if each.get("to") == recipient and "cause" in each
            ]

        # The log is written after the metrics have counted.
        wait_until(told, 10 * PATIENCE)
        seen = told()
        self.assertEqual(len(seen), 1, seen)
        state = {"undeliverable": "bounced"}.get(seen[0]["event"], seen[0]["event"])
        if case.expected == "not bounced":
            self.assertNotEqual(state, "bounced", seen)
        else:
            self.assertEqual(state, case.expected, seen)
        if case.ambiguous and state == "deferred":
            self.assertTrue(seen[0].get("ambiguous"), seen)
