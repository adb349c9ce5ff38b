"""A real Prometheus beside a real relay: it can read the metrics, the rules, and every query.

What parses may still ask for what is not there; here every series that a dashboard or an alert
names has to exist once the relay has taken a message.
"""

import json
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

from tests.deploy import checks
from tests.deploy.dashboards_test import FILES, plain
from tests.support.client import wait_until
from tests.support.ports import free_port
from tests.support.relay import PATIENCE, Relay

RULES = checks.DEPLOY / "prometheus" / "rules" / "kurir-alerts.yml"


class Prometheus:
    """Prometheus as the compose file runs it, but with targets, ports and folders of a test."""

    def __init__(self, target):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="kurir-prometheus-")
        config = pathlib.Path(self.folder.name, "prometheus.yml")
        config.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                    "rule_files": [str(RULES)],
                    "scrape_configs": [
                        {"job_name": "kurir", "static_configs": [{"targets": [target]}]}
                    ],
                }
            )
        )
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={self.folder.name}/data",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=error",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.folder.cleanup()

    def api(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def value(self, query):
        try:
            result = self.api("query", query=query)["result"]
        except OSError:
            return None  # not up yet
        return float(result[0]["value"][1]) if result else None


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.relay = cls.enterClassContext(Relay(relayhost="127.0.0.1:1"))
        cls.relay.submit("you@app.example", "somebody@remote.example")
        cls.prometheus = cls.enterClassContext(Prometheus(f"127.0.0.1:{cls.relay.http_port}"))
        received = 'sum(kurir_messages_received_total{job="kurir",source="smtp"})'
        assert wait_until(lambda: cls.prometheus.value(received) == 1, 30 * PATIENCE), "not scraped"

    def test_every_series_that_a_dashboard_names_exists(self):
        there = set(self.prometheus.api("label/__name__/values"))
        for path in FILES:
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel.get("targets", []):
                    missing = checks.metrics_in(target["expr"]) - there
                    self.assertEqual(missing, set(), panel["title"])

    def test_every_query_of_a_dashboard_is_answered(self):
        for path in FILES:
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel.get("targets", []):
                    self.assertIn(
                        "result", self.prometheus.api("query", query=plain(target["expr"]))
                    )

    def test_every_rule_is_evaluated_and_nothing_urgent_is_said_of_a_healthy_relay(self):
        def rules():
            return [
                rule for group in self.prometheus.api("rules")["groups"] for rule in group["rules"]
            ]

        self.assertTrue(
            wait_until(lambda: all(rule["health"] != "unknown" for rule in rules()), 20 * PATIENCE)
        )
        for rule in rules():
            self.assertEqual(rule["health"], "ok", rule.get("lastError"))
            self.assertNotEqual(rule["state"], "firing", rule["name"])

    def test_what_the_target_sends_is_taken_whole(self):
        target = self.prometheus.api("targets")["activeTargets"][0]
        self.assertEqual((target["health"], target["lastError"]), ("up", ""))
