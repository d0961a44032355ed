"""Budgets of active series over a whole process: a flood of new series costs neither the old ones nor the memory."""

import json
import os
import subprocess
import time
import unittest

import wire
from scrape_target import Target
from tripod_server import ADMIN_TOKEN, Server, binary, wait_for

MEGABYTE = 1 << 20
FLOOD = 400_000  # new series; far more than fit into the memory below
BATCH = 10_000


def command(server, *arguments):
    environment = os.environ | {"TRIPOD_URL": server.url, "TRIPOD_TOKEN": ADMIN_TOKEN}
    done = subprocess.run([binary(), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout + done.stderr


def resident(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def write(server, series):
    body = wire.remote_write(series)
    return server.ingest_client().post("/api/v1/write", body, "application/x-protobuf", content_encoding="snappy")


class SeriesLimitsTest(unittest.TestCase):
    def test_a_flood_of_new_series(self):
        """As exploding labels come: each series once, in requests of 10,000 samples. Known series go on all the while."""
        with Server(flags=["--memory", "64MiB"]) as server:
            limits = server.get_json("/api/app/series_statistics")["limits"]
            self.assertEqual(limits, {"all": 32768, "per_job": 16384, "per_metric": 16384})
            known = [{"__name__": "known", "job": "shop", "n": str(n)} for n in range(1000)]
            most, refused, began = 0, 0, time.time()
            for number in range(FLOOD // BATCH):
                at = began + number * 0.001
                answer = write(server, [(labels, [(at, number)]) for labels in known])
                self.assertEqual(answer.status, 204, answer.text)
                first = number * BATCH
                answer = write(server, [({"__name__": "exploded", "id": f"{first + n:032x}", "job": "bad"}, [(at, 1)]) for n in range(BATCH)])
                self.assertIn(answer.status, (204, 400), answer.text)
                refused += BATCH - int(answer.headers["x-prometheus-remote-write-samples-written"])
                most = max(most, resident(server))
            self.assertEqual(refused, FLOOD - 16384)
            self.assertLess(most, 160 * MEGABYTE)  # the budget, and what the program itself is
            self.assertEqual(server.promql("count(known)"), {(): 1000.0})
            self.assertEqual(server.promql("count(exploded)"), {(): 16384.0})
            totals = {(t["protocol"], t["reason"]): t["count"] for t in server.get_json("/api/app/rejected")["totals"]}
            self.assertEqual(totals, {("remote_write", "too_many_series_of_metric"): refused})
            self.assertIn("of the metric exploded", server.rejected()[0]["detail"])
            said = server.get("/metrics").text
            self.assertIn(f'tripod_rejected_items_total{{protocol="remote_write",reason="too_many_series_of_metric"}} {refused}', said)
            self.assertIn('tripod_metrics_series_limit{of="metric"} 16384', said)
            self.assertIn("tripod_metrics_series 17384", said)
            shown = command(server, "series", "exploded")
            self.assertIn("16384 active series; may be: 32768 in all, 16384 of a job, 16384 of a metric", shown)
            self.assertRegex(shown, r"(?m)^ +16384 +\? +16384 +id$")
            self.assertRegex(shown, r"(?m)^ +16384 +\? +bad +remote_write from 127\.0\.0\.1$")
            # After a crash they are all there, and no more are taken.
            server.crash()
            self.assertEqual(server.promql("count(exploded)"), {(): 16384.0})
            self.assertEqual(write(server, [({"__name__": "exploded", "id": "new", "job": "bad"}, [(time.time(), 1)])]).status, 400)

    def test_a_target_that_explodes_says_so_and_goes_on(self):
        target = Target()
        self.addCleanup(target.close)
        target.body = b"pages_old 1\n" + b"".join(b'pages{id="%d"} 1\n' % n for n in range(3))
        server = Server()
        self.addCleanup(server.__exit__)
        server.config = server.folder / "tripod.yml"
        job = {"job_name": "shop", "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [target.address]}]}
        server.config.write_text(json.dumps({"series": {"limit_per_metric": 3}, "scrape_configs": [job]}), encoding="utf-8")
        server.start()
        wait_for("the first scrape", lambda: server.promql("count(pages)") == {(): 3.0})
        target.body = b"pages_old 2\n" + b"".join(b'pages{id="%d"} 2\n' % n for n in range(10))

        def said():
            return next(t for t in server.status()["scrape_targets"])["error"]

        wait_for("what was refused", lambda: "too_many_series_of_metric" in said())
        self.assertRegex(said(), "^7 samples were refused, the others are stored: too_many_series_of_metric: new series are refused while there are 3 active ones of the metric pages, as pages{")
        self.assertTrue(next(t for t in server.status()["scrape_targets"])["up"])
        self.assertEqual(set(server.promql("pages").values()), {2.0})
        self.assertEqual(list(server.promql("pages_old").values()), [2.0])
        self.assertIn("too_many_series_of_metric", command(server, "targets"))
        # A higher limit holds once the file was read again, without a restart.
        server.config.write_text(json.dumps({"series": {"limit_per_metric": 100}, "scrape_configs": [job]}), encoding="utf-8")
        server.reload()
        wait_for("all ten", lambda: server.promql("count(pages)") == {(): 10.0})
        wait_for("nothing refused any more", lambda: said() == "")

    def test_what_was_never_asked_for(self):
        with Server() as server:
            now = time.time()
            self.assertEqual(write(server, [({"__name__": name, "job": "x"}, [(now, 1)]) for name in ("seen", "unseen")]).status, 204)
            server.promql("rate(seen[5m])")
            server.promql('{job="x"}')
            never = server.get_json("/api/app/series_statistics")["never_asked"]
            self.assertEqual([m["name"] for m in never["metrics"]], ["unseen"])
            self.assertEqual(never["questions_without_name"], 1)
            shown = command(server, "series")
            self.assertRegex(shown, r"(?m)^ +1 +\? +yes +seen$")
            self.assertRegex(shown, r"1 of the largest metrics were asked for by no question or rule since .*: unseen \(1\)")


if __name__ == "__main__":
    unittest.main()
