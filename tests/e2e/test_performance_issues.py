"""Performance issues out of traces: an N+1 query is one issue with its true count, lives like any other, and is no error.

    python3 tests/e2e/run.py performance_issues
"""

import json
import time
import unittest

from tripod_server import Server, wait_for

FOUND = 40.0  # seconds: a request that ended is waited for 6 s, and a machine may be slow
ROWS = 10


def attribute(key, value):
    return {"key": key, "value": {"stringValue": value}}


def request_of(trace, rows=ROWS):
    """A request that asks for rows, then for something of each of them, 12 ms a query."""
    end = time.time_ns() + 50_000_000  # after whatever was done just before
    start = end - (rows + 1) * 12_000_000 - 1_000_000
    ids = {"traceId": f"{trace:032x}", "parentSpanId": f"{1:016x}", "kind": 3}
    spans = [{"traceId": ids["traceId"], "spanId": f"{1:016x}", "name": "GET /orders/", "kind": 2, "startTimeUnixNano": str(start), "endTimeUnixNano": str(end),
              "attributes": [attribute("http.route", "/orders/")]}]  # fmt: skip
    for i in range(rows + 1):
        sql = "SELECT id FROM shop_order LIMIT 10" if i == 0 else f"SELECT * FROM shop_customer WHERE id = {i * 7}"
        at = start + i * 12_000_000
        spans.append({**ids, "spanId": f"{i + 2:016x}", "name": "SELECT", "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 12_000_000),
                      "attributes": [attribute("db.system.name", "postgresql"), attribute("db.query.text", sql), attribute("code.file.path", "shop/views.py")]})  # fmt: skip
    return spans


def slow_request_of(trace):
    """A job whose only query takes 700 ms."""
    end = time.time_ns() + 50_000_000
    times = {"traceId": f"{trace:032x}", "startTimeUnixNano": str(end - 700_000_000), "endTimeUnixNano": str(end)}
    attributes = [attribute("db.system.name", "postgresql"), attribute("db.query.text", "SELECT pg_sleep(0.7)")]
    return [{**times, "spanId": f"{1:016x}", "name": "nightly"}, {**times, "spanId": f"{2:016x}", "parentSpanId": f"{1:016x}", "name": "SELECT", "kind": 3, "attributes": attributes}]


class PerformanceIssuesTest(unittest.TestCase):
    def send(self, client, spans, release="v1"):
        resource = {"attributes": [attribute("service.name", "shop"), attribute("service.version", release)]}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
        self.assertEqual(client.post("/v1/traces", json.dumps(body).encode()).status, 200)

    def issues(self, server, query):
        return server.get_json("/api/app/issues", query=query, status="all", start="now-1h", end="now+1m")["issues"]

    def test_an_n_plus_one_is_one_issue(self):
        with Server(flags=["--sampling", "on", "--sampling-percentage", "0"]) as server, server.otlp_client() as client:
            for trace in range(1, 6):
                self.send(client, request_of(trace))
            self.send(client, request_of(6, rows=3))

            def count():
                return [i["count"] for i in self.issues(server, "issue.category:performance")]

            wait_for("the issue", lambda: count() == [5], FOUND)
            issue = self.issues(server, "issue.type:performance_n_plus_one_db_queries")[0]
            self.assertEqual((issue["type"], issue["culprit"], issue["level"], issue["issue_category"]), ("N+1 Query", "/orders/", "info", "performance"))
            self.assertEqual(issue["value"], "SELECT * FROM shop_customer WHERE id = ?")
            self.assertEqual(issue["first_release"], "v1")
            self.assertEqual(self.issues(server, "issue.category:error"), [])

            event = server.get_json(f"/api/app/issues/{issue['id']}/events/latest")
            problem = event["contexts"]["problem"]
            self.assertEqual((problem["calls"], problem["duration_ns"], problem["code"]), (ROWS, ROWS * 12_000_000, "shop/views.py"))
            self.assertEqual(len(problem["span_ids"]), ROWS)

            # Of an issue one trace is kept, whatever is sampled.
            def kept():
                rows = server.get_json("/api/app/search", dataset="spans", start="now-1h", end="now+1m", limit=1000)["rows"]
                return len({row["fields"]["trace_id"] for row in rows})

            wait_for("the example", lambda: kept() == 1, FOUND)
            overview = server.get_json("/api/app/overview", start="now-1h", end="now+1m")
            self.assertNotIn('"errors": 5', json.dumps(overview))

            # A trace that is sent again is told of once.
            self.send(client, request_of(1))
            self.send(client, request_of(7))
            wait_for("the next", lambda: count() == [6], FOUND)

            # Fixed, and back in a later release.
            answer = server.client.request("PUT", "/api/app/issues", body=json.dumps({"ids": [issue["id"]], "status": "resolved"}).encode(), headers={"Content-Type": "application/json"})
            self.assertEqual(answer.status, 200, answer.body)
            self.send(client, request_of(8), release="v2")
            wait_for("the regression", lambda: [i["substatus"] for i in self.issues(server, "is:unresolved")] == ["regressed"], FOUND)

    def test_a_slow_query_is_an_issue(self):
        with Server() as server, server.otlp_client() as client:
            self.send(client, slow_request_of(9))
            found = wait_for("the issue", lambda: self.issues(server, "issue.type:performance_slow_db_query"), FOUND)
            self.assertEqual([(i["type"], i["culprit"], i["value"], i["count"]) for i in found], [("Slow DB Query", "nightly", "SELECT pg_sleep(?)", 1)])


if __name__ == "__main__":
    unittest.main()
