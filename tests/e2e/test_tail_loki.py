"""Loki's live tail over a websocket, by a client that is not ours."""

import json
import socket
import time
import unittest

import websocket
from http_client import Client, target_of
from tripod_server import ADMIN_TOKEN, DSN_KEY, Server, wait_for

TAIL = "/loki/api/v1/tail"


def open_tail(server, query, *, token=ADMIN_TOKEN, headers=(), options=(), **parameters):
    return websocket.create_connection(
        f"ws://{server.addresses['http']}{target_of(TAIL, {'query': query} | parameters)}",
        header=[f"Authorization: Bearer {token}", *headers] if token else list(headers),
        timeout=30,
        sockopt=options,
        suppress_origin=True,
    )


def push(server, first, count, labels=None, line="line {n}", metadata=None):
    start = time.time_ns()
    values = [[str(start + n), line.format(n=n)] + ([metadata] if metadata else []) for n in range(first, first + count)]
    body = {"streams": [{"stream": labels or {"app": "shop"}, "values": values}]}
    with server.ingest_client() as client:
        answer = client.post("/loki/api/v1/push", json.dumps(body).encode())
        assert answer.status == 204, answer.text


def lines_of(tail, count):
    """The next lines, over as many messages as they come in: (labels, line, what stands behind it) each."""
    out = []
    while len(out) < count:
        message = json.loads(tail.recv())
        assert "dropped_entries" not in message, message
        for stream in message["streams"]:
            out += [(stream["stream"], value[1], *value[2:]) for value in stream["values"]]
    return out


class LokiTailTest(unittest.TestCase):
    def test_lines_come_once_in_order_in_their_streams(self):
        with Server() as server:
            push(server, 0, 5)
            push(server, 5, 5, {"app": "other"})
            tail = open_tail(server, '{app=~"shop|other"}', limit=3)
            for n in range(20):
                push(server, 10 + 10 * n, 10, {"app": "shop" if n % 2 else "other"})
            push(server, 1000, 10, {"app": "third"})
            even, odd = ([10 + 10 * n + i for n in range(half, 20, 2) for i in range(10)] for half in (0, 1))
            got = lines_of(tail, 203)
            # A message has its lines by stream: between streams they tell no order.
            for app, numbers in (("shop", odd), ("other", [7, 8, 9, *even])):
                self.assertEqual([line for labels, line, *_ in got if labels["app"] == app], [f"line {n}" for n in numbers])
            tail.close()

    def test_the_whole_pipeline_runs(self):
        with Server() as server:
            tail = open_tail(server, '{app="shop"} |= "n" | json | n > 5 | line_format "<{{.n}}>"', limit=0)
            push(server, 0, 10, line='{{"n": {n}, "text": "n"}}')
            push(server, 0, 10, line="no {n}")
            got = lines_of(tail, 4)
            self.assertEqual([line for _, line, *_ in got], ["<6>", "<7>", "<8>", "<9>"])
            self.assertEqual((got[0][0]["app"], got[0][0]["n"]), ("shop", "6"))
            tail.close()

    def test_metadata_stays_apart_where_asked(self):
        with Server() as server:
            tail = open_tail(server, '{app="shop"}', headers=["X-Loki-Response-Encoding-Flags: categorize-labels"])
            push(server, 0, 1, metadata={"user": "ada"})
            message = json.loads(tail.recv())
            self.assertEqual(message["encodingFlags"], ["categorize-labels"])
            self.assertEqual(message["streams"][0]["values"][0][2]["structuredMetadata"]["user"], "ada")
            tail.close()

    def test_what_cannot_be_asked_or_may_not_is_refused_before_it_opens(self):
        with Server() as server:
            refusals = [
                (400, {"query": "{"}),
                (400, {"query": 'rate({app="shop"}[1m])'}),
                (400, {"query": '{app="shop"}', "delay_for": 6}),
                (401, {"query": '{app="shop"}', "token": None}),
                (403, {"query": '{app="shop"}', "token": DSN_KEY}),
            ]
            for status, question in refusals:
                with self.assertRaises(websocket.WebSocketBadStatusException) as refused:
                    open_tail(server, question.pop("query"), **question)
                self.assertEqual(refused.exception.status_code, status)
            self.assertEqual(server.get(TAIL, query='{app="shop"}').status, 400)

    def test_a_page_of_another_site_cannot_use_the_session(self):
        with Server() as server, Client(server.url) as client:
            body = json.dumps({"token": server.sign_in_token()})
            signed_in = client.request("POST", "/api/app/session", body=body, headers={"Content-Type": "application/json"})
            cookie = "Cookie: " + signed_in.headers["set-cookie"].partition(";")[0]
            with self.assertRaises(websocket.WebSocketBadStatusException) as refused:
                open_tail(server, "{}", token=None, headers=[cookie, "Origin: https://elsewhere.example"])
            self.assertEqual(refused.exception.status_code, 403)
            tail = open_tail(server, '{app="shop"}', token=None, headers=[cookie, f"Origin: {server.url}"])
            push(server, 0, 1)
            self.assertEqual(lines_of(tail, 1)[0][1], "line 0")
            tail.close()

    def test_lines_are_held_back_for_the_delay(self):
        with Server() as server:
            tail = open_tail(server, '{app="shop"}', delay_for=1)
            begun = time.monotonic()
            push(server, 0, 3)
            self.assertEqual(len(lines_of(tail, 3)), 3)
            self.assertGreaterEqual(time.monotonic() - begun, 1)
            tail.close()

    def test_a_slow_reader_is_told_exactly_what_it_missed(self):
        with Server() as server:
            tail = open_tail(server, '{app="shop"} |= "x" | line_format "{{__line__}}!"', options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)])
            total, deadline = 0, time.monotonic() + 6.5  # it may be behind for five
            while time.monotonic() < deadline or total < 20_000:
                push(server, total, 500, line="x" * 2000 + " {n}")
                push(server, total, 100, line="y")
                total += 500
            got, missed = 0, 0
            while got + missed < total:
                message = json.loads(tail.recv())
                got += sum(len(stream["values"]) for stream in message.get("streams", []))
                missed += sum(int(entry["labels"]["dropped"]) for entry in message.get("dropped_entries", []))
            self.assertEqual((got + missed, missed > 0), (total, True))
            tail.close()

    def test_stop_says_that_the_server_goes_away(self):
        with Server() as server:
            tail = open_tail(server, '{app="shop"}')
            push(server, 0, 1)
            lines_of(tail, 1)
            begun = time.monotonic()
            server.process.terminate()
            opcode, reason = tail.recv_data()
            self.assertEqual((opcode, int.from_bytes(reason[:2], "big")), (websocket.ABNF.OPCODE_CLOSE, 1001))
            tail.close()
            self.assertEqual(server.process.wait(10), 0)
            self.assertLess(time.monotonic() - begun, 10)
            server.ended()
            server.start()

    def test_a_closed_tail_frees_its_place(self):
        with Server() as server:
            tails = [open_tail(server, '{app="shop"}') for _ in range(5)]
            self.assertIn("\ntripod_tail_subscriptions 5\n", server.get("/metrics").text)
            for tail in tails:
                tail.shutdown()  # without a word
            wait_for("no subscriptions", lambda: "\ntripod_tail_subscriptions 0\n" in server.get("/metrics").text)


if __name__ == "__main__":
    unittest.main()
