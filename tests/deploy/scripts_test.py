"""The scripts a user starts: clean for shellcheck, helpful, and quick when there is nothing to do."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from tests.deploy import checks
from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.relay import PATIENCE


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def read(path):
    return pathlib.Path(path).read_text(errors="replace")


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
        for word in ("--demo", "--try", "KURIR_LISTEN", "var/queue"):
            self.assertIn(word, done.stdout)

    def test_run_refuses_what_it_does_not_know(self):
        done = checks.run(checks.DEPLOY / "run", "--dmeo")
        self.assertEqual(done.returncode, 64)
        self.assertIn("--dmeo", done.stdout)

    def test_run_starts_what_is_built_and_says_how_to_send(self):
        port, http = free_port(), free_port()
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
        self.assertIn(f"smtp://127.0.0.1:{port}", said)

    def tried(self, listen, http, **more):
        """What `run --try` shows when the command of its own banner has been run."""
        own = {name: value for name, value in os.environ.items() if "KURIR_" not in name}
        settings = own | {"KURIR_LISTEN": listen, "KURIR_HTTP_LISTEN": f"127.0.0.1:{http}"} | more
        with tempfile.NamedTemporaryFile("w+") as shown:
            relay = subprocess.Popen(
                [checks.DEPLOY / "run", "--try"],
                env={name: value for name, value in settings.items() if value},
                stdout=shown,
                stderr=subprocess.STDOUT,
            )
            try:
                up = wait_until(lambda: answers(http) or relay.poll() is not None, 40 * PATIENCE)
                self.assertTrue(up and relay.poll() is None, read(shown.name))
                command = re.search(r"^  printf .*?smtp://\S+$", read(shown.name), re.M | re.S)
                self.assertTrue(command, read(shown.name))
                sent = checks.run("bash", "-c", command[0])
                self.assertEqual(sent.returncode, 0, sent.stdout)
                wait_until(lambda: "| Hello." in read(shown.name), 20 * PATIENCE)
            finally:
                relay.send_signal(signal.SIGINT)
                status = relay.wait(40 * PATIENCE)
            self.assertEqual(status, 0, read(shown.name))
            return read(shown.name)

    def test_operating_the_banner_s_command_works_whatever_the_addresses(self):
        with tempfile.NamedTemporaryFile("w") as file:
            for form in ("127.0.0.1:%d", "0.0.0.0:%d?priority=bulk", ":%d", "[::1]:%d", "FILE"):
                if "::" in form and not socket.has_ipv6:
                    continue
                with self.subTest(form=form):
                    port = free_port()
                    file.seek(0)
                    file.write(f"[::]:{port}, 127.0.0.1:0\n")
                    file.truncate()
                    file.flush()
                    of_file = {"KURIR_LISTEN_FILE": file.name if form == "FILE" else ""}
                    listen = "" if form == "FILE" else form % port
                    shown = self.tried(listen, free_port(), **of_file)
                    self.assertIn("caught: from <you@example.org> to <somebody@example.com>", shown)
                    self.assertIn("   | Subject: first\n", shown)

    def test_operating_try_catches_what_is_meant_for_a_relayhost_and_keeps_out_of_a_queue(self):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            shown = self.tried(
                f"127.0.0.1:{port}",
                free_port(),
                KURIR_RELAYHOST="relay.example.net",
                KURIR_QUEUE_DIR=f"{folder}/queue",
            )
            self.assertIn("== caught", shown)
            self.assertEqual(os.listdir(folder), [])

    def test_operating_try_ends_when_the_relay_can_t_start(self):
        own = {name: value for name, value in os.environ.items() if "KURIR_" not in name}
        for settings in ({"KURIR_LISTEN": "nowhere"}, {"KURIR_LISTEN": "192.0.2.1:25"}):
            done = checks.run(checks.DEPLOY / "run", "--try", env=own | settings, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(settings["KURIR_LISTEN"].split(":")[0], done.stdout)

    def test_install_says_nothing_when_nothing_is_missing(self):
        done = checks.run(checks.DEPLOY / "install", checks.DEPLOY / "packages")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def missing(self, packages: str, system: str = "") -> str:
        """What `install` says of a list to one who may not install; `system`: os-release."""
        with tempfile.TemporaryDirectory() as folder:
            tools = pathlib.Path(folder) / "bin"  # everything that it uses, but no sudo
            tools.mkdir()
            for tool in ("bash", "sed", "grep", "dpkg-query"):
                (tools / tool).symlink_to(f"/usr/bin/{tool}" if tool != "bash" else "/bin/bash")
            wanted = pathlib.Path(folder) / "packages"
            wanted.write_text(packages)
            os.chmod(folder, 0o755)
            nobody = {"user": 65534} if os.geteuid() == 0 else {}
            script = (checks.DEPLOY / "install").read_text()
            if system:
                release = pathlib.Path(folder) / "os-release"
                release.write_text(system)
                self.assertIn("system=/etc/os-release\n", script)
                script = script.replace("system=/etc/os-release\n", f"system={release}\n")
            copy = pathlib.Path(folder) / "install"
            copy.write_text(script)
            done = checks.run("/bin/bash", copy, wanted, env={"PATH": str(tools)}, **nobody)
        self.assertEqual(done.returncode, 77, done.stdout)
        return done.stdout

    def test_install_names_what_is_missing_to_one_who_may_not_install(self):
        said = self.missing("bash  # is there\nno-such-package\n")
        self.assertIn("missing: no-such-package\n", said)

    def test_install_takes_the_names_of_this_release(self):
        packages = "old-name until 12\nnew-name from 13\nno-name unless bash\nany-name\n"
        for number, name in (("12", "old-name"), ("13", "new-name"), ("13.1", "new-name")):
            said = self.missing(packages, f'ID=debian\nVERSION_ID="{number}"\n')
            self.assertIn(f"missing: {name} any-name\n", said)
