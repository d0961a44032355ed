"""Jobs that Sentry's real SDK watches become monitors and their failures issues; files that it attaches are kept, scrubbed where they are text.

    python3 tests/e2e/run.py sentry_items
"""

import pathlib
import subprocess
import sys
import unittest

from tripod_server import Server, wait_for

PROGRAM = pathlib.Path(__file__).resolve().parent / "sentry_jobs.py"


class SentryItemsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        done = subprocess.run([sys.executable, PROGRAM, cls.server.dsn], check=True, timeout=120, capture_output=True, text=True)
        cls.event = done.stdout.strip()

    def monitor(self, slug):
        (found,) = [m for m in self.server.get_json("/api/app/monitors")["monitors"] if m["slug"] == slug]
        return found

    def test_a_job_that_works(self):
        monitor = self.monitor("hourly-import")
        self.assertEqual((monitor["status"], monitor["schedule"]), ("ok", {"type": "crontab", "crontab": "0 * * * *"}))
        self.assertEqual((monitor["time_zone"], monitor["margin_minutes"], monitor["max_runtime_minutes"]), ("Europe/Berlin", 5, 10))
        (environment,) = monitor["environments"]
        self.assertEqual((environment["environment"], environment["failures"]), ("staging", 0))
        (check_in,) = self.server.get_json(f"/api/app/monitors/{monitor['id']}/check_ins")["check_ins"]
        self.assertEqual((check_in["status"], check_in["release"]), ("ok", "abc123"))
        self.assertGreaterEqual(int(check_in["duration_ns"]), 0)

    def test_a_job_that_fails_is_an_issue(self):
        self.assertEqual(self.monitor("daily-report")["schedule"], {"type": "interval", "value": 1, "unit": "day"})

        def told():
            return [issue for issue in self.server.issues() if "daily-report" in issue["title"]]

        wait_for("the issue", told)
        self.assertEqual([issue["count"] for issue in told()], [1])

    def test_files(self):
        files = self.server.get_json(f"/api/app/events/{self.event}/attachments")["attachments"]
        found = {file["name"]: file for file in files if file["kind"] == "attachment"}
        self.assertEqual(set(found), {"dump.bin", "state.txt"})
        answers = {name: self.server.get(f"/api/app/attachments/{file['id']}") for name, file in found.items()}
        self.assertEqual(answers["dump.bin"].body, b"\x00\x01binary")
        self.assertEqual(answers["state.txt"].body, b"user=ann password=[Filtered]\n")
        for answer in answers.values():
            self.assertEqual(answer.headers["content-type"], "application/octet-stream")
            self.assertTrue(answer.headers["content-disposition"].startswith("attachment;"))
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
            self.assertIn("sandbox", answer.headers["content-security-policy"])

    def test_nothing_was_rejected(self):
        self.assertEqual(self.server.rejected(), [])


if __name__ == "__main__":
    unittest.main()
