"""What operators ask and order of a running relay: `kurir queue`, by the socket in the queue folder."""

import json
import os
import re
import stat
import subprocess
import unittest

from tests.support.api import SocketConnection
from tests.support.case import RelayCase
from tests.support.client import wait_until
from tests.support.relay import environment, run

HELD = "held"
NOBODY_HOME = "127.0.0.1:9"  # a relayhost that can't be reached


class OperatorCase(RelayCase):
    def full(self, **settings):
        """A relay whose mail can't leave, with three messages."""
        relay = self.relay(relayhost=NOBODY_HOME, **settings)
        self.ids = [
            relay.submit("app@shop.test", ["bob@one.test", "eve@one.test"]),
            relay.submit("news@list.test", "carl@two.test"),
            relay.submit("", "dora@one.test"),
        ]
        relay.wait_log("destination_suspended")
        return relay

    def queue(self, relay, *words: str, status: int = 0) -> str:
        done = run("queue", *words, **relay.settings)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def entries(self, relay, *words: str, status: int = 0) -> list[dict]:
        return [
            json.loads(line)
            for line in self.queue(relay, "--json", *words, status=status).splitlines()
        ]

    def listed(self, relay, *words: str) -> list[str]:
        """The ids of what fits, or none."""
        done = run("queue", "--ids", *words, **relay.settings)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return sorted(done.stdout.split())


class Seeing(OperatorCase):
    def test_a_list_says_who_to_whom_and_why(self) -> None:
        relay = self.full()
        table = self.queue(relay)
        self.assertEqual(len(table.splitlines()), 4, table)
        by_id = {entry["id"]: entry for entry in self.entries(relay)}
        self.assertEqual(sorted(by_id), sorted(self.ids))
        one = by_id[self.ids[0]]
        self.assertEqual(one["from"], "app@shop.test")
        self.assertEqual(one["to"], ["bob@one.test", "eve@one.test"])
        self.assertIn("Connection refused", " ".join(one["why"]))
        self.assertEqual(one["destination"], NOBODY_HOME)

    def test_each_criterion_selects(self) -> None:
        relay = self.full()
        first, second, third = self.ids
        cases = {
            ("--from", "app@*"): [first],
            ("--from", "<>"): [third],
            ("--to", "EVE@one.test"): [first],
            ("--domain", "two.test"): [second],
            ("--domain", "*.test"): self.ids,
            ("--destination", "127.0.0.1*"): self.ids,
            ("--client", "127.0.0.1"): self.ids,
            ("--client", "10.*"): [],
            ("--older", "1h"): [],
            ("--newer", "1h"): self.ids,
            ("--larger", "1M"): [],
            ("--reason", "refused$"): None,
            ("--id", f"{first},{third}"): [first, third],
            ("--from", "app@*", "--domain", "two.test"): [],
            ("--priority", "normal"): self.ids,
            ("--state", HELD): [],
            ("--user", "x"): [],
            ("--route", "x"): [],
        }
        for words, ids in cases.items():
            with self.subTest(words):
                found = self.listed(relay, *words)
                if ids is not None:
                    self.assertEqual(found, sorted(ids))
        self.assertNotEqual(self.listed(relay, "--reason", "refused$"), [])

    def test_pages_and_order_of_lines(self) -> None:
        relay = self.full()
        self.assertEqual(len(self.entries(relay, "--limit", "2")), 2)
        sizes = [entry["size"] for entry in self.entries(relay, "--sort", "size")]
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        for words in (["age"], ["attempts"], ["next"], ["from"], ["domain", "--to", "*"]):
            with self.subTest(words):
                whole = [entry["id"] for entry in self.entries(relay, "--sort", *words)]
                first = self.entries(relay, "--sort", *words, "--limit", "1")
                self.assertEqual(len(whole), 3)
                self.assertEqual(len(first), 1)
        (oldest,) = self.entries(relay, "--sort", "age", "--limit", "1")
        self.assertEqual(oldest["id"], self.ids[0])
        (first,) = self.entries(relay, "--sort", "from", "--limit", "1")
        self.assertEqual(first["id"], self.ids[2])
        self.queue(relay, "--sort", "domain", "--user", "x", "--limit", "1", status=1)

    def test_sums_in_the_manner_of_qshape(self) -> None:
        relay = self.full()
        found = {one["key"]: one for one in self.entries(relay, "--by", "domain")}
        self.assertEqual(found["one.test"]["deliveries"], 2)
        self.assertEqual(found["one.test"]["recipients"], 3)
        self.assertEqual(found["two.test"]["by_age"][0], 1)
        for by in (
            "destination",
            "sender-domain",
            "client",
            "user",
            "reason",
            "age",
            "route",
            "tenant",
            "state",
        ):
            with self.subTest(by):
                sums = self.entries(relay, "--by", by)
                self.assertEqual(sum(one["deliveries"] for one in sums), 3)
        self.assertIn("one.test", self.queue(relay, "--by", "domain"))

    def test_one_message(self) -> None:
        relay = self.full()
        shown = json.loads(self.queue(relay, "show", "--json", self.ids[0]))
        self.assertEqual(
            [each["address"] for each in shown["recipients"]], ["bob@one.test", "eve@one.test"]
        )
        self.assertIn("bob@one.test", self.queue(relay, "show", self.ids[0]))
        headers = self.queue(relay, "show", "--headers", self.ids[0])
        self.assertIn("Subject: a test\n", headers.replace("\r", ""))
        self.assertNotIn("A test.", headers)
        self.assertTrue(self.queue(relay, "show", "--raw", self.ids[0]).endswith("A test.\n"))
        self.queue(relay, "show", "1M8FMD2TV0000", status=1)
        done = run("queue", "why", "1M8FMD2TV0000", **relay.settings)
        self.assertIn("kurir trace 1M8FMD2TV0000", done.stderr)
        self.queue(relay, "show", "x", status=64)

    def test_every_attempt_is_shown_with_its_reply(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {"at": "rcpt", "match": "bob", "times": 1, "reply": "451 4.7.1 greylisted"},
                    {"at": "rcpt", "match": "bob", "reply": "452 4.2.2 full"},
                ]
            }
        )
        relay = self.relay(far, retry_min="1s")
        ident = relay.submit("app@shop.test", ["bob@one.test", "eve@one.test"])
        relay.wait_log("deferred", count=2)

        def shown() -> dict:
            return json.loads(self.queue(relay, "show", "--json", ident))

        def replies() -> list[str]:
            return [each["reply"] for each in shown()["attempts"] if "bob" in each["address"]]

        self.assertTrue(wait_until(lambda: len(replies()) >= 2))
        self.assertIn("greylisted", replies()[0])
        self.assertIn("full", replies()[1])
        delivered = [one for one in shown()["attempts"] if one["outcome"] == "delivered"]
        self.assertEqual([one["address"] for one in delivered], ["eve@one.test"])
        text = self.queue(relay, "show", ident)
        self.assertIn("greylisted", text)
        self.assertIn("ATTEMPT AT", text)

    def test_attempts_that_nobody_has_kept_are_not_shown_and_that_is_said(self) -> None:
        relay = self.full(history="0")
        self.assertTrue(
            wait_until(
                lambda: "attempts are not shown: KURIR_HISTORY=0"
                in self.queue(relay, "show", self.ids[0])
            )
        )
        shown = json.loads(self.queue(relay, "show", "--json", self.ids[0]))
        self.assertEqual((shown["attempts"], shown["attempts_missing"] > 0), ([], True))

    def test_why_names_the_limit_and_what_releases_it(self) -> None:
        relay = self.full()
        text = self.queue(relay, "why", self.ids[1])
        self.assertRegex(text, "withheld by  (unreachable|backoff): ")
        self.assertRegex(text, f"released by .* --id {self.ids[1]}\n")
        self.assertIn("goes back to the sender at 20", text)

    def test_recipients_that_are_done_are_told_from_those_that_wait(self) -> None:
        far = self.remote()
        relay = self.relay(
            relayhost=NOBODY_HOME,
            relayhost_far=f"127.0.0.1:{far.port}",
            relayhost_far_tls="off",
            routes="to=far.test -> far",
        )
        ident = relay.submit("a@b.test", ["bob@one.test", "eve@far.test"])
        relay.wait_log("delivered", queue_id=ident)
        relay.wait_log("deferred", queue_id=ident)
        text = self.queue(relay, "show", ident)
        self.assertRegex(text, r"bob@one\.test +waits ")
        self.assertRegex(text, r"eve@far\.test +done ")
        self.assertIn(f"kurir trace {ident}", text)

    def test_mail_behind_a_destination_says_why_it_waits(self) -> None:
        """Also what was not tried itself, by list, sums and --reason."""
        far = self.remote({"rules": [{"at": "mail", "reply": "451 4.3.2 the office is closed"}]})
        for name, relayhost, reason in (
            ("unreachable", NOBODY_HOME, "destination unreachable: .*Connection refused"),
            ("backoff", f"127.0.0.1:{far.port}", "destination in backoff: .*office is closed"),
        ):
            with self.subTest(name):
                relay = self.relay(relayhost=relayhost, relayhost_tls="off", retry_min="10m")
                for number in range(40):
                    relay.submit("a@b.test", f"c{number}@one.test")

                def waiting() -> list[dict]:
                    words = ("--json", "--reason", f"^{reason}")
                    lines = run("queue", *words, **relay.settings).stdout.splitlines()
                    return [json.loads(line) for line in lines]

                def told() -> bool:
                    """Pauses end, and begin anew: all is true of one of them."""
                    found = waiting()
                    if not found:
                        return False
                    keys = [one["key"] for one in self.entries(relay, "--by", "reason")]
                    done = run("queue", "why", found[0]["id"], **relay.settings)
                    self.assertEqual(len(found[0]["why"]), 1)
                    return (
                        any(re.match(reason, key) for key in keys)
                        and re.search(f"withheld by  {name}", done.stdout) is not None
                        and re.search("last reply .*(refused|closed)", done.stdout) is not None
                    )

                self.assertTrue(wait_until(told, 30), self.queue(relay))

    def test_large_mail_is_printed_whole(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME)
        text = "Subject: x\r\n\r\n" + ("0123456789" * 7 + "\r\n") * 20000
        ident = relay.submit("a@b.test", "c@d.test", text)
        raw = subprocess.run(
            [relay.binary, "queue", "show", "--raw", ident],
            capture_output=True,
            check=True,
            env=environment(relay.settings),
        ).stdout
        self.assertTrue(raw.endswith(text.partition("\r\n\r\n")[2].encode()))


class Ordering(OperatorCase):
    def test_what_is_held_is_not_tried_until_it_is_released_even_after_a_restart(self) -> None:
        far = self.remote()
        relay = self.relay(relayhost=NOBODY_HOME)
        kept, other = relay.submit("a@b.test", "c@one.test"), relay.submit("a@b.test", "c@two.test")
        relay.wait_log("destination_suspended")
        self.queue(relay, "hold", "--id", kept, "--because", "asked by legal")
        self.assertEqual(self.listed(relay, "--state", HELD), [kept])
        why = self.queue(relay, "why", kept)
        self.assertIn("asked by legal", why)
        self.assertNotIn("goes back to the sender at", why)
        self.assertEqual(relay.metric("queue_messages", state=HELD), 1)
        relay.settings["relayhost"] = f"127.0.0.1:{far.port}"
        relay.restart()
        self.assertEqual(far.wait_delivered(1)[0].recipients, ["c@two.test"])
        self.assertTrue(wait_until(lambda: self.listed(relay) == [kept], 10))
        self.queue(relay, "retry", "--id", kept, status=1)
        self.queue(relay, "release", "--id", kept)
        self.assertEqual(far.wait_delivered(2)[1].recipients, ["c@one.test"])
        (line,) = relay.wait_log("admin", what="release")
        self.assertEqual(line["deliveries"], 1)
        self.assertNotEqual(other, kept)

    def test_only_the_recipients_that_are_named_are_deleted(self) -> None:
        relay = self.full()
        self.queue(relay, "delete", "--to", "bob@*", "--yes", "--because", "left the company")
        (entry,) = self.entries(relay, "--from", "app@*")
        self.assertEqual(entry["to"], ["eve@one.test"])
        (line,) = relay.wait_log("removed")
        self.assertEqual((line["queue_id"], line["to"]), (self.ids[0], "bob@one.test"))
        self.assertEqual(line["because"], "left the company")
        relay.restart()
        (entry,) = self.entries(relay, "--from", "app@*")
        self.assertEqual(entry["to"], ["eve@one.test"])

    def test_a_bounce_tells_the_sender_why(self) -> None:
        far = self.remote()
        relay = self.full()
        self.queue(relay, "bounce", "--domain", "two.test", "--yes", "--text", "no such customer")
        relay.wait_log("bounced", queue_id=self.ids[1])
        relay.settings["relayhost"] = f"127.0.0.1:{far.port}"
        relay.restart()
        far.wait_for(
            lambda server: any(one.recipients == ["news@list.test"] for one in server.messages)
        )
        found = [one for one in far.messages if one.recipients == ["news@list.test"]]
        text = found[0].data.decode()
        self.assertIn("no such customer", text)
        self.assertIn("Status: 5.7.1", text)
        self.assertIn("carl@two.test", text)

    def test_nothing_is_deleted_unasked(self) -> None:
        relay = self.full()
        self.assertIn(
            "2 deliveries with 3", self.queue(relay, "delete", "--domain", "one.test", "--dry-run")
        )
        self.queue(relay, "delete", "--domain", "one.test", status=64)
        self.queue(relay, "delete", "--domain", "nothing.test", "--yes", status=1)
        for words in (("hold", "--reason", "customer asked"), ("delete", "--reason", "asked")):
            done = run("queue", *words, **relay.settings)
            self.assertEqual(done.returncode, 1)
            self.assertIn("no mail matches: --reason is what was said last", done.stderr)
        self.assertEqual(self.listed(relay), sorted(self.ids))

    def test_mail_takes_another_route(self) -> None:
        far = self.remote()
        relay = self.relay(
            relayhost=NOBODY_HOME,
            relayhost_backup=f"127.0.0.1:{far.port}",
            relayhost_backup_tls="off",
        )
        ident = relay.submit("a@b.test", "c@one.test")
        relay.wait_log("destination_suspended")
        done = run("queue", "reroute", "--to-route", "bakcup", "--yes", **relay.settings)
        self.assertEqual(done.returncode, 64)
        self.assertIn('no route "bakcup"; route is one of default, backup\n', done.stderr)
        self.queue(relay, "reroute", "--id", ident, "--to-route", "backup", "--yes")
        self.assertEqual(far.wait_delivered(1)[0].recipients, ["c@one.test"])

    def test_a_retry_probes_what_is_suspended(self) -> None:
        relay = self.full()
        before = len(relay.select("attempt")) + len(relay.select("deferred"))
        self.queue(relay, "retry")
        self.assertTrue(
            wait_until(
                lambda: len(relay.select("attempt")) + len(relay.select("deferred")) > before, 10
            )
        )

    def test_orders_are_listed(self) -> None:
        relay = self.full()
        self.queue(relay, "orders", status=1)
        self.queue(relay, "hold", "--domain", "one.test", "--because", "because")
        listed = self.queue(relay, "orders")
        self.assertRegex(listed, "1  hold +domain=one.test .* 2 +2 +0 +over +because")
        self.queue(relay, "delete", "--domain", "one.test", "--dry-run")
        self.assertRegex(
            self.queue(relay, "orders"), "2  delete +domain=one.test .* 2 +0 +0 +dry run"
        )
        self.queue(relay, "end-order", "7", status=1)


class Door(OperatorCase):
    def test_the_socket_is_for_its_user_alone_and_goes_with_the_relay(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME)
        path = relay.queue_dir / "admin.sock"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0)
        relay.stop()
        self.assertFalse(path.exists())
        self.queue(relay, status=2)

    def test_a_socket_that_a_killed_relay_left_is_replaced(self) -> None:
        relay = self.relay(relayhost=NOBODY_HOME)
        relay.kill()
        self.assertTrue((relay.queue_dir / "admin.sock").exists())
        relay.start()
        self.queue(relay, status=1)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to be somebody else")
    def test_another_user_gets_no_answer(self) -> None:
        relay = self.full()
        path = relay.queue_dir / "admin.sock"
        for folder in (relay.folder, relay.queue_dir):
            folder.chmod(0o755)
        path.chmod(0o777)
        ask = (
            "import socket,sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            "s.sendall(b'GET /api/v1/queue HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); print(len(s.recv(100)))"
        )
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", ask, path],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        self.assertNotRegex(done.stdout, "[1-9]", done.stderr)

    def test_mistakes_are_problems(self) -> None:
        relay = self.full()
        api = SocketConnection(str(relay.queue_dir / "admin.sock"))
        cases = {
            ("GET", "/api/v1/queue?color=red"): (400, "color"),
            ("GET", "/api/v1/queue?older=soon"): (400, "older"),
            ("GET", "/api/v1/queue?reason=("): (400, "reason"),
            ("GET", "/api/v1/queue?limit=0"): (400, "limit"),
            ("GET", "/api/v1/queue?cursor=x"): (400, "cursor"),
            ("GET", "/api/v1/queue?from=%zz"): (400, "decoded"),
            ("GET", "/api/v1/queue-sums?by=moon"): (400, "by"),
            ("GET", "/api/v1/queue/x"): (400, "id"),
            ("GET", f"/api/v1/queue/{self.ids[0]}/content/7"): (404, "7"),
            ("GET", "/api/v1/orders/12"): (404, "12"),
            ("DELETE", "/api/v1/orders/12"): (404, "12"),
        }
        for (method, target), (status, word) in cases.items():
            with self.subTest(target):
                self.assert_problem(api, method, target, None, status, word)
        bodies = {
            "": "JSON",
            "[]": "JSON",
            "{}": "action",
            '{"action":"explode"}': "action",
            '{"action":"delete"}': "selector",
            '{"action":"delete","selector":{"from":1},"by":"x"}': "from",
            '{"action":"delete","selector":{"moon":"1"},"by":"x"}': "moon",
            '{"action":"delete","selector":{}}': "by",
            json.dumps({"action": "hold", "selector": {}, "by": "x" * 256}): "255",
            json.dumps({"action": "hold", "selector": {}, "by": "x", "reason": "y" * 513}): "512",
        }
        for body, word in bodies.items():
            with self.subTest(body[:60]):
                self.assert_problem(api, "POST", "/api/v1/orders", body, 400, word)
        self.assertEqual(self.listed(relay), sorted(self.ids))
        api.close()

    def assert_problem(self, api, method, target, body, status, word) -> None:
        api.request(method, target, body)
        answer = api.getresponse()
        problem = json.loads(answer.read())
        self.assertEqual(answer.status, status, problem)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(problem["status"], status)
        self.assertIn(word, problem["detail"])


if __name__ == "__main__":
    unittest.main()
