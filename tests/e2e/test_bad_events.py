"""Error events as no SDK should send them: kept as far as they can be, what is odd noted on the event, and no answer of 5xx.

    python3 tests/e2e/run.py bad_events
"""

import json
import time
import unittest

import wire
from http_client import Client
from tripod_server import DSN_KEY, Server

MEGABYTE = 1 << 20
SENTRY_AUTH = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={DSN_KEY}, sentry_client=test/1"}
FRAMES = 10_000
FINGERPRINTS = 100_000
FINGERPRINTS_AN_ENVELOPE = 500
NEW_ISSUES_AN_HOUR = 50_000
MEMORY = 512

# Members of an event, and a value that each may have.
MEMBERS = {
    "event_id": None, "timestamp": None, "platform": "python", "level": "error", "logger": "shop", "transaction": "/pay", "server_name": "web-1", "release": "shop@1.0.0",
    "dist": "1", "environment": "production", "message": "text", "logentry": {"message": "text"}, "fingerprint": ["a"], "tags": {"a": "b"}, "extra": {"a": 1}, "user": {"id": "1"},
    "request": {"url": "http://shop/"}, "contexts": {"trace": {"trace_id": "4af7651916cd43dd8448eb211c80319c"}}, "breadcrumbs": {"values": [{"message": "a"}]}, "modules": {"a": "1"},
    "sdk": {"name": "python", "version": "1"}, "errors": [{"type": "a"}], "debug_meta": {"images": []}, "threads": {"values": [{"id": 1}]}, "stacktrace": {"frames": [{"function": "f"}]},
    "exception": {"values": [{"type": "A", "value": "b"}]}, "type": "error", "version": "7", "culprit": "c", "_meta": {}, "spans": [],
}  # fmt: skip
ODD = [7, -1.5, 1e300, "", "text", "\u0000", True, None, [], [None], [[[]]], [7, "a", {}], {}, {"values": 7}, {"values": [7, None, "a"]}, {"frames": {}}, {"a": {"b": {"c": []}}}]


def event(number, **more):
    return {"event_id": f"{number:032x}", "timestamp": time.time(), "platform": "python"} | more


class BadEvents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(flags=["--memory", f"{MEMORY}MiB"]))
        cls.sdk = cls.enterClassContext(Client(cls.server.url, SENTRY_AUTH))

    def post(self, body):
        answer = self.sdk.post("/api/1/envelope/", body, "application/x-sentry-envelope")
        self.assertLess(answer.status, 500, answer.text)
        return answer

    def stored(self, number):
        return self.server.get_json(f"/api/app/events/{number:032x}")


class ShapeTest(BadEvents):
    def test_every_member_of_every_type(self):
        number = 1 << 64
        for member in MEMBERS:
            for odd in ODD:
                number += 1
                odd_event = event(number, message="kept") | {k: v for k, v in MEMBERS.items() if v is not None} | {member: odd}
                with self.subTest(member=member, value=odd):
                    answer = self.post(wire.envelope([({"type": "event"}, odd_event)]))
                    self.assertEqual(answer.status, 200, answer.text)
                    found = self.server.get(f"/api/app/events/{answer.json()['id']}")
                    self.assertEqual(found.status, 200, found.text)
        self.assertGreater(number - (1 << 64), 500)
        self.assertEqual(self.server.get("/-/ready").status, 200)

    def test_what_is_wrong_is_noted(self):
        for number, (member, odd) in enumerate([("level", {"a": 1}), ("tags", "none"), ("user", [1]), ("exception", True), ("contexts", 3), ("breadcrumbs", 7), ("modules", [1])], 1 << 65):
            with self.subTest(member=member):
                self.assertEqual(self.post(wire.event_envelope(event(number, message="kept", **{member: odd}))).status, 200)
                rows = self.server.search(f"event_id:{number:032x}", dataset="errors")
                self.assertIn(member, rows[0]["fields"]["sentry.errors"])
                self.assertEqual(self.stored(number)["payload"][member], odd)

    def test_odd_parts_of_exceptions_and_frames(self):
        number = 1 << 66
        for part in ("type", "value", "module", "mechanism", "stacktrace", "thread_id"):
            for odd in ODD:
                number += 1
                exception = {"type": "A", "value": "b", "stacktrace": {"frames": [{"function": "f"}]}} | {part: odd}
                with self.subTest(part=part, value=odd):
                    self.assertEqual(self.post(wire.event_envelope(event(number, exception={"values": [exception]}))).status, 200)
                    self.stored(number)
        for part in ("function", "module", "filename", "abs_path", "lineno", "colno", "in_app", "context_line", "pre_context", "post_context", "vars", "data"):
            for odd in ODD:
                number += 1
                frame = {"function": "f", "filename": "a.py"} | {part: odd}
                with self.subTest(part=part, value=odd):
                    self.assertEqual(self.post(wire.event_envelope(event(number, exception={"values": [{"type": "A", "stacktrace": {"frames": [frame]}}]}))).status, 200)
                    self.stored(number)

    def test_exceptions_that_cause_themselves(self):
        chains = [[(1, 1)], [(1, 2), (2, 1)], [(0, 0), (0, 0)], [(1, -1), (2, 99)], [(i, (i + 1) % 200) for i in range(200)]]
        for number, chain in enumerate(chains, 1 << 67):
            values = [{"type": f"E{i}", "value": "v", "mechanism": {"type": "chained", "exception_id": i, "parent_id": parent, "is_exception_group": True}} for i, parent in chain]
            with self.subTest(chain=chain[:3]):
                self.assertEqual(self.post(wire.event_envelope(event(number, exception={"values": values}))).status, 200)
                self.assertEqual(len(self.stored(number)["exceptions"]), len(chain))
                self.assertEqual(self.server.get(f"/api/app/events/{number:032x}/grouping").status, 200)


class SizeTest(BadEvents):
    def test_ten_thousand_frames(self):
        frames = [{"function": f"f{i % 7}", "filename": "a.py", "lineno": i, "in_app": i % 2 == 0} for i in range(FRAMES)]
        body = wire.event_envelope(event(1, exception={"values": [{"type": "RecursionError", "value": "deep", "stacktrace": {"frames": frames}}]}))
        self.assertLess(len(body), MEGABYTE)
        before = time.monotonic()
        self.assertEqual(self.post(body).status, 200)
        self.assertLess(time.monotonic() - before, 5)
        self.assertEqual(len(self.stored(1)["exceptions"][0]["frames"]), FRAMES)
        self.assertEqual(self.server.get(f"/api/app/events/{1:032x}/grouping").status, 200)

    def test_five_megabytes_leave_the_rest_of_the_envelope(self):
        large = event(2, extra={"big": "x" * (5 * MEGABYTE)})
        answer = self.post(wire.envelope([({"type": "event"}, large), ({"type": "event"}, event(3, message="small"))]))
        # What is refused is told by the status where nothing of an envelope is taken, and always by the list of what was rejected.
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(self.server.rejected()[0]["reason"], "too_large")
        self.assertEqual(self.post(wire.event_envelope(large)).status, 413)
        self.assertEqual(self.stored(3)["message"], "small")
        self.assertEqual(self.server.get(f"/api/app/events/{2:032x}").status, 404)

    def test_lengths_that_are_wrong(self):
        good = wire.event_envelope(event(4, message="before"))
        for number, length in enumerate((10**6, -1, 1.5, "9", True, [], 10**30), 5):
            raw = json.dumps(event(number, message="m")).encode()
            with self.subTest(length=length):
                answer = self.post(good.rstrip(b"\n") + b"\n" + json.dumps({"type": "event", "length": length}).encode() + b"\n" + raw + b"\n")
                self.assertIn(answer.status, (200, 400), answer.text)
                self.assertEqual(self.stored(4)["message"], "before")
        # Ends within the event: that one is named, and what follows it is no item.
        answer = self.post(b'{}\n{"type":"event","length":20}\n' + json.dumps(event(20)).encode() + b"\n")
        self.assertEqual(answer.status, 400)


class FloodOfFingerprintsTest(unittest.TestCase):
    def test_a_hundred_thousand(self):
        with Server(flags=["--memory", f"{MEMORY}MiB"]) as server, Client(server.url, SENTRY_AUTH, 120) as sdk:
            for first in range(0, FINGERPRINTS, FINGERPRINTS_AN_ENVELOPE):
                items = [({"type": "event"}, event(1 + i, message="order failed", fingerprint=[f"order-{i}"])) for i in range(first, first + FINGERPRINTS_AN_ENVELOPE)]
                answer = sdk.post("/api/1/envelope/", wire.envelope(items), "application/x-sentry-envelope")
                self.assertEqual(answer.status, 200, answer.text)
            page = server.get_json("/api/app/issues", sort="count", limit=1)
            self.assertEqual(page["total"], NEW_ISSUES_AN_HOUR + 1)
            self.assertEqual(page["issues"][0]["title"], "Too many new issues at once: these events are kept, but not told apart")
            self.assertEqual(page["issues"][0]["count"], FINGERPRINTS - NEW_ISSUES_AN_HOUR)
            self.assertEqual(server.count(dataset="errors"), FINGERPRINTS)
            self.assertTrue(any(line["event"] == "too_many_new_issues" for line in server.events))
            # The budget bounds large buffers; the program and its small things come on top.
            self.assertLess(server.peak_rss_bytes(), 1.5 * MEMORY * MEGABYTE)
            server.crash()
            self.assertEqual(server.get_json("/api/app/issues", sort="count", limit=1)["issues"][0]["count"], FINGERPRINTS - NEW_ISSUES_AN_HOUR)
