"""KURIR_HANDOVER: what is left in the queue when a relay stops goes to another relay."""

import http.server
import json
import threading
import time
import unittest
from collections import Counter

from tests.integration.admin_access_test import ACTOR
from tests.integration.move_test import MoveCase
from tests.integration.operators_test import NOBODY_HOME
from tests.support import certificates
from tests.support.client import wait_until
from tests.support.relay import PATIENCE, Relay, run
from tests.support.script import Script

MANY = 200
LATER = Script(rules=[{"at": "rcpt", "reply": "450 4.2.0 later"}])


class HandoverCase(MoveCase):
    def giver(self, **settings) -> Relay:
        return self.relay(
            **{"relayhost": NOBODY_HOME, "hostname": "old.test", "handover": self.url()} | settings
        )

    def taker(self, remote=None, **settings) -> Relay:
        if remote is None:
            settings.setdefault("relayhost", NOBODY_HOME)
        return self.relay(
            remote,
            hostname="new.test",
            admin_listen=f"127.0.0.1:{self.port}",
            admin_token_file=self.tokens,
            **settings,
        )

    def ended(self, relay: Relay, count: int = 1) -> dict:
        return relay.wait_log("handover", count, what="ended")[-1]

    def times(self, entries: list[dict], field: str) -> list[float]:
        return [
            time.mktime(time.strptime(each[field][:19], "%Y-%m-%dT%H:%M:%S"))
            for each in sorted(entries, key=lambda each: each["to"])
            if field in each
        ]

    def reach(self, far, count: int) -> None:
        """So many recipients, each once."""

        def reached() -> Counter:
            return Counter(one for each in list(far.messages) for one in each.recipients)

        wait_until(lambda: reached().total() >= count, 60 * PATIENCE, 0.05)
        self.assertEqual(len(reached()), count)
        self.assertEqual(set(reached().values()), {1}, reached())

    def checks(self, relay: Relay) -> dict[str, dict]:
        text = relay.get("/readyz?verbose")[1]
        return {each["name"]: each for each in json.loads(text)["checks"]}


class Stopping(HandoverCase):
    def test_a_queue_goes_as_it_was(self) -> None:
        far = self.remote(LATER)
        old = self.giver(relayhost=f"127.0.0.1:{far.port}", retry_min="1h", retry_max="2h")
        with old.client() as client:
            for number in range(MANY):
                bulk = b"X-Kurir-Priority: bulk\r\n" if number % 4 == 0 else b""
                client.mail(
                    "app@shop.test",
                    [f"user{number}@one.test", f"user{number}@two.test"],
                    b"Subject: x\r\n" + bulk + b"\r\n" + b"y" * number * 40 + b"\r\n",
                )
        old.wait_log("deferred", 40)
        self.queue(old, "hold", "--to", "user19*", "--because", "a reason")
        new = self.taker(capture="on", retry_min="1h", retry_max="2h")
        self.assertEqual(old.stop(), 0)
        ended = self.ended(old)
        self.assertEqual((ended["moved"], ended["left"]), (MANY, 0))
        tried = {each["to"] for each in old.select("deferred")}
        entries = self.entries(new)
        self.assertEqual(len(entries), 2 * MANY)
        self.assertEqual(len({each["id"] for each in entries}), MANY)
        held = self.entries(new, "--state", "held")
        users = (19, *range(190, 200))
        self.assertEqual(
            sorted(each["to"][0] for each in held),
            sorted(f"user{user}@{name}.test" for user in users for name in ("one", "two")),
        )
        self.assertEqual({each["hold"]["reason"] for each in held}, {"a reason"})
        self.assertEqual(len(self.entries(new, "--priority", "bulk")), MANY // 2)
        self.assertEqual({each["to"][0] for each in entries if each["attempts"]}, tried)
        later = [each for each in entries if each["attempts"] and "next_attempt_at" in each]
        self.assertGreater(len(later), 10)
        for each in later:
            self.assertIn("450 4.2.0 later", json.dumps(each["why"]))
            due = self.times([each], "next_attempt_at")[0] - self.times([each], "received_at")[0]
            self.assertGreater(due, 1800)
        old.settings.pop("handover")
        old.start()
        self.assertEqual(self.listed(old), [])
        self.assertEqual(new.stop(), 0)
        new_far = self.remote()
        new.settings["relayhost"] = f"127.0.0.1:{new_far.port}"
        del new.settings["capture"]
        new.start()
        self.queue(new, "release", "--reason", "a reason")
        self.queue(new, "retry", "--domain", "*")
        self.reach(new_far, 2 * MANY)
        new.wait_metric("queue_messages", lambda value: value == 0)

    def test_a_relay_that_is_not_there_gets_nothing(self) -> None:
        old = self.full(hostname="old.test", handover=self.url())
        self.assertEqual(old.stop(), 0)
        ended = self.ended(old)
        self.assertEqual((ended["moved"], ended["left"]), (0, 3))
        self.assertIn("no relay answers", ended["because"])
        old.start()
        self.assertEqual(self.listed(old), sorted(self.ids))
        self.assertEqual(self.listed(old, "--state", "held"), [])

    def test_a_wrong_token_is_told(self) -> None:
        self.taker()
        old = self.full(hostname="old.test", handover=self.url("w" * 40))
        self.assertEqual(old.stop(), 0)
        ended = self.ended(old)
        self.assertEqual((ended["moved"], ended["left"]), (0, 3))
        self.assertIn("token", ended["because"])
        self.assertNotIn("w" * 40, json.dumps(old.events))
        old.start()
        self.assertEqual(self.listed(old, "--state", "held"), [])
        self.assertEqual(len(self.listed(old)), 3)

    def test_over_tls_by_the_authority_of_the_administrators(self) -> None:
        authority = certificates.Authority(self.folder)
        chain, key = authority.issue("new.test")
        far = self.remote()
        self.relay(
            far,
            hostname="new.test",
            admin_listen=f"0.0.0.0:{self.port}",
            admin_token_file=self.tokens,
            tls_cert=chain,
            tls_key=key,
        )
        url = self.url().replace("http:", "https:")
        old = self.full(hostname="old.test", handover=url, admin_ca=authority.file)
        self.assertEqual(old.stop(), 0)
        self.assertEqual(self.ended(old)["moved"], 3)
        far.wait_delivered(3)

    def test_a_relay_that_does_not_answer_holds_nothing_up(self) -> None:
        gate = Gate(self)
        old = self.full(hostname="old.test", handover=gate.url, shutdown_grace="2s")
        self.assertEqual(old.stop(), 0)
        self.assertEqual((self.ended(old)["moved"], self.ended(old)["left"]), (0, 3))
        old.start()
        self.assertEqual(len(self.listed(old)), 3)
        self.assertEqual(self.listed(old, "--state", "held"), [])

    def test_what_does_not_fit_into_the_grace_goes_the_next_time(self) -> None:
        far = self.remote()
        self.taker(far)
        old = self.giver(shutdown_grace="500ms")
        with old.client() as client:
            for number in range(MANY):
                client.mail("app@shop.test", [f"user{number}@one.test"], b"Subject: x\r\n\r\ny\r\n")
        old.wait_log("destination_suspended")
        self.assertEqual(old.stop(), 0)
        first = self.ended(old)
        self.assertEqual(first["moved"] + first["left"], MANY)
        old.settings["shutdown_grace"] = "60s"
        old.start()
        # Some were marked, and are handed over at once now.
        self.assertLessEqual(len(set(self.listed(old))), first["left"])
        self.assertEqual(old.stop(60), 0)
        self.assertEqual(self.ended(old, 2)["left"], 0)
        self.reach(far, MANY)

    def test_captured_mail_stays(self) -> None:
        new = self.taker()
        old = self.relay(capture="on", hostname="old.test", handover=self.url())
        old.submit("app@shop.test", "bob@one.test")
        self.assertEqual(old.stop(), 0)
        ended = self.ended(old)
        self.assertEqual((ended["moved"], ended["left"]), (0, 1))
        self.assertIn("KURIR_CAPTURE", ended["because"])
        self.assertEqual(self.listed(new), [])

    def test_what_is_refused_stays(self) -> None:
        new = self.taker(max_message_size="1K")
        old = self.full(hostname="old.test", handover=self.url())
        large = old.submit("a@shop.test", "x@one.test", b"Subject: x\r\n\r\n" + b"y\r\n" * 600_000)
        self.assertEqual(old.stop(), 0)
        self.assertEqual((self.ended(old)["moved"], self.ended(old)["left"]), (3, 1))
        self.assertEqual(old.select("handover", what="refused")[0]["queue_id"], large)
        old.settings.pop("handover")
        old.start()
        self.assertEqual(self.listed(old), [large])
        self.assertEqual(self.listed(old, "--state", "held"), [])
        self.assertEqual(len(self.listed(new)), 3)


class Silent(http.server.BaseHTTPRequestHandler):
    """A relay that answers some requests, and then no more."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        server.seen.append(self.path)
        if len(server.seen) > server.answers:
            server.closed.wait(60)
            return
        text = b'{"message": 1}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = answer

    def log_message(self, *_: object) -> None:
        pass


class Gate(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, case: HandoverCase, answers: int = 0, port: int = 0, handler: type = Silent
    ) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.answers = answers
        self.seen: list[str] = []
        self.closed = threading.Event()
        self.url = f"http://{ACTOR}@127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.end)

    def end(self) -> None:
        self.closed.set()
        self.shutdown()
        self.server_close()


class InDoubt(HandoverCase):
    """The other relay was told to keep a message, and did not say whether it has done so."""

    def doubtful(self, **settings) -> Relay:
        """A relay with such a message; the gate is at the port of the API, and closed now."""
        gate = Gate(self, answers=2, port=self.port)
        old = self.giver(shutdown_grace="2s", **settings)
        self.id = old.submit("app@shop.test", "bob@one.test")
        old.wait_log("destination_suspended")
        self.assertEqual(old.stop(), 0)
        self.assertTrue(gate.seen[-1].endswith("/keep"), gate.seen)
        self.assertEqual(self.ended(old)["left"], 1)
        gate.end()
        return old

    def test_it_is_held_until_the_other_relay_answers(self) -> None:
        old = self.doubtful()
        old.start()
        told = old.wait_log("handover", what="unsettled")[0]
        self.assertEqual(told["left"], 1)
        self.assertIn("no relay answers", told["because"])
        self.assertIn("held", json.dumps(self.entries(old)))
        self.assertIn(
            f"handed over to 127.0.0.1:{self.port} as old.test", json.dumps(self.entries(old))
        )
        self.assertEqual(old.metric("handover_marked_messages"), 1)
        self.assertIn("1 messages", self.checks(old)["handover"]["detail"])
        far = self.remote()
        self.taker(far)
        settled = old.wait_log("handover", what="settled", timeout=60)[0]
        self.assertEqual((settled["moved"], settled["released"]), (1, 0))
        far.wait_delivered(1)
        self.assertEqual(self.listed(old), [])
        old.wait_metric("handover_marked_messages", lambda value: value == 0)
        self.assertNotIn("handover", self.checks(old))

    def test_the_other_relay_has_it(self) -> None:
        """It was kept there under its name, and is not sent twice."""
        old = self.doubtful()
        old.settings["handover"] = ""
        old.start()
        told = old.wait_log("handover", what="unsettled")[0]
        self.assertIn("KURIR_HANDOVER is not set", told["because"])
        envelope = json.loads(self.envelope(old, self.id))
        far = self.remote()
        new = self.taker(far)
        self.take_in(new, envelope)
        far.wait_delivered(1)
        self.assertEqual(old.stop(), 0)
        # Another host name, as a container that was made anew has it.
        old.settings |= {"handover": self.url(), "hostname": "renewed.test"}
        old.start()
        old.wait_log("handover", what="settled", timeout=60)
        self.assertEqual(self.listed(old), [])
        self.assertEqual(len(far.messages), 1)
        self.assertEqual(self.listed(new), [])

    def test_it_is_released_if_the_other_relay_does_not_want_it(self) -> None:
        old = self.doubtful()
        gate = Gate(self, port=self.port, handler=Refusing)
        old.start()
        settled = old.wait_log("handover", what="settled", timeout=60)[0]
        self.assertEqual((settled["moved"], settled["released"]), (0, 1))
        gate.end()
        self.assertEqual(self.listed(old), [self.id])
        self.assertEqual(self.listed(old, "--state", "held"), [])

    def test_an_operator_takes_it_back(self) -> None:
        old = self.doubtful()
        old.start()
        old.wait_log("handover", what="unsettled")
        self.queue(old, "release", "--reason", "handed over to")
        self.assertEqual(self.listed(old, "--state", "held"), [])
        self.assertEqual(self.listed(old), [self.id])
        old.wait_metric("handover_marked_messages", lambda value: value == 0, timeout=60)

    def envelope(self, relay: Relay, name: str) -> str:
        done = run("queue", "export", "--id", name, **relay.settings)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = done.stdout[512:]
        return text[: text.index("\0")]

    def take_in(self, relay: Relay, envelope: dict) -> None:
        """Hands it over as the other relay did, before its answer was lost."""
        for delivery in envelope["deliveries"]:
            delivery.pop("hold")
        number = self.post("/api/v1/messages", json.dumps(envelope))["message"]
        body = b"x" * (envelope["size"] - 2) + b"\r\n"
        reply, text = self.ask(f"/api/v1/messages/{number}/content", ACTOR, "PUT", body.decode())
        self.assertEqual(reply.status, 200, text)
        self.post(f"/api/v1/messages/{number}/keep", "{}")

    def post(self, path: str, body: str) -> dict:
        reply, text = self.ask(path, ACTOR, "POST", body)
        self.assertEqual(reply.status // 100, 2, text)
        return json.loads(text)


class Refusing(Silent):
    """It says that it does not know the message, and then that it does not want it."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        begins = self.path == "/api/v1/messages"
        text = b'{"message": 1}' if begins else b'{"detail": "not this one"}'
        self.send_response(200 if begins else 400)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = answer


if __name__ == "__main__":
    unittest.main()
