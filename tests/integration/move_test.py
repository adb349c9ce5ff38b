"""`kurir queue move`: a queue goes to another relay, by its API."""

import http.server
import json
import threading

from tests.integration.admin_access_test import ACTOR, READER, AdminCase
from tests.integration.operators_test import NOBODY_HOME
from tests.support import certificates
from tests.support.relay import run
from tests.support.script import Script

SUBMITTER = "s" * 40


class MoveCase(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        with self.tokens.open("a", encoding="utf-8") as file:
            file.write(f"shop submit {SUBMITTER}\n")

    def pair(self, remote=None, **settings):
        """A relay with three messages that can't leave, and one with an API."""
        old = self.full(hostname="old.test")
        if remote is None:
            settings.setdefault("relayhost", NOBODY_HOME)
        new = self.relay(
            remote,
            hostname="new.test",
            admin_listen=f"127.0.0.1:{self.port}",
            admin_token_file=self.tokens,
            **settings,
        )
        return old, new

    def url(self, token: str = ACTOR) -> str:
        return f"http://{token}@127.0.0.1:{self.port}"

    def move(self, relay, *words: str, status: int = 0, url: str = ""):
        done = run("queue", "move", "--relay", url or self.url(), *words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done


class Moving(MoveCase):
    def test_a_queue_goes_to_another_relay(self) -> None:
        far = self.remote()
        old, new = self.pair(far)
        done = self.move(old, "--yes", "--because", "the replica goes")
        self.assertEqual(done.stdout, "3 messages moved\n")
        self.assertEqual(self.listed(old), [])
        self.assertEqual(old.metric("queue_messages"), 0)
        far.wait_delivered(3)
        self.assertEqual(
            sorted(one for each in far.messages for one in each.recipients),
            ["bob@one.test", "carl@two.test", "dora@one.test", "eve@one.test"],
        )
        reasons = {each["because"] for each in old.wait_log("admin", count=2)}
        self.assertEqual(reasons, {"moved to 127.0.0.1 (the replica goes)"})
        self.assertEqual(len(new.select("imported")), 3)

        def told() -> str:
            return run("trace", "eve@one.test", **new.settings).stdout

        self.assert_soon(lambda: " delivered " in told())
        self.assertRegex(
            told(),
            r"imported \S+ app@shop.test to bob@one.test, eve@one.test, there old.test/",
        )
        # Its old id leads to the new one.
        for line in new.select("imported"):
            told = run("trace", line["origin"].split("/")[1], **new.settings).stdout
            self.assertIn(f"imported {line['queue_id']} ", told)
        self.move(old, "--yes", status=1)

    def test_only_what_fits_and_what_is_held_stays_held(self) -> None:
        old, new = self.pair()
        self.queue(old, "hold", "--to", "bob@*", "--because", "a reason")
        self.move(old, "--yes", "--from", "app@*")
        self.assertEqual(self.listed(old), sorted(self.ids[1:]))
        held = self.entries(new, "--state", "held")
        self.assertEqual([each["to"] for each in held], [["bob@one.test"]])
        self.assertIn("a reason", json.dumps(held))
        self.assertEqual(len(self.entries(new)), 2)

    def test_nothing_is_done_unless_it_is_wanted(self) -> None:
        old, new = self.pair()
        done = self.move(old, "--dry-run")
        self.assertEqual(done.stdout, "3 deliveries with 4 recipients match\n")
        done = self.move(old, status=64)
        self.assertIn("3 deliveries match; --yes does it", done.stderr)
        self.assertEqual(len(self.listed(old)), 3)
        self.assertEqual(self.listed(old, "--state", "held"), [])
        self.assertEqual(self.listed(new), [])

    def test_what_fails_goes_on_here(self) -> None:
        old, new = self.pair()
        new.stop()
        done = self.move(old, "--yes", status=2)
        self.assertIn("no relay answers", done.stderr)
        self.assertEqual(len(self.listed(old)), 3)
        self.assertEqual(self.listed(old, "--state", "held"), [])

    def test_what_is_refused_goes_on_here(self) -> None:
        old, new = self.pair(max_message_size="1K")
        large = old.submit(
            "app@shop.test", "x@one.test", b"Subject: x\r\n\r\n" + b"y\r\n" * 600_000
        )
        done = self.move(old, "--yes", status=1)
        self.assertIn(f"{large}: the content is larger than KURIR_MAX_MESSAGE_SIZE", done.stderr)
        self.assertEqual(self.listed(old), [large])
        self.assertEqual(self.listed(old, "--state", "held"), [])
        self.assertEqual(len(self.listed(new)), 3)

    def test_it_is_not_moved_into_itself(self) -> None:
        old = self.open()
        done = self.move(old, "--yes", status=64)
        self.assertIn("--relay is the relay that the mail is in", done.stderr)
        self.assertEqual(len(self.listed(old)), 3)
        self.assertEqual(self.listed(old, "--state", "held"), [])

    def test_back_and_forth(self) -> None:
        far = self.remote(Script(rules=[{"at": "rcpt", "reply": "450 4.2.0 later"}]))
        old, new = self.pair(far)
        self.move(old, "--yes")
        tokens = {"admin": f"http://{ACTOR}@127.0.0.1:{self.port}"}
        self.assertEqual(run("queue", "--ids", **tokens).returncode, 0)
        new.stop()
        old.stop()
        old.settings |= {
            "admin_listen": f"127.0.0.1:{self.port}",
            "admin_token_file": self.tokens,
        }
        del new.settings["admin_listen"], new.settings["admin_token_file"]
        new.settings["relayhost"] = NOBODY_HOME
        old.start()
        new.start()
        self.move(new, "--yes")
        self.assertEqual(self.listed(new), [])
        self.assertEqual(len(self.listed(old)), 3)


class Forgetful(http.server.BaseHTTPRequestHandler):
    """A relay that answers the order to keep with `kept`, and then takes no message any more."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        state = self.server.state
        status, text = 200, '{"message": 1}'
        if self.path.endswith("/keep"):
            state["over"] = True
            status, text = state["kept"]
        elif state["over"]:
            status, text = 500, "{}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_PUT = answer

    def log_message(self, *words) -> None:
        pass


class Doubt(MoveCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forgetful)
        self.addCleanup(self.other.server_close)
        threading.Thread(target=self.other.serve_forever, daemon=True).start()
        self.addCleanup(self.other.shutdown)
        self.old = self.full(hostname="old.test")

    def move_there(self, kept: tuple[int, str]) -> str:
        self.other.state = {"kept": kept, "over": False}
        url = f"http://{ACTOR}@127.0.0.1:{self.other.server_port}"
        return self.move(self.old, "--yes", status=2, url=url).stderr

    def test_what_the_other_relay_was_told_to_keep_stays_held(self) -> None:
        """Whatever it answers: it may have kept it."""
        for kept in ((404, "{}"), (409, "{}"), (200, "hello"), (500, "{}")):
            with self.subTest(kept):
                self.assertIn("1 messages stay here, held", self.move_there(kept))
                self.assertEqual(len(self.listed(self.old, "--state", "held")), 1)
                self.assertEqual(len(self.listed(self.old)), 3)
                self.queue(self.old, "release", "--reason", "moved to")

    def test_what_it_finds_wrong_goes_on_here(self) -> None:
        self.assertIn("too short", self.move_there((400, '{"detail": "too short"}')))
        self.assertEqual(self.listed(self.old, "--state", "held"), [])


class Pieces(MoveCase):
    """The API that takes a message, asked by hand."""

    def setUp(self) -> None:
        super().setUp()
        _, self.new = self.pair()

    def message(self, content: str, **changes) -> str:
        """Where the content of a message goes that was begun."""
        envelope = {
            "format": "kurir-message-1",
            "origin": "old.test/1/s",
            "from": "app@shop.test",
            "received_at": "2099-01-01T00:00:00.000Z",  # that is, now
            "size": len(content),
            "deliveries": [{"domain": "one.test", "recipients": [{"address": "x@one.test"}]}],
        } | changes
        reply, text = self.ask("/api/v1/messages", ACTOR, "POST", json.dumps(envelope))
        self.assertEqual(reply.status, 200, text)
        return f"/api/v1/messages/{json.loads(text)['message']}"

    def keep(self, place: str, status: int) -> str:
        reply, text = self.ask(place + "/keep", ACTOR, "POST", "{}")
        self.assertEqual(reply.status, status, text)
        return text.decode()

    def test_a_piece_that_came_twice_is_not_kept(self) -> None:
        content = "Subject: x\r\n\r\nhello\r\n"
        place = self.message(content)
        for _ in range(2):
            self.assertEqual(self.ask(place + "/content", ACTOR, "PUT", content)[0].status, 200)
        self.assertIn("has 42 bytes, and by its envelope 21", self.keep(place, 400))
        self.keep(place, 404)
        place = self.message(content)
        self.assertEqual(self.ask(place + "/content", ACTOR, "PUT", content)[0].status, 200)
        self.keep(place, 201)
        self.assertEqual(len(self.listed(self.new)), 1)

    def test_a_lone_cr_at_the_end_is_not_kept(self) -> None:
        content = "Subject: x\r\n\r\nhello\r"
        place = self.message(content)
        self.assertEqual(self.ask(place + "/content", ACTOR, "PUT", content)[0].status, 200)
        self.assertIn("line end", self.keep(place, 400))
        self.assertEqual(self.listed(self.new), [])

    def test_an_envelope_is_that_of_one_message(self) -> None:
        path = f"/api/v1/queue/{self.ids[0]},{self.ids[1]}/envelope"
        reply, text = self.ask(path, ACTOR)
        self.assertEqual(reply.status, 400, text)


class Rights(MoveCase):
    def test_who_may_only_read_or_submit_moves_nothing(self) -> None:
        old, new = self.pair()
        for token in (READER, SUBMITTER):
            done = self.move(old, "--yes", status=2, url=self.url(token))
            self.assertIn("no right to act", done.stderr)
        self.assertEqual(self.ask("/api/v1/messages", SUBMITTER, "POST", "{}")[0].status, 403)
        self.assertEqual(len(self.listed(old)), 3)
        self.assertEqual(self.listed(old, "--state", "held"), [])
        self.assertEqual(self.listed(new), [])

    def test_envelopes_are_for_who_may_read(self) -> None:
        self.open()
        path = f"/api/v1/queue/{self.ids[0]}/envelope"
        self.assertEqual(self.ask(path, READER)[0].status, 200)
        self.assertEqual(self.ask(path, SUBMITTER)[0].status, 403)
        self.assertEqual(self.ask(path)[0].status, 401)

    def test_the_other_relay_is_verified(self) -> None:
        ca = certificates.Authority(self.folder)
        chain, key = ca.issue("relay.test")
        old = self.full(hostname="old.test")
        new = self.relay(
            relayhost=NOBODY_HOME,
            hostname="new.test",
            admin_listen=f"0.0.0.0:{self.port}",
            admin_token_file=self.tokens,
            tls_cert=chain,
            tls_key=key,
        )
        url = f"https://{ACTOR}@127.0.0.1:{self.port}"
        done = self.move(old, "--yes", status=2, url=url)
        self.assertIn("no TLS", done.stderr)
        self.assertEqual(len(self.listed(old)), 3)
        self.move(old, "--yes", "--relay-ca", str(ca.file), url=url)
        self.assertEqual(self.listed(old), [])
        self.assertEqual(len(self.listed(new)), 3)
