"""deploy/systemd: what systemd says of the unit, and what Kurir makes of its environment."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.deploy import checks
from tests.deploy.pod import example_secrets
from tests.support.relay import BINARY

UNIT = checks.DEPLOY / "systemd" / "kurir.service"
EXAMPLES = sorted((checks.DEPLOY / "systemd" / "examples").glob("*.conf"))
EXPOSURE = 2.0  # of 10: the most that is accepted


def settings_of(text):
    """Name -> values of a unit's settings, of all sections."""
    found = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        found.setdefault(name, []).append(value)
    return found


def environment_of(text):
    words = " ".join(settings_of(text).get("Environment", []))
    pairs = re.findall(r'"(\w+)=([^"]*)"|(\w+)=(\S*)', words)
    return {a or c: b or d for a, b, c, d in pairs}


def found_by_sendmail(listen):
    """Whether an address of KURIR_LISTEN is the one that `kurir sendmail` takes without settings."""
    shown = subprocess.run([BINARY, "config"], env={}, capture_output=True, text=True)
    (port,) = re.findall(r"^KURIR_LISTEN +\[::\]:(\d+) ", shown.stdout, re.M)
    return any(each in (f":{port}", f"127.0.0.1:{port}") for each in listen.split())


class Unit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.installed = self.install(UNIT.read_text())

    def install(self, text, *examples):
        """The unit where systemd reads it, with the program that has been built."""
        for each in examples:
            (self.folder / "kurir.service.d").mkdir(exist_ok=True)
            (self.folder / "kurir.service.d" / each.name).write_bytes(each.read_bytes())
        path = self.folder / "kurir.service"
        path.write_text(text.replace("/usr/bin/kurir", str(BINARY)))
        return path

    def exposure(self, unit):
        done = checks.run("systemd-analyze", "security", "--offline=true", unit)
        return float(re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)[1])

    def test_operating_systemd_has_nothing_against_it(self):
        self.assertEqual(len(EXAMPLES), 2)
        for examples in ([], *([each] for each in EXAMPLES)):
            unit = self.install(UNIT.read_text(), *examples)
            done = checks.run("systemd-analyze", "verify", "--man=no", unit)
            self.assertEqual((done.returncode, done.stdout), (0, ""), examples)

    def test_operating_a_setting_that_systemd_does_not_know_is_noticed(self):
        wrong = UNIT.read_text().replace("WatchdogSec=", "WatchDogSecs=")
        done = checks.run("systemd-analyze", "verify", "--man=no", self.install(wrong))
        self.assertIn("WatchDogSecs", done.stdout)

    def test_operating_it_is_confined(self):
        found = self.exposure(self.installed)
        print(f"exposure: {found} of 10", file=sys.stderr)
        self.assertLess(found, EXPOSURE)
        loose = re.sub(r"^(Protect|Private|SystemCall)\w+=.*\n", "", UNIT.read_text(), flags=re.M)
        self.assertGreater(self.exposure(self.install(loose)), EXPOSURE)

    def test_operating_there_is_time_to_end(self):
        shown = subprocess.run([BINARY, "config"], env={}, capture_output=True, text=True)
        words = dict(re.findall(r"^(KURIR_SHUTDOWN_\w+) +(\d+)s? ", shown.stdout, re.M))
        needed = (
            sum(int(each) for each in words.values()) + 20
        )  # ten for last words, ten for the rest
        self.assertEqual(len(words), 2)
        (granted,) = settings_of(UNIT.read_text())["TimeoutStopSec"]
        self.assertGreaterEqual(int(granted), needed)

    def test_operating_sendmail_finds_it_without_settings(self):
        for path in (UNIT, *EXAMPLES):
            given = environment_of(UNIT.read_text()) | environment_of(path.read_text())
            self.assertTrue(found_by_sendmail(given["KURIR_LISTEN"]), path.name)
        for listen in (":25", ":25 127.0.0.1:2525?auth=require"):
            self.assertFalse(found_by_sendmail(listen))

    def test_operating_kurir_takes_the_environment_of_every_example(self):
        secrets = example_secrets(self.folder, ("provider", "mail-users", "mail-kurir-tls"))
        files = {
            "password": secrets["provider"]["password"],
            "users": secrets["mail-users"]["users"],
            "cert.pem": secrets["mail-kurir-tls"]["tls.crt"],
            "key.pem": secrets["mail-kurir-tls"]["tls.key"],
        }
        for example in EXAMPLES:
            text = example.read_text()
            credentials = Path(tempfile.mkdtemp(dir=self.folder))
            for each in settings_of(text)["LoadCredential"]:
                (credentials / each.split(":")[0]).write_text(files[each.split(":")[0]])
                (credentials / each.split(":")[0]).chmod(0o400)
            given = environment_of(UNIT.read_text()) | environment_of(text)
            given = {
                name: value.replace("%d", str(credentials)).replace("%S", str(self.folder))
                for name, value in given.items()
            } | {"KURIR_HOSTNAME": "mail.example.org"}
            self.assertTrue(any(name.endswith("_FILE") for name in given))
            done = subprocess.run(
                [BINARY, "check-config"], env=given, text=True, capture_output=True, check=False
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""), example.name)
