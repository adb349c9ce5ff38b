"""Dashboards: every query parses and names what the program exports, every panel explains itself.

The rules are those of Grafana's dashboard-linter.
"""

import json
import re
import unittest

from tests.deploy import checks

FILES = sorted((checks.DEPLOY / "grafana" / "dashboards").glob("*.json"))
GRAFANA_VARIABLES = {"$__rate_interval": "5m", "$job": "kurir", "$instance": ".+"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def plain(query):
    for name, value in GRAFANA_VARIABLES.items():
        query = query.replace(name, value)
    return query


class Dashboards(unittest.TestCase):
    def setUp(self):
        self.dashboards = {path.name: json.loads(path.read_text()) for path in FILES}
        self.panels = [
            (f"{name}: {panel['title']}", panel)
            for name, board in self.dashboards.items()
            for panel in board["panels"]
            if panel["type"] != "row"
        ]
        self.queries = [
            (where, target["expr"]) for where, panel in self.panels for target in panel["targets"]
        ]

    def test_there_is_something_to_look_at(self):
        self.assertTrue(FILES)
        self.assertGreater(len(self.queries), 50)

    def test_the_overview_is_what_its_source_writes(self):
        done = checks.run(checks.DEPLOY / "grafana" / "overview.py", "--check")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_query_parses(self):
        queries = [plain(query) for _, query in self.queries]
        queries += [
            plain(note["expr"])
            for board in self.dashboards.values()
            for note in board["annotations"]["list"]
        ]
        self.assertEqual(checks.parse_error(queries), "")
        self.assertNotIn("$", "".join(queries))

    def test_every_query_names_what_the_program_exports(self):
        for where, query in self.queries:
            self.assertTrue(checks.metrics_in(query), where)
            self.assertEqual(checks.unknown_metrics(query), set(), where)

    def test_every_metric_of_the_program_is_drawn(self):
        drawn = set().union(*(checks.metrics_in(query) for _, query in self.queries))
        for name, kind in checks.exported().items():
            series = {name, f"{name}_bucket"} if kind == "histogram" else {name}
            if name not in (
                "kurir_draining",
                "kurir_http_request_duration_seconds",
                "process_virtual_memory_bytes",
                "process_virtual_memory_max_bytes",
                "kurir_recipients_received_total",
            ):
                self.assertTrue(series & drawn, name)

    def test_every_selector_is_limited_to_the_chosen_jobs_and_instances(self):
        for where, query in self.queries:
            for selector in re.findall(r"\b(?:kurir|process)_[a-z_]+(\{[^}]*\})?", query):
                self.assertIn('job=~"$job"', selector, where)
                self.assertIn('instance=~"$instance"', selector, where)

    def test_counters_are_drawn_as_rates_over_the_interval_that_fits(self):
        for where, query in self.queries:
            for name in re.findall(
                r"\b(?:kurir|process)_[a-z_]+_(?:total|bucket|sum|count)\b", query
            ):
                self.assertRegex(
                    query, rf"(?:rate|increase)\({name}\{{[^}}]*\}}\[\$__rate_interval\]", where
                )
            for interval in re.findall(r"\[([^\]]*)\]", query):
                self.assertEqual(interval, "$__rate_interval", where)

    def test_every_panel_has_title_description_unit_and_the_chosen_datasource(self):
        for where, panel in self.panels:
            self.assertTrue(panel["title"] and panel["description"], where)
            self.assertTrue(panel["fieldConfig"]["defaults"].get("unit"), where)
            self.assertEqual(panel["datasource"], DATASOURCE, where)
            self.assertTrue(all(target["datasource"] == DATASOURCE for target in panel["targets"]))

    def test_places_do_not_overlap_and_ids_differ(self):
        for name, board in self.dashboards.items():
            taken = set()
            for panel in board["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, name)
                cells = {
                    (x, y)
                    for x in range(place["x"], place["x"] + place["w"])
                    for y in range(place["y"], place["y"] + place["h"])
                }
                self.assertFalse(cells & taken, panel["title"])
                taken |= cells
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)), name)

    def test_it_can_be_provisioned(self):
        for name, board in self.dashboards.items():
            self.assertEqual((board["id"], board["editable"]), (None, False), name)
            self.assertLessEqual(board["schemaVersion"], 39, name)
            self.assertEqual(f"{board['uid']}.json", name)
            self.assertNotIn("__inputs", board)
            variables = {one["name"]: one for one in board["templating"]["list"]}
            self.assertEqual(variables["datasource"]["query"], "prometheus")
            for variable in ("job", "instance"):
                self.assertEqual(variables[variable]["refresh"], 2, name)
                self.assertEqual(variables[variable]["allValue"], ".+", name)
