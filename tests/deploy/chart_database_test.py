"""deploy/kubernetes/chart with `store: postgresql`: what it makes, what it refuses, and what a real Kurir
does with the environment and the files of its pods."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

from tests.deploy import checks, helm
from tests.deploy.pod import Pod, example_secrets
from tests.support.case import RelayCase
from tests.support.certificates import Authority
from tests.support.postgres import PostgresServer
from tests.support.relay import Relay

EXAMPLE = helm.CHART / "ci/postgresql-values.yaml"
URL = {"secrets": {"KURIR_DATABASE_URL": "postgresql://kurir:secret@database/kurir"}}
MINIMAL = {"store": "postgresql", "settings": {"KURIR_HOSTNAME": "relay.example.org"}} | URL
SECRETS = ("provider", "mail-database-app", "mail-database-ca")
# Of its own in every test; and the provider's login, which our remote server does not have.
NOT_TAKEN = ("http_listen", "queue_dir", "relayhost_username", "relayhost_password_file")

# Values over MINIMAL, and what Helm has to say of them.
REFUSED = {
    "no URL": ({"secrets": None}, "needs KURIR_DATABASE_URL"),
    "a URL in clear": ({"settings": {"KURIR_DATABASE_URL": "postgresql://a/b"}}, "DATABASE_URL"),
    "a URL in a ConfigMap": ({"files": {"KURIR_DATABASE_URL": "postgresql://a/b"}}, "DATABASE_URL"),
    "the chart's own": ({"settings": {"KURIR_STORE": "postgresql"}}, "KURIR_STORE"),
    "a store that nobody knows": ({"store": "mysql"}, "store"),
    "volumes and a URL": ({"store": "rocksdb"}, "set store: postgresql"),
    "volumes and an authority": (
        {"store": "rocksdb", "secrets": None, "externalDatabase": {"caSecret": "a"}},
        "externalDatabase has certificates",
    ),
    "volumes that come and go": (
        {"store": "rocksdb", "secrets": None, "autoscaling": {"enabled": True}},
        "would leave its mail on its volume",
    ),
    "a hand-over": ({"handover": {"enabled": True}}, "hand-over exclude each other"),
    "a hand-over by hand": (
        {"secrets": {"KURIR_HANDOVER": "https://token@other:9926"}},
        "hand-over exclude each other",
    ),
    "most below least": (
        {"autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 4}},
        "minReplicas is larger",
    ),
    "nothing to scale by": (
        {"autoscaling": {"enabled": True, "targetCPUUtilizationPercentage": None}},
        "needs something to scale by",
    ),
    "no size": ({"emptyDir": {"sizeLimit": "much"}}, "sizeLimit"),
    "no port": ({"networkPolicy": {"databasePorts": []}}, "databasePorts"),
}


def kinds(objects):
    return {each["kind"] for each in objects}


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Values(unittest.TestCase):
    def test_operating_values_that_contradict_each_other_are_refused(self):
        self.assertIn("Deployment", kinds(helm.rendered(MINIMAL)))
        for name, (values, words) in REFUSED.items():
            with self.subTest(name):
                done = helm.run_helm("template", MINIMAL, values)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stderr.split("\nError:", 1)[-1])

    def test_operating_other_numbers_to_scale_by_are_passed_on(self):
        metric = {
            "type": "External",
            "external": {
                "metric": {"name": "kurir_queue_due"},
                "target": {"type": "AverageValue", "averageValue": "1000"},
            },
        }
        scaling = {"enabled": True, "targetCPUUtilizationPercentage": None, "metrics": [metric]}
        objects = helm.rendered(MINIMAL, {"autoscaling": scaling})
        scaler = helm.one(objects, "HorizontalPodAutoscaler")
        self.assertEqual(scaler["spec"]["metrics"], [metric])
        self.assertEqual(helm.complaints([scaler]), "")


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = helm.rendered(EXAMPLE)
        cls.deployment = helm.one(cls.objects, "Deployment")
        cls.pod = cls.deployment["spec"]["template"]
        (cls.container,) = cls.pod["spec"]["containers"]

    def test_operating_pods_come_and_go_without_volumes(self):
        self.assertFalse(kinds(self.objects) & {"StatefulSet", "PersistentVolumeClaim"})
        self.assertFalse(kinds(helm.rendered(MINIMAL)) & {"HorizontalPodAutoscaler"})
        scaler = helm.one(self.objects, "HorizontalPodAutoscaler")["spec"]
        self.assertEqual((scaler["minReplicas"], scaler["maxReplicas"]), (3, 10))
        self.assertEqual(
            (scaler["scaleTargetRef"]["kind"], scaler["scaleTargetRef"]["name"]),
            ("Deployment", self.deployment["metadata"]["name"]),
        )
        # A number here would undo at each upgrade what the scaler has found.
        self.assertNotIn("replicas", self.deployment["spec"])
        fixed = helm.one(helm.rendered(MINIMAL, {"replicaCount": 4}), "Deployment")
        self.assertEqual(fixed["spec"]["replicas"], 4)
        share = scaler["metrics"][0]["resource"]
        self.assertIn(share["name"], self.container["resources"]["requests"])

    def test_operating_an_update_takes_no_pod_away_before_another_is_ready(self):
        update = self.deployment["spec"]["strategy"]["rollingUpdate"]
        self.assertEqual(update["maxUnavailable"], 0)
        startup = self.container["startupProbe"]
        answering = startup["periodSeconds"] * startup["failureThreshold"]
        longest = answering + checks.longest_migration()
        self.assertGreater(self.deployment["spec"]["progressDeadlineSeconds"], longest)
        self.assertGreaterEqual(self.pod["spec"]["terminationGracePeriodSeconds"], 5 + 30 + 10)

    def test_operating_connections_are_told_alike(self):
        readme = (checks.ROOT / "README.md").read_text()
        (number,) = re.findall(r"Each relay needs (\w+) connections", readme)
        for place in ("README.md", "values.yaml", "templates/NOTES.txt"):
            text = (helm.CHART / place).read_text()
            said = re.findall(r"need[s]? (\w+) connections|Connections\*\*: (\w+) for", text)
            self.assertEqual({a or b for a, b in said}, {number}, place)

    def test_operating_selectors_find_the_pods(self):
        labels = self.pod["metadata"]["labels"]
        for found in (
            self.deployment["spec"]["selector"]["matchLabels"],
            helm.one(self.objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
            helm.one(self.objects, "Service")["spec"]["selector"],
            helm.one(self.objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        ):
            self.assertTrue(found and found.items() <= labels.items(), found)

    def test_operating_the_pods_reach_their_database_and_nothing_else_does(self):
        policy = helm.one(self.objects, "NetworkPolicy")["spec"]
        (way,) = [each for each in policy["egress"] if each["ports"][0]["port"] == 5432]
        self.assertEqual(
            way["to"], [{"podSelector": {"matchLabels": {"cnpg.io/cluster": "mail-database"}}}]
        )
        other = {"networkPolicy": {"databasePorts": [6432, 6433]}}
        policy = helm.one(helm.rendered(MINIMAL, other), "NetworkPolicy")["spec"]
        (way,) = [each for each in policy["egress"] if each["ports"][0]["port"] == 6432]
        self.assertEqual((len(way["ports"]), way.get("to")), (2, None))
        without = {"settings": MINIMAL["settings"]}
        self.assertNotIn("5432", str(helm.one(helm.rendered(without), "NetworkPolicy")))

    def test_operating_what_a_pod_keeps_outlives_its_container(self):
        volumes = {each["name"]: each for each in self.pod["spec"]["volumes"]}
        mounts = {each["name"]: each["mountPath"] for each in self.container["volumeMounts"]}
        environment = {each["name"]: each["value"] for each in self.container["env"]}
        self.assertEqual(volumes["queue"]["emptyDir"], {"sizeLimit": "1Gi"})  # not in memory
        self.assertTrue(environment["KURIR_QUEUE_DIR"].startswith(mounts["queue"] + "/"))

    def test_operating_the_authority_s_key_is_not_in_the_pod(self):
        (database,) = [each for each in self.pod["spec"]["volumes"] if each["name"] == "database"]
        items = [
            item["key"]
            for source in database["projected"]["sources"]
            for item in source["secret"]["items"]
        ]
        self.assertEqual(items, ["ca.crt"])
        mutual = {"externalDatabase": {"caSecret": "a", "clientSecret": "b"}}
        deployment = helm.one(helm.rendered(MINIMAL, mutual), "Deployment")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        given = {each["name"]: each["value"] for each in container["env"]}
        self.assertEqual(given["PGSSLCERT"], "/etc/kurir/database/tls.crt")
        self.assertEqual(given["PGSSLKEY"], "/etc/kurir/database/tls.key")


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Started(RelayCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.secrets = example_secrets(self.folder, SECRETS)

    def secured(self, server, address="127.0.0.1"):
        """The server with a certificate of an authority of its own; returns the authority's."""
        (self.folder / "authority").mkdir()
        self.authority = Authority(self.folder / "authority")
        for option, source in zip(("cert", "key"), self.authority.issue("db", address=address)):
            self.give(server, option, source)
        server.settings["ssl"] = "on"
        return self.authority.file.read_text()

    def give(self, server, option, source):
        place = shutil.copy(source, server.folder / f"server.{option}")
        server.give(place)
        place.chmod(0o600)
        server.settings[f"ssl_{option}_file"] = place

    def pod(self, url, authority, name, *values):
        self.secrets["mail-database-app"] = {"uri": url}
        self.secrets["mail-database-ca"] = {"ca.crt": authority}
        root = self.folder / name
        root.mkdir()
        pod = Pod(helm.rendered(EXAMPLE, *values), root, self.secrets)
        pod.write_volumes()
        return pod

    def start(self, pod, far):
        """A relay with the environment of a pod, but ports, a remote server and a client of the test."""
        environment = pod.environment()
        given = {
            name.removeprefix("KURIR_").lower(): value
            for name, value in environment.items()
            if name.startswith("KURIR_")
        }
        given = {name: value for name, value in given.items() if name not in NOT_TAKEN}
        given |= {"trusted_networks": "loopback", "relayhost": f"127.0.0.1:{far.port}"}
        relay = Relay(**given)
        relay.variables = {
            name: value for name, value in environment.items() if name.startswith("PG")
        }
        self.addCleanup(self._stop_relay, relay)
        return relay

    def test_operating_two_pods_share_a_database_over_tls(self):
        server = PostgresServer()
        authority = self.secured(server)
        far = self.remote()
        with server:
            database = server.create_database()
            pods = [self.pod(database.url, authority, name) for name in ("first", "second")]
            relays = [self.start(pod, far).start() for pod in pods]
            for relay in relays:
                relay.submit("app@example.org", "b@remote.test")
            far.wait_delivered(2)
            encrypted = database.run(
                "SELECT count(*), bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND application_name <> 'psql'"
            ).split("|")
            self.assertGreaterEqual(int(encrypted[0]), 2)
            self.assertEqual(encrypted[1], "t")
            for relay in relays:
                relay.stop()

    def assert_refused(self, pod, words):
        relay = self.start(pod, self.remote())
        relay.settings["database_wait"] = "1s"
        with self.assertRaises(AssertionError):
            relay.start()
        self.assertIn(words, relay.tail())
        relay.kill()

    def test_operating_a_database_that_its_authority_does_not_know_is_refused(self):
        server = PostgresServer()
        self.secured(server)
        stranger = self.secrets["mail-database-ca"]["ca.crt"]
        with server:
            url = server.create_database().url
            self.assert_refused(self.pod(url, stranger, "first"), "certificate verify failed")

    def test_operating_a_database_with_another_s_certificate_is_refused(self):
        server = PostgresServer()
        authority = self.secured(server, address="127.0.0.9")
        with server:
            url = server.create_database().url
            self.assert_refused(self.pod(url, authority, "first"), "does not match")

    def test_operating_a_pod_shows_the_database_its_certificate(self):
        server = PostgresServer()
        authority = self.secured(server)
        self.give(server, "ca", self.authority.file)
        chain, key = self.authority.issue_client("client", "/CN=kurir")
        self.secrets["mail-database-client"] = {
            "tls.crt": chain.read_text(),
            "tls.key": key.read_text(),
        }
        access = server.folder / "data/pg_hba.conf"
        others = access.read_text()
        access.write_text("hostssl queue1 all all scram-sha-256 clientcert=verify-full\n" + others)
        far = self.remote()
        with server:
            url = server.create_database().url
            self.assert_refused(self.pod(url, authority, "without"), "client certificate")
            shown = {"externalDatabase": {"clientSecret": "mail-database-client"}}
            relay = self.start(self.pod(url, authority, "with", shown), far).start()
            relay.submit("app@example.org", "b@remote.test")
            far.wait_delivered(1)
            relay.stop()


if __name__ == "__main__":
    unittest.main()
