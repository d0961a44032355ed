"""Rule files as Prometheus takes them: recorded over a restart, told of by the API, refused with their place."""

import json
import subprocess
import unittest

from scrape_target import Target
from tripod_server import Server, binary, wait_for

RULES = """
groups:
- name: shop
  interval: 1s
  rules:
  - record: job:orders:sum
    expr: sum by (job) (orders_total)
    labels: {from: rule}
  - record: job:orders:doubled
    expr: job:orders:sum * 2
  - alert: ManyOrders
    expr: orders_total > 3
    for: 1h
    labels: {severity: page}
    annotations: {summary: many}
"""


class RulesTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.__exit__)
        self.page = Target()
        self.addCleanup(self.page.close)
        self.page.body, self.page.content_type = b"orders_total 7\n", "text/plain; version=0.0.4"
        folder = self.server.folder
        self.server.config = folder / "prometheus.yml"
        job = {"job_name": "shop", "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [self.page.address]}]}
        self.server.config.write_text(json.dumps({"rule_files": ["rules/*.yml"], "scrape_configs": [job]}), encoding="utf-8")
        (folder / "rules").mkdir()
        self.rules = folder / "rules" / "shop.yml"
        self.rules.write_text(RULES, encoding="utf-8")

    def samples(self, series):
        answer = self.server.get_json("/api/v1/query", query=f"{series}[10m]")["data"]["result"]
        return [(float(t), v) for t, v in answer[0]["values"]] if answer else []

    def groups(self, **parameters):
        return self.server.get_json("/api/v1/rules", **parameters)["data"]["groups"]

    def test_recorded_over_a_restart_without_a_gap(self):
        self.server.start()
        wait_for("three evaluations", lambda: len(self.samples("job:orders:doubled")) >= 3, 30)
        self.assertEqual(list(self.server.promql('job:orders:sum{from="rule",job="shop"}').values()), [7])
        self.assertEqual(list(self.server.promql("job:orders:doubled").values()), [14])
        before = self.samples("job:orders:sum")[-1][0]
        self.server.crash()
        wait_for("evaluations after the restart", lambda: self.samples("job:orders:sum")[-1][0] > before + 5, 30)
        times = [t for t, _value in self.samples("job:orders:sum")]
        steps = {round(b - a, 3) for a, b in zip(times, times[1:], strict=False)}
        self.assertEqual(steps, {1.0})

    def test_rules_and_alerts_are_told_of(self):
        self.server.start()
        wait_for("the alert", lambda: self.server.get_json("/api/v1/alerts")["data"]["alerts"], 30)
        (alert,) = self.server.get_json("/api/v1/alerts")["data"]["alerts"]
        self.assertEqual((alert["state"], alert["value"], alert["annotations"]), ("pending", "7e+00", {"summary": "many"}))
        self.assertEqual(alert["labels"] | {"instance": ""}, {"alertname": "ManyOrders", "instance": "", "job": "shop", "severity": "page"})
        self.assertEqual(list(self.server.promql('ALERTS{alertstate="pending"}').values()), [1])
        (group,) = self.groups()
        self.assertEqual((group["name"], group["interval"], group["limit"]), ("shop", 1, 0))
        self.assertTrue(group["file"].endswith("rules/shop.yml"))
        self.assertEqual([(r["type"], r["name"], r["health"]) for r in group["rules"]], [("recording", "job:orders:sum", "ok"), ("recording", "job:orders:doubled", "ok"), ("alerting", "ManyOrders", "ok")])
        self.assertEqual([r["name"] for r in self.groups(type="alert")[0]["rules"]], ["ManyOrders"])
        self.assertEqual(self.groups(**{"rule_group[]": "other"}), [])
        self.assertEqual(self.groups(type="alert", exclude_alerts="true")[0]["rules"][0]["alerts"], [])
        answer = self.server.get("/api/v1/rules", type="both")
        self.assertEqual((answer.status, answer.json()["error"]), (400, 'invalid parameter "type": not supported value "both"'))

    def test_a_bad_file_leaves_the_old_rules_in_force(self):
        self.server.start()
        wait_for("the rules", lambda: len(self.groups()) == 1, 30)
        self.rules.write_text("groups:\n- name: shop\n  rules:\n  - record: a\n    expr: sum(\n", encoding="utf-8")
        self.server.reload()
        event = self.server.await_event("configuration_not_reloaded")
        self.assertIn('rules/shop.yml:5:11: group "shop", rule 1, "a": could not parse expression: 1:5: parse error', event["error"])
        self.assertEqual(len(self.groups()[0]["rules"]), 3)
        done = subprocess.run([binary(), "check", "rules", str(self.rules)], capture_output=True, text=True, check=False, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn(":5:11: group", done.stderr)
        self.rules.write_text(RULES, encoding="utf-8")
        done = subprocess.run([binary(), "check", "rules", str(self.rules)], capture_output=True, text=True, check=False, timeout=30)
        self.assertEqual((done.returncode, done.stdout), (0, f"Checking {self.rules}\n  SUCCESS: 3 rules found\n"))

    def test_series_of_rules_that_are_gone_end(self):
        self.server.start()
        wait_for("the recorded series", lambda: self.server.promql("job:orders:doubled"), 30)
        self.rules.write_text("groups:\n- name: shop\n  interval: 1s\n  rules:\n  - {record: job:orders:sum, expr: sum by (job) (orders_total)}\n", encoding="utf-8")
        self.server.reload()
        wait_for("its end", lambda: not self.server.promql("job:orders:doubled"), 30)
        self.assertEqual(list(self.server.promql("job:orders:sum").values()), [7])


if __name__ == "__main__":
    unittest.main()
