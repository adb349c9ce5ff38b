"""The operators' page in Chromium, with a backlog of 10^5 messages.

How long each task took, and for how long the page did not answer, is printed; a task fails if it
does not come to its end within Playwright's patience.
"""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.integration.operators_test import NOBODY_HOME
from tests.page.page_test import PageCase
from tests.support.relay import BINARY, PATIENCE

MESSAGES = 100_000
DOMAINS = 50


@unittest.skipUnless(shutil.which("npm"), "npm is missing")
class Backlog(PageCase):
    def test_an_operator_finds_their_way_in_a_hundred_thousand_messages(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="kurir-backlog-"))
        self.addCleanup(shutil.rmtree, folder, True)
        subprocess.run(
            [
                BINARY.parent / "tests/fill_queue",
                folder / "queue",
                *("--messages", str(MESSAGES), "--domains", str(DOMAINS)),
                *("--size", "200", "--due-in", "7200"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60 * PATIENCE,
        )
        relay = self.relay(
            queue_dir=folder / "queue",
            relayhost=NOBODY_HOME,
            retry_min="10m",
            admin_listen=f"127.0.0.1:{self.port}",
            admin_token_file=self.tokens,
        )
        relay.wait_log("lifecycle", what="recovered")
        self.do("backlog.mjs", messages=MESSAGES, each=MESSAGES // DOMAINS)


if __name__ == "__main__":
    unittest.main()
