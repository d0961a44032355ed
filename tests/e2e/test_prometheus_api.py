"""Prometheus's HTTP API, and Debian's promtool asking through it."""

import json
import shutil
import subprocess
import time
import unittest
import urllib.parse

import wire
from tripod_server import ADMIN_TOKEN, Server

PROMTOOL = shutil.which("promtool")


class PrometheusApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if PROMTOOL is None:
            raise AssertionError("promtool is not installed: scripts/install test")
        cls.server = Server()
        cls.server.start()
        cls.addClassCleanup(cls.server.__exit__)
        cls.now = int(time.time()) - 1
        samples = [(cls.now - 60 * (9 - n), 10 * n) for n in range(10)]
        series = [
            ({"__name__": "orders_total", "job": "shop", "instance": instance}, [(at, value * factor) for at, value in samples])
            for instance, factor in (("a", 1), ("b", 2))
        ]
        series.append(({"__name__": "http.latency", "job": "mail", "path": 'a"b\n'}, [(cls.now, 0.25)]))
        series.append(({"__name__": "gone", "job": "mail"}, [(cls.now - 3600, 1)]))
        body = wire.remote_write(series)
        answer = cls.server.ingest_client().post("/api/v1/write", body, "application/x-protobuf", content_encoding="snappy")
        assert answer.ok, answer.text

    def ask(self, path, **parameters):
        return self.server.get(path, **parameters)

    def data(self, path, **parameters):
        answer = self.ask(path, **parameters)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(answer.json()["status"], "success")
        return answer.json()["data"]

    def refusal(self, path, **parameters):
        answer = self.ask(path, **parameters)
        said = answer.json()
        self.assertEqual(said["status"], "error")
        return answer.status, said["errorType"], said["error"]

    # -- promtool -------------------------------------------------------------------------------------------------------

    def promtool(self, *arguments, status=0):
        address = urllib.parse.urlsplit(self.server.url)
        server = f"http://token:{ADMIN_TOKEN}@{address.netloc}"
        command = [PROMTOOL, "query", *(server if a == "SERVER" else a for a in arguments)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30)
        self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def test_promtool_instant(self):
        said = self.promtool("instant", "--time", str(self.now), "SERVER", "sum by (job) (orders_total)")
        self.assertEqual(said, f'{{job="shop"}} => 270 @[{self.now}]\n')
        self.assertEqual(self.promtool("instant", "--time", "0", "SERVER", "1 + 1"), "scalar: 2 @[0]\n")

    def test_promtool_range(self):
        start, end = str(self.now - 120), str(self.now)
        said = self.promtool("range", "--start", start, "--end", end, "--step", "60s", "SERVER", "orders_total{instance='a'}")
        self.assertIn('orders_total{instance="a", job="shop"} =>\n70 @', said)
        self.assertEqual(len(said.strip().splitlines()), 4, said)

    def test_promtool_series(self):
        said = self.promtool("series", "--match", "orders_total", "SERVER")
        self.assertEqual(said.count('{__name__="orders_total", instance='), 2, said)

    def test_promtool_labels(self):
        self.assertEqual(self.promtool("labels", "SERVER", "job").split(), ["mail", "shop"])

    def test_promtool_reads_our_errors(self):
        said = self.promtool("instant", "SERVER", "sum(", status=1)
        self.assertIn("bad_data", said)
        self.assertIn("parse error", said)

    # -- errors ---------------------------------------------------------------------------------------------------------

    def test_errors_are_prometheus_words_and_codes(self):
        bad = (400, "bad_data")
        for path, parameters, said in (
            ("query", {"query": "sum("}, 'invalid parameter "query": 1:5: parse error: '),
            ("query", {}, 'invalid parameter "query": 1:1: parse error: no expression found in input'),
            ("query", {"query": "up", "time": "x"}, 'invalid parameter "time": cannot parse "x" to a valid timestamp'),
            ("query", {"query": "up", "limit": "-1"}, 'invalid parameter "limit": limit must be non-negative'),
            ("query", {"query": "up", "timeout": "x"}, 'invalid parameter "timeout": cannot parse "x" to a valid duration'),
            ("query_range", {"query": "up"}, 'invalid parameter "start": cannot parse "" to a valid timestamp'),
            ("query_range", {"query": "up", "start": 1, "end": 0, "step": 1}, 'invalid parameter "end": end timestamp must not be before start time'),
            ("query_range", {"query": "up", "start": 0, "end": 1, "step": 0}, 'invalid parameter "step": zero or negative query resolution step'),
            ("query_range", {"query": "up", "start": 0, "end": 1, "step": "x"}, 'invalid parameter "step": cannot parse "x" to a valid duration'),
            ("query_range", {"query": "up", "start": 0, "end": 11001, "step": 1}, "exceeded maximum resolution of 11,000 points per timeseries."),
            ("query_range", {"query": "up[1m]", "start": 0, "end": 1, "step": 1}, 'invalid parameter "query": invalid expression type "range vector"'),
            ("series", {}, "no match[] parameter provided"),
            ("series", {"match[]": "{}"}, 'invalid parameter "match[]": 1:1: parse error: vector selector must contain'),
            ("rules", {"type": "x"}, 'invalid parameter "type": not supported value "x"'),
            ("status/tsdb", {"limit": 0}, "limit must be a positive number"),
            ("query_exemplars", {"query": "up", "start": 2, "end": 1}, "end timestamp must not be before start timestamp"),
            ("query_exemplars", {"query": "+".join(f"m{i}" for i in range(51))}, "the query has more than 50 different selectors"),
        ):  # fmt: skip
            with self.subTest(path=path, parameters=parameters):
                status, kind, text = self.refusal(f"/api/v1/{path}", **parameters)
                self.assertEqual((status, kind), bad)
                self.assertTrue(text.startswith(said), text)

    def test_what_only_the_data_tells_is_an_execution_error(self):
        for query, said in (
            ("orders_total * on (job) orders_total", "found duplicate series for the match group"),
            ('label_replace(orders_total, "x", "", "job", "(")', "invalid regular expression in label_replace(): ("),
            ("topk(NaN, orders_total)", "Parameter value is NaN"),
        ):
            status, kind, text = self.refusal("/api/v1/query", query=query)
            self.assertEqual((status, kind), (422, "execution"))
            self.assertTrue(text.startswith(said), text)

    def test_annotations(self):
        answer = self.ask("/api/v1/query", query="quantile(2, orders_total)", time=self.now).json()
        self.assertEqual(answer["warnings"], ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"])
        answer = self.ask("/api/v1/query", query='rate({"http.latency"}[5m:1m])', time=self.now + 120).json()
        self.assertEqual(
            answer["infos"],
            ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "http.latency" (1:6)'],
        )

    # -- the rest of the API --------------------------------------------------------------------------------------------

    def test_health_check_of_grafana(self):
        got = self.data("/api/v1/query", query="1+1", time=4)
        self.assertEqual(got, {"resultType": "scalar", "result": [4, "2"]})
        got = self.data("/api/v1/query", query="vector(time())", time="-5")
        self.assertEqual(got["result"][0]["value"], [-5, "-5"])

    def test_format_query(self):
        self.assertEqual(self.data("/api/v1/format_query", query="sum by(job)(rate(x[5m]))"), "sum by (job) (rate(x[5m]))")
        self.assertEqual(self.refusal("/api/v1/format_query", query="(")[:2], (400, "bad_data"))

    def test_parse_query(self):
        got = self.data("/api/v1/parse_query", query='topk(1, a) / on (x) group_left (y) rate(b{c!="d"}[5m] offset 1m)')
        self.assertEqual(got["matching"], {"card": "many-to-one", "labels": ["x"], "on": True, "include": ["y"], "fillValues": {"lhs": None, "rhs": None}})
        self.assertEqual((got["lhs"]["type"], got["lhs"]["op"], got["lhs"]["param"]), ("aggregation", "topk", {"type": "numberLiteral", "val": "1"}))
        call = got["rhs"]
        self.assertEqual(call["func"], {"name": "rate", "argTypes": ["matrix"], "variadic": 0, "returnType": "vector"})
        self.assertEqual(
            call["args"][0]["matchers"],
            [{"name": "c", "value": "d", "type": "!="}, {"name": "__name__", "value": "b", "type": "="}],
        )
        self.assertEqual((call["args"][0]["range"], call["args"][0]["offset"]), (300000, 60000))

    def test_what_is_not_kept_is_empty(self):
        self.assertEqual(self.data("/api/v1/query_exemplars", query="orders_total", start=0, end=1), [])
        self.assertEqual(self.data("/api/v1/query_exemplars", query="+".join(["orders_total"] * 200), start=0, end=1), [])
        self.assertEqual(self.data("/api/v1/rules"), {"groups": []})
        self.assertEqual(self.data("/api/v1/alerts"), {"alerts": []})
        self.assertEqual(self.data("/api/v1/alertmanagers"), {"activeAlertmanagers": [], "droppedAlertmanagers": []})
        self.assertEqual(self.data("/api/v1/targets"), {"activeTargets": [], "droppedTargets": [], "droppedTargetCounts": {}})
        self.assertEqual(self.data("/api/v1/status/config"), {"yaml": ""})

    def test_status(self):
        self.assertNotIn("features", self.data("/api/v1/status/buildinfo"))
        self.assertEqual(self.data("/api/v1/status/buildinfo")["version"], "3.0.0")
        self.assertIn("storageRetention", self.data("/api/v1/status/runtimeinfo"))
        self.assertEqual(self.data("/api/v1/status/flags")["query.lookback-delta"], "5m")
        got = self.data("/api/v1/status/tsdb", limit=1)
        self.assertEqual(got["seriesCountByMetricName"], [{"name": "orders_total", "value": 2}])
        self.assertEqual(got["labelValueCountByLabelName"], [{"name": "__name__", "value": 3}])
        self.assertEqual(len(got["seriesCountByLabelValuePair"]), 1)

    def test_federate(self):
        answer = self.ask("/federate", **{"match[]": ['{job="shop"}', '{__name__=~"http.*|gone"}']})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertTrue(answer.headers["content-type"].startswith("text/plain; version=0.0.4"))
        at = self.now * 1000
        self.assertEqual(
            answer.text,
            "# TYPE http_latency untyped\n"
            f'http_latency{{job="mail",path="a\\"b\\n",instance=""}} 0.25 {at}\n'
            "# TYPE orders_total untyped\n"
            f'orders_total{{instance="a",job="shop"}} 90 {at}\n'
            f'orders_total{{instance="b",job="shop"}} 180 {at}\n',
        )
        self.assertEqual(self.ask("/federate").text, "")
        self.assertEqual(self.ask("/federate", **{"match[]": "{"}).status, 400)

    def test_health(self):
        self.assertEqual(self.ask("/-/ready").status, 200)
        self.assertEqual(self.ask("/-/healthy").status, 200)

    def test_posted_queries(self):
        body = urllib.parse.urlencode({"query": "orders_total", "time": self.now}).encode()
        answer = self.server.read_client().post("/api/v1/query", body, "application/x-www-form-urlencoded")
        self.assertEqual(len(answer.json()["data"]["result"]), 2)
        answer = self.server.read_client().post("/api/v1/parse_query", b"query=up", "application/x-www-form-urlencoded")
        self.assertEqual(json.loads(answer.body)["data"]["name"], "up")


if __name__ == "__main__":
    unittest.main()
