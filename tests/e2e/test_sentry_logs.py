"""Logs and metrics of Sentry's real SDK: each line is a log record with its level, attributes, trace, release and template; what it counts,
measures and observes adds up in series.

    python3 tests/e2e/run.py sentry_logs
"""

import pathlib
import subprocess
import sys
import unittest

from tripod_server import Server

LINES = 150  # more than one envelope of a hundred
PROGRAM = pathlib.Path(__file__).resolve().parent / "sentry_logger.py"


class SentryLogsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        subprocess.run([sys.executable, PROGRAM, cls.server.dsn, str(LINES)], check=True, timeout=120)

    def rows(self, query):
        return [row["fields"] for row in self.server.search(f"source:sentry {query}", limit=1000)]

    def test_its_own_logger(self):
        rows = self.rows('"is late"')
        self.assertEqual([row["body"] for row in rows], [f"order {n} is late" for n in range(LINES)])
        for n, row in enumerate(rows):
            said = {key: row[key] for key in ("severity_text", "severity_number", "amount", "retry", "sentry.message.template")}
            expected = {"severity_text": "warn", "severity_number": 13, "amount": n + 0.5, "retry": n % 2 == 0}
            self.assertEqual(said, expected | {"sentry.message.template": "order {order_id} is late"})
            self.assertEqual(row["sentry.message.parameter.order_id"], n)

    def test_what_every_record_has(self):
        rows = self.rows("")
        self.assertEqual(len(rows), 2 * LINES + 2)
        for row in rows:
            said = {key: row[key] for key in ("service.version", "deployment.environment.name", "host.name", "server.address", "telemetry.sdk.language")}
            self.assertEqual(said, {"service.version": "abc123", "deployment.environment.name": "staging", "host.name": "web-1",
                                    "server.address": "web-1", "telemetry.sdk.language": "python"})  # fmt: skip
            self.assertRegex(row["trace_id"], "^[0-9a-f]{32}$")

    def test_the_logging_module(self):
        rows = self.rows("logger:shop.orders")
        self.assertEqual([row["body"] for row in rows], [f"payment {n} of ada refused" for n in range(LINES)])
        row = rows[7]
        self.assertEqual((row["severity_text"], row["sentry.message.template"]), ("error", "payment %s of %s refused"))
        self.assertEqual((row["sentry.message.parameter.0"], row["sentry.message.parameter.1"]), (7, "ada"))
        self.assertTrue(row["code.file.path"].endswith("sentry_logger.py"), row["code.file.path"])
        self.assertEqual((row["code.function.name"], type(row["code.line.number"])), ("main", int))

    def test_structlog_over_logging(self):
        (row,) = self.rows("logger:shop.stock")
        self.assertEqual((row["body"], row["severity_text"], row["low"]), ("stock_checked", "info", 3))

    def test_a_log_leads_to_its_trace(self):
        (row,) = self.rows('"within a transaction"')
        self.assertEqual(row["trace_id"], row["trace"])
        spans = self.server.search(f"trace_id:{row['trace_id']}", dataset="spans")
        self.assertEqual([span["fields"]["name"] for span in spans], ["checkout"])

    def test_metrics(self):
        shared = {"environment": "staging", "instance": "web-1", "job": "default", "release": "abc123"}
        key = lambda **more: tuple(sorted((shared | more).items()))  # noqa: E731
        promql = self.server.promql
        self.assertEqual(promql("sum without (__name__) (orders_late_total)"), {key(country="DE"): 2.0 * LINES})
        self.assertEqual(promql("increase(orders_late_total[5m]) > bool 0"), {key(country="DE"): 1.0})
        self.assertEqual(promql("sum without (__name__) (orders_open)"), {key(): LINES - 1.0})
        self.assertEqual(promql("sum without (__name__) (order_wait_milliseconds_count)"), {key(): float(LINES)})
        self.assertEqual(promql("sum without (__name__) (order_wait_milliseconds_sum)"), {key(): sum(range(LINES))})
        buckets = promql('sum by (le) (order_wait_milliseconds_bucket{le=~"5|100|.Inf"})')
        self.assertEqual(buckets, {(("le", "+Inf"),): LINES, (("le", "100"),): 101.0, (("le", "5"),): 6.0})

    def test_nothing_was_rejected(self):
        self.assertEqual(self.server.rejected(), [])


if __name__ == "__main__":
    unittest.main()
