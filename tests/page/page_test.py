"""The operators' page in Chromium, with a queue of some thousand deliveries.

Screenshots of every view are written to page/shots in the build folder. What the tests need of npm
is installed there by the lock file of this folder.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from tests.integration.admin_access_test import ACTOR, READER, AdminCase
from tests.integration.operators_test import NOBODY_HOME
from tests.support.client import wait_until
from tests.support.npm import installed
from tests.support.relay import BINARY, PATIENCE

HERE = Path(__file__).parent
PLACE = BINARY.parent / "page"
DOMAINS = 20
EACH = 120  # deliveries of each domain
HOSTILE = "<img src=x onerror=alert(1)>"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageCase(AdminCase):
    def loaded(self, **settings):
        relay = self.relay(
            relayhost=NOBODY_HOME,
            retry_min="10m",
            admin_listen=f"127.0.0.1:{self.port}",
            admin_token_file=self.tokens,
            **settings,
        )
        recipients = [f"to@d{number}.test" for number in range(DOMAINS)]
        self.hostile = relay.submit(
            f'"{HOSTILE}"@shop.test',
            f'"{HOSTILE}"@one.test',
            "Subject: <script>alert(2)</script>\r\n\r\nA test.\r\n",
        )
        self.leaving = relay.submit("app@shop.test", "to@leaving.test")
        with relay.client() as client:
            for _ in range(EACH):
                client.mail("app@shop.test", recipients, b"Subject: a test\r\n\r\nA test.\r\n")
        return relay

    def do(self, script: str, **options) -> None:
        """The tasks of a script, each as a subtest."""
        told = {"url": f"http://127.0.0.1:{self.port}/", "token": ACTOR} | options
        done = subprocess.run(
            ["node", HERE / script],
            env=os.environ
            | {
                "PAGE_MODULES": str(installed(HERE, PLACE)),
                "PAGE_SHOTS": str(PLACE / "shots"),
                "PAGE_OPTIONS": json.dumps(told),
            },
            text=True,
            capture_output=True,
            timeout=240 * PATIENCE,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertGreater(len(results), 0)
        for each in results:
            print(f"{each['ms']} ms, stalled {each['stall']} ms: {each['name']}", file=sys.stderr)
            with self.subTest(each["name"]):
                self.assertIsNone(each["wrong"], each["wrong"])


@unittest.skipUnless(shutil.which("npm"), "npm is missing")
class Tasks(PageCase):
    def test_an_operator_does_all_of_it_in_a_browser(self) -> None:
        relay = self.loaded()
        relay.wait_log("destination_suspended")
        self.do("tasks.mjs", hostile=self.hostile, leaving=self.leaving, each=EACH)


class Files(PageCase):
    def test_files_have_strict_headers_and_need_no_token(self) -> None:
        self.open()
        for path, kind in (
            ("/", "text/html"),
            ("/page.js", "text/javascript"),
            ("/page.css", "text/css"),
        ):
            reply, text = self.ask(path)
            self.assertEqual(reply.status, 200, path)
            self.assertEqual(reply.headers["Content-Type"], f"{kind}; charset=utf-8")
            self.assertEqual(reply.headers["Content-Security-Policy"], POLICY)
            self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(reply.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(reply.headers["Cross-Origin-Opener-Policy"], "same-origin")
            self.assertEqual(reply.headers["Cache-Control"], "no-cache")
            self.assertGreater(len(text), 100)
            again = self.asked(path, {"If-None-Match": reply.headers["ETag"]})
            self.assertEqual(again.status, 304)

    def asked(self, path: str, headers: dict[str, str]):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(link.close)
        link.request("GET", path, headers=headers)
        return link.getresponse()

    def test_events_are_told_while_they_happen_and_redacted(self) -> None:
        relay = self.open(log_redact="smart")
        self.assertEqual(self.asked("/api/v1/events", {}).status, 401)
        stream = self.asked("/api/v1/events", {"Authorization": f"Bearer {READER}"})
        self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
        relay.submit("application@shop.test", "recipient@later.test")
        lines = []
        while "event: received\n" not in lines:
            lines.append(stream.readline().decode())
        data = json.loads(stream.readline().decode().removeprefix("data: "))
        self.assertEqual(data["event"], "received")
        self.assertNotIn("application@", json.dumps(data))
        self.assertIn("@shop.test", data["from"])

    def test_streams_have_a_bound_and_end_with_the_relay(self) -> None:
        relay = self.open()
        token = {"Authorization": f"Bearer {READER}"}
        streams = [self.asked("/api/v1/events", token) for _ in range(8)]
        self.assertEqual([each.status for each in streams], [200] * 8)
        self.assertEqual(self.asked("/api/v1/events", token).status, 503)
        self.assertEqual(self.ask("/api/v1/overview", READER)[0].status, 200)
        self.assertEqual(relay.stop(), 0)

    def test_the_overview_counts_what_came(self) -> None:
        self.open()
        found = {}

        def counted() -> bool:
            nonlocal found
            found = json.loads(self.ask("/api/v1/overview", READER)[1])
            return sum(found["seconds"]["received"]) >= 3

        self.assertTrue(wait_until(counted, 10 * PATIENCE), found)
        self.assertEqual(sum(group["deliveries"] for group in found["states"]), 3)

    def test_the_configuration_masks_secrets(self) -> None:
        self.open()
        reply, text = self.ask("/api/v1/config", READER)
        self.assertEqual(reply.status, 200)
        rows = {each["name"]: each for each in json.loads(text)["settings"]}
        self.assertEqual(rows["KURIR_HOSTNAME"]["value"], "relay.test")
        self.assertEqual(rows["KURIR_HOSTNAME"]["source"], "KURIR_HOSTNAME")
        self.assertNotIn(READER.encode(), text)


if __name__ == "__main__":
    unittest.main()
