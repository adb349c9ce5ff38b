"""deploy/compose*.yaml: good for the schema of Compose, and their environment starts a real Kurir."""

import re
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.deploy import checks, helm
from tests.support.case import MESSAGE, RelayCase
from tests.support.certificates import Authority
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
            source, _, target = volume.partition(":")
            if not target:
                continue  # a volume without a name, for the queue folder of each
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
            # Never in memory: with a database, the folder has what must outlive a kill in an outage.
            # There it has no name, because three relays can't have one folder.
            name_of = "" if "postgres" in name else "queue:"
            self.assertIn(f"{name_of}/var/lib/kurir/queue", relay["volumes"])
            self.assertNotIn("tmpfs", relay)
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


class Adoption(unittest.TestCase):
    """The example of the README where one relay hands over to another, which adopts what was left."""

    def setUp(self):
        readme = (checks.ROOT / "README.md").read_text()
        (text,) = re.findall(r"^```yaml\n(services:.*?KURIR_ADOPT.*?)^```", readme, re.M | re.S)
        self.compose = yaml.safe_load(text)
        self.services = self.compose["services"]
        dockerfile = (checks.DEPLOY / "Dockerfile").read_text()
        self.image = dict(re.findall(r"^(?:ENV)? +(KURIR_\w+)=(\S+)", dockerfile, re.M))

    def environment(self, name):
        return self.image | self.services[name]["environment"]

    @unittest.skipUnless(helm.HAS_NPM, "npm is missing")
    def test_operating_it_fits_the_schema(self):
        self.assertEqual(complaints({"README.md": self.compose}), "")

    def test_operating_nothing_is_used_that_is_not_declared(self):
        for name, service in self.services.items():
            self.assertLessEqual(set(self.mounts(name).values()), set(self.compose["volumes"]))
            self.assertLessEqual(set(service["secrets"]), set(self.compose["secrets"]))

    def test_operating_clients_are_trusted_and_a_start_is_tried_again(self):
        for name, service in self.services.items():
            self.assertEqual(service["environment"]["KURIR_TRUSTED_NETWORKS"], "private", name)
            # A start while the folder is looked into ends with status 1.
            self.assertEqual(service["restart"], "unless-stopped", name)

    def test_operating_every_queue_is_on_a_volume(self):
        for name in self.services:
            self.assertEqual(self.mounts(name)[self.environment(name)["KURIR_QUEUE_DIR"]], name)
        (adopted,) = [place for place, source in self.mounts("first").items() if source == "second"]
        self.assertTrue(adopted.startswith(self.environment("first")["KURIR_ADOPT"] + "/"))

    def mounts(self, name):
        return dict(each.split(":")[::-1] for each in self.services[name]["volumes"])

    def test_operating_there_is_time_to_hand_over(self):
        for name, service in self.services.items():
            shown = checks.run(BINARY, "config", env=self.times(name)).stdout
            words = re.findall(r"^KURIR_SHUTDOWN_\w+ +(?:(\d+)m)?(?:(\d+)s)? ", shown, re.M)
            needed = sum(60 * int(minutes or 0) + int(rest or 0) for minutes, rest in words) + 20
            self.assertEqual(len(words), 2)
            granted = int(service["stop_grace_period"].removesuffix("s"))
            self.assertGreaterEqual(granted, needed, name)

    def times(self, name):
        given = self.environment(name)
        return {key: given[key] for key in given if key.startswith("KURIR_SHUTDOWN_")}

    def test_operating_kurir_takes_the_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(Path(folder))
            pair = "".join(each.read_text() for each in authority.issue("first"))
            token = "t" * 40
            texts = {
                "first.pem": pair,
                "first-ca.pem": authority.file.read_text(),
                "tokens": f"mover act {token}",
                "first": f"https://{token}@first:9926",
            }
            for name, text in texts.items():
                path = Path(folder) / "secrets" / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
                path.chmod(0o400)
            for name, service in self.services.items():
                given = {
                    key: value.replace("/run/secrets", f"{folder}/secrets")
                    for key, value in self.environment(name).items()
                }
                mounted = {
                    value.rsplit("/", 1)[1]
                    for value in service["environment"].values()
                    if value.startswith("/run/secrets/")
                }
                self.assertEqual(set(service["secrets"]), mounted)
                done = checks.run(BINARY, "check-config", env=given)
                self.assertEqual((done.returncode, done.stdout), (0, ""), name)


if __name__ == "__main__":
    unittest.main()
