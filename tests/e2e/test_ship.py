"""`tripod ship` between programs that log and a server, while all of them are killed: every line is found, exactly once."""

import collections
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from tripod_server import DSN_KEY, Server, binary, wait_for

WRITER = pathlib.Path(__file__).with_name("ship_writer.py")
PLAIN = re.compile(r"plain line (\d+) of the writer\nTraceback \(most recent call last\):\n  File .*\nKeyError: 'plain (\d+)'$", re.DOTALL)
STOP_SECONDS = 10


class Shipper:
    """One `tripod ship` with its state folder; what it logs goes to a file beside it."""

    def __init__(self, folder, url, *arguments, stdin=subprocess.DEVNULL):
        self.folder = folder
        self.log = folder / "ship.log"
        self.command = [str(binary()), "ship", "--to", url, "--state", str(folder / "ship"), *arguments]
        self.stdin = stdin
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, env=os.environ | {"TRIPOD_KEY": DSN_KEY}, stdin=self.stdin, stderr=log)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def said(self):
        return self.log.read_text(encoding="utf-8")


class ShipTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.server = self.enterContext(Server())
        self.logs = self.server.folder / "logs"
        self.logs.mkdir()

    def shipper(self, *arguments, **options):
        shipper = Shipper(self.server.folder, self.server.url, *arguments, **options)
        self.addCleanup(lambda: shipper.process and shipper.process.poll() is None and shipper.kill())
        return shipper

    def rows(self, service):
        return self.server.search(f"service:{service}", limit=5000)

    def count(self, service):
        return self.server.count(f"service:{service}")

    def await_count(self, service, count, seconds=60):
        wait_for(f"{count} records of {service}", lambda: self.count(service) >= count, seconds)


class KillTest(ShipTest):
    LINES = 6000
    PER_SECOND = 400
    SEED = 4

    def test_rotated_file_while_server_and_shipper_are_killed(self):
        rng = random.Random(self.SEED)
        shipper = self.shipper("--service", "writer", str(self.logs / "app.log")).start()
        writer = subprocess.Popen([sys.executable, str(WRITER), str(self.logs / "app.log"), str(self.LINES), str(self.PER_SECOND)])
        kills = collections.Counter()
        while writer.poll() is None:
            time.sleep(rng.uniform(0.05, 0.9))  # the random moment itself, not a wait for something
            if rng.random() < 0.5:
                shipper.kill()
                if rng.random() < 0.3:
                    time.sleep(rng.uniform(0.0, 0.5))
                shipper.start()
                kills["shipper"] += 1
            else:
                self.server.kill()
                time.sleep(rng.uniform(0.0, 0.7))
                self.server.start()
                kills["server"] += 1
        self.assertEqual(writer.returncode, 0)
        self.assertGreaterEqual(min(kills["shipper"], kills["server"]), 5, kills)
        self.assertGreater(len(list(self.logs.iterdir())), 10, "the file was rotated")
        self.await_count("writer", self.LINES)
        self.assertEqual(shipper.stop(), 0)
        self.check_lines()

    def check_lines(self):
        found = collections.Counter()
        for row in self.rows("writer"):
            fields = row["fields"]
            self.assertEqual(fields["log.file.path"], str(self.logs / "app.log"))
            if "n" not in fields:
                plain = PLAIN.search(fields["body"])
                self.assertTrue(plain and plain[1] == plain[2], fields["body"])
                found[int(plain[1])] += 1
                continue
            n = fields["n"]
            found[n] += 1
            self.assertIn(f'"n": {n}', fields["original"])
            if n % 50 == 25:
                self.assertEqual((fields["body"], fields["severity_text"], fields["user.id"]), ("failed", "error", n % 7))
                self.assertIn(f"ValueError: number {n}", fields["exception.stacktrace"])
            elif n % 10 == 5:
                self.assertEqual((fields["body"], fields["severity_text"], fields["seconds"]), ("slow", "warn", n / 1000))
            else:
                self.assertEqual((fields["body"], fields["severity_text"], fields["path"]), ("done", "info", f"/orders/{n}"))
        missing = [n for n in range(self.LINES) if found[n] == 0]
        twice = [n for n, count in found.items() if count > 1]
        self.assertEqual((missing[:20], twice[:20], len(found)), ([], [], self.LINES))


class FilesTest(ShipTest):
    def test_copytruncate_loses_nothing_that_was_copied(self):
        path = self.logs / "app.log"
        shipper = self.shipper("--service", "cut", "--multiline", "off", str(path)).start()
        state = self.server.folder / "ship" / "state"
        written = 0

        def write(lines):
            nonlocal written
            with open(path, "a", encoding="utf-8") as log:
                log.writelines(f"line {n} of some length\n" for n in range(written, written + lines))
            written += lines

        for rotation in range(5):
            away = rotation == 2
            if away:
                self.server.kill()
            write(100)
            if away:
                wait_for("a batch without answer", lambda: "pending" in state.read_text())
            else:
                self.await_count("cut", written)
            write(100)
            shutil.copy(path, self.logs / f"app.log.{rotation}")
            os.truncate(path, 0)
            if away:
                self.server.start()
        self.await_count("cut", written)
        self.assertEqual(sorted(int(r["fields"]["body"].split()[1]) for r in self.rows("cut")), list(range(written)))
        self.assertEqual(shipper.stop(), 0)

    def test_new_files_of_a_pattern_are_found_while_it_runs(self):
        shipper = self.shipper("--service", "glob", "--exclude", "*.old", str(self.logs / "**" / "*")).start()
        (self.logs / "a" / "b").mkdir(parents=True)
        for name in ("one.log", "a/two.log", "a/b/three.log", "a/four.old", "five.gz"):
            (self.logs / name).write_text(f'{{"event":"{name}"}}\n')
        self.await_count("glob", 3)
        self.assertEqual({r["fields"]["body"] for r in self.rows("glob")}, {"one.log", "a/two.log", "a/b/three.log"})
        self.assertEqual(shipper.stop(), 0)

    def test_bytes_that_are_not_utf8_and_long_lines(self):
        path = self.logs / "app.log"
        megabyte = "m" * (1 << 20)
        path.write_bytes(b"caf\xe9 \xc3\xa9\r\n" + megabyte.encode() + b"\n" + megabyte.encode() + b"rest\n")
        self.shipper("--service", "odd", str(path)).start()
        self.await_count("odd", 4)
        self.assertEqual(collections.Counter(r["fields"]["body"] for r in self.rows("odd")), collections.Counter(["caf\\xe9 é", megabyte, megabyte, "rest"]))

    def test_a_second_shipper_on_the_same_state_refuses(self):
        first = self.shipper(str(self.logs / "*")).start()
        wait_for("the lock", lambda: (self.server.folder / "ship" / "lock").exists())
        wait_for("its first words", lambda: "shipping" in first.said())
        second = subprocess.run(first.command, capture_output=True, text=True, timeout=STOP_SECONDS, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("the state folder is in use", second.stderr)


class BatchIdTest(ShipTest):
    FRAMES = b'S {"service_name":"ids"}\nR 0 3\none\nR 0 3\ntwo\n'

    def push(self, batch_id):
        client = self.server.ingest_client()
        headers = {"X-Tripod-Key": DSN_KEY, "X-Tripod-Batch-Id": batch_id, "Content-Type": "application/octet-stream"}
        return client.request("POST", "/push/json?format=frames", body=self.FRAMES, headers=headers)

    def test_a_batch_is_stored_once_also_over_a_crash(self):
        first, repeated = self.push("0" * 31 + "a"), self.push("0" * 31 + "A")
        self.assertEqual((first.status, first.json()["accepted"], first.json().get("repeated")), (200, 2, None))
        self.assertEqual((repeated.status, repeated.json()["repeated"]), (200, True))
        self.server.crash()
        self.assertTrue(self.push("0" * 31 + "a").json()["repeated"])
        self.assertEqual(self.count("ids"), 2)
        self.assertNotIn("repeated", self.push("0" * 31 + "b").json())
        self.assertEqual(self.count("ids"), 4)

    def test_an_id_that_is_none_is_refused(self):
        for wrong in ("abc", "g" * 32, "0" * 33):
            answer = self.push(wrong)
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (400, "invalid_argument"), wrong)


class StdinTest(ShipTest):
    def test_lines_wait_in_the_spool_while_the_server_is_away(self):
        self.server.kill()
        config = self.server.folder / "ship.yml"
        config.write_text(f"to: {self.server.url}\nstate: {self.server.folder}/ship\ndrain: 1s\ninputs:\n  - stdin: true\n    service: job\n")
        command = [str(binary()), "ship", "--config", str(config)]
        environment = os.environ | {"TRIPOD_KEY": DSN_KEY}
        lines = "".join(f"line {n}\n" for n in range(1000))
        first = subprocess.run(command, input=lines, env=environment, text=True, capture_output=True, timeout=30, check=False)
        self.assertEqual(first.returncode, 1)
        self.assertIn('"lines":1000', first.stderr)
        self.server.start()
        second = subprocess.run(command, input="last\n", env=environment, text=True, capture_output=True, timeout=30, check=False)
        self.assertEqual(second.returncode, 0, second.stderr)
        bodies = [r["fields"]["body"] for r in self.rows("job")]
        self.assertEqual(sorted(bodies), sorted([f"line {n}" for n in range(1000)] + ["last"]))


class ConfigTest(unittest.TestCase):
    def check(self, text, *arguments):
        with tempfile.TemporaryDirectory(prefix="tripod-test-") as folder:
            path = pathlib.Path(folder) / "ship.yml"
            path.write_text(text)
            command = [str(binary()), "ship", "--config", str(path), "--check", *arguments]
            return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)

    def test_file_and_line_of_what_is_wrong(self):
        good = self.check("inputs:\n  - paths: /var/log/*.log\n")
        self.assertEqual((good.returncode, good.stdout), (0, ""), good.stderr)
        bad = self.check("inputs:\n  - paths: /var/log/*.log\n    sevice: x\n")
        self.assertEqual(bad.returncode, 2)
        self.assertRegex(bad.stderr, r"tripod: .*ship\.yml: line 3: an input has no key \"sevice\"")

    def test_the_key_is_never_printed(self):
        result = subprocess.run(
            [str(binary()), "ship", "--to", "http://127.0.0.1:1", "--state", "/dev/null/x", "/tmp/none"],
            env=os.environ | {"TRIPOD_KEY": "very-secret-key"}, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
        self.assertNotEqual(result.returncode, 0)
        self.assertNotIn("very-secret-key", result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
