"""The scripts a user starts: clean for shellcheck, helpful, and quick when there is nothing to do."""

import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.request

from tests.deploy import checks
from tests.support.client import wait_until


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


class Scripts(unittest.TestCase):
    def test_shellcheck_has_nothing_to_say(self):
        scripts = [
            path
            for folder in (checks.DEPLOY, checks.ROOT / "tests/image")
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.read_bytes()[:40].startswith(b"#!/bin/bash")
        ]
        self.assertGreaterEqual(len(scripts), 3)
        done = checks.run("shellcheck", *scripts)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_run_explains_itself(self):
        done = checks.run(checks.DEPLOY / "run", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--demo", "KURIR_LISTEN", "var/queue"):
            self.assertIn(word, done.stdout)

    def test_run_refuses_what_it_does_not_know(self):
        done = checks.run(checks.DEPLOY / "run", "--dmeo")
        self.assertEqual(done.returncode, 64)
        self.assertIn("--dmeo", done.stdout)

    def test_run_starts_what_is_built_and_says_how_to_send(self):
        port, http = checks.free_port(), checks.free_port()
        with tempfile.TemporaryDirectory() as folder:
            own = {name: value for name, value in os.environ.items() if "KURIR_" not in name}
            settings = own | {
                "KURIR_LISTEN": f"127.0.0.1:{port}",
                "KURIR_QUEUE_DIR": f"{folder}/queue",
                "KURIR_HTTP_LISTEN": f"127.0.0.1:{http}",
                "KURIR_HOSTNAME": "relay.test",
                "KURIR_QUEUE_MIN_FREE": "1M",
            }
            relay = subprocess.Popen(
                [checks.DEPLOY / "run"],
                env=settings,
                text=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            up = wait_until(lambda: answers(http) or relay.poll() is not None, 20)
            relay.terminate()
            _, said = relay.communicate(timeout=20)
        self.assertTrue(up and relay.returncode == 0, said)
        self.assertIn(f"smtp://localhost:{port}", said)

    def test_install_says_nothing_when_nothing_is_missing(self):
        done = checks.run(checks.DEPLOY / "install", checks.DEPLOY / "packages")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_install_names_what_is_missing_to_one_who_may_not_install(self):
        with tempfile.TemporaryDirectory() as folder:
            tools = pathlib.Path(folder) / "bin"  # everything that it uses, but no sudo
            tools.mkdir()
            for tool in ("bash", "sed", "grep", "dpkg-query"):
                (tools / tool).symlink_to(f"/usr/bin/{tool}" if tool != "bash" else "/bin/bash")
            wanted = pathlib.Path(folder) / "packages"
            wanted.write_text("bash  # is there\nno-such-package\n")
            os.chmod(folder, 0o755)
            nobody = {"user": 65534} if os.geteuid() == 0 else {}
            script = (checks.DEPLOY / "install").read_bytes()
            copy = pathlib.Path(folder) / "install"
            copy.write_bytes(script)
            done = checks.run("/bin/bash", copy, wanted, env={"PATH": str(tools)}, **nobody)
        self.assertEqual(done.returncode, 77, done.stdout)
        self.assertIn("missing: no-such-package", done.stdout)
