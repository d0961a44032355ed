"""Bad input over real sockets: each kind gets its protocol's own clear error, is named in the rejected list, leaves the rest
of its batch alone, and the server stays well.

    python3 tests/e2e/run.py bad_input
"""

import contextlib
import gzip
import json
import pathlib
import socket
import time
import unittest
import zlib

import grpc
import wire
from http_client import Client
from scrape_target import Target
from tripod_server import DSN_KEY, Server, wait_for

MEGABYTE = 1 << 20
SENTRY_AUTH = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={DSN_KEY}, sentry_client=test/1"}
STRANGER = "f" * 32
SLOW_CLIENT_SECONDS = 45  # the server gives up earlier


def now_ns(ago=0.0):
    return time.time_ns() - int(ago * 1e9)


def bomb(megabytes):
    """Gzip of so many megabytes of blanks; a thousandth of that on the wire."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(megabytes)) + packer.flush()


def nested(levels):
    return b'{"a":' * levels + b"1" + b"}" * levels


def event(number, **more):
    return {"event_id": f"{number:032x}", "timestamp": time.time(), "platform": "python", "message": f"event {number}"} | more


def spans(*items):
    return {"resource_spans": [{"resource": {"attributes": {"service.name": "bad"}}, "scope_spans": [{"spans": list(items)}]}]}


def span(number, start=None, **more):
    start = now_ns(2) if start is None else start
    return {
        "trace_id": f"{number:032x}", "span_id": f"{number:016x}", "name": f"span {number}",
        "start_time_unix_nano": start, "end_time_unix_nano": start + 1000,
    } | more  # fmt: skip


class BadInput(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(flags=["--memory", "512MiB"]))

    def setUp(self):
        self.before = self.totals()

    def tearDown(self):
        self.assertEqual(self.server.get("/-/ready").status, 200)
        with self.server.ingest_client() as client:
            line = json.dumps({"event": "still well", "case": self.id()}).encode()
            self.assertEqual(client.post("/push/json", line).json()["accepted"], 1)

    # -- what every case asks -----------------------------------------------------------------------------------------

    def totals(self):
        totals = self.server.get_json("/api/app/rejected")["totals"]
        return {(t["protocol"], t["reason"]): t["count"] for t in totals}

    def assert_rejected(self, protocol, reason, text="", count=1):
        """Listed since the beginning of this test, so often, and saying `text`."""
        now = self.totals()
        new = {key: now[key] - self.before.get(key, 0) for key in now if now[key] != self.before.get(key, 0)}
        self.assertEqual(new, {(protocol, reason): count}, self.server.rejected()[:3])
        newest = self.server.rejected()[0]
        self.assertEqual((newest["protocol"], newest["reason"]), (protocol, reason))
        self.assertIn(text.lower(), newest["detail"].lower())
        self.assertEqual(newest["peer"], "127.0.0.1")

    def post(self, path, body, content_type="application/json", otlp=False, **headers):
        client = Client(self.server.otlp_url if otlp else self.server.url, {"X-Tripod-Key": DSN_KEY})
        with client:
            return client.post(path, body, content_type, **headers)

    def post_sentry(self, body, path="/api/1/envelope/", auth=None, **headers):
        with Client(self.server.url, SENTRY_AUTH if auth is None else auth) as client:
            return client.post(path, body, "application/x-sentry-envelope", **headers)

    def assert_sentry_error(self, answer, status, text):
        self.assertEqual(answer.status, status, answer.text)
        self.assertIn(text.lower(), answer.json()["detail"].lower())
        self.assertIn(text.lower(), answer.headers["x-sentry-error"].lower())

    def assert_otlp_error(self, answer, status, code, text):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["content-type"], "application/x-protobuf")
        body = wire.decode("google.rpc.Status", answer.body)
        self.assertEqual(body["code"], code, body)
        self.assertIn(text.lower(), body["message"].lower())

    def assert_app_error(self, answer, status, code, text=""):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.json()["error"]["code"], code)
        self.assertIn(text.lower(), answer.json()["error"]["message"].lower())

    def assert_text_error(self, answer, status, text=""):
        self.assertEqual(answer.status, status, answer.text)
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        self.assertIn(text.lower(), answer.text.lower())


class SentryTest(BadInput):
    def test_length_beyond_the_end(self):
        body = b'{}\n{"type":"event","length":5000}\n' + json.dumps(event(1)).encode()
        self.assert_sentry_error(self.post_sentry(body), 400, "5000 bytes announced")
        self.assert_rejected("sentry", "truncated_item", "5000 bytes announced")

    def test_item_header_is_not_json(self):
        before = event(0xFACE)
        body = wire.event_envelope(before) + b"not a header\n{}\n"
        self.assert_sentry_error(self.post_sentry(body), 400, "header")
        self.assert_rejected("sentry", "invalid_item_header", "header")
        self.assertEqual(self.server.get_json(f"/api/app/events/{before['event_id']}")["message"], before["message"])

    def test_envelope_header_is_not_json(self):
        self.assert_sentry_error(self.post_sentry(b"GET / HTTP/1.1\r\n\r\n"), 400, "header")
        self.assert_rejected("sentry", "invalid_argument")

    def test_one_bad_item_leaves_the_others(self):
        good = event(0xBEEF)
        body = wire.envelope([({"type": "event"}, b'{"event_id": "broken'), ({"type": "event"}, good)])
        answer = self.post_sentry(body)
        self.assertEqual(answer.status, 200, answer.text)
        self.assert_rejected("sentry", "invalid_json")
        self.assertEqual(self.server.get_json(f"/api/app/events/{good['event_id']}")["message"], good["message"])

    def test_truncated_gzip(self):
        whole = gzip.compress(wire.event_envelope(event(2)))
        answer = self.post_sentry(whole[: len(whole) // 2], Content_Encoding="gzip")
        self.assert_sentry_error(answer, 400, "gzip")
        self.assert_rejected("sentry", "invalid_argument", "gzip")

    def test_gzip_bomb(self):
        answer = self.post_sentry(bomb(300), Content_Encoding="gzip")
        self.assert_sentry_error(answer, 413, "")
        self.assert_rejected("sentry", "too_large")

    def test_unknown_encoding(self):
        self.assert_sentry_error(self.post_sentry(b"{}", Content_Encoding="rot13"), 415, "rot13")
        self.assert_rejected("sentry", "unsupported", "rot13")

    def test_wrong_key(self):
        auth = {"X-Sentry-Auth": SENTRY_AUTH["X-Sentry-Auth"].replace(DSN_KEY, STRANGER)}
        answer = self.post_sentry(wire.event_envelope(event(3)), auth=auth)
        self.assert_sentry_error(answer, 403, "key")
        self.assert_rejected("sentry", "permission_denied", "key")
        self.assertNotIn(STRANGER, answer.text + json.dumps(self.server.rejected()))

    def test_unknown_project(self):
        answer = self.post_sentry(wire.event_envelope(event(4)), path="/api/99/envelope/")
        self.assert_sentry_error(answer, 403, "project 99")
        self.assert_rejected("sentry", "permission_denied", "project 99")

    def test_unknown_project_of_otlp(self):
        answer = self.post("/api/99/integration/otlp/v1/traces", b"", "application/x-protobuf")
        self.assertEqual(answer.status, 403)
        self.assertIn("project 99", wire.decode("google.rpc.Status", answer.body)["message"])
        self.assert_rejected("otlp", "permission_denied", "project 99")

    def test_project_is_not_a_number(self):
        answer = self.post_sentry(wire.event_envelope(event(4)), path="/api/shop/envelope/")
        self.assert_sentry_error(answer, 400, "project")
        self.assert_rejected("sentry", "invalid_argument", "project")

    def test_thirty_levels_are_kept(self):
        deep = event(5, extra=json.loads(nested(30)))
        self.assertEqual(self.post_sentry(wire.event_envelope(deep)).status, 200)
        self.assertEqual(self.server.get_json(f"/api/app/events/{deep['event_id']}")["message"], "event 5")
        self.assertEqual(self.totals(), self.before)

    def test_hundred_thousand_levels(self):
        body = wire.envelope([({"type": "event"}, b'{"event_id":"%032x","extra":%s}' % (6, nested(100_000)))])
        answer = self.post_sentry(body)
        self.assert_sentry_error(answer, 400, "json_too_deep")
        self.assert_rejected("sentry", "json_too_deep")

    def test_invalid_utf8(self):
        raw = json.dumps(event(7)).encode().replace(b"event 7", b"caf\xe9 \xff\xfe")
        answer = self.post_sentry(wire.envelope([({"type": "event"}, raw)]))
        self.assertEqual(answer.status, 200, answer.text)
        kept = self.server.get_json(f"/api/app/events/{7:032x}")
        self.assertEqual(kept["message"], "caf\ufffd \ufffd\ufffd")

    def test_times_of_1970_and_2100_are_corrected(self):
        for number, at in ((8, 0.0), (9, 4102444800.0)):
            with self.subTest(at=at):
                self.assertEqual(self.post_sentry(wire.event_envelope(event(number) | {"timestamp": at})).status, 200)
                kept = self.server.get_json(f"/api/app/events/{number:032x}")
                self.assertAlmostEqual(int(kept["time_ns"]) / 1e9, time.time(), delta=60)

    def test_oversize(self):
        self.assert_sentry_error(self.post_sentry(b" " * (21 * MEGABYTE)), 413, "limit")
        self.assert_rejected("sentry", "too_large", "limit")

    def test_event_over_its_own_limit(self):
        answer = self.post_sentry(wire.event_envelope(event(10, extra={"big": "x" * (5 * MEGABYTE)})))
        self.assert_sentry_error(answer, 413, "too_large")
        self.assert_rejected("sentry", "too_large")


class OtlpTest(BadInput):
    def export(self, body, content_type="application/x-protobuf", path="/v1/traces", **headers):
        return self.post(path, body, content_type, otlp=True, **headers)

    def test_protobuf_cut_in_half(self):
        for kind in ("traces", "logs", "metrics"):
            with self.subTest(kind=kind):
                self.before = self.totals()
                whole = (pathlib.Path(__file__).parents[1] / f"corpus/otlp/{kind}_node.pb").read_bytes()
                self.assert_otlp_error(self.export(whole[: len(whole) // 2], path=f"/v1/{kind}"), 400, 3, "")
                self.assert_rejected("otlp", "invalid_argument")

    def test_text_instead_of_protobuf(self):
        self.assert_otlp_error(self.export(b"hello, is anybody there?"), 400, 3, "")
        self.assert_rejected("otlp", "invalid_argument")

    def test_another_type_says_what_to_set(self):
        answer = self.export(b"resourceSpans: []", "application/yaml")
        self.assert_otlp_error(answer, 415, 12, "OTEL_EXPORTER_OTLP_PROTOCOL")
        self.assert_rejected("otlp", "unsupported", "application/x-protobuf")

    def test_json_cut_in_half(self):
        for kind in ("traces", "logs", "metrics"):
            with self.subTest(kind=kind):
                self.before = self.totals()
                whole = (pathlib.Path(__file__).parents[1] / f"corpus/otlp/{kind}_node_json.json").read_bytes()
                answer = self.export(whole[: len(whole) // 2], "application/json", path=f"/v1/{kind}")
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.headers["content-type"], "application/json")
                self.assertEqual(answer.json()["code"], 3)
                self.assertIn("not valid JSON", answer.json()["message"])
                self.assert_rejected("otlp", "invalid_argument")

    def test_truncated_gzip(self):
        whole = gzip.compress(wire.encode("traces", spans(span(1))))
        self.assert_otlp_error(self.export(whole[:-10], Content_Encoding="gzip"), 400, 3, "gzip")
        self.assert_rejected("otlp", "invalid_argument", "gzip")

    def test_gzip_bomb(self):
        answer = self.export(bomb(200), Content_Encoding="gzip")
        self.assertEqual(answer.status, 413)
        self.assertIn("code", wire.decode("google.rpc.Status", answer.body))
        self.assert_rejected("otlp", "too_large")

    def test_wrong_key(self):
        answer = self.export(b"", X_Tripod_Key=STRANGER)
        self.assert_otlp_error(answer, 401, 16, "key")
        self.assert_rejected("otlp", "unauthenticated", "key")

    def test_times_of_1970_and_2100(self):
        body = wire.encode("traces", spans(span(0x1970, 1), span(0x2026), span(0x2100, 4102444800 * 10**9)))
        answer = self.export(body)
        self.assertEqual(answer.status, 200)
        partial = wire.decode("traces response", answer.body)["partial_success"]
        self.assertEqual(partial["rejected"], 2)
        now = self.totals()
        self.assertEqual(now[("otlp", "timestamp_too_old")] - self.before.get(("otlp", "timestamp_too_old"), 0), 1)
        self.assertEqual(now[("otlp", "timestamp_too_new")] - self.before.get(("otlp", "timestamp_too_new"), 0), 1)
        found = [row["fields"]["name"] for row in self.server.search("service.name:bad", dataset="spans")]
        self.assertIn(f"span {0x2026}", found)
        self.assertNotIn(f"span {0x1970}", found)

    def test_ids_of_a_wrong_size(self):
        body = wire.encode("traces", spans(span(1) | {"trace_id": "abcd"}, span(0x77)))
        answer = self.export(body)
        self.assertEqual(answer.status, 200)
        self.assertEqual(wire.decode("traces response", answer.body)["partial_success"]["rejected"], 1)
        self.assertEqual([r["fields"]["name"] for r in self.server.search(f"span_id:{0x77:016x}", dataset="spans")], ["span 119"])

    def test_invalid_utf8(self):
        body = wire.encode("traces", spans(span(0x88) | {"name": b"caf\xe9"}))
        self.assertEqual(self.export(body).status, 200)
        rows = self.server.search(f"span_id:{0x88:016x}", dataset="spans")
        self.assertEqual([row["fields"]["name"] for row in rows], ["caf\ufffd"])

    def test_hundred_thousand_levels_of_values(self):
        value = b""
        for _ in range(20_000):  # each level costs its length twice: array_value of one value
            value = wire.delimited(5, wire.delimited(1, value))
            if len(value) > 60 * 1024:
                break
        attribute = wire.delimited(9, wire.delimited(1, b"deep") + wire.delimited(2, value))
        one = wire.encode("Span", span(0x99)) + attribute
        body = wire.delimited(1, wire.delimited(2, wire.delimited(2, one)))
        self.assertIn(self.export(body).status, (200, 400))

    def test_oversize(self):
        answer = self.export(b"\0" * (65 * MEGABYTE))
        self.assertEqual(answer.status, 413)
        self.assertIn("limit", wire.decode("google.rpc.Status", answer.body)["message"])
        self.assert_rejected("otlp", "too_large", "limit")


class LogsTest(BadInput):
    def test_json_lines_keep_the_good_ones(self):
        good = json.dumps({"event": "good one", "case": "mixed"})
        cases = {
            "invalid_json": [b"not JSON", b'{"event": "cut of', b'["a list"]'],
            "line_too_long": [json.dumps({"event": "x" * (10 * MEGABYTE)}).encode()],
            "json_too_deep": [nested(30), nested(100_000)],
            "timestamp_too_old": [b'{"event":"old","timestamp":"1970-01-01T00:00:01Z"}'],
            "timestamp_too_new": [b'{"event":"new","timestamp":"2100-01-01T00:00:00Z"}'],
        }
        for reason, lines in cases.items():
            for line in lines:
                with self.subTest(reason=reason, line=line[:30]):
                    self.before = self.totals()
                    answer = self.post("/push/json", b"\n".join([good.encode(), line, good.encode()]))
                    self.assertEqual(answer.status, 200, answer.text)
                    said = answer.json()
                    self.assertEqual((said["accepted"], said["rejected"]), (2, 1), said)
                    self.assertEqual(said["rejections"][0]["reason"], reason)
                    self.assert_rejected("json", reason)
        self.assertEqual(self.server.count("case:mixed"), 2 * sum(map(len, cases.values())))

    def test_json_lines_repair_utf8(self):
        answer = self.post("/push/json", b'{"event": "caf\xe9", "case": "utf8"}')
        self.assertEqual(answer.json()["accepted"], 1)
        self.assertEqual([row["fields"]["body"] for row in self.server.search("case:utf8")], ["caf\ufffd"])

    def test_json_lines_truncated_gzip(self):
        answer = self.post("/push/json", gzip.compress(b'{"event":"x"}')[:-9], Content_Encoding="gzip")
        self.assert_app_error(answer, 400, "invalid_argument", "gzip")
        self.assert_rejected("json", "invalid_argument", "gzip")

    def test_loki_broken_json(self):
        answer = self.post("/loki/api/v1/push", b'{"streams": [{"stream": {')
        self.assert_text_error(answer, 400)
        self.assert_rejected("loki", "invalid_argument")

    def test_loki_cut_protobuf(self):
        whole = wire.encode("PushRequest", {"streams": [{"labels": '{a="b"}', "entries": [{"timestamp": {"seconds": 1}, "line": "x"}]}]})
        self.assert_text_error(self.post("/loki/api/v1/push", wire.snappy(whole[:-4]), "application/x-protobuf"), 400)
        self.assert_rejected("loki", "invalid_argument")

    def test_loki_not_snappy(self):
        self.assert_text_error(self.post("/loki/api/v1/push", b"\xff\xff\xff\xff\xff hello", "application/x-protobuf"), 400)
        self.assert_rejected("loki", "invalid_argument")

    def test_loki_snappy_bomb(self):
        # The preamble promises 3 GiB.
        body = wire.varint(3 << 30) + b"\x00a"
        self.assertIn(self.post("/loki/api/v1/push", body, "application/x-protobuf").status, (400, 413))
        self.assertEqual(sum(self.totals().values()) - sum(self.before.values()), 1)

    def test_loki_bad_timestamp_keeps_the_rest(self):
        values = [["soon", "bad time"], [str(now_ns()), "good time"]]
        body = json.dumps({"streams": [{"stream": {"service_name": "lokibad"}, "values": values}]})
        answer = self.post("/loki/api/v1/push", body)
        self.assert_text_error(answer, 400, "1 entr")
        self.assertEqual([row["fields"]["body"] for row in self.server.search("service.name:lokibad")], ["good time"])

    def test_loki_ten_megabyte_line(self):
        values = [[str(now_ns()), "x" * (10 * MEGABYTE)], [str(now_ns()), "short"]]
        answer = self.post("/loki/api/v1/push", json.dumps({"streams": [{"stream": {"service_name": "longline"}, "values": values}]}))
        self.assert_text_error(answer, 400, "too_long")
        self.assertEqual([row["fields"]["body"] for row in self.server.search("service.name:longline")], ["short"])

    def test_wrong_key(self):
        answer = self.post("/push/json", b"{}", X_Tripod_Key=STRANGER)
        self.assert_app_error(answer, 401, "unauthenticated")
        self.assert_rejected("json", "unauthenticated")
        self.before = self.totals()
        self.assert_text_error(self.post("/loki/api/v1/push", b"{}", X_Tripod_Key=STRANGER), 401)
        self.assert_rejected("loki", "unauthenticated")

    def test_oversize(self):
        self.assert_app_error(self.post("/push/json", b" " * (33 * MEGABYTE)), 413, "too_large")
        self.assert_rejected("json", "too_large")

    def test_bomb(self):
        self.assert_app_error(self.post("/push/json", bomb(300), Content_Encoding="gzip"), 413, "too_large")
        self.assert_rejected("json", "too_large")


class MetricsTest(BadInput):
    def write(self, body, **headers):
        return self.post("/api/v1/write", body, "application/x-protobuf", **({"Content_Encoding": "snappy"} | headers))

    def test_cut_in_half(self):
        whole = wire.remote_write([({"__name__": "m", "a": "b"}, [(time.time(), 1)])])
        self.assert_text_error(self.write(whole[: len(whole) // 2]), 400)
        self.assert_rejected("remote_write", "invalid_argument")

    def test_times(self):
        series = [({"__name__": "bad_times", "n": str(n)}, [(at, n)]) for n, at in enumerate((time.time(), 4102444800))]
        answer = self.write(wire.remote_write(series))
        self.assert_text_error(answer, 400, "timestamp_too_new")
        self.assert_rejected("remote_write", "timestamp_too_new")
        self.assertEqual(self.server.promql("count(bad_times)"), {(): 1.0})

    def test_names(self):
        series = [({"__name__": "good_name"}, [(time.time(), 1)]), ({"nameless": "x"}, [(time.time(), 2)])]
        answer = self.write(wire.remote_write(series))
        self.assertEqual(answer.status, 400, answer.text)
        self.assertEqual(answer.headers["x-prometheus-remote-write-samples-written"], "1")
        self.assertEqual(self.server.promql("good_name"), {(("__name__", "good_name"),): 1.0})

    def test_another_message(self):
        answer = self.post("/api/v1/write", b"", "application/x-protobuf;proto=io.prometheus.write.v3.Request", Content_Encoding="snappy")
        self.assert_text_error(answer, 415, "io.prometheus.write.v2.Request")
        self.assert_rejected("remote_write", "unsupported")

    def test_gzip_where_snappy_belongs(self):
        self.assert_text_error(self.write(gzip.compress(b""), Content_Encoding="gzip"), 415, "snappy")
        self.assert_rejected("remote_write", "unsupported")


class HttpTest(BadInput):
    """Below every protocol."""

    def talk(self, data, seconds=10.0):
        """What is answered on a raw connection until it is closed."""
        host, port = self.server.addresses["http"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=seconds) as connection:
            connection.sendall(data)
            received = b""
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(65536):
                    received += part
            return received

    def test_not_http(self):
        self.assertTrue(self.talk(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n").startswith(b"HTTP/1.1 400 "))

    def test_length_and_chunked_together(self):
        request = b"POST /push/json HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        self.assertTrue(self.talk(request).startswith(b"HTTP/1.1 400 "))

    def test_huge_header(self):
        request = b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * (200 << 10) + b"\r\n\r\n"
        self.assertTrue(self.talk(request).startswith(b"HTTP/1.1 431 "))

    def test_bad_chunk(self):
        request = b"POST /push/json HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"
        self.assertTrue(self.talk(request).startswith(b"HTTP/1.1 400 "))
        self.assert_rejected("json", "invalid_argument")

    def test_body_ends_early(self):
        host, port = self.server.addresses["http"].rsplit(":", 1)
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST /push/json HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"event\":")
        wait_for("the early end in the list", lambda: self.totals() != self.before)
        self.assert_rejected("json", "invalid_argument", "early")

    def test_slow_clients_do_not_stay(self):
        """One dribbles its header, one stops in its body: both are let go, others are served meanwhile."""
        host, port = self.server.addresses["http"].rsplit(":", 1)
        starts = [b"POST /push/json HTTP/1.1\r\nHost:", b"POST /push/json HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"]
        slow = [socket.create_connection((host, int(port)), timeout=SLOW_CLIENT_SECONDS) for _ in starts]
        for connection, start in zip(slow, starts, strict=True):
            connection.sendall(start)
        self.assertEqual(self.server.get("/-/healthy").status, 200)
        for connection in slow:
            with connection, contextlib.suppress(ConnectionResetError):
                while connection.recv(65536):
                    pass  # an answer (408) is fine, and then the end


class ScrapeTest(unittest.TestCase):
    """Pages that are no metrics: up is 0, the target says why, the list names it."""

    def test_bad_pages(self):
        pages = {
            "html": ("text/html; charset=utf-8", b"<html>Sign in</html>", "text/html"),
            "garbage": ("text/plain; version=0.0.4", b"this is { not metrics\n", ""),
            "cut": ("text/plain; version=0.0.4", b'a_total{b="c', ""),
        }
        targets = {name: Target() for name in pages}
        for name, (content_type, body, _) in pages.items():
            targets[name].content_type, targets[name].body = content_type, body
            self.addCleanup(targets[name].close)
        with Server() as server:
            config = server.folder / "tripod.yml"
            jobs = [
                {"job_name": name, "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [t.address]}]}
                for name, t in targets.items()
            ]
            config.write_text(json.dumps({"scrape_configs": jobs}), encoding="utf-8")
            server.config = config
            server.restart()
            for name, (_, _, text) in pages.items():
                with self.subTest(page=name):
                    up = wait_for(f"up of {name}", lambda name=name: server.promql(f'up{{job="{name}"}}'))
                    self.assertEqual(list(up.values()), [0.0])
                    shown = next(t for t in server.status()["scrape_targets"] if t["job"] == name)
                    self.assertFalse(shown["up"])
                    self.assertIn(text, shown["error"])
                    self.assertTrue(shown["error"])
            listed = [item for item in server.rejected() if item["protocol"] == "scrape"]
            self.assertTrue(any(targets["html"].address in item["detail"] for item in listed), listed)


class GrpcTest(BadInput):
    METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel = cls.enterClassContext(grpc.insecure_channel(cls.server.grpc_address))

    def call(self, body, method=METHOD, key=DSN_KEY):
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary(method)(body, timeout=10, metadata=(("x-tripod-key", key),))
        return caught.exception

    def test_cut_in_half(self):
        whole = wire.encode("traces", spans(span(1)))
        self.assertEqual(self.call(whole[: len(whole) // 2]).code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assert_rejected("otlp", "invalid_argument")

    def test_wrong_key(self):
        self.assertEqual(self.call(b"", key=STRANGER).code(), grpc.StatusCode.UNAUTHENTICATED)
        self.assert_rejected("otlp", "unauthenticated")

    def test_unknown_method(self):
        self.assertEqual(self.call(b"", "/some.Service/Export").code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_partial_success(self):
        body = wire.encode("traces", spans(span(0x1971, 1), span(0x2027)))
        answer = self.channel.unary_unary(self.METHOD)(body, timeout=10, metadata=(("x-tripod-key", DSN_KEY),))
        self.assertEqual(wire.decode("traces response", answer)["partial_success"]["rejected"], 1)
        self.assert_rejected("otlp", "timestamp_too_old")
