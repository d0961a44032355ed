"""A flood of one issue from several senders, with the server killed in between: what was acknowledged is counted, once.

    python3 tests/e2e/run.py flood
"""

import http.client
import threading
import time
import unittest

import wire
from http_client import Client
from tripod_server import DSN_KEY, Server, wait_for

SENDERS = 4
EVENTS = 1500  # of each sender
USERS = 40
KILLS = 3
SENTRY_AUTH = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={DSN_KEY}, sentry_client=test/1"}
FLAGS = ["--thinning-first", "20", "--thinning-per-minute", "100", "--thinning-one-of", "50"]


def event(number):
    frames = [{"filename": "shop/pool.py", "function": "connect", "lineno": 7, "in_app": True, "context_line": "    raise PoolTimeout", "vars": {"rows": "x" * 2000}}]
    return {
        "event_id": f"{number:032x}", "timestamp": time.time(), "platform": "python", "release": f"shop@1.{number % 2}.0",
        "user": {"id": f"user-{number % USERS}"}, "tags": {"shard": str(number % 5)},
        "exception": {"values": [{"type": "PoolTimeout", "value": "no connection", "stacktrace": {"frames": frames}}]},
    }  # fmt: skip


class Sender(threading.Thread):
    """Sends each event until it is acknowledged, as it was, however often the server goes away."""

    def __init__(self, server, numbers):
        super().__init__(daemon=True)
        self.server = server
        self.numbers = numbers
        self.sent = 0
        self.error = None

    def run(self):
        try:
            with Client(self.server.url, SENTRY_AUTH) as client:
                for number in self.numbers:
                    self.send(client, wire.event_envelope(event(number)))
                    self.sent += 1
        except Exception as error:  # must fail the test, not end the thread unseen
            self.error = error

    def send(self, client, body):
        def acknowledged():
            try:
                answer = client.post("/api/1/envelope/", body, "application/x-sentry-envelope")
            except (OSError, http.client.HTTPException):
                return False
            if not answer.ok and answer.status not in (429, 503):
                raise AssertionError(f"{answer.status} {answer.text[:300]}")
            return answer.ok

        wait_for("an answer", acknowledged, 60)


class FloodTest(unittest.TestCase):
    def test_counts_are_exact_over_kills(self):
        with Server(flags=FLAGS) as server:
            senders = [Sender(server, range(1 + i * EVENTS, 1 + (i + 1) * EVENTS)) for i in range(SENDERS)]
            for sender in senders:
                sender.start()
            for kill in range(KILLS):
                wait_for("a share of the flood", lambda kill=kill: sum(s.sent for s in senders) > (kill + 1) * EVENTS * SENDERS / (KILLS + 2), 120)
                server.crash()
            for sender in senders:
                sender.join(120)
                self.assertIsNone(sender.error)
            self.check(server)
            server.crash()
            self.check(server)

    def check(self, server):
        total = SENDERS * EVENTS
        listed = server.client.get("/api/app/issues").json()["issues"]
        self.assertEqual([issue["count"] for issue in listed], [total])
        issue = server.client.get(f"/api/app/issues/{listed[0]['id']}").json()
        self.assertEqual(issue["users"], USERS)
        self.assertEqual({r["release"]: r["count"] for r in issue["releases"]}, {"shop@1.0.0": total // 2, "shop@1.1.0": total // 2})
        hours = server.client.get(f"/api/app/issues/{issue['id']}/over_time", start="now-2h", end="now+1h").json()
        self.assertEqual(sum(hours["counts"]), total)
        tags = {t["key"]: t for t in server.client.get(f"/api/app/issues/{issue['id']}/tags").json()["tags"]}
        self.assertEqual([v["count"] for v in tags["shard"]["values"]], [total // 5] * 5)
        self.assertEqual(server.count("", dataset="errors"), total)
        stored = issue["stored"]
        self.assertEqual(stored["events"], total)
        # After each start the first ones are whole again, and so are those of a minute.
        self.assertLess(stored["whole"], total / 5)
        self.assertGreaterEqual(stored["whole"], 100)
        thinned = server.count("thinned:true", dataset="errors")
        self.assertEqual(thinned, total - stored["whole"])
        latest = server.client.get(f"/api/app/issues/{issue['id']}/events/latest").json()
        self.assertFalse(latest["thinned"])
        self.assertEqual(latest["exceptions"][0]["frames"][0]["function"], "connect")

    def test_it_can_be_switched_off(self):
        with Server(flags=["--thinning-per-minute", "off", "--thinning-first", "0"]) as server, Client(server.url, SENTRY_AUTH) as client:
            for number in range(1, 1001):
                self.assertTrue(client.post("/api/1/envelope/", wire.event_envelope(event(number)), "application/x-sentry-envelope").ok)
            issue = server.client.get("/api/app/issues").json()["issues"][0]
            self.assertEqual(server.client.get(f"/api/app/issues/{issue['id']}").json()["stored"], {"events": 1000, "whole": 1000})
            metrics = server.client.get("/metrics").text
            self.assertNotIn("tripod_thinned_events_total", metrics)
