"""Bad metrics over real sockets: a scrape is refused whole, or exactly its bad series are, with the reason; the rest is kept."""

import json
import socketserver
import threading
import time
import unittest

import wire
from scrape_target import Target
from tripod_server import Server, wait_for

YEAR = 365 * 86400


class CutTarget:
    """Says how long its page is and hangs up in the middle."""

    def __init__(self, page, sent):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(page)}\r\n\r\n".encode()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(head + page[:sent])

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class BadScrapeTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.__exit__)
        self.server.config = self.server.folder / "tripod.yml"

    def target(self, body, content_type="text/plain; version=0.0.4"):
        target = Target()
        self.addCleanup(target.close)
        target.body, target.content_type = body, content_type
        return target

    def scrape(self, target, **job):
        common = {"job_name": "j", "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [target.address]}]}
        self.server.config.write_text(json.dumps({"scrape_configs": [common | job]}), encoding="utf-8")
        self.server.start()
        wait_for("a scrape", lambda: self.server.promql("up"))

    def shown(self):
        return self.server.status()["scrape_targets"][0]

    def await_error(self, text):
        return wait_for(text, lambda: text in self.shown()["error"] and self.shown())

    def reasons(self):
        return {r["reason"] for r in self.server.rejected() if r["protocol"] == "scrape"}

    def test_cut_in_the_middle_of_the_body(self):
        page = b"a 1\nb 2\nc 3\n"
        target = CutTarget(page, 9)  # after "b 2\n", and a part of the next line
        self.addCleanup(target.close)
        self.scrape(target)
        self.assertEqual(set(self.server.promql("up").values()), {0.0})
        self.assertNotEqual(self.shown()["error"], "")
        self.assertEqual(self.server.promql("a"), {})

    def test_cut_openmetrics_has_no_end(self):
        self.scrape(self.target(b"# TYPE a gauge\na 1\n", "application/openmetrics-text; version=1.0.0"))
        self.await_error("EOF")
        self.assertEqual((set(self.server.promql("up").values()), self.server.promql("a")), ({0.0}, {}))

    def test_duplicate_series(self):
        self.scrape(self.target(b'a{x="1"} 1\na{x="1"} 2\nb 3\n'))
        shown = self.await_error("duplicate_timestamp_different_value")
        self.assertTrue(shown["up"])
        self.assertIn('a{', shown["error"])
        self.assertEqual((list(self.server.promql("a").values()), list(self.server.promql("b").values())), ([1.0], [3.0]))
        self.assertEqual(self.reasons(), {"duplicate_timestamp_different_value"})

    def test_label_names_and_values_of_100_kb(self):
        long = b"n" * 100_000
        self.scrape(self.target(b"a{" + long + b'="1"} 1\nb{x="' + long + b'"} 2\ngood 3\n'))
        shown = self.await_error("label_too_long")
        self.assertTrue(shown["error"].startswith("2 samples were refused"), shown["error"][:200])
        self.assertLess(len(shown["error"]), 2000)
        self.assertEqual(list(self.server.promql("good").values()), [3.0])
        self.assertEqual((self.server.promql("a"), self.server.promql("b")), ({}, {}))
        self.assertEqual(self.reasons(), {"label_too_long"})

    def test_timestamps_far_away(self):
        self.scrape(self.target(b"future 1 4102444800000\npast 1 1000\nnow 1\n"))
        self.await_error("samples were refused")
        self.assertEqual(len(self.reasons()), 2, self.reasons())
        self.assertIn("out_of_retention", self.reasons())
        self.assertTrue(self.reasons() & {"timestamp_in_future", "timestamp_too_new"})
        self.assertEqual(list(self.server.promql("now").values()), [1.0])
        self.assertTrue(self.shown()["up"])

    def test_buckets_that_change(self):
        head = b"# TYPE h histogram\n"
        target = self.target(head + b'h_bucket{le="1"} 10\nh_bucket{le="2"} 10\nh_bucket{le="+Inf"} 10\nh_sum 5\nh_count 10\n')
        self.scrape(target)
        wait_for("the first buckets", lambda: len(self.server.promql("h_bucket")) == 3)
        target.body = head + b'h_bucket{le="4"} 0\nh_bucket{le="8"} 20\nh_bucket{le="+Inf"} 20\nh_sum 90\nh_count 20\n'

        def bounds():
            return {dict(labels)["le"] for labels in self.server.promql("h_bucket")}

        # Those that are gone do not stay for five minutes beside the new ones: quantiles would be of both.
        wait_for("the new buckets alone", lambda: bounds() == {"4.0", "8.0", "+Inf"})
        self.assertEqual(list(self.server.promql("histogram_quantile(0.5, h_bucket)").values()), [6.0])
        self.assertEqual(self.server.rejected(), [])


class BadRemoteWriteTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(flags=["--memory", "64MiB"]))

    def write(self, series):
        return self.server.ingest_client().post("/api/v1/write", wire.remote_write(series), "application/x-protobuf", content_encoding="snappy")

    def test_unsorted_labels_are_one_series(self):
        now = time.time()
        self.assertEqual(self.write([({"z": "1", "__name__": "unsorted", "a": "2"}, [(now - 1, 1)])]).status, 204)
        self.assertEqual(self.write([({"a": "2", "z": "1", "__name__": "unsorted"}, [(now, 2)])]).status, 204)
        self.assertEqual(self.server.promql("count_over_time(unsorted[1m])"), {(("a", "2"), ("z", "1")): 2.0})

    def test_everything_over_a_year_ends_with_an_error(self):
        now = time.time()
        for number in range(15):
            series = [({"__name__": f"m{number}", "n": f"{n:08}"}, [(now - 30 * k, n + k) for k in range(4)]) for n in range(1000)]
            self.assertEqual(self.write(series).status, 204)
        before = self.server.peak_rss_bytes()
        for path, parameters in (
            ("/api/v1/query_range", {"start": now - YEAR, "end": now, "step": YEAR / 10_000}),
            ("/api/v1/query", {"query": 'avg_over_time({__name__=~".+"}[1y:10s])'}),
        ):
            with self.subTest(path=path):
                answer = self.server.get(path, **({"query": '{__name__=~".+"}'} | parameters))
                self.assertIn(answer.status, (422, 503), answer.text[:300])
                self.assertEqual(answer.json()["status"], "error")
                self.assertRegex(answer.json()["error"], "memory|too many samples|timed out|timeout")
        self.assertLess(self.server.peak_rss_bytes() - before, 128 << 20)
        self.assertEqual(self.server.promql('count({__name__=~"m.+"})'), {(): 15000.0})


if __name__ == "__main__":
    unittest.main()
