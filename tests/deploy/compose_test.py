"""deploy/compose*.yaml: good for the schema of Compose, and their environment starts a real Kurir."""

import re
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.deploy import checks, helm
from tests.support.case import MESSAGE, RelayCase
from tests.support.postgres import PostgresServer
from tests.support.relay import BINARY, Relay

FILES = sorted(checks.DEPLOY.glob("compose*.yaml"))
EXAMPLES = ("compose.relayhost.yaml", "compose.direct.yaml", "compose.postgres.yaml")


def complaints(files):
    """What the schema has against compose files."""
    return helm.said_by("compose.mjs", files=files)


def loaded(name):
    return yaml.safe_load((checks.DEPLOY / name).read_text())


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Schema(unittest.TestCase):
    def test_operating_every_compose_file_fits_the_schema(self):
        self.assertGreaterEqual(len(FILES), 4)
        self.assertEqual(complaints({path.name: loaded(path.name) for path in FILES}), "")

    def test_operating_what_compose_does_not_know_is_noticed(self):
        for change in ({"stop_grace": "60s"}, {"read_only": 5}, {"networks": "mail"}):
            compose = loaded("compose.relayhost.yaml")
            compose["services"]["relay"] |= change
            self.assertIn(next(iter(change)), complaints({"a": compose}))


class Examples(RelayCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def settings(self, name):
        """Of the relay in a compose file: setting -> value, with our files where it has its own."""
        compose = loaded(name)
        relay = compose["services"]["relay"]
        (self.folder / "secrets").mkdir()
        for secret in relay.get("secrets", []):
            self.assertIn(secret, compose["secrets"])
            (self.folder / "secrets" / secret).write_text("a password")
        places = {"/run/secrets": self.folder / "secrets"}
        for volume in relay.get("volumes", []):
            source, target = volume.split(":")[:2]
            places[target] = self.folder / source.lstrip("./")
        given = {}
        for variable, value in relay["environment"].items():
            for place, folder in places.items():
                value = value.replace(place, str(folder))
            given[variable.removeprefix("KURIR_").lower()] = value
        given["trusted_networks"] += " loopback"  # where the test is
        return given

    def start(self, **settings):
        relay = Relay(**settings)
        self.addCleanup(self._stop_relay, relay)
        return relay.start()

    def test_operating_all_are_confined_and_have_time_to_end(self):
        whole = loaded("compose.yaml")["services"]["relay"]
        same = (
            *("read_only", "cap_drop", "security_opt", "restart", "mem_limit", "logging", "build"),
            *("stop_grace_period", "ulimits", "image"),
        )
        for name in EXAMPLES:
            compose = loaded(name)
            relay = compose["services"]["relay"]
            self.assertEqual({key: relay[key] for key in same}, {key: whole[key] for key in same})
            self.assertNotIn("ports", relay)
            places = [*relay.get("volumes", []), *relay.get("tmpfs", [])]
            self.assertTrue(any("/var/lib/kurir/queue" in each for each in places))
            self.assertEqual("tmpfs" in relay, "postgres" in name)  # that queue is elsewhere
            self.assertEqual(compose["name"], "kurir")  # an application joins its network
            self.assertIn("mail", relay["networks"])

    def test_operating_the_example_with_a_relayhost_starts_and_takes_mail(self):
        given = self.settings("compose.relayhost.yaml")
        self.assertIn("/secrets/", given["relayhost_password_file"])
        # A name server that nobody is: the provider of the example is not asked.
        relay = self.start(**given, dns_servers="127.0.0.1:9")
        relay.submit("app@example.org", "b@remote.test")
        said = relay.wait_log("deferred")[0]
        self.assertEqual(said["domain"], "remote.test")

    def test_operating_the_relays_of_the_example_with_a_database_share_its_queue(self):
        compose = loaded("compose.postgres.yaml")
        self.assertEqual(compose["services"]["relay"]["deploy"]["replicas"], 3)
        self.assertIn("database", compose["services"]["relay"]["networks"])
        with PostgresServer() as server:
            given = self.settings("compose.postgres.yaml")
            secret = self.folder / "secrets" / "database-url"
            self.assertEqual(given["database_url_file"], str(secret))
            secret.write_text(server.create_database().url)
            far = self.remote()
            relays = [self.start(**given, relayhost=f"127.0.0.1:{far.port}") for _ in range(3)]
            for relay in relays:
                relay.submit("app@example.org", "b@remote.test")
            far.wait_delivered(3)
            for relay in relays:
                relay.stop()

    def test_operating_a_secret_that_is_not_mounted_is_noticed(self):
        given = self.settings("compose.relayhost.yaml")
        (self.folder / "secrets" / "relayhost-password").unlink()
        given = {f"KURIR_{name.upper()}": value for name, value in given.items()}
        done = checks.run(BINARY, "check-config", env=given)
        self.assertEqual(done.returncode, 78)
        self.assertIn("KURIR_RELAYHOST_PASSWORD_FILE", done.stdout)

    def test_operating_the_direct_example_starts_and_signs(self):
        given = self.settings("compose.direct.yaml")
        (self.folder / "dkim").mkdir(mode=0o700)
        own = {f"KURIR_{name.upper()}": value for name, value in given.items()}
        made = checks.run(BINARY, "dkim", "generate", "example.org", env=own)
        self.assertEqual(made.returncode, 0, made.stdout)
        self.assertRegex(made.stdout, r"_domainkey\.example\.org")
        far = self.remote()
        relay = self.start(**given, relayhost=f"127.0.0.1:{far.port}")
        relay.submit(
            "app@example.org",
            "b@remote.test",
            MESSAGE.replace(b"a@client.test", b"app@example.org"),
        )
        relay.wait_log("delivered")
        (message,) = far.messages
        self.assertTrue(
            re.search(rb"^DKIM-Signature: .*?d=example\.org", message.data, re.S | re.M)
        )
        refused = checks.run(BINARY, "route", "a@other.example", "b@remote.test", env=own)
        self.assertIn("KURIR_ALLOWED_SENDER_DOMAINS", refused.stdout)


if __name__ == "__main__":
    unittest.main()
