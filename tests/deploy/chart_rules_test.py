"""deploy/kubernetes/chart: what it refuses, and what holds between the objects that it makes."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from tests.deploy import checks, helm
from tests.support.relay import BINARY

MINIMAL = {"settings": {"KURIR_HOSTNAME": "relay.example.org"}}
FULL = helm.CHART / "ci/full-values.yaml"

# Values, and what Helm has to say of them.
REFUSED = {
    "no name": ({"settings": {}}, "KURIR_HOSTNAME"),
    "a URL as name": ({"settings": {"KURIR_HOSTNAME": "https://a.example"}}, "KURIR_HOSTNAME"),
    "an unknown value": ({"persistance": {"size": "1Gi"}}, "persistance"),
    "an unknown value below": ({"service": {"port": 25}}, "port"),
    "no setting": ({"settings": {"RELAYHOST": "a.example"}}, "RELAYHOST"),
    "small letters": ({"settings": {"KURIR_relayhost": "a.example"}}, "KURIR_relayhost"),
    "a list": ({"settings": {"KURIR_DNS_SERVERS": ["192.0.2.1"]}}, "KURIR_DNS_SERVERS"),
    "the chart's own": ({"settings": {"KURIR_QUEUE_DIR": "/tmp"}}, "KURIR_QUEUE_DIR"),
    "a file by hand": ({"settings": {"KURIR_USERS_FILE": "/x"}}, "KURIR_USERS_FILE"),
    "a password in clear": ({"settings": {"KURIR_RELAYHOST_PASSWORD": "x"}}, "PASSWORD"),
    "users in a ConfigMap": ({"files": {"KURIR_USERS": "a:b"}}, "KURIR_USERS"),
    "a secret as variable": ({"extraEnv": [{"name": "KURIR_USERS", "value": "x"}]}, "extraEnv.0"),
    "no duration": ({"settings": {"KURIR_SHUTDOWN_GRACE": "30"}}, "KURIR_SHUTDOWN_GRACE"),
    "no size": ({"persistence": {"size": "much"}}, "size"),
    "a volume for many": ({"persistence": {"accessModes": ["ReadWriteMany"]}}, "accessModes"),
    "a tag as digest": ({"image": {"digest": "1.2"}}, "digest"),
    "no pods": ({"replicaCount": -1}, "replicaCount"),
    "given twice": (
        {"settings": {"KURIR_ROUTES": "* -> mx"}, "files": {"KURIR_ROUTES": "* -> mx"}},
        "KURIR_ROUTES is given twice",
    ),
    "a certificate twice": (
        {"settings": {"KURIR_TLS_CERT": "generate"}, "tls": {"existingSecret": "a"}},
        "KURIR_TLS_CERT is given twice",
    ),
    "two certificates": (
        {
            "tls": {
                "existingSecret": "a",
                "certManager": {"enabled": True, "issuerRef": {"name": "b"}},
            }
        },
        "exclude each other",
    ),
    "a label that finds the pods": (
        {"podLabels": {"app.kubernetes.io/name": "other"}},
        "podLabels",
    ),
    "no port": (
        {"service": {"ports": {"smtp": None, "submission": None, "submissions": None}}},
        "service.ports",
    ),
    "a family that is none": ({"service": {"ipFamilies": ["IPv5"]}}, "ipFamilies"),
    "no issuer": ({"tls": {"certManager": {"enabled": True}}}, "issuerRef.name"),
    "clients without addresses": (
        {"service": {"type": "LoadBalancer", "externalTrafficPolicy": "Cluster"}},
        "hides the clients' addresses",
    ),
    "a listener without a header": (
        {
            "service": {"type": "LoadBalancer", "externalTrafficPolicy": "Cluster"},
            "settings": {"KURIR_LISTEN": "[::]:2525?proxy=10.0.7.0/24, [::]:2587"},
        },
        "hides the clients' addresses",
    ),
    "trusted networks in a file": (
        {
            "service": {"type": "NodePort", "externalTrafficPolicy": "Cluster"},
            "settings": {"KURIR_TRUSTED_NETWORKS": None},
            "files": {"KURIR_TRUSTED_NETWORKS": "10.0.0.0/8"},
        },
        "hides the clients' addresses",
    ),
    "ports of the Service": (
        {"settings": {"KURIR_LISTEN": "[::]:25, [::]:587?auth=require"}},
        "KURIR_LISTEN has none of the ports",
    ),
    "a port that is left out": (
        {
            "files": {"KURIR_LISTEN": "[::]:2525\n"},
            "service": {"ports": {"smtp": None}},
        },
        "leads to: 2465, 2587.",
    ),
    "a port of nodes": ({"service": {"nodePorts": {"smtp": 30025}}}, "service.nodePorts"),
    "a port of nodes without a name": (
        {"service": {"type": "NodePort", "nodePorts": {"http": 30025}}},
        "http",
    ),
}

# Values, and no objection.
ACCEPTED = {
    "headers at all listeners": {
        "service": {"type": "LoadBalancer", "externalTrafficPolicy": "Cluster"},
        "settings": {
            "KURIR_LISTEN": "[::]:2525?proxy=10.0.7.0/24,\n[::]:2587?auth=require&proxy=fd00::/8"
        },
    },
    "nobody is trusted": {
        "service": {"type": "NodePort", "externalTrafficPolicy": "Cluster"},
        "settings": {"KURIR_TRUSTED_NETWORKS": "none"},
    },
    "the default, which trusts the pod itself": {
        "service": {"type": "NodePort", "externalTrafficPolicy": "Cluster"},
        "settings": {"KURIR_TRUSTED_NETWORKS": None},
    },
    "one port of three": {"settings": {"KURIR_LISTEN": "0.0.0.0:2587?auth=require"}},
    "a port and no address": {"files": {"KURIR_LISTEN": ":2525?priority=bulk\n"}},
}


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Refusals(unittest.TestCase):
    def test_operating_wrong_values_are_refused_by_name(self):
        for name, (values, words) in REFUSED.items():
            with self.subTest(name):
                given = [values] if name == "no name" else [MINIMAL, values]
                done = helm.run_helm("template", *given)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stderr.split("\nError:", 1)[-1])

    def test_operating_good_values_are_not_refused(self):
        for name, values in ACCEPTED.items():
            with self.subTest(name):
                helm.rendered(MINIMAL, values)

    def test_operating_every_secret_setting_is_refused_in_clear(self):
        shown = subprocess.run(
            [BINARY, "config", "--markdown"], env={}, capture_output=True, text=True, check=True
        ).stdout
        secrets = re.findall(r"^\| `(KURIR_\w+|KURIR_\w+<NAME>\w+)` \|[^|]*\| secret", shown, re.M)
        secrets += ["KURIR_USERS", "KURIR_ADMIN_TOKEN"]
        self.assertGreater(len(secrets), 7)
        for where in ("settings", "files"):
            values = {where: {each.replace("<NAME>", "SES"): "x" for each in secrets}}
            done = helm.run_helm("template", MINIMAL, values)
            for each in values[where]:
                self.assertIn(f"{where}.{each}" if "." in each else each, done.stderr)


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = helm.rendered(FULL)
        cls.stateful = helm.one(cls.objects, "StatefulSet")
        cls.template = cls.stateful["spec"]["template"]
        cls.spec = cls.template["spec"]
        (cls.container,) = cls.spec["containers"]

    def selects(self, selector, labels):
        return bool(selector) and selector.items() <= labels.items()

    def test_operating_every_selector_finds_what_it_means(self):
        pod = self.template["metadata"]["labels"]
        headless = helm.one(self.objects, "Service", "-headless")
        for found, selector in (
            (pod, self.stateful["spec"]["selector"]["matchLabels"]),
            (pod, helm.one(self.objects, "Service")["spec"]["selector"]),
            (pod, headless["spec"]["selector"]),
            (pod, helm.one(self.objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"]),
            (pod, helm.one(self.objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]),
            *(
                (pod, e["labelSelector"]["matchLabels"])
                for e in self.spec["topologySpreadConstraints"]
            ),
        ):
            self.assertTrue(self.selects(selector, found), selector)
        monitor = helm.one(self.objects, "ServiceMonitor")["spec"]["selector"]["matchLabels"]
        self.assertTrue(self.selects(monitor, headless["metadata"]["labels"]))
        other = helm.one(self.objects, "Service")["metadata"]["labels"]
        self.assertFalse(self.selects(monitor, other))  # or all would be counted twice
        self.assertEqual(self.stateful["spec"]["serviceName"], headless["metadata"]["name"])

    def test_operating_ports_are_those_of_the_image(self):
        ports = {each["name"]: each["containerPort"] for each in self.container["ports"]}
        dockerfile = (checks.DEPLOY / "Dockerfile").read_text()
        (exposed,) = re.findall(r"^EXPOSE (.*)$", dockerfile, re.M)
        # A hand-over's; a plain image has no such API.
        self.assertEqual(sorted(ports.values()), sorted([9926, *map(int, exposed.split())]))
        service = helm.one(helm.rendered(MINIMAL), "Service")["spec"]["ports"]
        reached = {each["port"]: ports[each["targetPort"]] for each in service}
        self.assertEqual(reached, {25: 2525, 587: 2587, 465: 2465})
        probes = {
            self.container[f"{each}Probe"]["httpGet"]["port"]
            for each in ("startup", "liveness", "readiness")
        }
        endpoint = helm.one(self.objects, "ServiceMonitor")["spec"]["endpoints"][0]["port"]
        self.assertEqual(probes | {endpoint}, {"http-metrics"})
        for rule in helm.one(self.objects, "NetworkPolicy")["spec"]["ingress"]:
            self.assertLessEqual({each["port"] for each in rule["ports"]}, set(ports))

    def test_operating_a_port_that_is_null_is_left_out(self):
        ports = helm.one(helm.rendered(helm.CHART / "ci/inner-values.yaml"), "Service")["spec"][
            "ports"
        ]
        self.assertEqual([each["port"] for each in ports], [25])

    def test_operating_ports_of_nodes_and_the_balancer_can_be_chosen(self):
        wanted = {"nodePorts": {"smtp": 30025}, "loadBalancerClass": "example.org/inner"}
        objects = helm.rendered(MINIMAL, {"service": wanted | {"type": "LoadBalancer"}})
        service = helm.one(objects, "Service")["spec"]
        self.assertEqual(service["loadBalancerClass"], "example.org/inner")
        ports = {each["name"]: each.get("nodePort") for each in service["ports"]}
        self.assertEqual(ports, {"smtp": 30025, "submission": None, "submissions": None})
        self.assertEqual(helm.complaints(objects), "")

    def test_operating_services_have_both_families_if_that_is_wanted(self):
        wanted = {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]}
        objects = helm.rendered(MINIMAL, {"service": wanted})
        for suffix in ("", "-headless"):
            service = helm.one(objects, "Service", suffix)["spec"]
            self.assertEqual({key: service[key] for key in wanted}, wanted)
            usual = helm.one(self.objects, "Service", suffix)["spec"]
            self.assertFalse(usual.keys() & wanted.keys())
        self.assertEqual(helm.complaints(objects), "")

    def test_operating_short_names_are_of_the_cluster_first(self):
        """With ndots:1 `mail-database-rw.dev` would be asked of the internet before."""
        self.assertNotIn("dnsConfig", self.spec)

    def test_operating_probes_ask_what_the_readme_says(self):
        path = {
            name: self.container[f"{name}Probe"]["httpGet"]["path"]
            for name in ("startup", "liveness", "readiness")
        }
        self.assertEqual(path, {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"})
        for values in (MINIMAL, MINIMAL | {"probes": {"startupSeconds": 31}}):
            (pod,) = helm.one(helm.rendered(values), "StatefulSet")["spec"]["template"]["spec"][
                "containers"
            ]
            startup = pod["startupProbe"]
            seconds = startup["periodSeconds"] * startup["failureThreshold"]
            self.assertIn(seconds - values.get("probes", {}).get("startupSeconds", 120), (0, 1))

    def test_operating_the_pod_is_restricted(self):
        """By the words of the Pod Security Standard "restricted", and some more."""
        pod, container = self.spec["securityContext"], self.container["securityContext"]
        self.assertIs(pod["runAsNonRoot"], True)
        self.assertEqual(pod["runAsUser"], 10001)
        self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertEqual(pod["fsGroupChangePolicy"], "OnRootMismatch")
        self.assertIs(container["allowPrivilegeEscalation"], False)
        self.assertIs(container["readOnlyRootFilesystem"], True)
        self.assertEqual(container["capabilities"], {"drop": ["ALL"]})
        self.assertIs(self.spec["automountServiceAccountToken"], False)
        self.assertIs(self.spec["enableServiceLinks"], False)
        self.assertNotIn("hostNetwork", self.spec)
        for volume in self.spec["volumes"]:
            self.assertNotIn("hostPath", volume)

    def test_operating_no_secret_is_in_the_environment_or_a_configmap(self):
        shown = str([each for each in self.objects if each["kind"] != "Secret"])
        self.assertNotIn("an example, not a secret", shown)
        secret = helm.one(self.objects, "Secret")["stringData"]
        self.assertEqual(secret, {"KURIR_LOG_REDACT_KEY": "an example, not a secret"})

    def test_operating_the_queue_is_on_a_volume_that_stays(self):
        (claim,) = self.stateful["spec"]["volumeClaimTemplates"]
        mounts = {each["name"]: each["mountPath"] for each in self.container["volumeMounts"]}
        environment = {each["name"]: each.get("value") for each in self.container["env"]}
        queue = environment["KURIR_QUEUE_DIR"]
        self.assertTrue(queue.startswith(mounts[claim["metadata"]["name"]] + "/"))
        kept = self.stateful["spec"]["persistentVolumeClaimRetentionPolicy"]
        self.assertEqual(kept, {"whenDeleted": "Retain", "whenScaled": "Retain"})
        mounted = {each["mountPath"]: each for each in self.container["volumeMounts"]}
        self.assertFalse([each for each in mounted.values() if "subPath" in each])


@unittest.skipUnless(helm.HAS_NPM, "npm is missing")
class Notes(unittest.TestCase):
    def notes(self, values):
        """What Helm says after an installation, for which it would want a cluster."""
        with tempfile.TemporaryDirectory() as folder:
            chart = shutil.copytree(helm.CHART, Path(folder) / "kurir")
            text = (chart / "templates/NOTES.txt").read_text()
            (chart / "templates/notes.yaml").write_text(
                f'{{{{ define "notes" }}}}{text}{{{{ end }}}}notes: {{{{ include "notes" . | toJson }}}}'
            )
            done = helm.run_helm(
                "template", values, chart=chart, more=["--show-only", "templates/notes.yaml"]
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        return yaml.safe_load(done.stdout)["notes"]

    def test_operating_the_notes_name_what_there_is(self):
        for values in (MINIMAL, *helm.examples()):
            text = self.notes(values)
            self.assertTrue(text.startswith("Kurir takes mail at mail-kurir.post.svc:"), text)
            shared = values == helm.CHART / "ci/postgresql-values.yaml"
            self.assertIn("in the database" if shared else "volumes queue-mail-kurir-N", text)
            self.assertEqual("unsigned" in text, values is MINIMAL, text)
            for command in re.findall(r"-- kurir ([a-z-]+)", text):
                done = checks.run(BINARY, command, "--help")
                self.assertEqual(done.returncode, 0, command)


if __name__ == "__main__":
    unittest.main()
