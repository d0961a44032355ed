"""Prometheus's administrative API: series deleted, snapshots; and the metadata of targets."""

import json
import subprocess
import time
import unittest

from scrape_target import Target
from tripod_server import Server, binary, wait_for


class AdminApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(flags=["--enable-admin-api"]))
        cls.sender = cls.server.ingest_client()

    def push(self, text):
        answer = self.sender.post("/push/prometheus", text.encode(), "text/plain")
        self.assertEqual(answer.status, 200, answer.text)

    def values(self, query):
        return sorted(self.server.promql(query).values())

    def admin(self, method, path, **parameters):
        return self.server.client.request(method, f"/api/v1/admin/tsdb/{path}", parameters=parameters)

    def test_series_are_deleted_and_may_be_written_again(self):
        stamp = int(time.time() * 1000) - 3000
        self.push(f'gone{{a="1"}} 1 {stamp}\ngone{{a="2"}} 2 {stamp}\n')
        answer = self.admin("POST", "delete_series", **{"match[]": 'gone{a="1"}'})
        self.assertEqual((answer.status, answer.text), (204, ""))
        self.assertEqual(self.values("gone"), [2])
        self.push(f'gone{{a="1"}} 9 {stamp}\n')
        self.assertEqual(self.values("gone"), [2, 9])
        self.assertEqual(self.admin("PUT", "clean_tombstones").status, 204)
        self.assertEqual(self.values("gone"), [2, 9])

    def test_only_what_is_in_the_range_goes(self):
        now = int(time.time())
        self.push(f"ranged 1 {(now - 60) * 1000}\nranged 2 {(now - 1) * 1000}\n")
        self.assertEqual(self.admin("POST", "delete_series", **{"match[]": "ranged", "start": now - 30, "end": now}).status, 204)
        self.assertEqual(self.values("ranged"), [1])

    def test_bad_requests_delete_nothing(self):
        self.push("stays 1\n")
        for parameters in ({}, {"match[]": "{}"}, {"match[]": "stays{"}, {"match[]": "stays", "start": "x"}):
            with self.subTest(parameters=parameters):
                self.assertEqual(self.admin("POST", "delete_series", **parameters).status, 400)
        self.assertEqual(self.sender.post("/api/v1/admin/tsdb/delete_series?match[]=stays", b"").status, 403)
        self.assertEqual(self.values("stays"), [1])

    def test_a_snapshot_is_a_whole_copy(self):
        self.push("kept 1\n")
        names = [self.admin("POST", "snapshot").json()["data"]["name"] for _ in range(2)]
        self.assertNotEqual(*names)
        for name in names:
            folder = self.server.data / "snapshots" / name
            ran = subprocess.run([binary(), "store", "verify", "--data", str(folder)], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
            self.assertFalse((folder / "snapshots").exists())


class AdminApiIsOffTest(unittest.TestCase):
    def test_without_the_flag(self):
        with Server() as server:
            for path in ("snapshot", "clean_tombstones", "delete_series?match[]=up"):
                answer = server.client.request("POST", f"/api/v1/admin/tsdb/{path}")
                self.assertEqual((answer.status, answer.json()["error"]), (503, "admin APIs disabled"), path)


class TargetsMetadataTest(unittest.TestCase):
    def test_families_of_each_target(self):
        page = Target()
        self.addCleanup(page.close)
        page.body = b"# HELP shop_orders Orders.\n# TYPE shop_orders counter\nshop_orders 3\n"
        with Server() as server:
            server.stop()
            server.config = server.folder / "prometheus.yml"
            job = {"job_name": "a", "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [page.address]}]}
            server.config.write_text(json.dumps({"scrape_configs": [job]}), encoding="utf-8")
            server.start()
            wait_for("the scrape", lambda: server.promql("shop_orders"), 30)
            known = {"target": {"instance": page.address, "job": "a"}, "type": "counter", "help": "Orders.", "unit": ""}
            said = server.get_json("/api/v1/targets/metadata", metric="shop_orders")
            self.assertEqual(said["data"], [known])
            said = server.get_json("/api/v1/targets/metadata", match_target='{job="a"}', limit=1)
            self.assertEqual(said["data"], [known | {"metric": "shop_orders"}])
            answer = server.client.request("GET", "/api/v1/targets/metadata", parameters={"match_target": '{job="b"}'})
            self.assertEqual((answer.status, answer.json()["errorType"]), (404, "not_found"))
            self.assertEqual(server.client.request("GET", "/api/v1/targets/metadata", parameters={"match_target": "{"}).status, 400)


if __name__ == "__main__":
    unittest.main()
