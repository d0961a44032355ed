"""The reference shop with its real SDKs (sentry-sdk, structlog, django-prometheus, OpenTelemetry) against a real Tripod:
what its visitors did must be found, counted exactly, joined, and without one of their secrets.

    python3 tests/e2e/run.py shop

One run of the shop serves all tests (shop_run.py). They only read.
"""

import collections
import json
import math
import re
import unittest

from shop_run import COUNTED, FLOOD, FOR_MACHINES, NEW_NAMES, OLD_NAMES, RELEASE, VIEWS, ShopRun, microseconds, route_of
from tripod_server import wait_for

CULPRITS = {
    "GET /crash/zero/": ("ZeroDivisionError", "/crash/zero/"),
    "GET /crash/chain/": ("TenantError", "/crash/chain/"),
    "GET /crash/key/N/": ("KeyError", "/crash/key/{n}/"),
    "GET /task/fail/": ("DeliveryError", "faults.tasks.deliver_newsletter"),
    "POST /checkout/": ("ZeroDivisionError", "/checkout/"),
}
ORDERS_PER_PAGE = 80  # of examples/django/shop/views.py
LEVELS = {"info": 9, "warn": 13, "error": 17}  # severity_number of OpenTelemetry's log data model
FROM_STDOUT = "(-has:otel.scope.name OR has:log.origins)"


def setUpModule():
    ShopTest.given = unittest.enterModuleContext(ShopRun())


class ShopTest(unittest.TestCase):
    maxDiff = None
    given = None

    @property
    def server(self):
        return self.given.server

    def ask(self, path, **parameters):
        return self.server.get_json(path, **parameters)

    def one(self, items, what=""):
        self.assertEqual(len(items), 1, f"{what}: {items!r:.500}")
        return items[0]


class IssuesTest(ShopTest):
    def expected(self):
        asked = self.given.asked
        counts = {route: sum(n for (r, s), n in asked.items() if r == route and s >= 500) for route in CULPRITS}
        counts["GET /task/fail/"] = self.given.count("GET /task/fail/", 202)
        return counts

    def issue_of(self, route):
        kind = CULPRITS[route]
        return self.one([i for i in self.server.issues() if (i["type"], i["culprit"]) == kind], kind)

    def latest(self, route):
        return self.ask(f"/api/app/issues/{self.issue_of(route)['id']}/events/latest")

    def test_every_kind_of_failure_was_provoked(self):
        for route, count in self.expected().items():
            self.assertGreater(count, 0, route)
        self.assertGreaterEqual(self.given.count("GET /crash/key/N/"), FLOOD)

    def test_each_kind_is_one_issue_with_the_exact_count(self):
        found = {(i["type"], i["culprit"]): i["count"] for i in self.server.issues()}
        self.assertEqual(found, {CULPRITS[route]: count for route, count in self.expected().items()})
        self.assertEqual(len(self.server.issues()), len(CULPRITS))

    def test_events_trend_and_releases_add_up_to_the_count(self):
        for issue in self.server.issues():
            events = self.ask(f"/api/app/issues/{issue['id']}/events", limit=1000)["events"]
            self.assertEqual(len({e["event_id"] for e in events}), issue["count"])
            self.assertEqual({e["release"] for e in events}, {RELEASE})
            self.assertEqual({e["environment"] for e in events}, {"production"})
            self.assertEqual(sum(issue["trend"]["counts"]), issue["count"])
            self.assertEqual(issue["releases"], [{"release": RELEASE, "count": issue["count"]}])
            self.assertEqual((issue["first_release"], issue["last_release"]), (RELEASE, RELEASE))
            times = [int(e["time_ns"]) for e in events]
            self.assertEqual((min(times), max(times)), (int(issue["first_seen_ns"]), int(issue["last_seen_ns"])))
            self.assertEqual(self.server.count(f"issue:{issue['id']}", dataset="errors"), issue["count"])

    def test_events_are_a_chain_from_the_latest_to_the_first(self):
        event, seen = self.latest("GET /crash/key/N/"), []
        self.assertIsNone(event["next_event_id"])
        while True:
            seen.append(event["event_id"])
            if event["previous_event_id"] is None:
                break
            event = self.ask(f"/api/app/events/{event['previous_event_id']}")
            self.assertEqual(event["next_event_id"], seen[-1])
        self.assertEqual(len(set(seen)), self.expected()["GET /crash/key/N/"])

    def test_an_exception_shows_its_cause_first(self):
        event = self.latest("GET /crash/chain/")
        self.assertEqual(event["title"], "TenantError: no price list for nowhere")
        shown = [(e["type"], e["value"], e["frames"][-1]["function"]) for e in event["exceptions"]]
        self.assertEqual(shown[0], ("KeyError", "'nowhere'", "tenant_settings"))
        self.assertEqual(shown[1], ("TenantError", "no price list for nowhere", "price_list"))
        self.assertEqual([e["module"] for e in event["exceptions"]], ["", "faults.tenants"])

    def test_frames_show_code_and_variables(self):
        exception = self.one(self.latest("POST /checkout/")["exceptions"])
        functions = [frame["function"] for frame in exception["frames"]]
        self.assertEqual(functions[-4:], ["checkout", "charge", "plan_instalments", "split_cents"])
        last = exception["frames"][-1]
        self.assertEqual(last["context_line"].strip(), "return cents // parts")
        self.assertEqual(last["vars"], {"cents": "24900", "parts": "0"})
        self.assertTrue(last["in_app"])
        self.assertFalse(exception["handled"])

    def test_form_is_shown_without_its_secrets(self):
        event = self.latest("POST /checkout/")
        self.assertEqual(event["request"]["method"], "POST")
        self.assertTrue(event["request"]["url"].endswith("/checkout/"))
        form = event["request"]["data"]
        self.assertEqual((form["amount"], form["instalments"]), ("249.00", "0"))
        for name in ("password", "credit_card", "cvv"):
            self.assertEqual(form[name], "[Filtered]", name)
        card = next(f["vars"]["card"] for f in event["exceptions"][0]["frames"] if f["function"] == "plan_instalments")
        self.assertEqual(card["cvv"], "[Filtered]")

    def test_failing_task_is_an_issue_of_its_own(self):
        event = self.latest("GET /task/fail/")
        exception = self.one(event["exceptions"])
        self.assertEqual((exception["type"], exception["mechanism"]), ("DeliveryError", "celery"))
        self.assertEqual(event["title"], "DeliveryError: newsletter autumn: mail server refused 240 recipients")
        self.assertEqual([f["function"] for f in exception["frames"]][-2:], ["deliver_newsletter", "hand_over"])

    def test_a_flood_with_changing_messages_is_one_issue(self):
        issue = self.issue_of("GET /crash/key/N/")
        rows = self.server.search(f"issue:{issue['id']}", dataset="errors")
        self.assertGreaterEqual(len({row["fields"]["exception.message"] for row in rows}), FLOOD)
        self.assertEqual(len({json.dumps(row["fields"]["issue.hashes"]) for row in rows}), 1)

    def test_sentrys_api_agrees(self):
        theirs = self.ask("/api/0/projects/default/default/issues/")
        ours = self.server.issues(query="")
        named = {i["id"]: (i["shortId"], i["title"], i["culprit"], i["count"]) for i in theirs}
        self.assertEqual(named, {str(i["id"]): (i["short_id"], i["title"], i["culprit"], str(i["count"])) for i in ours})
        for issue in ours:
            events = self.ask(f"/api/0/issues/{issue['id']}/events/")
            own = self.ask(f"/api/app/issues/{issue['id']}/events", limit=100)["events"]
            self.assertEqual([e["eventID"] for e in events], [e["event_id"] for e in own][: len(events)])
            self.assertEqual(len(events), min(issue["count"], 100))
            self.assertEqual({e["groupID"] for e in events}, {str(issue["id"])})
            for event in events:
                self.assertIn({"key": "release", "value": RELEASE}, event["tags"])


class SecretsTest(ShopTest):
    def assert_clean(self, data, where):
        for secret, what in self.given.secrets.items():
            at = data.find(secret.encode())
            self.assertEqual(at, -1, f"{what} in {where}: {data[max(0, at - 200) : at + 40]!r}")

    def test_there_are_secrets_of_every_kind(self):
        kinds = collections.Counter(self.given.secrets.values())
        self.assertGreaterEqual(kinds["session id"], 5)  # traffic.py's visitors
        self.assertEqual(kinds["card number"], 2)
        self.assertEqual(kinds["token in a URL"], 1)

    def test_nothing_of_them_on_disk(self):
        seen = b""
        for file in self.server.data.rglob("*"):
            if file.is_file():
                data = file.read_bytes()
                self.assert_clean(data, file.relative_to(self.server.data))
                seen += data
        # What is not secret is there as it was sent: had secrets been, they would have been seen.
        bad = self.given.summary["bad_request"]["request_id"]
        for known in (RELEASE, "SELECT", "request_finished", "sessions.cache[Filtered]", bad):
            self.assertIn(known.encode(), seen)

    def test_nothing_of_them_in_the_servers_own_log(self):
        data = self.server.log_file.read_bytes()
        self.assertIn(b"listening", data)
        self.assert_clean(data, "the server's log")

    def test_nothing_of_them_in_any_record(self):
        for dataset in ("logs", "spans", "errors"):
            for row in self.server.search(dataset=dataset, limit=10000):
                text = json.dumps(row["fields"], ensure_ascii=False).encode()
                self.assert_clean(text, dataset)
                self.assertNotIn(b"pbkdf2_sha256$", text)  # how Django keeps passwords
                self.assertIsNone(re.search(rb"cvv\W{1,12}737", text), text)

    def test_nothing_of_them_in_any_answer(self):
        paths = [f"/api/app/{name}" for name in ("overview", "status", "setup", "rejected")]
        paths += ["/api/v1/series?match[]={__name__!=''}", "/api/v1/metadata"]
        paths += ["/api/0/projects/default/default/issues/", "/loki/api/v1/labels"]
        paths += [f"/jaeger/api/traces?service={service}&limit=500" for service in ("djzen", "djzen-worker", "default")]
        paths += [f"/loki/api/v1/query_range?query={{service_name=%22{s}%22}}&limit=5000" for s in ("djzen", "djzen-worker")]
        for issue in self.server.issues():
            paths += [f"/api/app/issues/{issue['id']}/{what}" for what in ("events", "tags", "events/latest")]
            paths += [f"/api/0/issues/{issue['id']}/events/"]
        for field in ("name", "db.query.text", "redis.key", "url.query", "url.full"):
            paths.append(f"/api/app/field_values?dataset=spans&field={field}&limit=1000")
        for answer in (self.given.report, self.given.chain):
            paths += [f"/api/app/links/{answer.request_id}", f"/api/app/traces/{self.given.trace_of(answer)}"]
        for path in paths:
            answer = self.server.get(path)
            self.assertEqual(answer.status, 200, f"{path}: {answer.text[:300]}")
            self.assertGreater(len(answer.body), 10, path)
            self.assert_clean(answer.body, path)

    def test_what_was_hidden_says_so(self):
        crumbs = [row["fields"]["payload"] for row in self.server.search("/crash/key/", dataset="errors")]
        self.assertTrue(any("sessions.cache[Filtered]" in json.dumps(c) for c in crumbs))
        queries = {s.get("url.query") for s in self.given.spans('path:"/crash/zero/" kind:server source:otel')}
        self.assertIn("token=[Filtered]", queries)


class TracesTest(ShopTest):
    def test_every_request_is_a_server_span_of_opentelemetry(self):
        spans = self.given.spans("source:otel kind:server")
        self.assertEqual(self.given.requests_by(spans), self.given.asked)
        self.assertEqual({s["service.name"] for s in spans}, {"djzen"})
        self.assertEqual({s["service.version"] for s in spans}, {RELEASE})

    def test_every_request_is_a_transaction_of_sentry(self):
        self.assertEqual(self.given.requests_by(self.given.spans("source:sentry kind:server")), self.given.asked)

    def failed(self):
        """Requests that ended in an exception or with 5xx. OpenTelemetry marks a PermissionDenied (403) too."""
        return self.given.count_status(500) + self.given.count("GET /staff/", 403)

    def test_overview_counts_the_same(self):
        def shop():
            return next((s for s in self.ask("/api/app/overview")["services"] if (s["service"], s["source"]) == ("djzen", "otel")), {"requests": 0})

        wait_for("all requests", lambda: shop()["requests"] == self.given.asked.total(), 40)  # written every 15 s
        self.assertEqual((shop()["errors"], sum(shop()["series"]["requests"])), (self.failed(), shop()["requests"]))

    def test_names_are_those_of_todays_conventions(self):
        for source in ("otel", "sentry"):
            names = collections.Counter(name for s in self.given.spans(f"source:{source}") for name in s)
            self.assertEqual(OLD_NAMES & set(names), set(), source)
            for name in NEW_NAMES:
                self.assertGreater(names[name], 0, f"{name} of {source}")

    def test_queries_name_their_database(self):
        spans = self.given.spans("has:db.query.text source:otel")
        self.assertEqual({s["db.system.name"] for s in spans}, {"postgresql", "redis"})
        for span in spans:
            self.assertEqual(span["server.address"], "127.0.0.1")
            self.assertEqual(span["kind"], "client")

    def test_n_plus_one_is_that_many_spans_seen_by_both_tracers(self):
        trace = self.ask(f"/api/app/traces/{self.given.trace_of(self.given.page_of_orders)}")
        queries = [s for s in trace["spans"] if "db.query.text" in s["attributes"]]
        alone = [(s["source"], s["start_ns"], s["duration_ns"], s["name"][:60]) for s in queries if not s["also_seen_by"]]
        self.assertEqual(alone, [])
        (repeated, count), *others = collections.Counter(s["attributes"]["db.query.text"] for s in queries).most_common()
        self.assertIn('FROM "auth_user" WHERE', repeated)
        self.assertEqual((count, {n for _, n in others}), (ORDERS_PER_PAGE, {1}))
        self.assertEqual(len({s["twin"]["span_id"] for s in queries}), len(queries))

    def test_waterfall_is_one_tree(self):
        trace = self.ask(f"/api/app/traces/{self.given.trace_of(self.given.page_of_orders)}")
        ids = {s["span_id"] for s in trace["spans"]}
        root = self.one([s for s in trace["spans"] if s["parent_span_id"] not in ids])
        self.assertEqual((root["kind"], root["source"], root["also_seen_by"]), ("server", "otel", "sentry"))

    def test_slow_pages_are_found_by_duration(self):
        query = 'source:otel kind:server service:djzen duration:>=800ms path:"/slow/"'
        self.assertEqual(self.server.count(query, dataset="spans"), self.given.count("GET /slow/"))
        queries = self.given.spans("db.query.text:*pg_sleep* source:otel duration:>=800ms")
        self.assertEqual(len(queries), self.given.count("GET /slow/"))

    def test_calls_of_the_rates_service_are_client_spans(self):
        given = self.given
        failed = given.count("GET /quote/", 502)
        expected = {200: given.count("GET /quote/", 200) + given.count("GET /report/"), 404: failed}
        for source in ("otel", "sentry"):
            spans = given.spans(f"source:{source} kind:client url.full:*/rates/*")
            self.assertEqual(collections.Counter(s["http.response.status_code"] for s in spans), expected, source)
            self.assertEqual({s["http.request.method"] for s in spans}, {"GET"})

    def test_trace_of_a_request_holds_its_external_call(self):
        trace_id = self.given.trace_of(self.given.report)
        spans = self.given.spans(f"trace_id:{trace_id}")
        server = self.one([s for s in spans if s["kind"] == "server"])
        call = self.one([s for s in spans if s.get("url.full", "").endswith("/rates/DE")])
        self.assertEqual(call["parent_span_id"], server["span_id"])
        self.assertEqual({s["db.system.name"] for s in spans if "db.system.name" in s}, {"postgresql", "redis"})

    def test_tasks_belong_to_the_trace_that_queued_them(self):
        failed = self.given.count("GET /task/fail/")
        tasks = {"shop.tasks.send_receipt": self.given.orders(), "faults.tasks.deliver_newsletter": failed}
        by_id = {s["span_id"]: s for s in self.given.spans("source:otel kind:(server OR producer OR consumer)")}
        for task, count in tasks.items():
            ran = [s for s in by_id.values() if s["name"] == f"run/{task}"]
            self.assertEqual(len(ran), count, task)
            for consumer in ran:
                producer = by_id[consumer["parent_span_id"]]
                self.assertEqual((producer["kind"], producer["name"]), ("producer", f"apply_async/{task}"))
                request = by_id[producer["parent_span_id"]]
                self.assertEqual(request["kind"], "server")
                self.assertEqual({s["trace_id"] for s in (consumer, producer)}, {request["trace_id"]})
                self.assertEqual((producer["service.name"], consumer["service.name"]), ("djzen", "djzen-worker"))

    def test_failed_requests_are_marked(self):
        failed = self.given.spans("source:otel kind:server status_code:error")
        self.assertEqual(len(failed), self.failed())
        crashed = [s for s in failed if s["http.response.status_code"] == 500]
        for span in crashed:
            event = self.one(span["events"])
            self.assertEqual(event["name"], "exception")
            self.assertTrue(event["attributes"]["exception.type"].endswith("Error"))
            self.assertIn("Traceback", event["attributes"]["exception.stacktrace"])

    def test_jaegers_api_knows_services_and_operations(self):
        self.assertEqual(set(self.ask("/jaeger/api/services")["data"]), {"djzen", "djzen-worker", "default"})
        self.assertIn("GET orders/", self.ask("/jaeger/api/services/djzen/operations")["data"])

    def test_jaegers_api_shows_the_same_trace(self):
        trace_id = self.given.trace_of(self.given.page_of_orders)
        trace = self.one(self.ask(f"/jaeger/api/traces/{trace_id}")["data"])
        spans = {s["span_id"]: s for s in self.given.spans(f"trace_id:{trace_id}")}
        self.assertEqual({s["spanID"] for s in trace["spans"]}, set(spans))
        self.assertEqual({p["serviceName"] for p in trace["processes"].values()}, {"djzen"})
        for shown in trace["spans"]:
            span = spans[shown["spanID"]]
            self.assertEqual((shown["operationName"], shown["duration"]), (span["name"], span["duration_ns"] // 1000))

    def test_searches_of_traces_find_all_and_only_those(self):
        expected = {s["trace_id"] for s in self.given.spans('source:otel kind:server path:"/orders/"')}
        self.assertEqual(len(expected), self.given.count("GET /orders/"))
        found = self.ask("/jaeger/api/traces", service="djzen", operation="GET orders/", limit=500)["data"]
        self.assertEqual({t["traceID"] for t in found}, expected)
        found = self.ask("/api/app/traces", service="djzen", q='kind:server path:"/orders/"', limit=500)["traces"]
        self.assertEqual({t["trace_id"] for t in found}, expected)
        self.assertEqual({(t["root_name"], t["http_status"], t["source"]) for t in found}, {("GET orders/", 200, "otel")})


class LogsTest(ShopTest):
    def requests_in(self, query):
        rows = self.given.logs(f"body:=request_finished {query}")
        rows = [r for r in rows if r["path"] not in FOR_MACHINES]
        self.assertEqual(len({r["request_id"] for r in rows}), len(rows))
        return collections.Counter((route_of(r["method"], r["path"]), r["status"]) for r in rows)

    def test_every_request_is_one_line_that_came_both_ways(self):
        self.assertEqual(self.requests_in(""), self.given.asked)
        self.assertEqual(self.requests_in("has:otel.scope.name has:original has:trace_id has:log.origins"), self.given.asked)
        for row in self.given.logs("body:=request_finished has:log.origins"):
            self.assertEqual(sorted(row["log.origins"].split(", ")), ["loki", "otlp"])

    def test_every_line_that_was_printed_is_there_once(self):
        for program, service in (("web", "djzen"), ("worker", "djzen-worker")):
            printed = self.given.shop.shipped_lines(program)
            rows = self.given.logs(f"service:{service} {FROM_STDOUT}")
            found = collections.Counter(row.get("original", row["body"]) for row in rows)
            self.assertEqual(sum(found.values()), len(printed), service)
            secret_free = collections.Counter(line for line in printed if "token=" not in line)
            self.assertEqual({line: n for line, n in secret_free.items() if found[line] != n}, {}, service)

    def test_level_and_time_are_those_of_the_line(self):
        rows = self.server.search(f"service:djzen {FROM_STDOUT} original:{{*", limit=10000)
        self.assertGreater(len(rows), self.given.asked.total())
        for row in rows:
            said = json.loads(row["fields"]["original"])
            level = {"warning": "warn"}.get(said["level"], said["level"])
            self.assertEqual((row["fields"]["severity_text"], row["fields"]["severity_number"]), (level, LEVELS[level]))
            self.assertEqual(microseconds(row["time_ns"]), said["timestamp"])
            self.assertEqual(row["fields"]["body"], said["event"])

    def test_keys_of_a_line_become_fields(self):
        paid = self.given.logs(f"body:=order_paid {FROM_STDOUT}")
        self.assertEqual(collections.Counter(p["payment_method"] for p in paid), self.given.summary["orders_total"])
        self.assertEqual({(type(p["amount"]), type(p["order_id"])) for p in paid}, {(float, int)})
        sent = self.given.logs(f"body:=receipt_sent service:djzen-worker {FROM_STDOUT}")
        self.assertEqual({(s["order_id"], s["request_id"]) for s in sent}, {(p["order_id"], p["request_id"]) for p in paid})

    def test_levels_are_in_order(self):
        given = self.given
        warned = given.count("GET /quote/", 502) + given.count("POST /login/", 200)
        in_requests = f"{FROM_STDOUT} has:request_id service:djzen -has:logger"
        self.assertEqual(self.server.count(f"{in_requests} level:>=warn level:<error"), warned)
        self.assertEqual(self.server.count(f"{in_requests} level:>=error"), given.count("GET /status/503/"))
        self.assertEqual(self.server.count(f"{in_requests} level:warning"), warned)

    def test_exceptions_of_lines_are_fields(self):
        rows = self.given.logs(f'"Internal Server Error" {FROM_STDOUT}')
        self.assertEqual(len(rows), self.given.count_status(500) - self.given.count_status(501))
        for row in rows:
            self.assertIn("Traceback", row["exception.stacktrace"])
            self.assertEqual(row["severity_text"], "error")

    def test_bad_request_is_found_by_its_request_id(self):
        bad = self.given.summary["bad_request"]
        rows = self.given.logs(f"request_id:{bad['request_id']}")
        bodies = collections.Counter(r["body"] for r in rows)
        self.assertEqual(bodies, {"Internal Server Error: /checkout/": 1, "request_finished": 1})
        self.assertEqual({(r["path"], r["service.name"]) for r in rows}, {("/checkout/", "djzen")})
        self.assertEqual({r["status"] for r in rows if r["body"] == "request_finished"}, {500})
        self.assertEqual(rows, self.given.logs(f'request:"{bad["request_id"]}"'))

    def test_access_lines_have_fields(self):
        rows = self.given.logs("http.request.method:POST url.path:=/checkout/ http.response.status_code:500 has:client.address")
        self.assertEqual(len(rows), self.given.count("POST /checkout/", 500))
        self.assertEqual({row["severity_text"] for row in rows}, {"error"})

    def test_opentelemetrys_records_are_in_their_traces(self):
        rows = self.given.logs("has:otel.scope.name has:request_id service:djzen -has:logger")
        traces = {s["trace_id"] for s in self.given.spans("source:otel kind:server")}
        in_requests = [r for r in rows if r["path"] not in FOR_MACHINES]
        self.assertLessEqual({r.get("trace_id") for r in in_requests}, traces)
        self.assertGreaterEqual(len(in_requests), self.given.asked.total())

    def test_lokis_api_answers_the_same(self):
        bad = self.given.summary["bad_request"]["request_id"]
        data = self.ask("/loki/api/v1/query_range", query=f'{{service_name="djzen"}} |= "{bad}"')["data"]
        self.assertEqual(data["resultType"], "streams")
        self.assertGreaterEqual(sum(len(s["values"]) for s in data["result"]), 2)
        query = '{service_name="djzen", level="error"} |= "warehouse_unavailable"'
        data = self.ask("/loki/api/v1/query_range", query=query, limit=5000)["data"]
        self.assertEqual(sum(len(s["values"]) for s in data["result"]), self.given.count("GET /status/503/"))
        labels = set(self.ask("/loki/api/v1/labels")["data"])
        self.assertLessEqual({"service_name", "level", "deployment_environment_name"}, labels)
        self.assertEqual(set(self.ask("/loki/api/v1/label/service_name/values")["data"]), {"djzen", "djzen-worker"})


class MetricsTest(ShopTest):
    def at_the_end(self, query):
        """When every request was counted and the shop was still up: one value per set of labels."""
        return self.server.promql(query, time=self.given.scraped_at)

    def by(self, label, query):
        return {dict(labels)[label]: value for labels, value in self.at_the_end(f"sum by ({label}) ({query})").items()}

    def test_target_was_up_and_is_down_since_the_shop_is_gone(self):
        ((labels, value),) = self.at_the_end("up").items()
        self.assertEqual((dict(labels)["job"], dict(labels)["service"], value), ("django", "djzen", 1))
        wait_for("the target to be down", lambda: list(self.server.promql("up").values()) == [0])
        target = self.one(self.server.status()["scrape_targets"])
        self.assertEqual((target["job"], target["up"]), ("django", False))
        self.assertNotEqual(target["error"], "")

    def test_djangos_counters_agree_with_the_requests(self):
        expected = collections.Counter()
        for (route, status), count in self.given.asked.items():
            method, path = route.split()
            expected[VIEWS[path], method, str(status)] += count
        found = self.at_the_end(f"sum by (view, method, status) ({COUNTED})")
        named = {tuple(dict(labels)[name] for name in ("view", "method", "status")): n for labels, n in found.items()}
        self.assertEqual(named, expected)
        by_view = "django_http_requests_total_by_view_transport_method_total"
        for view in ("crash-key", "order-list", "login"):
            count = sum(n for (v, _, _), n in expected.items() if v == view)
            self.assertEqual(self.at_the_end(f'sum({by_view}{{view="{view}"}})'), {(): count}, view)

    def test_the_shops_own_metrics(self):
        self.assertEqual(self.by("payment_method", "orders_total"), self.given.summary["orders_total"])
        self.assertEqual(self.at_the_end("sum(order_create_seconds_count)"), {(): self.given.orders()})

    def test_quantiles_of_histograms(self):
        latency = "django_http_requests_latency_seconds_by_view_method_bucket"
        (slow,) = self.at_the_end(f'histogram_quantile(0.5, sum by (le) ({latency}{{view="slow"}}))').values()
        self.assertGreater(slow, 0.75)  # it waits for 0.8 s; the bucket's bounds are 0.75 and 1
        self.assertLess(slow, 2.5)
        (rated,) = self.at_the_end(f"histogram_quantile(0.95, sum by (le) (rate({latency}[5m])))").values()
        self.assertTrue(math.isfinite(rated) and rated > 0, rated)

    def test_opentelemetrys_metrics_count_the_same(self):
        found = self.server.promql('sum(http_server_duration_milliseconds_count{job="djzen"})')
        self.assertEqual(found, {(): self.given.asked.total()})
        by_status = self.server.promql('sum by (http_status_code) (http_server_duration_milliseconds_count{job="djzen"})')
        expected = collections.Counter()
        for (_, status), count in self.given.asked.items():
            expected[str(status)] += count
        self.assertEqual({dict(labels)["http_status_code"]: value for labels, value in by_status.items()}, expected)
        (p50,) = self.server.promql("histogram_quantile(0.5, sum by (le) (http_server_duration_milliseconds_bucket))").values()
        self.assertTrue(0 < p50 < 10_000, p50)

    def test_labels_values_and_series(self):
        names = set(self.ask("/api/v1/labels")["data"])
        self.assertLessEqual({"__name__", "job", "instance", "le", "view", "payment_method"}, names)
        self.assertEqual(self.ask("/api/v1/label/job/values", **{"match[]": "up"})["data"], ["django"])
        self.assertIn("orders_total", self.ask("/api/v1/label/__name__/values")["data"])
        series = self.ask("/api/v1/series", **{"match[]": "orders_total"})["data"]
        self.assertEqual({s["payment_method"] for s in series}, set(self.given.summary["orders_total"]))
        self.assertEqual({s["job"] for s in series}, {"django"})
        self.assertEqual(self.ask("/api/v1/metadata", metric="orders_total")["data"]["orders_total"][0]["type"], "counter")

    def test_counters_never_fall_while_the_shop_runs(self):
        end = self.given.scraped_at
        answer = self.ask("/api/v1/query_range", query=f"sum({COUNTED})", start=end - 60, end=end, step=1)
        values = [float(v) for _, v in self.one(answer["data"]["result"])["values"]]
        self.assertEqual(values, sorted(values))
        self.assertEqual(values[-1], self.given.asked.total())


class JoiningTest(ShopTest):
    def identities(self, links):
        return {i["kind"]: i for i in links["identities"]}

    def check(self, request_id, path, issue_type):
        """From the request id to everything, and from each of those back to everything."""
        links = self.given.links(request_id)
        found = self.identities(links)
        self.assertEqual(set(found), {"request_id", "trace_id", "sentry_trace_id", "event_id"})
        self.assertEqual((found["request_id"]["value"], found["trace_id"]["confidence"]), (request_id, "exact"))
        for kind in ("sentry_trace_id", "event_id"):
            self.assertEqual(found[kind]["confidence"], "probable")
            self.assertIn(path, found[kind]["evidence"])
        self.assertIn("otel.trace_id", links["hint"])
        traces = {"otel": found["trace_id"]["value"], "sentry": found["sentry_trace_id"]["value"]}
        self.assertEqual({t["source"]: t["trace_id"] for t in links["traces"]}, traces)
        error = self.one(links["errors"])
        self.assertTrue(error["title"].startswith(issue_type))
        self.assertEqual(error["event_id"], found["event_id"]["value"])
        lines = self.server.count(links["logs"]["query"])
        self.assertEqual(lines, links["logs"]["count"])
        self.assertGreaterEqual(lines, 2)  # the request's and Django's own, each by two ways
        for kind, identity in found.items():
            back = {(i["kind"], i["value"]) for i in self.given.links(identity["value"])["identities"]}
            self.assertEqual(back, {(k, i["value"]) for k, i in found.items()}, f"from {kind}")
        return found

    def test_bad_request_and_back(self):
        bad = self.given.summary["bad_request"]
        found = self.check(bad["request_id"], bad["path"], "ZeroDivisionError")
        event = self.ask(f"/api/app/events/{found['event_id']['value']}")
        self.assertEqual(event["trace_id"], found["sentry_trace_id"]["value"])
        self.assertTrue(event["request"]["url"].endswith(bad["path"]))
        span = self.one(self.given.spans(f"trace_id:{found['trace_id']['value']} kind:server"))
        self.assertEqual((span["url.path"], span["http.response.status_code"]), (bad["path"], 500))
        self.assertLess(abs(int(event["time_ns"]) / 1e9 - bad["time"]), 5)

    def test_request_of_the_guest_and_back(self):
        self.check(self.given.chain.request_id, "/crash/chain/", "TenantError")

    def test_each_error_of_a_flood_leads_to_its_own_request_only(self):
        for answer in self.given.flood:
            links = self.given.links(answer.request_id)
            error = self.one(links["errors"], answer.step.path)
            event = self.ask(f"/api/app/events/{error['event_id']}")
            self.assertTrue(event["request"]["url"].endswith(answer.step.path), event["request"]["url"])
            back = self.identities(self.given.links(error["event_id"]))
            self.assertEqual(back["request_id"]["value"], answer.request_id)

    def test_trace_shows_lines_errors_and_the_other_tracers_spans(self):
        found = self.identities(self.given.links(self.given.summary["bad_request"]["request_id"]))
        trace = self.ask(f"/api/app/traces/{found['trace_id']['value']}")
        self.assertEqual({s["source"] for s in trace["spans"]}, {"otel", "sentry"})
        self.assertEqual(self.one(trace["errors"])["event_id"], found["event_id"]["value"])
        self.assertIn("Internal Server Error: /checkout/", {row["fields"]["body"] for row in trace["logs"]})

    def test_failed_task_leads_to_the_request_that_queued_it(self):
        """Exact all the way: the task's id stands in lines, in Sentry's spans and in those of OpenTelemetry."""
        lines = self.given.logs(f"body:=newsletter_queued {FROM_STDOUT}")
        self.assertEqual(len(lines), self.given.count("GET /task/fail/"))
        for line in lines:
            links = self.given.links(line["task_id"])
            self.assertEqual(self.identities(links)["request_id"]["value"], line["request_id"])
            self.assertEqual({i["confidence"] for i in links["identities"]}, {"exact"})
            self.assertTrue(self.one(links["errors"])["title"].startswith("DeliveryError"))

    def test_unknown_id_is_an_empty_answer(self):
        links = self.given.links("0" * 32)
        self.assertEqual((links["traces"], links["errors"], links["logs"]["count"]), ([], [], 0))


class ReceivedTest(ShopTest):
    def received(self, kept):
        return {(r["protocol"], r["item"]): r["count"] for r in self.server.status()["received"] if r["kept"] is kept}

    def joined(self):
        lines = self.server.get("/metrics").text.splitlines()
        return sum(int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("tripod_joined_log_records_total"))

    def test_nothing_was_rejected(self):
        self.assertEqual(self.ask("/api/app/rejected"), {"items": [], "totals": []})

    def test_what_comes_beside_events_is_kept(self):
        self.assertLessEqual({("sentry", "attachment"), ("sentry", "client_report")}, set(self.received(kept=True)))
        self.assertLessEqual({p for p, _ in self.received(kept=False)}, {"sentry", "otlp"})

    def test_what_is_kept_is_there(self):
        kept = self.received(kept=True)
        stored = {d["name"]: d["rows"] for d in self.server.status()["datasets"]}
        lines, spans = (kept[text, item] + kept["otlp", item] for text, item in (("loki", "log record"), ("sentry", "span")))
        self.assertEqual(self.server.count(dataset="logs"), lines - self.joined())
        self.assertLessEqual(stored["logs"], lines)  # what was replaced goes with a merge
        self.assertEqual((stored["spans"], self.server.count(dataset="spans")), (spans, spans))
        self.assertEqual(self.server.count("NOT has:issue.type", dataset="errors"), kept["sentry", "error event"])

    def test_every_signal_is_said_to_have_arrived(self):
        signals = self.ask("/api/app/setup")["signals"]
        self.assertEqual({name for name, s in signals.items() if s["count"] > 0}, {"errors", "logs", "metrics", "traces"})

    def test_server_complained_of_nothing(self):
        self.assertIn("listening", {e["event"] for e in self.server.events})
        self.assertEqual([e for e in self.server.events if e.get("level") != "info"], [])
