"""Tail sampling: what is kept, what can be looked at before it is gone, and that kills neither lose nor double a span.

    python3 tests/e2e/run.py sampling
"""

import http.client
import json
import pathlib
import random
import tempfile
import threading
import time
import unittest

import wire
from http_client import Client
from tripod_server import DSN_KEY, Server, ServerError, wait_for

FLAGS = ["--sampling", "on"]
SENTRY_AUTH = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={DSN_KEY}, sentry_client=test/1"}
DECIDED = 20.0  # seconds: six after the root has ended, a round, and a slow machine
SPANS = 3  # of each trace


def dropped_id(number):
    """An id that chance does not keep: its low 56 bits are small."""
    return f"{number:016x}00" + f"{number:014x}"


def trace(trace_id, error=False, spans=SPANS, first=1):
    """The spans of a trace, which ended just now: `first` 1 has the root among them."""
    now = time.time_ns()
    return [
        {"traceId": trace_id, "spanId": f"{n:016x}", **({"parentSpanId": f"{1:016x}"} if n > 1 else {}), "name": "GET /orders/" if n == 1 else "SELECT",
         "kind": 2 if n == 1 else 3, "startTimeUnixNano": str(now - 20_000_000), "endTimeUnixNano": str(now),
         **({"status": {"code": 2}} if error and n == first + spans - 1 else {})}
        for n in range(first, first + spans)
    ]  # fmt: skip


def body_of(spans):
    service = [{"key": "service.name", "value": {"stringValue": "shop"}}]
    return json.dumps({"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [{"spans": spans}]}]}).encode()


class SamplingTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(flags=FLAGS)
        self.server.start()
        self.addCleanup(self.server.__exit__)

    def send(self, *traces):
        with self.server.otlp_client() as client:
            answer = client.post("/v1/traces", body_of([span for spans in traces for span in spans]))
            self.assertEqual(answer.status, 200, answer.text)

    def trace(self, trace_id):
        return self.server.client.get(f"/api/app/traces/{trace_id}").json()

    def kept(self, trace_id):
        return self.server.count(f"trace_id:{trace_id}", dataset="spans")

    def wait_for_kept(self, trace_id, spans=SPANS):
        wait_for(f"trace {trace_id} to be kept", lambda: self.kept(trace_id) == spans, DECIDED)

    def test_errors_are_kept_and_the_rest_can_be_looked_at(self):
        bad, good = dropped_id(1), dropped_id(2)
        self.send(trace(bad, error=True), trace(good))
        shown = self.trace(good)  # at once, before anything is decided
        self.assertEqual(len(shown["spans"]), SPANS)
        self.assertFalse(shown["sampling"]["kept"])
        self.assertAlmostEqual(int(shown["sampling"]["gone_at_ns"]) / 1e9, time.time() + 1800, delta=60)
        self.wait_for_kept(bad)
        self.assertEqual(self.trace(bad)["sampling"], {"kept": True, "policy": "errors", "adjusted_count": 1, "gone_at_ns": None})
        self.assertEqual(len(self.trace(bad)["spans"]), SPANS)  # each once, though both datasets have it
        self.assertEqual(self.kept(good), 0)
        found = {t["trace_id"]: t for t in self.server.client.get("/api/app/traces", q="service.name:shop").json()["traces"]}
        self.assertEqual({i: (t["kept"], t["spans"], t["errors"]) for i, t in found.items()}, {bad: (True, SPANS, 1), good: (False, SPANS, 0)})
        jaeger = self.server.client.get(f"/jaeger/api/traces/{good}").json()["data"][0]
        self.assertEqual(len(jaeger["spans"]), SPANS)
        self.assertIn({"key": "sampling.kept", "type": "bool", "value": False}, jaeger["spans"][0]["tags"])
        metrics = self.server.client.get("/metrics").text
        self.assertIn('tripod_sampling_spans_total{outcome="dropped"} 3', metrics)
        self.assertIn('tripod_sampling_traces_total{policy="errors",when="in_time"} 1', metrics)

    def test_a_trace_is_kept_by_a_click_and_by_an_error_event(self):
        asked, failed, other = dropped_id(3), dropped_id(4), dropped_id(5)
        self.send(trace(asked), trace(failed), trace(other))
        wait_for("the decision", lambda: 'outcome="dropped"} 9' in self.server.client.get("/metrics").text, DECIDED)
        answer = self.server.client.post(f"/api/app/traces/{asked}/keep", b"")
        self.assertEqual((answer.status, answer.json()), (200, {"trace_id": asked, "kept": True}))
        self.wait_for_kept(asked)
        self.assertEqual(self.trace(asked)["sampling"]["policy"], "request")
        self.assertEqual(self.server.client.post(f"/api/app/traces/{dropped_id(99)}/keep", b"").status, 404)
        event = {"event_id": "ab" * 16, "timestamp": time.time(), "platform": "python", "message": "boom", "contexts": {"trace": {"trace_id": failed, "span_id": "1" * 16}}}
        with Client(self.server.url, SENTRY_AUTH) as client:
            self.assertEqual(client.post("/api/1/envelope/", wire.event_envelope(event), "application/x-sentry-envelope").status, 200)
        self.wait_for_kept(failed)
        self.assertEqual(self.trace(failed)["sampling"]["policy"], "error_event")
        self.send(trace(failed, first=4, spans=2))  # late ones too
        self.wait_for_kept(failed, 5)
        self.assertEqual(self.kept(other), 0)

    def test_what_is_computed_is_of_what_came(self):
        chosen = f"{7:016x}00" + "f" * 14  # of those that chance keeps: one of twenty
        self.send(trace(chosen))
        self.wait_for_kept(chosen)
        answer = self.server.get_json("/api/app/search", q=f"trace_id:{chosen} | count by name", dataset="spans", start="now-1h", end="now+1h")
        self.assertEqual(sorted(answer["table"]), [["GET /orders/", 20], ["SELECT", 40]])
        self.assertIn("estimated", json.dumps(answer["warnings"]))

    def test_what_is_deleted_is_not_in_the_window_either(self):
        gone = dropped_id(6)
        self.send(trace(gone))
        order = {"dataset": "spans", "query": f"trace_id:{gone}", "from": "now-1h", "to": "now+1h"}
        self.assertEqual(self.server.client.post("/api/app/delete", json.dumps(order).encode()).status, 200)
        self.assertEqual(self.server.client.get(f"/api/app/traces/{gone}").status, 404)


COLLECTOR = """
receivers: {otlp: {}}
processors:
  batch: {}
  tail_sampling:
    decision_wait: 10s
    policies:
      - {name: no-probes, type: drop, drop: {drop_sub_policy: [{name: probe, type: string_attribute, string_attribute: {key: http.route, values: [/healthz]}}]}}
      - {name: failed, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: checkout, type: ottl_condition, ottl_condition: {span: ['attributes["http.route"] == "/checkout/" and IsRootSpan()']}}
"""


class PoliciesTest(unittest.TestCase):
    """What a Collector's configuration says is what is kept."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tripod-policies-")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "collector.yaml"
        self.file.write_text(COLLECTOR, encoding="utf-8")
        self.flags = [*FLAGS, "--sampling-policies", str(self.file)]

    def test_a_collectors_file_says_what_is_kept_and_is_read_again(self):
        with Server(flags=self.flags) as server, server.otlp_client() as client:
            self.assertIn("decision_wait", server.await_event("sampling_setting_without_effect", 5)["setting"])

            def send(number, route, **more):
                spans = trace(dropped_id(number), **more)
                spans[0]["attributes"] = [{"key": "http.route", "value": {"stringValue": route}}]
                self.assertEqual(client.post("/v1/traces", body_of(spans)).status, 200)

            def policies():
                return {n: server.get_json(f"/api/app/traces/{dropped_id(n)}")["sampling"]["policy"] for n in range(1, 5)}

            send(1, "/orders/")
            send(2, "/orders/", error=True)
            send(3, "/checkout/")
            send(4, "/healthz", error=True)
            wait_for("the decisions", lambda: "tripod_sampling_undecided_traces 0\n" in server.client.get("/metrics").text, DECIDED)
            wait_for("what is kept", lambda: server.count("service.name:shop", dataset="spans") == 2 * SPANS, DECIDED)
            self.assertEqual(policies(), {1: "", 2: "failed", 3: "checkout", 4: ""})

            seen = len(server.events)
            self.file.write_text(COLLECTOR.replace("type: status_code", "type: no_such_type"), encoding="utf-8")
            server.reload()
            said = server.await_event("configuration_not_reloaded", 10, seen)["error"]
            self.assertRegex(said, r"collector\.yaml:\d+:\d+: policy \"failed\": .*unsupported: no_such_type")
            self.file.write_text("keep: {rest: 100%}\n", encoding="utf-8")
            server.reload()
            server.await_event("configuration_reloaded", 10, seen)
            send(5, "/orders/")
            wait_for("the new policies' trace", lambda: server.count(f"trace_id:{dropped_id(5)}", dataset="spans") == SPANS, DECIDED)

    def test_a_wrong_file_is_refused_at_the_start(self):
        self.file.write_text("policies:\n  - {name: a, type: latency, latency: {threshold: 100}}\n", encoding="utf-8")
        with self.assertRaisesRegex(ServerError, r"collector\.yaml:2:\d+: policy \"a\""):
            Server(flags=self.flags).start()


class Sender(threading.Thread):
    """Sends batches of traces until each is acknowledged; every second trace has an error."""

    def __init__(self, server, numbers, seed):
        super().__init__(daemon=True)
        self.server, self.numbers, self.random = server, numbers, random.Random(seed)
        self.acknowledged = {}  # trace id: with an error
        self.unsure = set()  # sent more than once: a kill may have come between storing and answering
        self.error = None

    def run(self):
        try:
            with self.server.otlp_client() as client:
                for number in self.numbers:
                    self.send(client, [4 * number + i for i in range(4)])
        except Exception as error:  # must fail the test, not end the thread unseen
            self.error = error

    def send(self, client, numbers):
        traces = {dropped_id(1000 + n): n % 2 == 0 for n in numbers}
        spans = [span for trace_id, error in traces.items() for span in trace(trace_id, error)]

        def acknowledged():
            try:
                answer = client.post("/v1/traces", body_of(spans))
            except (OSError, http.client.HTTPException):
                self.unsure.update(traces)
                return False
            if not answer.ok and answer.status not in (429, 503):
                raise AssertionError(f"{answer.status} {answer.text[:300]}")
            return answer.ok

        wait_for("an answer", acknowledged, 60)
        self.acknowledged |= traces


class CrashTest(unittest.TestCase):
    def test_kills_neither_lose_nor_double(self):
        seed = random.randrange(2**32)
        kills = random.Random(seed)
        with self.subTest(seed=seed), Server(flags=FLAGS) as server:
            senders = [Sender(server, range(i * 2000, i * 2000 + 700), seed + i) for i in range(2)]
            for sender in senders:
                sender.start()
            begun = time.monotonic()
            while any(s.is_alive() for s in senders) or time.monotonic() - begun < 12:
                time.sleep(kills.uniform(0.3, 3))  # a random moment is the point
                server.crash()
            for sender in senders:
                sender.join(60)
                self.assertIsNone(sender.error)
            acknowledged = senders[0].acknowledged | senders[1].acknowledged
            unsure = senders[0].unsure | senders[1].unsure
            wait_for("all decisions", lambda: "tripod_sampling_behind_spans 0\n" in server.client.get("/metrics").text, 90)
            self.check(server, acknowledged, unsure)
            server.crash()
            self.check(server, acknowledged, unsure)

    def check(self, server, acknowledged, unsure):
        self.assertGreater(len(acknowledged), 5000)
        answer = server.get_json("/api/app/search", q="| count by trace_id | limit 10000", dataset="spans", start="now-1h", end="now+1h")
        counts = {row[0]: row[1] for row in answer["table"]}
        wrong = {i: counts.get(i, 0) for i, error in acknowledged.items() if i not in unsure and counts.get(i, 0) != (SPANS if error else 0)}
        self.assertEqual(wrong, {}, "kept traces once and whole, others not")
        for trace_id in random.Random(1).sample(sorted(acknowledged), 200):
            found = server.client.get(f"/api/app/traces/{trace_id}")
            self.assertEqual(found.status, 200, trace_id)
            if trace_id not in unsure:
                self.assertEqual(len(found.json()["spans"]), SPANS, trace_id)


if __name__ == "__main__":
    unittest.main()
