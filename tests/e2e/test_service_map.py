"""The service map out of spans as they come: nodes, edges, and Jaeger's dependencies.

    python3 tests/e2e/run.py service_map
"""

import json
import time
import unittest

from tripod_server import Server, wait_for

WRITTEN = 60.0  # seconds: series are written every 15, a caller that does not come is waited for a little, and a machine may be slow
REQUESTS = 5


def attribute(key, value):
    return {"key": key, "value": {"stringValue": value}}


def spans_of(number):
    """A request to the shop, of which the second statement fails."""
    end = time.time_ns()
    base = {"traceId": f"{number + 1:032x}", "startTimeUnixNano": str(end - 40_000_000), "endTimeUnixNano": str(end)}
    statement = [attribute("db.system.name", "postgresql"), attribute("db.namespace", "shop"), attribute("db.query.text", "SELECT 1")]
    return [
        {**base, "spanId": f"{1:016x}", "name": "GET /orders/", "kind": 2},
        {**base, "spanId": f"{2:016x}", "parentSpanId": f"{1:016x}", "name": "SELECT shop", "kind": 3, "attributes": statement},
        {**base, "spanId": f"{3:016x}", "parentSpanId": f"{1:016x}", "name": "SELECT shop", "kind": 3, "attributes": statement, "status": {"code": 2}},
    ]


class ServiceMapTest(unittest.TestCase):
    def test_requests_become_a_map(self):
        with Server(flags=["--sampling", "on", "--sampling-percentage", "0"]) as server, server.otlp_client() as client:
            spans = [span for number in range(REQUESTS) for span in spans_of(number)]
            body = {"resourceSpans": [{"resource": {"attributes": [attribute("service.name", "shop")]}, "scopeSpans": [{"spans": spans}]}]}
            self.assertEqual(client.post("/v1/traces", json.dumps(body).encode()).status, 200)

            def edges():
                found = server.get_json("/api/app/service_map", start="now-1h", end="now+1m")["edges"]
                return {(e["client"], e["server"]): (e["connection_type"], e["requests"], e["errors"]) for e in found}

            wanted = {("shop", "postgresql/shop"): ("database", 2 * REQUESTS, REQUESTS), ("user", "shop"): ("virtual_node", REQUESTS, 0)}
            wait_for("the edges", lambda: edges() == wanted, WRITTEN)
            answer = server.get_json("/api/app/service_map", start="now-1h", end="now+1m")
            nodes = {n["name"]: n for n in answer["nodes"]}
            self.assertEqual({name: (n["kind"], n["requests"], n["errors"]) for name, n in nodes.items()},
                             {"shop": ("service", REQUESTS, 0), "postgresql/shop": ("database", 2 * REQUESTS, REQUESTS), "user": ("user", 0, 0)})  # fmt: skip
            self.assertTrue(16 <= nodes["shop"]["p95_ms"] <= 70, nodes["shop"])
            self.assertEqual(answer["warnings"], [])

            end = int((time.time() + 60) * 1000)
            found = server.client.get("/jaeger/api/dependencies", endTs=end, lookback=3_600_000).json()
            self.assertEqual(found["data"], [{"parent": "shop", "child": "postgresql/shop", "callCount": 2 * REQUESTS}])
            self.assertEqual(server.client.get("/jaeger/api/dependencies", endTs="soon").status, 400)

            overview = server.get_json("/api/app/overview", start="now-1h", end="now+1m")["services"]
            self.assertEqual([(s["service"], s["requests"], s["errors"]) for s in overview], [("shop", REQUESTS, 0)])


if __name__ == "__main__":
    unittest.main()
