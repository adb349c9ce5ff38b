"""The operators' API over the network: tokens, their rights, TLS, and the commands by it."""

import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from tests.support import certificates
from tests.support.ports import free_port
from tests.support.relay import run
from tests.integration.operators_test import NOBODY_HOME, OperatorCase

READER = "r" * 40
ACTOR = "a" * 40
TOKENS = f"watcher read {READER}\nann read,act {ACTOR}\n"
QUEUE = "/api/v1/queue"
ORDERS = "/api/v1/orders"


class AdminCase(OperatorCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kurir-admin-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.tokens = self.folder / "tokens"
        self.tokens.write_text(TOKENS, encoding="utf-8")
        self.port = free_port()

    def open(self, **settings):
        """A relay with three messages whose API is on the network."""
        return self.full(
            admin_listen=f"127.0.0.1:{self.port}", admin_token_file=self.tokens, **settings
        )

    def ask(self, path: str, token: str | None = None, method: str = "GET", body: str = ""):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        link.request(method, path, body or None, headers)
        reply = link.getresponse()
        text = reply.read()
        link.close()
        return reply, text


class Tokens(AdminCase):
    def test_without_a_token_nothing_is_told(self) -> None:
        self.open()
        for path in (QUEUE, f"{QUEUE}-sums?by=domain", f"{QUEUE}/{self.ids[0]}", ORDERS):
            for token in (None, "wrong" * 8, READER + "x", READER[:-1], ""):
                with self.subTest(path=path, token=token):
                    reply, text = self.ask(path, token)
                    self.assertEqual(reply.status, 401)
                    self.assertTrue(reply.headers["WWW-Authenticate"].startswith("Bearer"))
                    self.assertEqual(reply.headers["Content-Type"], "application/problem+json")
                    for word in ("shop.test", "bob", self.ids[0]):
                        self.assertNotIn(word.encode(), text)

    def test_a_right_to_read_is_none_to_act(self) -> None:
        relay = self.open()
        order = json.dumps({"action": "delete", "selector": {}, "by": "x"})
        self.assertEqual(self.ask(QUEUE, READER)[0].status, 200)
        reply, text = self.ask(ORDERS, READER, "POST", order)
        self.assertEqual(reply.status, 403)
        self.assertIn("no right to act", json.loads(text)["detail"])
        self.assertEqual(self.ask(f"{ORDERS}/1", READER, "DELETE")[0].status, 403)
        self.assertEqual(len(self.listed(relay)), 3)

    def test_an_order_is_logged_with_the_tokens_name(self) -> None:
        relay = self.open()
        order = {"action": "hold", "selector": {"to": "*@two.test"}, "by": "mallory"}
        self.assertEqual(self.ask(ORDERS, ACTOR, "POST", json.dumps(order))[0].status, 200)
        line = relay.wait_log("admin")[0]
        self.assertEqual(line["by"], "token ann for mallory")

    def test_tokens_are_read_again(self) -> None:
        relay = self.open()
        self.tokens.write_text(f"watcher read {'n' * 40}\n", encoding="utf-8")
        relay.signal(signal.SIGHUP)
        relay.wait_log("config", what="reloaded")
        self.assertEqual(self.ask(QUEUE, READER)[0].status, 401)
        self.assertEqual(self.ask(QUEUE, "n" * 40)[0].status, 200)

    def test_probes_are_not_there_and_metrics_count_refusals(self) -> None:
        relay = self.open()
        self.assertEqual(self.ask("/metrics", READER)[0].status, 404)
        self.ask(QUEUE)
        self.ask(ORDERS, READER, "POST", "{}")
        for code in ("401", "403"):
            self.assertEqual(relay.metric("http_requests_total", handler="api", code=code), 1)

    def test_no_secret_is_in_the_log_or_in_kurir_config(self) -> None:
        relay = self.open()
        self.ask(QUEUE, "wrong" * 8)
        shown = run("config", **relay.settings).stdout
        for text in (shown, json.dumps(list(relay.events))):
            self.assertNotIn(READER, text)
            self.assertNotIn("wrongwrong", text)


class Commands(AdminCase):
    def remote(self, token: str = ACTOR) -> dict:
        return {"admin": f"http://{token}@127.0.0.1:{self.port}"}

    def test_commands_work_by_a_url(self) -> None:
        relay = self.open()
        listed = run("queue", "--ids", **self.remote())
        self.assertEqual(sorted(listed.stdout.split()), sorted(self.ids), listed.stderr)
        held = run("queue", "hold", "--domain", "two.test", "--yes", **self.remote())
        self.assertEqual(held.returncode, 0, held.stderr)
        self.assertEqual(self.listed(relay, "--state", "held"), [self.ids[1]])
        shown = run("queue", "show", "--raw", self.ids[1], **self.remote(READER))
        self.assertIn("Subject:", shown.stdout)

    def test_a_token_that_is_not_enough_is_told(self) -> None:
        self.open()
        done = run("queue", "delete", "--yes", **self.remote(READER))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("no right to act", done.stderr)
        done = run("queue", **self.remote("w" * 40))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("nobody has this token", done.stderr)

    def test_nobody_there(self) -> None:
        done = run("queue", **self.remote())
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"no relay answers at http://127.0.0.1:{self.port}", done.stderr)
        self.assertNotIn(ACTOR, done.stderr)

    def test_a_new_token_is_made_for_both_sides(self) -> None:
        made = run("admin-token", "carl", "--rights", "read")
        self.assertEqual(made.returncode, 0, made.stderr)
        line, token = [each for each in made.stdout.splitlines() if not each.startswith("#")]
        self.tokens.write_text(line + "\n", encoding="utf-8")
        self.open()
        self.assertEqual(self.ask(QUEUE, token)[0].status, 200)
        self.assertNotIn(token, line)
        wrong = run("admin-token", "carl", "--rights", "write")
        self.assertEqual(wrong.returncode, 64, wrong.stderr)


class Secured(AdminCase):
    def secured(self, **settings):
        """The relay's API on all addresses, and what a client trusts."""
        self.ca = certificates.Authority(self.folder)
        chain, key = self.ca.issue("relay.test")
        relay = self.full(
            admin_listen=f"0.0.0.0:{self.port}",
            admin_token_file=self.tokens,
            tls_cert=chain,
            tls_key=key,
            **settings,
        )
        return relay

    def test_outside_this_machine_it_speaks_tls(self) -> None:
        self.secured()
        trusting = ssl.create_default_context(cafile=str(self.ca.file))
        trusting.check_hostname = False
        link = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trusting)
        for _ in range(2):  # by one connection
            link.request("GET", QUEUE, headers={"Authorization": f"Bearer {READER}"})
            reply = link.getresponse()
            self.assertEqual(reply.status, 200)
            self.assertEqual(len(json.loads(reply.read())["entries"]), 3)
        link.close()
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.ask(QUEUE, READER)

    def test_commands_verify_the_relay(self) -> None:
        self.secured()
        place = {"admin": f"https://{READER}@127.0.0.1:{self.port}"}
        refused = run("queue", "--ids", **place)
        self.assertEqual(refused.returncode, 2, refused.stdout)
        self.assertIn("no TLS", refused.stderr)
        trusted = run("queue", "--ids", **place, admin_ca=self.ca.file)
        self.assertEqual(sorted(trusted.stdout.split()), sorted(self.ids), trusted.stderr)

    def test_curl_reads_it(self) -> None:
        self.secured()
        done = subprocess.run(
            ["curl", "-sS", "--fail", "--cacert", str(self.ca.file), "--max-time", "10"]
            + ["--oauth2-bearer", READER, f"https://127.0.0.1:{self.port}{QUEUE}?limit=2"],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(json.loads(done.stdout)["entries"]), 2)

    def test_connections_that_say_nothing_keep_nobody_out(self) -> None:
        self.secured()
        silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(40)]
        trusted = run(
            "queue",
            "--ids",
            admin=f"https://{READER}@127.0.0.1:{self.port}",
            admin_ca=self.ca.file,
        )
        self.assertEqual(len(trusted.stdout.split()), 3, trusted.stderr)
        for each in silent:
            each.close()


class Mistakes(AdminCase):
    def check(self, **settings) -> str:
        done = run("check-config", relayhost=NOBODY_HOME, **settings)
        self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
        return done.stderr

    def test_an_open_api_is_refused(self) -> None:
        self.assertIn("KURIR_ADMIN_TOKEN_FILE", self.check(admin_listen="127.0.0.1:0"))

    def test_tokens_in_clear_on_a_network_are_refused(self) -> None:
        said = self.check(admin_listen="0.0.0.0:0", admin_token_file=self.tokens)
        self.assertIn("KURIR_TLS_CERT", said)

    def test_a_bad_line_is_named_without_its_token(self) -> None:
        self.tokens.write_text(TOKENS + "bob write secretsecret\n", encoding="utf-8")
        said = self.check(admin_listen="127.0.0.1:0", admin_token_file=self.tokens)
        self.assertIn("line 3", said)
        self.assertNotIn("secretsecret", said)

    def test_a_port_that_is_taken_ends_the_start(self) -> None:
        relay = self.open()
        second = run(
            "serve",
            relayhost=NOBODY_HOME,
            queue_dir=self.folder / "other",
            listen="127.0.0.1:0",
            http_listen="127.0.0.1:0",
            admin_listen=f"127.0.0.1:{self.port}",
            admin_token_file=self.tokens,
        )
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("KURIR_ADMIN_LISTEN", second.stdout + second.stderr)
        self.assertEqual(len(self.listed(relay)), 3)
