"""Prometheus: the configuration and the rules are valid, each alert is tried out and explained."""

import pathlib
import re
import tempfile
import unittest

import yaml

from tests.deploy import checks

PROMETHEUS = checks.DEPLOY / "prometheus"
RULES = PROMETHEUS / "rules" / "kurir-alerts.yml"
CASES = sorted((checks.ROOT / "tests" / "deploy").glob("alerts*.yml"))


class Prometheus(unittest.TestCase):
    def setUp(self):
        groups = yaml.safe_load(RULES.read_text())["groups"]
        self.alerts = {rule["alert"]: rule for group in groups for rule in group["rules"]}

    def test_the_configuration_is_valid(self):
        done = checks.run("promtool", "check", "config", PROMETHEUS / "prometheus.yml")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_rules_are_valid(self):
        done = checks.run("promtool", "check", "rules", RULES)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_alerts_fire_when_they_should_and_not_before(self):
        """Each case has only the rules that it names: all of them take promtool two minutes."""
        for rule in self.alerts.values():
            del rule["annotations"]
            # Where the runbook is served: not worth its place in every case.
            rule["labels"].pop("runbook", None)
        for cases in CASES:
            everything = yaml.safe_load(cases.read_text())
            for case in everything["tests"]:
                with self.subTest(case["name"]):
                    self.try_case(everything | {"tests": [case]})

    def try_case(self, case):
        names = {one["alertname"] for one in case["tests"][0]["alert_rule_test"]}
        rules = [self.alerts[name] for name in sorted(names)]
        with tempfile.TemporaryDirectory() as folder:
            at = pathlib.Path(folder)
            (at / RULES.name).write_text(
                yaml.safe_dump({"groups": [{"name": "tried", "rules": rules}]})
            )
            (at / "case.yml").write_text(yaml.safe_dump(case))
            done = checks.run("promtool", "test", "rules", at / "case.yml")
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_alert_has_a_case_in_which_it_fires(self):
        cases = [case for file in CASES for case in yaml.safe_load(file.read_text())["tests"]]
        fired = {
            check["alertname"]
            for case in cases
            for check in case["alert_rule_test"]
            if check.get("exp_alerts")
        }
        self.assertEqual(set(self.alerts) - fired, set())

    def test_every_alert_names_what_the_program_exports(self):
        for name, rule in self.alerts.items():
            self.assertEqual(checks.unknown_metrics(rule["expr"]), set(), name)

    def test_every_alert_says_how_bad_it_is_and_what_to_do(self):
        runbook = (PROMETHEUS / "RUNBOOK.md").read_text()
        headings = set(re.findall(r"^## (\w+)$", runbook, re.MULTILINE))
        self.assertEqual(headings, set(self.alerts))
        for name, rule in self.alerts.items():
            self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"), name)
            notes = rule["annotations"]
            self.assertTrue(notes["summary"] and notes["description"], name)
            base = rule["labels"]["runbook"]
            url = notes["runbook_url"].replace("{{ $labels.runbook }}", base)
            self.assertRegex(url, rf"^https://[^/]+/.*RUNBOOK\.md#{name.lower()}$")

    def test_operating_the_runbook_s_address_is_written_once(self):
        self.assertEqual(RULES.read_text().count("https://"), 1)
        self.assertEqual(len({rule["labels"]["runbook"] for rule in self.alerts.values()}), 1)

    def test_operating_no_alert_depends_on_the_name_of_a_job(self):
        for name, rule in self.alerts.items():
            self.assertNotRegex(rule["expr"], r"\bjob\s*(=|!)", name)
