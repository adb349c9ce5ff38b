"""The scripts a user starts: clean for shellcheck, helpful, and quick when there is nothing to do."""

import os
import pathlib
import tempfile
import time
import unittest

from tests.deploy import checks


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

    def test_install_says_nothing_and_is_quick_when_nothing_is_missing(self):
        begin = time.monotonic()
        done = checks.run(checks.DEPLOY / "install", checks.DEPLOY / "packages")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertLess(time.monotonic() - begin, 2)

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
