"""Metrics, probes and logs of a relay at work, read as they are read in production."""

import json
import socket
import subprocess
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from tests.support.case import MESSAGE, RelayCase
from tests.support.ports import free_port


class Metrics(RelayCase):
    def test_promtool_accepts_the_live_output(self) -> None:
        far = self.remote()
        near = self.relay(far)
        near.submit("a@client.test", "b@remote.test")
        far.wait_delivered(1)

        text = near.get("/metrics")[1]
        checked = subprocess.run(
            ["promtool", "check", "metrics"],
            input=text,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_the_content_type_is_the_one_that_prometheus_3_demands(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        with urllib.request.urlopen(
            f"http://127.0.0.1:{near.http_port}/metrics", timeout=10
        ) as answer:
            self.assertEqual(
                answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8"
            )

    def test_i8_received_is_delivered_and_bounced_and_queued(self) -> None:
        far = self.remote(
            {
                "rules": [
                    {"at": "rcpt", "match": "never", "reply": "550 5.1.1 no"},
                    {"at": "rcpt", "match": "later", "reply": "451 4.2.0 later"},
                ]
            }
        )
        near = self.relay(far, retry_min="1h")
        with near.client() as client:
            for number in range(30):
                name = ("now", "never", "later")[number % 3]
                self.assertEqual(
                    client.mail("", [f"{name}{number}@remote.test"], MESSAGE).code, 250
                )
        near.wait_metric("queue_finished_total", lambda n: n == 20)

        self.assertEqual(near.metric("recipients_received_total"), 30)
        self.assertEqual(near.metric("queue_finished_total", outcome="delivered"), 10)
        self.assertEqual(near.metric("queue_finished_total", outcome="discarded"), 10)
        self.assertEqual(near.metric("queue_recipients"), 10)
        self.assertEqual(near.metric("messages_received_total"), 30)

    def test_i8_the_balance_holds_after_a_crash(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "match": "later", "reply": "451 4.2.0 later"}]})
        near = self.relay(far, retry_min="1h")
        for number in range(5):
            near.submit(
                "a@client.test", f"later{number}@remote.test", b"Subject: x\r\n\r\n" + b"x" * 900
            )
        near.wait_metric("queue_messages", lambda n: n == 5, state="deferred")
        size = near.metric("queue_size_bytes")
        near.kill()
        near.start()

        near.wait_metric("queue_messages", lambda n: n == 5)
        self.assertEqual(near.metric("queue_size_bytes"), size)

    def test_label_values_are_bounded_whatever_the_mail_says(self) -> None:
        far = self.remote()
        near = self.relay(far)
        near.submit("a@client.test", "first@remote.test")
        far.wait_delivered(1)
        before = len(near.metrics())
        with near.client() as client:
            for number in range(150):
                client.mail("a@client.test", [f"u@domain-{number}.test"], MESSAGE)
        far.wait_delivered(151, timeout=40)

        self.assertLess(len(near.metrics()) - before, 400)
        self.assertNotIn("domain-149", near.get("/metrics")[1])

    def test_a_real_prometheus_scrapes_it_and_answers(self) -> None:
        far = self.remote()
        near = self.relay(far)
        near.submit("a@client.test", "b@remote.test")
        far.wait_delivered(1)
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "prometheus.yml"
            settings.write_text(
                "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: kurir\n"
                f"    static_configs: [{{targets: ['127.0.0.1:{near.http_port}']}}]\n",
                encoding="ascii",
            )
            prometheus = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={settings}",
                    f"--storage.tsdb.path={folder}/data",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                self.assert_soon(lambda: query(port, "up") == [1.0], "it is not up", 40)
                self.assert_soon(
                    lambda: query(port, 'sum(kurir_queue_finished_total{outcome="delivered"})')
                    == [1.0]
                )
                self.assertEqual(query(port, "kurir_ready"), [1.0])
            finally:
                prometheus.terminate()
                prometheus.wait(20)


class Probes(RelayCase):
    def test_livez_and_readyz_are_open_and_nothing_else_is(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")

        self.assertEqual(near.get("/livez")[0], 200)
        self.assertEqual(near.get("/readyz")[0], 200)
        for path in ("/", "/api", "/queue", "/metrics/../etc/passwd", "/readyzz"):
            self.assertEqual(near.get(path)[0], 404, path)

    def test_an_http_client_that_says_nothing_or_nonsense_harms_nothing(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1")
        with socket.create_connection(
            ("127.0.0.1", near.http_port)
        ) as silent, socket.create_connection(("127.0.0.1", near.http_port)) as mad:
            mad.sendall(b"\x00\xff" * 5000 + b"\r\n\r\n")
            self.assertEqual(near.get("/livez")[0], 200)
            silent.sendall(b"GET /metr")
            self.assertEqual(near.get("/readyz")[0], 200)


class Logs(RelayCase):
    EVIL = ('x","level":"fake', "a\u2028b", "%s%n%x", "${jndi:x}", "\x1b[31mred")

    def test_every_line_is_one_json_object_whatever_clients_say(self) -> None:
        near = self.relay(relayhost="127.0.0.1:1", max_errors=1000, trusted_networks="127.0.0.2/32")
        with near.client() as client:
            for evil in self.EVIL:
                client.ask("EHLO " + evil)
                client.ask(f"MAIL FROM:<{evil}@x.test>")
                client.ask("MAIL FROM:<a@x.test>")
                client.ask(f"RCPT TO:<{evil}@x.test>")
                client.ask(f'RCPT TO:<"{evil}"@x.test>')
                client.ask("RSET", 250)
            client.ask(b'NOOP \xff\xfe\x00\r{"event":"forged"}')
            client.ask("QUIT", 221)
        near.wait_log("session")

        self.assert_clean(near)

    def test_every_line_is_one_json_object_whatever_servers_say(self) -> None:
        evil = '550 5.1.1 \x1b]0;x\x07","event":"forged" \u0085\xff ' + "y" * 3000
        far = self.remote({"rules": [{"at": "rcpt", "raw": "550-5.1.1 a\r\n" + evil + "\r\n"}]})
        near = self.relay(far)
        near.submit("", "b@remote.test")
        near.wait_log("undeliverable")

        self.assert_clean(near)
        self.assertLess(max(len(json.dumps(one)) for one in near.events), 4000)

    def test_text_lines_are_one_for_each_event_too(self) -> None:
        far = self.remote({"rules": [{"at": "rcpt", "reply": "550 5.1.1 a\x1b[0m\x00b"}]})
        near = self.relay(
            far,
            log_format="text",
            listen=f"127.0.0.1:{free_port()}",
            http_listen=f"127.0.0.1:{free_port()}",
        )
        near.submit("", "b@remote.test")
        self.assert_soon(lambda: [one for one in near.other_output if "undeliverable" in one])

        text = "\n".join(near.other_output)
        self.assertNotRegex(text, r"[\x00-\x09\x0b-\x1f\x7f]")

    def assert_clean(self, near) -> None:
        self.assertEqual(near.other_output, [])
        for event in near.events:
            self.assertNotEqual(event["event"], "forged")
            self.assertNotIn(event["level"], ("fake",))
            self.assertRegex(event["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertNotRegex(json.dumps(event, ensure_ascii=False), r"[\x00-\x1f\x7f\x80-\x9f]")


def query(port: int, expression: str) -> list[float]:
    address = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode(
        {"query": expression}
    )
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return [float(one["value"][1]) for one in json.load(answer)["data"]["result"]]
    except OSError:
        return []
