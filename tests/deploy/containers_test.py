"""deploy/compose.yaml and Dockerfile: confined, nothing published that should not be, nothing forgotten."""

import re
import tempfile
import unittest

import yaml

from tests.deploy import checks


class Compose(unittest.TestCase):
    def setUp(self):
        self.compose = yaml.safe_load((checks.DEPLOY / "compose.yaml").read_text())
        self.services = self.compose["services"]

    def test_only_known_keys(self):
        self.assertLessEqual(
            set(self.compose),
            {"name", "services", "networks", "volumes", "configs", "x-confined"},
        )
        known = {
            "image",
            "build",
            "environment",
            "networks",
            "expose",
            "ports",
            "volumes",
            "tmpfs",
            "stop_grace_period",
            "ulimits",
            "command",
            "depends_on",
            "read_only",
            "cap_drop",
            "security_opt",
            "restart",
            "mem_limit",
            "logging",
            "configs",
        }
        for name, service in self.services.items():
            self.assertLessEqual(set(service), known, name)

    def test_every_service_is_confined(self):
        for name, service in self.services.items():
            self.assertIs(service["read_only"], True, name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"], name)

    def test_operating_every_service_has_limits_for_memory_and_logs(self):
        for name, service in self.services.items():
            self.assertRegex(service["mem_limit"], r"^\d+m$", name)
            options = service["logging"]["options"]
            self.assertRegex(options["max-size"], r"^\d+m$", name)
            self.assertGreater(int(options["max-file"]), 1, name)

    def test_the_relay_publishes_no_port_and_others_only_on_loopback(self):
        self.assertNotIn("ports", self.services["relay"])
        for name, service in self.services.items():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), name)

    def test_the_relay_has_time_to_end_and_a_queue_that_stays(self):
        relay = self.services["relay"]
        self.assertEqual(relay["stop_grace_period"], "60s")
        volume, place = relay["volumes"][0].split(":")
        self.assertIn(volume, self.compose["volumes"])
        self.assertEqual(place, "/var/lib/kurir/queue")

    def test_the_relay_needs_a_name_and_trusts_private_networks(self):
        environment = self.services["relay"]["environment"]
        self.assertTrue(environment["KURIR_HOSTNAME"].startswith("${KURIR_HOSTNAME:?"))
        self.assertEqual(
            environment["KURIR_TRUSTED_NETWORKS"], "${KURIR_TRUSTED_NETWORKS:-private}"
        )

    def test_images_have_versions_and_mounted_files_exist(self):
        for name, service in self.services.items():
            if "build" not in service:
                self.assertRegex(service["image"], r":v?\d+\.\d+\.\d+$", name)
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("./"):
                    self.assertTrue((checks.DEPLOY / source).exists(), volume)
                    self.assertTrue(volume.endswith(":ro"), volume)
                else:
                    self.assertIn(source, self.compose["volumes"], volume)

    def test_operating_every_setting_of_the_caller_is_passed_and_nothing_else(self):
        table = checks.settings_source()
        settings = re.findall(r'"(KURIR_[A-Z0-9_]*[A-Z0-9])"', table)
        logins = (checks.ROOT / "relay" / "config" / "login_rows.cpp").read_text()
        for each in re.findall(r'(?:\{|prefix \+ )"([A-Z_]+)",$', logins, re.M):
            settings.append("KURIR_RELAYHOST_" + each)
        self.assertGreater(len(settings), 40)
        given = self.services["relay"]["environment"]
        # The volume and the scraping depend on these two.
        passed = [name for name in settings if name not in ("KURIR_QUEUE_DIR", "KURIR_HTTP_LISTEN")]
        self.assertEqual(sorted(given), sorted(set(passed)))
        for name, value in given.items():
            if name not in ("KURIR_HOSTNAME", "KURIR_TRUSTED_NETWORKS"):
                self.assertIsNone(value, f"{name} is passed as it is")

    def test_operating_alerts_go_by_mail_through_the_relay(self):
        alertmanager = self.services["alertmanager"]
        self.assertIn("mail", alertmanager["networks"])
        content = self.compose["configs"]["alertmanager"]["content"]
        default = {"KURIR_HOSTNAME": "relay.example.org", "ALERTS_TO": "you@example.org"}
        text = re.sub(r"\$\{(\w+)(?::-[^{}]*(?:\$\{\w+\})?)?\}", lambda m: default[m[1]], content)
        config = yaml.safe_load(text)
        host, port = config["global"]["smtp_smarthost"].split(":")
        self.assertIn(host, self.services)
        self.assertIn(port, self.services[host]["expose"])
        self.assertIn("mail", self.services[host]["networks"])
        self.assertEqual(config["receivers"][0]["email_configs"][0]["to"], "you@example.org")
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            done = checks.run("amtool", "check-config", file.name)
        self.assertEqual(done.returncode, 0, done.stdout)

        scraping = yaml.safe_load((checks.DEPLOY / "prometheus" / "prometheus.yml").read_text())
        target = scraping["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"][0]
        self.assertIn(target.split(":")[0], self.services)

    def test_operating_an_application_joins_the_relay_s_network(self):
        application = yaml.safe_load((checks.DEPLOY / "compose.application.yaml").read_text())
        network = f"{self.compose['name']}_mail"
        self.assertEqual(application["networks"], {network: {"external": True}})
        service = application["services"]["application"]
        self.assertIn(network, service["networks"])
        self.assertIn(service["environment"]["SMTP_HOST"], self.services)
        self.assertIn(service["environment"]["SMTP_PORT"], self.services["relay"]["expose"])


class Provisioning(unittest.TestCase):
    def test_grafana_finds_prometheus_and_the_dashboards(self):
        folder = checks.DEPLOY / "grafana" / "provisioning"
        source = yaml.safe_load((folder / "datasources/prometheus.yml").read_text())["datasources"][
            0
        ]
        self.assertEqual((source["url"], source["isDefault"]), ("http://prometheus:9090", True))
        provider = yaml.safe_load((folder / "dashboards/kurir.yml").read_text())["providers"][0]
        grafana = yaml.safe_load((checks.DEPLOY / "compose.yaml").read_text())["services"][
            "grafana"
        ]
        self.assertIn(f"./grafana/dashboards:{provider['options']['path']}:ro", grafana["volumes"])


class Dockerfile(unittest.TestCase):
    def setUp(self):
        text = (checks.DEPLOY / "Dockerfile").read_text()
        joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
        self.steps = [line.split(None, 1) for line in joined.splitlines() if line.strip()]

    def of(self, instruction):
        return [rest for name, rest in self.steps if name == instruction]

    def test_the_base_can_be_given(self):
        self.assertIn("BASE=debian:bookworm-slim", self.of("ARG"))
        self.assertEqual(
            {line.split()[0] for line in self.of("FROM")},
            {"${BASE}", "scratch", "build", "installed"},
        )

    def test_it_runs_as_a_number_and_without_a_shell(self):
        self.assertEqual(self.of("USER"), ["10001:0"])
        for instruction in ("ENTRYPOINT", "CMD"):
            self.assertTrue(all(line.startswith("[") for line in self.of(instruction)))
        self.assertRegex(self.of("HEALTHCHECK")[0], r'CMD \["/usr/bin/kurir", "health"\]$')

    def test_nothing_unneeded_is_installed_or_copied(self):
        for line in self.of("RUN"):
            if "apt-get install" in line:
                self.assertIn("--no-install-recommends", line)
                self.assertIn("rm -rf /var/lib/apt/lists", line)
        self.assertEqual(self.of("ADD"), [])
        allowed = (checks.DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        for line in self.of("COPY"):
            if not line.startswith("--from"):
                for source in line.split()[:-1]:
                    self.assertIn(f"!{source}", allowed)
                    self.assertTrue((checks.ROOT / source).exists(), source)

    def test_every_folder_of_the_build_is_copied(self):
        build = (checks.ROOT / "CMakeLists.txt").read_text()
        folders = {
            name.split("/")[0]
            for name in re.findall(r"^kurir_library\(([\w/]+)", build, re.MULTILINE)
        }
        copied = {line.split()[-1] for line in self.of("COPY")}
        self.assertLessEqual(folders, copied)
