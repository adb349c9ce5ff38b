"""deploy/kubernetes/chart: what it makes of its example values is good for Helm, Kubernetes and Kurir."""

import json
import re
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.deploy import checks, helm
from tests.deploy.pod import Pod, example_secrets

SECRETS = (
    "provider",
    "ses",
    "mail-users",
    "handover",
    "kurir-dkim",
    "kurir-keys",
    "mail-kurir-tls",
    "mail-database-app",
    "mail-database-ca",
)
MINIMAL = {"settings": {"KURIR_HOSTNAME": "relay.example.org"}}
LAST_WORDS = 10  # seconds, twice `last_words` of relay/app/service.cpp


def seconds(text):
    """A duration as `kurir config` prints it."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    parts = re.findall(r"(\d+)(ms|s|m|h|d)", text)
    return sum(int(number) * units[unit] for number, unit in parts)


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Chart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.secrets = example_secrets(cls.folder, SECRETS)

    def pod(self, *values, secrets=None):
        """With all files that it mounts, in a folder of its own."""
        made = Path(tempfile.mkdtemp(dir=self.folder))
        pod = Pod(helm.rendered(*values), made, self.secrets if secrets is None else secrets)
        pod.write_volumes()
        return pod

    def test_operating_helm_has_nothing_against_it(self):
        self.assertGreaterEqual(len(helm.examples()), 5)
        for example in helm.examples():
            done = helm.run_helm("lint", example, more=["--strict"])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_operating_every_object_fits_its_schema(self):
        objects = [each for example in helm.examples() for each in helm.rendered(example)]
        kinds = {each["kind"] for each in objects}
        self.assertEqual(len(kinds), 12, kinds)
        self.assertEqual(helm.complaints(objects), "")

    def test_operating_the_schemas_notice_what_is_wrong_missing_or_unknown(self):
        for change, word in (
            (lambda pod: pod.update(enableServiceLink=False), "enableServiceLink"),
            (lambda pod: pod.update(terminationGracePeriodSeconds="60"), "GracePeriod"),
            (lambda pod: pod.pop("containers"), "containers"),
        ):
            objects = helm.rendered(helm.CHART / "ci/direct-values.yaml")
            change(helm.one(objects, "StatefulSet")["spec"]["template"]["spec"])
            self.assertIn(word, helm.complaints(objects))

    def test_operating_kurir_takes_the_environment_of_every_example(self):
        for example in helm.examples():
            done = self.pod(example).kurir("check-config")
            self.assertEqual((done.returncode, done.stderr), (0, ""), example.name)

    def test_operating_what_kurir_refuses_is_noticed(self):
        unknown = "KURIR_" + "UNKNOWN"
        wrong = {"settings": {"KURIR_RETRY_MIN": "often", unknown: "1"}}
        done = self.pod(MINIMAL, wrong).kurir("check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn("KURIR_RETRY_MIN", done.stderr)
        self.assertIn(f"{unknown} is no setting", done.stderr)
        with self.assertRaises(KeyError):  # a Secret that nobody has made
            self.pod(helm.CHART / "ci/relayhost-values.yaml", secrets={})

    def test_operating_the_full_example_means_to_kurir_what_it_says(self):
        pod = self.pod(helm.CHART / "ci/full-values.yaml")
        shown = dict(re.findall(r"^(KURIR_\w+) +(.*?) +# ", pod.kurir("config").stdout, re.M))
        self.assertEqual(shown["KURIR_MAX_MESSAGE_SIZE"], "25M")
        self.assertEqual(shown["KURIR_HIDE_CLIENT"], "on")
        self.assertIn("2587", shown["KURIR_LISTEN"])  # there are a certificate and users
        self.assertEqual(shown["KURIR_TRUSTED_NETWORKS"], "none")
        answer = pod.kurir("route", "a@billing.example", "b@example.com", "--user", "billing")
        self.assertIn("email-smtp.eu-west-1", answer.stdout)
        self.assertEqual(pod.environment()["TZ"], "Europe/Berlin")

    def test_operating_signing_keys_are_found_by_domain_and_selector(self):
        for example, place in (("direct", "example.org/202611.pem"), ("full", "example.org.pem")):
            pod = self.pod(helm.CHART / f"ci/{example}-values.yaml")
            keys = Path(pod.environment()["KURIR_DKIM_KEY_DIR"])
            self.assertTrue((keys / place).is_file())
            shown = pod.kurir("dkim", "show", "example.org")
            self.assertIn("example.org", shown.stdout, shown.stderr)

    def test_operating_the_grace_time_fits_the_settings(self):
        given = [
            ("5s", "30s"),
            ("0", "0"),
            ("1m30s", "1h"),
            ("500ms", "1500ms"),
            (0, "5m"),
        ]
        for delay, grace in given:
            values = {"settings": {"KURIR_SHUTDOWN_DELAY": delay, "KURIR_SHUTDOWN_GRACE": grace}}
            pod = self.pod(MINIMAL, values)
            config = pod.kurir("config").stdout
            shown = dict(re.findall(r"^(KURIR_SHUTDOWN_\w+) +(\S+)", config, re.M))
            needed = sum(seconds(each) for each in shown.values()) + LAST_WORDS
            self.assertEqual(len(shown), 2)
            granted = pod.spec["terminationGracePeriodSeconds"]
            self.assertGreaterEqual(granted, needed + 5, values)
            self.assertLess(granted, needed + 30, values)

    def test_operating_a_pod_that_stops_hands_over_to_the_first(self):
        objects = helm.rendered(helm.CHART / "ci/full-values.yaml")
        pod = self.pod(helm.CHART / "ci/full-values.yaml")
        environment = pod.environment()
        self.assertEqual(environment["KURIR_ADMIN_LISTEN"], "[::]:9926")
        for name, word in (
            ("KURIR_HANDOVER", "@mail-kurir-0.mail-kurir-headless:9926"),
            ("KURIR_ADMIN_TOKEN", "mover act"),
        ):
            self.assertIn(word, Path(environment[f"{name}_FILE"]).read_text())
        # The pod that stops believes the certificate of the first.
        url = Path(environment["KURIR_HANDOVER_FILE"]).read_text()
        names = helm.one(objects, "Certificate")["spec"]["dnsNames"]
        self.assertIn(re.search(r"@([^:/]+):", url)[1], names)
        self.assertTrue(Path(environment["KURIR_ADMIN_CA"]).is_file())
        policy = helm.one(objects, "NetworkPolicy")["spec"]
        (way_in,) = [each for each in policy["ingress"] if each["ports"][0]["port"] == "admin"]
        (way_out,) = [each for each in policy["egress"] if each["ports"][0]["port"] == 9926]
        self.assertEqual(way_in["from"], [{"podSelector": policy["podSelector"]}])
        self.assertEqual(way_out["to"], way_in["from"])

    def test_operating_a_hand_over_needs_what_it_needs(self):
        secrets = {
            "KURIR_HANDOVER": "https://t@a:9926",
            "KURIR_ADMIN_TOKEN": "mover act " + "t" * 40,
        }
        tls = {"existingSecret": "mail-kurir-tls"}
        whole = {"handover": {"enabled": True}, "secrets": secrets, "tls": tls}
        self.assertIn("KURIR_ADMIN_LISTEN", self.pod(MINIMAL, whole).environment())
        self.assertNotIn("KURIR_ADMIN_LISTEN", self.pod(MINIMAL).environment())
        for change, word in (
            ({"secrets": {"KURIR_HANDOVER": "https://t@a:9926"}}, "KURIR_ADMIN_TOKEN"),
            ({"tls": {}}, "certificate"),
            ({"settings": {"KURIR_ADMIN_LISTEN": "0.0.0.0:1"}}, "given twice"),
        ):
            with self.assertRaisesRegex(Exception, word):
                helm.rendered(MINIMAL, whole | change)

    def test_operating_settings_are_what_kurir_would_read(self):
        settings = {"KURIR_CAPTURE": True, "KURIR_HIDE_CLIENT": False, "KURIR_THREADS": 2}
        environment = self.pod(MINIMAL, {"settings": settings}).environment()
        self.assertEqual(environment["KURIR_CAPTURE"], "on")
        self.assertEqual(environment["KURIR_HIDE_CLIENT"], "off")
        self.assertEqual(environment["KURIR_THREADS"], "2")

    def test_operating_rules_and_dashboard_are_those_that_are_shipped(self):
        objects = helm.rendered(helm.CHART / "ci/full-values.yaml")
        shipped = (checks.DEPLOY / "prometheus/rules/kurir-alerts.yml").read_text()
        runbook = "https://runbooks.example.org/kurir.md"
        own = shipped.replace("https://kurir.example/RUNBOOK.md", runbook)
        self.assertNotEqual(own, shipped)
        self.assertEqual(helm.one(objects, "PrometheusRule")["spec"], yaml.safe_load(own))
        dashboard = helm.one(objects, "ConfigMap", "-dashboard")["data"]
        shown = (checks.DEPLOY / "grafana/dashboards/kurir-overview.json").read_text()
        self.assertEqual(dashboard, {"kurir-overview.json": shown})

    def test_operating_a_package_of_the_chart_needs_no_other_folder(self):
        done = helm.run_helm("package", more=["--destination", self.folder])
        self.assertEqual(done.returncode, 0, done.stderr)
        (package,) = self.folder.glob("kurir-*.tgz")
        values = helm.CHART / "ci/full-values.yaml"
        made = helm.run_helm("template", values, chart=package)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("KurirNotReady", made.stdout)

    def test_operating_values_and_schema_name_the_same_keys(self):
        schema = json.loads((helm.CHART / "values.schema.json").read_text())
        values = yaml.safe_load((helm.CHART / "values.yaml").read_text())
        templates = "".join(path.read_text() for path in (helm.CHART / "templates").iterdir())
        self.assertEqual(set(schema["properties"]) - {"global"}, set(values))
        for name, value in values.items():
            self.assertRegex(templates, rf"[.]Values[.]{name}\b")
            described = schema["properties"][name]
            if described.get("additionalProperties") is False and "pattern" not in described:
                self.assertEqual(set(described["properties"]), set(value), name)


if __name__ == "__main__":
    unittest.main()
