"""Tests of the shipper, against an HTTP server on loopback."""

import http.server
import io
import json
import threading
import time
import unittest

import ship_logs


class Loki:
    """Answers the given (status, headers) one after the other, then 204; keeps the bodies of what it accepted."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.pushed = []
        self.times = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.times.append(time.monotonic())
                status, headers = outer.answers.pop(0) if outer.answers else (204, {})
                if status == 204:
                    outer.pushed.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def lines(self):
        return [line for _, _, body in self.pushed for _, line in body["streams"][0]["values"]]


class TimestampTest(unittest.TestCase):
    def test_of_a_json_line_is_exact_to_the_microsecond(self):
        line = '{"event": "x", "timestamp": "2026-11-22T16:39:56.976456Z"}'
        self.assertEqual(ship_logs.timestamp_ns(line), 1795365596976456000)

    def test_behind_a_prefix_of_another_logger(self):
        self.assertEqual(ship_logs.timestamp_ns('[WARNING/1] {"timestamp": "1970-01-01T01:00:01+01:00"}'), 1_000_000_000)

    def test_lines_without_one(self):
        for line in (
            "",
            "Traceback (most recent call last):",
            '"timestamp": "2026-11-22T16:39:56Z"',
            '{"timestamp": "2026-99-99T16:39:56Z"}',
            '{"timestamp": "2026-11-22T16:39:56"}',
            '{"event": "{\\"timestamp\\": \\"2026-11-22T16:39:56Z\\"}"}',
        ):
            self.assertIsNone(ship_logs.timestamp_ns(line), line)


class BufferTest(unittest.TestCase):
    def test_drops_the_oldest_beyond_its_lines_and_counts_them(self):
        buffer = ship_logs.Buffer(most_lines=2)
        for line in "abc":
            buffer.put(line)
        buffer.close()
        self.assertEqual([line for _, line in buffer.take()], ["b", "c"])
        self.assertEqual((buffer.take_dropped(), buffer.take_dropped()), (1, 0))
        self.assertTrue(buffer.finished())

    def test_is_bounded_in_bytes(self):
        buffer = ship_logs.Buffer(most_bytes=10)
        for line in ("x" * 6, "y" * 6):
            buffer.put(line)
        self.assertEqual([line[0] for _, line in buffer.take(wait_seconds=0)], ["y"])

    def test_full_batch_does_not_wait(self):
        buffer = ship_logs.Buffer()
        for n in range(7):
            buffer.put(str(n))
        self.assertEqual(len(buffer.take(most=5, wait_seconds=60)), 5)


class ShipTest(unittest.TestCase):
    def ship(self, raw, *answers, **sender_options):
        loki = Loki(*answers)
        self.addCleanup(loki.close)
        buffer = ship_logs.Buffer()
        sender = ship_logs.Sender(loki.url, {"service_name": "djzen"}, **sender_options)
        ship_logs.read_lines(io.BytesIO(raw), buffer, None)
        ship_logs.ship(buffer, sender)
        sender.session.close()
        return loki, sender

    def test_every_line_goes_out_as_it_is(self):
        loki, sender = self.ship(b'{"a": 1}\n\n\xff\xfe not utf-8\r\n{"broken": \nlast, without newline', token="key")
        self.assertEqual(loki.lines(), ['{"a": 1}', "\ufffd\ufffd not utf-8", '{"broken": ', "last, without newline"])
        path, headers, body = loki.pushed[0]
        self.assertEqual((path, headers["Authorization"]), ("/loki/api/v1/push", "Bearer key"))
        self.assertEqual(body["streams"][0]["stream"], {"service_name": "djzen"})
        self.assertEqual(sender.lost, 0)

    def test_batches_hold_500_lines(self):
        loki, _ = self.ship(b"line\n" * 1201)
        self.assertEqual([len(body["streams"][0]["values"]) for _, _, body in loki.pushed], [500, 500, 201])

    def test_busy_server_gets_the_same_batch_again_after_the_time_it_asked_for(self):
        loki, sender = self.ship(b"one\n", (429, {"Retry-After": "1"}), (503, {}))
        self.assertEqual((loki.lines(), sender.lost), (["one"], 0))
        self.assertGreaterEqual(loki.times[1] - loki.times[0], 1.0)

    def test_refused_batch_is_counted_and_the_next_one_sent(self):
        loki, sender = self.ship(b"bad\n" * 500 + b"good\n", (400, {}))
        self.assertEqual((loki.lines(), sender.lost), (["good"], 500))

    def test_server_that_is_away_does_not_hold_up_the_end(self):
        buffer = ship_logs.Buffer()
        buffer.put("line")
        buffer.close()
        sender = ship_logs.Sender("http://127.0.0.1:9", {})
        sender.stop_within(0.2)
        ship_logs.ship(buffer, sender)
        self.assertEqual(sender.lost, 1)


if __name__ == "__main__":
    unittest.main()
