"""`tripod top` in a terminal: what is drawn fits it, and what comes from outside is shown, not obeyed. The server is a stand-in.

python3 tests/e2e/run.py top
"""

import fcntl
import http.server
import json
import os
import pty
import struct
import subprocess
import termios
import threading
import unittest

from tripod_server import binary

HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[2K", "\n\x1b[J"
SERVICES = 20


def overview():
    services = [
        {"service": f"service-{n:02}", "source": "otel", "requests": n, "errors": 0, "rate": n / 300, "error_ratio": 0, "p50_ms": 1, "p95_ms": 2, "p99_ms": 3, "series": {"requests": [n, n]}}
        for n in range(1, SERVICES + 1)
    ]
    return {"start_ns": "1", "end_ns": "1795365477000000000", "step_ns": "1", "services": services, "issues_total": 512, "issues": [], "warnings": ["a part\x1b[31m is missing"]}


class StandIn(http.server.ThreadingHTTPServer):
    """Answers the first question, and every later one as `later` says."""

    def __init__(self, later=(200, overview())):
        self.later, self.asked = later, 0
        super().__init__(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *raised):
        self.shutdown()
        super().__exit__(*raised)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        status, answer = (200, overview()) if self.server.asked == 1 else self.server.later
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def pictures(server, count, rows, columns):
    """The first `count` pictures drawn in a terminal of that size, each as its rows, and whether what is below was cleared."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = os.environ | {"TRIPOD_URL": f"http://127.0.0.1:{server.server_port}", "TRIPOD_TOKEN": "trp_none"}
    program = subprocess.Popen([binary(), "top", "--every", "1"], stdin=terminal, stdout=terminal, stderr=terminal, env=environment)
    os.close(terminal)
    said = b""
    try:
        while said.count(HOME.encode()) <= count:
            said += os.read(master, 65536)
    finally:
        program.terminate()
        program.wait(10)
        os.close(master)
    drawn = said.decode().replace("\r\n", "\n").split(HOME)[1 : count + 1]
    return [([row.removeprefix(CLEAR_LINE) for row in one.removesuffix(CLEAR_BELOW).split("\n")], one.endswith(CLEAR_BELOW)) for one in drawn]


class TopTest(unittest.TestCase):
    def test_fits_a_small_terminal(self):
        with StandIn() as server:
            for rows, is_cleared in pictures(server, 2, rows=6, columns=50):
                self.assertEqual(len(rows), 6)
                self.assertFalse(is_cleared, "a line break in the last row scrolls")
                self.assertLessEqual(max(map(len, rows)), 50)
                # A warning, the head, a blank, the table's head and its rows.
                self.assertEqual(rows[-1], f"… and {SERVICES + 4 - 5} more lines")

    def test_shows_everything_where_there_is_room(self):
        with StandIn() as server:
            [(rows, is_cleared)] = pictures(server, 1, rows=60, columns=200)
            self.assertTrue(is_cleared)
            self.assertEqual(rows[0], "warning: a part\\x1b[31m is missing")
            self.assertIn("requests of the last 5m, 512 open issues with events in it", rows[1])
            self.assertEqual(len([row for row in rows if row.startswith("service-")]), SERVICES)

    def test_an_error_is_shown_and_not_obeyed(self):
        with StandIn(later=(500, {"error": {"code": "internal", "message": "gone\x1b]0;title\x07"}})) as server:
            _, (rows, _) = pictures(server, 2, rows=60, columns=200)
            self.assertIn("gone\\x1b]0;title\\x07", rows[0])
            self.assertEqual(rows[-1], "asking again")


if __name__ == "__main__":
    unittest.main()
