"""Nothing that is a secret reaches the disk: 200 kinds of them, at every depth of every kind of record, then a search of all bytes.

Each secret holds a marker of its own. After they were sent to a running server, the markers are looked for in every file of the data
folder as it is while the server runs (logs of what was written), after it was killed, after it stopped in order (parts, meta.db), and
in what `tripod store export` reads out of the compressed parts.
"""

import json
import os
import random
import re
import subprocess
import time
import unittest
import urllib.parse
import uuid

from tripod_server import Server, binary, wait_for

SEED = int(os.environ.get("TRIPOD_PII_SEED", "20261123"))
MARKER = b"zq7marker"

NAMES = """password passwd passphrase passcode secret auth credential credentials token api_key private_key session_key sessionid credit_card
card_number csrf_token xsrf_token two_factor pwd otp totp cvv cvc ssn access_token refresh_token client_secret aws_secret_access_key
auth_token authorization x-api-key mysql_pwd db_password user_password old_password password_confirmation oauth_token id_token
webhook_secret signing_secret stripe_secret_key""".split()


def spellings(name):
    words = re.split("[-_]", name)
    camel = words[0] + "".join(word.capitalize() for word in words[1:])
    return sorted({name, name.upper(), "-".join(words), "".join(word.capitalize() for word in words), camel, f"user_{name}"})


class Secrets:
    """Kinds of secrets, and texts that hold them. `planted` counts what was handed out."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.planted = 0
        self.names = [spelling for name in NAMES for spelling in spellings(name) if spelling not in ("PWD", "user_pwd")]
        self.by_value = [self.bearer, self.web_token, self.url_password, self.private_key, self.assignment, self.header_line]

    def value(self):
        self.planted += 1
        return f"{MARKER.decode()}{self.planted:06d}x{self.random.randrange(10**9):09d}"

    # Secrets by what they look like, in running text.
    def bearer(self):
        return f"sent Bearer {self.value()} to the gateway"

    def web_token(self):
        return f"token was eyJhbGciOi{self.value()}.eyJzdWIiOi{self.value()}.{self.value()} then"

    def url_password(self):
        return f"cannot reach postgres://shop:{self.value()}@db.internal:5432/shop now"

    def private_key(self):
        return f"-----BEGIN RSA PRIVATE KEY-----\n{self.value()}\n{self.value()}\n-----END RSA PRIVATE KEY-----"

    def assignment(self):
        return f"retry with password={self.value()} failed"

    def header_line(self):
        return f"Authorization: Basic {self.value()}"

    def tree(self, names, depth=0):
        """The names with a secret each, some deep inside, in lists, or as JSON and forms inside of text."""
        out = {}
        for i, name in enumerate(names):
            shape = (i + depth) % 6
            if shape == 0:
                out[name] = self.value()
            elif shape == 1:
                out[f"level{depth}_{i}"] = {"inner": [{"deep": {name: self.value()}}]}
            elif shape == 2:
                out[f"json{depth}_{i}"] = json.dumps({"a": {name: self.value()}, "b": [1, {name: self.value()}]})
            elif shape == 3:
                out[f"form{depth}_{i}"] = urllib.parse.urlencode({"first": "1", name: self.value(), "last": "2"})
            elif shape == 4:
                out[f"repr{depth}_{i}"] = repr({"a": 1, name: self.value()})
            else:
                out[f"pairs{depth}_{i}"] = [[name, self.value()], ["host", "shop"]]
        for i, make in enumerate(self.by_value):
            out[f"text{depth}_{i}"] = {"note": [make()]}
        return out

    def texts(self):
        return " | ".join(make() for make in self.by_value)

    def flat(self, names):
        return {name: self.value() for name in names}


def parts_of(items, count):
    return [items[i::count] for i in range(count)]


def event_of(secrets, names):
    a, b, c, d, e, f = parts_of(names, 6)
    frame = {"filename": "shop/a.py", "module": "shop.a", "function": "pay", "lineno": 3, "in_app": True,
             "context_line": f"    login(password='{secrets.value()}')", "vars": secrets.tree(a)}
    return {
        "event_id": uuid.uuid4().hex, "timestamp": time.time(), "platform": "python", "level": "error", "logger": "shop",
        "logentry": {"message": f"failed with password={secrets.value()}", "formatted": secrets.texts(), "params": [secrets.texts()]},
        "exception": {"values": [{"type": "ValueError", "value": secrets.texts(), "stacktrace": {"frames": [frame]}}]},
        "request": {"url": f"http://shop/pay?token={secrets.value()}&id=1", "method": "POST", "query_string": f"api_key={secrets.value()}&x=1",
                    "data": secrets.tree(b), "headers": secrets.flat(c[:10]) | {"Cookie": f"sessionid={secrets.value()}; csrftoken={secrets.value()}"},
                    "cookies": {"session": secrets.value(), "sessionid": secrets.value()}, "env": secrets.flat(c[10:])},
        "breadcrumbs": {"values": [{"timestamp": time.time(), "message": secrets.texts(), "data": secrets.tree(d)}]},
        "contexts": {"order": secrets.tree(e)}, "extra": secrets.tree(f), "user": {"id": "1", "data": secrets.tree(a[:6])},
        "tags": secrets.flat(b[:8]), "transaction": f"/pay?password={secrets.value()}", "fingerprint": ["{{ default }}", f"token={secrets.value()}"],
    }


def transaction_of(secrets, names):
    now = time.time()
    trace = uuid.uuid4().hex
    a, b, c = parts_of(names, 3)
    span = {"span_id": uuid.uuid4().hex[:16], "parent_span_id": "aaaaaaaaaaaaaaaa", "trace_id": trace, "op": "db", "start_timestamp": now - 1,
            "timestamp": now, "description": f"SELECT 1 WHERE password = '{secrets.value()}'", "data": secrets.tree(a), "tags": secrets.flat(a[:5])}
    return {"event_id": uuid.uuid4().hex, "type": "transaction", "transaction": f"/pay?token={secrets.value()}", "start_timestamp": now - 2,
            "timestamp": now, "platform": "python", "contexts": {"trace": {"trace_id": trace, "span_id": "aaaaaaaaaaaaaaaa", "data": secrets.tree(b)}},
            "spans": [span], "extra": secrets.tree(c), "request": {"data": secrets.tree(c)}}


def attributes_of(values):
    return {name: {"value": value if isinstance(value, str) else json.dumps(value), "type": "string"} for name, value in values.items()}


def log_item_of(secrets, names):
    return {"items": [{"timestamp": time.time(), "trace_id": uuid.uuid4().hex, "level": "error", "body": make(),
                       "attributes": attributes_of(secrets.tree(part) | secrets.flat(part))}
                      for make, part in zip(secrets.by_value, parts_of(names, len(secrets.by_value)))]}


def span_item_of(secrets, names):
    now = time.time()
    return {"items": [{"trace_id": uuid.uuid4().hex, "span_id": uuid.uuid4().hex[:16], "name": f"GET /?token={secrets.value()}", "status": "ok",
                       "is_segment": True, "start_timestamp": now - 1, "end_timestamp": now, "attributes": attributes_of(secrets.tree(names))}]}


def container(kind, payload):
    header = {"type": kind, "item_count": len(payload["items"]), "content_type": f"application/vnd.sentry.items.{kind}+json"}
    return header, json.dumps(payload).encode()


def other_items_of(secrets, names):
    """Items that are kept by some servers, not by others: what is kept of them must be clean."""
    event_id = uuid.uuid4().hex
    feedback = {"event_id": event_id, "timestamp": time.time(), "contexts": {"feedback": {"message": secrets.texts(), "name": "a", "url": f"http://a?token={secrets.value()}"}},
                "extra": secrets.tree(names)}
    check_in = {"check_in_id": uuid.uuid4().hex, "monitor_slug": "nightly", "status": "ok", "duration": 1,
                "contexts": {"trace": {"trace_id": uuid.uuid4().hex}, "more": secrets.tree(names)}}
    report = {"event_id": event_id, "name": "a", "email": "a@b.c", "comments": secrets.texts()}
    return [({"type": "feedback"}, json.dumps(feedback).encode()), ({"type": "check_in"}, json.dumps(check_in).encode()),
            ({"type": "user_report"}, json.dumps(report).encode())]


def files_of(secrets, names):
    """Attachments that can be read as text, and profiles. What is no text (a minidump, a picture) is kept as it came."""
    def attachment(name, kind, body):
        return {"type": "attachment", "filename": name, "content_type": kind, "attachment_type": "event.attachment"}, body.encode()

    now = time.time()
    profile = {"version": "1", "event_id": uuid.uuid4().hex, "platform": "python", "timestamp": "2026-11-23T10:00:00Z", "release": "1", "environment": "prod",
               "transaction": {"id": uuid.uuid4().hex, "trace_id": uuid.uuid4().hex, "name": f"/pay?token={secrets.value()}", "active_thread_id": "1"},
               "device": {"architecture": "x86_64"}, "os": {"name": "Linux", "version": "1"}, "runtime": {"name": "CPython", "version": "3.11"},
               "profile": {"frames": [{"function": "pay", "filename": "a.py", "vars": secrets.tree(names)}], "stacks": [[0]],
                           "samples": [{"stack_id": 0, "thread_id": "1", "elapsed_since_start_ns": "1"}], "thread_metadata": {"1": {"name": secrets.assignment()}}},
               "extra": secrets.tree(names)}
    chunk = {"version": "2", "chunk_id": uuid.uuid4().hex, "profiler_id": uuid.uuid4().hex, "platform": "python", "release": "1",
             "profile": {"frames": [{"function": "pay", "module": "shop", "vars": secrets.flat(names)}], "stacks": [[0]],
                         "samples": [{"stack_id": 0, "thread_id": "1", "timestamp": now}], "thread_metadata": {}},
             "measurements": secrets.tree(names)}
    return [attachment("state.json", "application/json", json.dumps(secrets.tree(names))),
            attachment("state", "", json.dumps([secrets.tree(names)])),
            attachment("form.txt", "application/x-www-form-urlencoded", urllib.parse.urlencode(secrets.flat(names))),
            attachment(f"log password={secrets.value()}.txt", "text/plain", "\n".join(secrets.texts() for _ in range(4))),
            ({"type": "profile"}, json.dumps(profile).encode()), ({"type": "profile_chunk", "platform": "python"}, json.dumps(chunk).encode())]


def counts_of(secrets):
    """Items of few members: sessions, of which users are kept as hashes, what a client did not send, and metrics with attributes."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    attributes = {"release": "shop@1.0", "environment": "prod", "user_agent": secrets.texts(), "ip_address": "10.0.0.1"}
    one = {"sid": str(uuid.uuid4()), "did": f"{secrets.value()}@shop.example", "init": True, "started": now, "timestamp": now, "status": "ok", "errors": 0, "attrs": attributes}
    many = {"aggregates": [{"started": now, "did": secrets.value(), "exited": 3}], "attrs": attributes}
    report = {"timestamp": now, "discarded_events": [{"reason": f"password={secrets.value()}", "category": "error", "quantity": 2}]}
    return [({"type": "session"}, json.dumps(one).encode()), ({"type": "sessions"}, json.dumps(many).encode()), ({"type": "client_report"}, json.dumps(report).encode())]


def metric_item_of(secrets, names):
    return {"items": [{"timestamp": time.time(), "trace_id": uuid.uuid4().hex, "name": "cart.size", "type": "gauge", "value": 3, "unit": "none",
                       "attributes": attributes_of(secrets.flat(names) | {"note": secrets.texts(), "form": f"a=1&password={secrets.value()}"})}]}


def security_report(secrets):
    return {"csp-report": {"document-uri": f"https://shop.example/pay?token={secrets.value()}", "referrer": f"https://a:{secrets.value()}@shop.example/?password={secrets.value()}",
                           "violated-directive": "script-src", "effective-directive": "script-src", "original-policy": "script-src 'self'", "blocked-uri": f"https://evil.example/x.js?api_key={secrets.value()}",
                           "script-sample": secrets.texts(), "source-file": f"https://shop.example/a.js?secret={secrets.value()}", "line-number": 3}}


def otlp_value(value):
    if isinstance(value, dict):
        return {"kvlistValue": {"values": [{"key": k, "value": otlp_value(v)} for k, v in value.items()]}}
    if isinstance(value, list):
        return {"arrayValue": {"values": [otlp_value(v) for v in value]}}
    return {"stringValue": str(value)}


def otlp_attributes(values):
    return [{"key": key, "value": otlp_value(value)} for key, value in values.items()]


def otlp_logs(secrets, names):
    now = str(time.time_ns())
    records = [{"timeUnixNano": now, "severityNumber": 17, "body": otlp_value(body), "attributes": otlp_attributes(secrets.tree(names[:60]))}
               for body in (secrets.texts(), secrets.tree(names[60:]))]
    return {"resourceLogs": [{"resource": {"attributes": otlp_attributes({"service.name": "shop"} | secrets.tree(names[:20]))},
                              "scopeLogs": [{"logRecords": records}]}]}


def otlp_spans(secrets, names):
    now = time.time_ns()
    span = {"traceId": uuid.uuid4().hex, "spanId": uuid.uuid4().hex[:16], "name": f"GET /?token={secrets.value()}", "kind": 2,
            "startTimeUnixNano": str(now - 10**6), "endTimeUnixNano": str(now), "attributes": otlp_attributes(secrets.tree(names)),
            "events": [{"timeUnixNano": str(now), "name": "exception", "attributes": otlp_attributes(secrets.tree(names[:30]))}],
            "links": [{"traceId": uuid.uuid4().hex, "spanId": uuid.uuid4().hex[:16], "attributes": otlp_attributes(secrets.flat(names[:9]))}],
            "status": {"code": 2, "message": secrets.texts()}}
    return {"resourceSpans": [{"resource": {"attributes": otlp_attributes({"service.name": "shop"})}, "scopeSpans": [{"spans": [span]}]}]}


def loki(secrets, names):
    now = time.time_ns()
    lines = [secrets.texts(), json.dumps(secrets.tree(names)), " ".join(f"{name}={secrets.value()}" for name in names[:40])]
    return {"streams": [{"stream": {"service_name": "shop", "level": "error"},
                         "values": [[str(now + i), line, {"password": secrets.value()}] for i, line in enumerate(lines)]}]}


def json_lines(secrets, names):
    return [{"event": secrets.texts(), "level": "error"} | secrets.tree(names), {"event": "login"} | secrets.flat(names)]


def found_in(folder):
    """Files below the folder that hold a marker, with the text around it."""
    out = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        for match in re.finditer(re.escape(MARKER), data):
            out.append((str(path.relative_to(folder)), data[max(0, match.start() - 90) : match.end() + 20]))
    return out


def exported(data):
    out = b""
    for dataset in ("logs", "spans", "errors", "links"):
        done = subprocess.run([str(binary()), "store", "export", "--dataset", dataset, "--data", str(data)], capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        out += done.stdout
    return out


class PiiTest(unittest.TestCase):
    def test_no_secret_is_on_disk(self):
        secrets = Secrets(SEED)
        self.assertGreaterEqual(len(secrets.names) + len(secrets.by_value), 200)
        with Server() as server:
            self.send(server, secrets)
            self.assertGreater(secrets.planted, 2000)
            self.assert_clean(found_in(server.data), "while it runs")
            server.kill()
            self.assert_clean(found_in(server.data), "after it was killed")
            server.start()
            server.stop()
            self.assert_clean(found_in(server.data), "after it stopped")
            text = exported(server.data)
            self.assertGreater(text.count(b"[Filtered]"), 1000, "what was sent is there")
            self.assertEqual([text[max(0, m.start() - 120) : m.end() + 20] for m in re.finditer(MARKER, text)][:5], [])
            self.assertIn(b"scrubbed", text)

    def assert_clean(self, found, when):
        self.assertEqual(found[:5], [], f"{len(found)} secrets {when}, seed {SEED}")

    def send(self, server, secrets):
        client = server.ingest_client()
        names = secrets.names
        random.Random(SEED).shuffle(names)

        def post(path, body, kind="application/json", **headers):
            answer = client.post(path, body, kind, **headers)
            self.assertTrue(answer.ok, f"{path}: {answer.status} {answer.text}")

        items = [({"type": "event"}, json.dumps(event_of(secrets, names)).encode()),
                 ({"type": "transaction"}, json.dumps(transaction_of(secrets, names)).encode()),
                 container("log", log_item_of(secrets, names)), container("span", span_item_of(secrets, names))]
        items += other_items_of(secrets, names[:50]) + files_of(secrets, names[50:90]) + counts_of(secrets) + [container("trace_metric", metric_item_of(secrets, names[90:140]))]
        for header, payload in items:
            framed = json.dumps(header | {"length": len(payload)}).encode() + b"\n" + payload + b"\n"
            post("/api/1/envelope/", json.dumps({"event_id": uuid.uuid4().hex, "dsn": server.dsn}).encode() + b"\n" + framed,
                 "application/x-sentry-envelope")
        answer = client.post(f"/api/1/security/?sentry_key={server.dsn.split('//')[1].split('@')[0]}", json.dumps(security_report(secrets)).encode(), "application/csp-report")
        self.assertTrue(answer.ok, f"security: {answer.status} {answer.text}")
        post("/push/json", "\n".join(map(json.dumps, json_lines(secrets, names))).encode(), "application/x-ndjson")
        post("/loki/api/v1/push", json.dumps(loki(secrets, names)).encode())
        with server.otlp_client() as otlp:
            for path, body in (("/v1/logs", otlp_logs(secrets, names)), ("/v1/traces", otlp_spans(secrets, names))):
                answer = otlp.post(path, json.dumps(body).encode())
                self.assertTrue(answer.ok, f"{path}: {answer.status} {answer.text}")
        wait_for("the error event", lambda: server.count(dataset="errors") == 2)


if __name__ == "__main__":
    unittest.main()
