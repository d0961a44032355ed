"""Scraping by a prometheus.yml as Prometheus takes it: discovery, OpenMetrics, what is told of targets."""

import json
import os
import subprocess
import unittest

from scrape_target import Target
from tripod_server import ADMIN_TOKEN, Server, binary, wait_for

EXEMPLAR = '# TYPE shop_orders counter\nshop_orders_total 3 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 1\n# EOF\n'


def targets_command(server, *arguments):
    """Exit status and output of `tripod targets`."""
    environment = os.environ | {"TRIPOD_URL": server.url, "TRIPOD_TOKEN": ADMIN_TOKEN}
    done = subprocess.run([binary(), "targets", *arguments], env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


class ScrapeTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.__exit__)
        self.config = self.server.folder / "prometheus.yml"
        self.server.config = self.config

    def target(self, body, content_type="text/plain; version=0.0.4"):
        target = Target()
        self.addCleanup(target.close)
        target.body, target.content_type = body.encode(), content_type
        return target

    def start(self, jobs, **sections):
        common = {"scrape_interval": "1s", "scrape_timeout": "1s"}
        self.config.write_text(json.dumps(sections | {"scrape_configs": [common | job for job in jobs]}), encoding="utf-8")
        self.server.start()

    def up(self, job):
        return {dict(labels)["instance"]: value for labels, value in self.server.promql(f'up{{job="{job}"}}').items()}

    def test_discovery_by_file_and_url(self):
        first, second = self.target("a 1\n"), self.target("a 2\n")
        listed = self.target(json.dumps([{"targets": [second.address], "labels": {"zone": "b"}}]), "application/json")
        folder = self.server.folder / "targets"
        folder.mkdir()
        (folder / "web.json").write_text(json.dumps([{"targets": [first.address]}]), encoding="utf-8")
        self.start(
            [
                {"job_name": "files", "file_sd_configs": [{"files": ["targets/*.json"]}]},
                {"job_name": "url", "http_sd_configs": [{"url": f"http://{listed.address}/targets", "refresh_interval": "1s"}]},
            ]
        )
        wait_for("both to be found", lambda: self.up("files") == {first.address: 1} and self.up("url") == {second.address: 1}, 30)
        self.assertEqual(list(self.server.promql('a{zone="b"}').values()), [2])
        # Another list, and one that cannot be read: the last known targets stay, and the reason is told.
        (folder / "web.json").write_text(json.dumps([{"targets": [second.address]}]), encoding="utf-8")
        listed.status = 500
        wait_for("the file's new target", lambda: self.up("files") == {second.address: 1}, 30)
        source = wait_for("the URL's error", lambda: next((s for s in self.server.status()["scrape_sources"] if s["error"]), None))
        self.assertEqual((source["job"], source["targets"], source["error"]), ("url", 1, "server returned HTTP status 500"))
        self.assertEqual(self.up("url"), {second.address: 1})
        status, text = targets_command(self.server, "--down")
        self.assertEqual(status, 1)
        self.assertIn("job url: http://", text)

    def test_a_prometheus_yml_is_taken_and_what_has_no_effect_is_named(self):
        page = self.target(EXEMPLAR, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        static = [{"targets": [page.address]}]
        self.start(
            [{"job_name": "shop", "static_configs": static, "enable_http2": False}, {"job_name": "cloud", "ec2_sd_configs": [{"region": "eu"}]}],
            remote_write=[{"url": "http://127.0.0.1:1"}],
            alerting={"alertmanagers": []},
        )
        wait_for("the scrape", lambda: self.up("shop") == {page.address: 1}, 30)
        self.assertEqual(list(self.server.promql("shop_orders_total").values()), [3])
        notes = "\n".join(self.server.status()["scrape_notes"])
        for note in ("remote_write has no effect", "alerting has no effect", "job shop: enable_http2 has no effect", "ec2_sd_configs has no effect: this discovery is not supported"):
            self.assertIn(note, notes)
        self.assertIn("prometheus.yml:1:", notes)
        self.assertEqual(targets_command(self.server, "--down"), (0, ""))
        status, text = targets_command(self.server)
        self.assertEqual(status, 0)
        self.assertRegex(text, rf"shop +http://{page.address}/metrics +up +\d+ s +1")

    def test_limits_are_told_in_words(self):
        page = self.target('a{b="c"} 1\n')
        static = [{"targets": [page.address]}]
        self.start([{"job_name": "labels", "label_limit": 3, "static_configs": static}, {"job_name": "targets", "target_limit": 1, "static_configs": [{"targets": [page.address, "127.0.0.1:1"]}]}])
        wait_for("all to be down", lambda: [sorted(self.up(job).values()) for job in ("labels", "targets")] == [[0], [0, 0]], 30)
        status, text = targets_command(self.server, "--down", "--json")
        errors = {(t["job"], t["error"]) for t in map(json.loads, text.splitlines())}
        self.assertEqual(status, 1)
        self.assertEqual(errors, {("labels", "label_limit 3 exceeded by a: 4 labels"), ("targets", "target_limit 1 exceeded: the job has 2 targets")})

    def test_workers_that_count_apart_are_noticed(self):
        page = self.target("")
        self.start([{"job_name": "shop", "static_configs": [{"targets": [page.address]}]}])

        def scraped_as(start):
            page.body = f"process_start_time_seconds {start}\nrequests_total {start}\n".encode()
            wait_for(f"a scrape of {start}", lambda: list(self.server.promql("requests_total").values()) == [start], 30)

        for start in (100, 200, 100):
            self.assertEqual(self.server.status()["scrape_targets"][0]["warning"], "")
            scraped_as(start)
        self.assertIn("PROMETHEUS_MULTIPROC_DIR", self.server.status()["scrape_targets"][0]["warning"])
        self.assertIn("PROMETHEUS_MULTIPROC_DIR", targets_command(self.server)[1])


if __name__ == "__main__":
    unittest.main()
