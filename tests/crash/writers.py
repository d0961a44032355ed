"""Clients that send one signal each, as fast as they are answered, and remember what was acknowledged.

Every record carries its writer's name, the number of the server's life it was sent in, and a number of its own.
"""

import collections
import http.client
import json
import random
import threading
import time

import grpc
import wire
from http_client import Client
from tripod_server import DSN_KEY

BATCH = 20  # most records a request
ISSUES = 5  # different stack traces among the error events
TRACES_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
TIMEOUT_SECONDS = 10


class Writer(threading.Thread):
    """Sends until told to end. A request that is not answered (or not with success) leaves its records unknown: they may be
    there or not. `acknowledged` and `unknown`: life -> set of keys; to be read between lives, when the writer is paused."""

    signal = ""

    def __init__(self, server, seed):
        super().__init__(name=self.signal, daemon=True)
        self.server = server
        self.rng = random.Random(f"{seed}/{self.signal}")
        self.life = 0
        self.number = 0
        self.acknowledged = collections.defaultdict(set)
        self.unknown = collections.defaultdict(set)
        self.running = threading.Event()
        self.idle = threading.Event()
        self.ending = False
        self.error = None
        self.idle.set()

    # Called by the test's main thread.

    def resume(self, life):
        self.life = life
        self.connect()
        self.idle.clear()
        self.running.set()

    def pause(self):
        """Returns once nothing more will be sent or recorded."""
        self.running.clear()
        if not self.idle.wait(2 * TIMEOUT_SECONDS):
            raise AssertionError(f"{self.name}: a request neither ends nor fails")

    def finish(self):
        self.ending = True
        self.running.set()
        self.join(2 * TIMEOUT_SECONDS)

    # The thread.

    def run(self):
        while True:
            self.running.wait()
            if self.ending:
                return
            try:
                self.send_one()
            except Exception as error:  # a bug of the test must fail it, not end the thread unseen
                self.error = error
                self.running.clear()
            if not self.running.is_set():
                self.disconnect()
                self.idle.set()

    def send_one(self):
        numbers = range(self.number, self.number + self.rng.randint(1, BATCH))
        self.number = numbers.stop
        keys, body = self.batch(numbers)
        # Unknown first: a kill between the answer and our noting it must not count against the server.
        self.unknown[self.life] |= keys
        if self.post(body):
            self.acknowledged[self.life] |= keys
            self.unknown[self.life] -= keys

    # Of each signal.

    path = ""
    content_type = "application/x-protobuf"
    headers = {}

    def connect(self):
        self.client = Client(self.address(), {"X-Tripod-Key": DSN_KEY} | self.headers, TIMEOUT_SECONDS)

    def disconnect(self):
        self.client.close()

    def address(self):
        return self.server.url

    def post(self, body):
        """Whether it was acknowledged; where the server is gone, ends this life's sending."""
        try:
            answer = self.client.post(self.path, body, self.content_type)
        except Exception as error:
            if not is_gone(error):
                raise
            self.running.clear()
            return False
        if not answer.ok and answer.status not in (429, 503):
            raise AssertionError(f"{self.name}: {answer.status} {answer.text[:300]}")
        return answer.ok

    def batch(self, numbers):
        """(keys, body)"""
        raise NotImplementedError

    def stored(self, life):
        """Keys found in the server, as a list: one that comes twice was kept twice."""
        raise NotImplementedError


def is_gone(error):
    """What a client sees of a killed server."""
    return isinstance(error, (OSError, http.client.HTTPException))


class LogWriter(Writer):
    def stored(self, life):
        rows = self.server.search(f"writer:{self.name} AND life:{life}", limit=10_000)
        return [row["fields"]["n"] for row in rows]


class JsonLines(LogWriter):
    signal = "json"
    path = "/push/json"
    content_type = "application/x-ndjson"

    def batch(self, numbers):
        lines = [{"timestamp": time.time(), "event": f"line {n}", "writer": self.name, "life": self.life, "n": n} for n in numbers]
        return set(numbers), "\n".join(map(json.dumps, lines)).encode()


class Loki(LogWriter):
    signal = "loki"
    path = "/loki/api/v1/push"
    content_type = "application/json"

    def batch(self, numbers):
        def value(n):
            line = json.dumps({"event": f"line {n}", "writer": self.name, "life": self.life, "n": n})
            return [str(time.time_ns()), line]

        return set(numbers), json.dumps({"streams": [{"stream": {"service_name": "crash"}, "values": [*map(value, numbers)]}]}).encode()


class Spans(Writer):
    signal = "spans"
    path = "/v1/traces"

    def address(self):
        return self.server.otlp_url

    def batch(self, numbers):
        now = time.time_ns()
        spans = [
            {
                "trace_id": f"{self.rng.getrandbits(128):032x}", "span_id": f"{n + 1:016x}", "name": "work", "kind": 2,
                "start_time_unix_nano": now - 1_000_000, "end_time_unix_nano": now,
                "attributes": {"writer": self.name, "life": self.life, "n": n},
            }
            for n in numbers
        ]  # fmt: skip
        resource = {"attributes": {"service.name": "crash"}}
        return set(numbers), wire.encode("traces", {"resource_spans": [{"resource": resource, "scope_spans": [{"spans": spans}]}]})

    def stored(self, life):
        rows = self.server.search(f"writer:{self.name} AND life:{life}", dataset="spans", limit=10_000)
        return [row["fields"]["n"] for row in rows]


class GrpcSpans(Spans):
    signal = "grpc"

    def connect(self):
        self.channel = grpc.insecure_channel(self.server.grpc_address)
        self.export = self.channel.unary_unary(TRACES_METHOD)

    def disconnect(self):
        self.channel.close()

    def post(self, body):
        try:
            self.export(body, timeout=TIMEOUT_SECONDS, metadata=(("x-tripod-key", DSN_KEY),))
        except grpc.RpcError as error:
            code = error.code()
            if code == grpc.StatusCode.RESOURCE_EXHAUSTED:
                return False
            if code not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN):
                raise
            self.running.clear()
            return False
        return True


class Samples(Writer):
    signal = "samples"
    path = "/api/v1/write"
    headers = {"Content-Encoding": "snappy"}
    next_ms = 0  # no sample before it
    # Samples get a millisecond each, so that a fast machine's run ahead of the clock: they start this far behind it.
    behind_ms = 45 * 60_000

    def batch(self, numbers):
        # One sample a series and millisecond: the number is the value, and the series is the life's.
        labels = {"__name__": "crash_total", "life": str(self.life), "writer": self.name}
        start_ms = max(time.time_ns() // 1_000_000 - self.behind_ms, self.next_ms)
        self.next_ms = start_ms + len(numbers)
        return set(numbers), wire.remote_write([(labels, [((start_ms + i) / 1000, n) for i, n in enumerate(numbers)])])

    def stored(self, life):
        # No lookback here: a range selector answers the samples themselves.
        end = max(time.time(), self.next_ms / 1000)
        data = self.server.get_json("/api/v1/query", query=f'crash_total{{life="{life}"}}[3h]', time=f"{end:.3f}")["data"]
        return [round(float(value)) for series in data["result"] for _, value in series["values"]]


class Errors(Writer):
    signal = "errors"
    path = "/api/1/envelope/"
    content_type = "application/x-sentry-envelope"

    def send_one(self):
        self.number += 1
        key = f"{self.life:08x}{self.number:024x}"
        event = {
            "event_id": key, "timestamp": time.time(), "platform": "python", "level": "error", "tags": {"writer": self.name, "life": str(self.life)},
            "exception": {"values": [{"type": "CrashError", "value": f"number {self.number}", "stacktrace": {"frames": [
                {"module": "crash.views", "function": f"view_{self.number % ISSUES}", "filename": "crash/views.py", "lineno": 1, "in_app": True}]}}]},
        }  # fmt: skip
        self.unknown[self.life].add(key)
        if self.post(wire.event_envelope(event)):
            self.acknowledged[self.life].add(key)
            self.unknown[self.life].discard(key)

    def stored(self, life):
        rows = self.server.search(f"tags.life:{life}", dataset="errors", limit=10_000)
        return [row["fields"]["event_id"] for row in rows]


def all_writers(server, seed):
    return [kind(server, seed) for kind in (JsonLines, Loki, Spans, GrpcSpans, Samples, Errors)]
