"""Dashboards and rules as committed, and proof that each check bites. usage: monitoring_test.py (as a program, by ctest)"""

import copy
import json
import subprocess
import sys
import unittest
from pathlib import Path

import checks
import yaml

REPO = Path(__file__).resolve().parents[2]
GRAFANA = REPO / "dashboards/grafana"
RULES = REPO / "dashboards/prometheus"


def load():
    known = checks.metrics_of((REPO / "docs/metrics.md").read_text())
    rules = checks.rules_of(RULES)
    dashboards = [json.loads(file.read_text()) for file in sorted(GRAFANA.glob("*.json"))]
    tests = [yaml.safe_load(file.read_text()) for file in sorted((RULES / "tests").glob("*.yml"))]
    return known, rules, dashboards, tests


class TheCommittedFiles(unittest.TestCase):
    def setUp(self):
        self.known, self.rules, self.dashboards, self.tests = load()
        self.recorded = {rule["record"] for rule in self.rules if "record" in rule}

    def none(self, problems):
        found = list(problems)
        self.assertEqual(found, [], "\n".join(found))

    def test_the_document_lists_metrics_with_their_labels(self):
        self.assertGreater(len(self.known), 90)
        self.assertEqual(self.known["farm_results_total"], {"kind", "result"})
        self.assertIn("farm_build_seconds_bucket", self.known)

    def test_dashboards_are_well_formed_and_ask_for_metrics_that_exist(self):
        self.assertEqual({one["uid"] for one in self.dashboards}, {"farm-overview", "farm-build", "farm-agents", "farm-capacity"})
        self.none(checks.dashboard_problems(self.dashboards, self.known, self.recorded))

    def test_rules_ask_for_metrics_that_exist_and_say_what_to_do(self):
        self.none(checks.rule_problems(self.rules, {one["uid"] for one in self.dashboards}, self.known))

    def test_each_alert_is_seen_firing_and_silent(self):
        self.none(checks.test_problems(self.rules, self.tests))

    def test_dashboards_are_what_their_generator_writes(self):
        done = subprocess.run([sys.executable, GRAFANA / "generate.py", "--check"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_provisioning_names_the_folder_and_the_data_source(self):
        provided = yaml.safe_load((GRAFANA / "provisioning/dashboards/farm.yml").read_text())["providers"][0]
        self.assertEqual(provided["type"], "file")
        source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
        self.assertEqual((source["type"], source["isDefault"]), ("prometheus", True))


class EachCheckBites(unittest.TestCase):
    def setUp(self):
        self.known, self.rules, self.dashboards, self.tests = load()
        self.recorded = {rule["record"] for rule in self.rules if "record" in rule}

    def broken(self, change):
        dashboards = copy.deepcopy(self.dashboards)
        change(dashboards[0])
        return "\n".join(checks.dashboard_problems(dashboards, self.known, self.recorded))

    def test_a_panel_without_description_unit_thresholds_or_known_metric(self):
        def change(dashboard):
            panel = checks.panels_of(dashboard)[0]
            panel["description"] = ""
            panel["fieldConfig"]["defaults"] = {}
            panel["targets"][0]["expr"] = 'sum(farm_nonsense_total) + sum(farm_results_total{colour="red"})'

        text = self.broken(change)
        for part in ("no description", "no unit", "no thresholds", "`farm_nonsense_total` is neither", "has no label colour"):
            self.assertIn(part, text)

    def test_ids_places_links_and_variables(self):
        def change(dashboard):
            first, second = checks.panels_of(dashboard)[:2]
            second["id"] = first["id"]
            second["gridPos"] = first["gridPos"]
            first["targets"][0]["expr"] += " * $nowhere"
            dashboard["links"][0]["url"] = "/d/farm-gone"
            dashboard["templating"]["list"].append({"name": "idle"})

        text = self.broken(change)
        for part in ("two panels have one id", "overlap", "$nowhere is used", "links to farm-gone", "variable idle is not used"):
            self.assertIn(part, text)

    def test_a_rule_without_severity_action_or_test(self):
        rules = [*self.rules, {"alert": "FarmNew", "expr": "farm_gone > 1", "annotations": {"summary": "x"}}]
        text = "\n".join(checks.rule_problems(rules, {"farm-overview"}, self.known))
        for part in ("FarmNew: no severity", "FarmNew: no action", "FarmNew: names no dashboard", "`farm_gone` is neither"):
            self.assertIn(part, text)
        text = "\n".join(checks.test_problems(rules, self.tests))
        self.assertIn("FarmNew: no test sees it fire", text)
        self.assertIn("FarmNew: no test sees it silent", text)


if __name__ == "__main__":
    unittest.main()
