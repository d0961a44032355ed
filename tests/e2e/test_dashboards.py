"""The dashboards that come with Tripod, over the reference shop: every panel of those for it has data.

python3 tests/e2e/run.py dashboards
"""

import re
import unittest

from shop_run import ShopRun


def setUpModule():
    DashboardsTest.given = unittest.enterModuleContext(ShopRun())


def panels_of(board):
    return [panel for row in board["rows"] for panel in row["panels"]]


class DashboardsTest(unittest.TestCase):
    given = None

    def board(self, name):
        return self.given.server.get_json(f"/api/app/dashboards/{name}")["dashboard"]

    def values(self, expr):
        """Of everything a variable may choose, when the shop was still up."""
        query = re.sub(r"\$\w+", ".*", expr.replace("$rate", "5m"))
        return self.given.server.promql(query, time=self.given.scraped_at)

    def test_every_panel_for_the_shop_has_data(self):
        for panel in panels_of(self.board("django")):
            with self.subTest(panel=panel["title"]):
                self.assertTrue(any(self.values(q["expr"]) for q in panel["queries"]), panel["queries"])

    def test_variables_have_values(self):
        for variable in self.board("django")["variables"]:
            match = re.sub(r"\$\w+", ".*", variable["of"])
            found = self.given.server.get_json(f"/api/v1/label/{variable['label']}/values", **{"match[]": match})["data"]
            self.assertTrue(found, variable["name"])

    def test_that_of_tripod_is_of_metrics_it_has(self):
        used = {m for p in panels_of(self.board("tripod")) for q in p["queries"] for m in re.findall(r"tripod_\w+", q["expr"])}
        there = set(re.findall(r"^(tripod_\w+)", self.given.server.get("/metrics").text, re.MULTILINE))
        self.assertLessEqual(used, there)


if __name__ == "__main__":
    unittest.main()
