"""`tripod store` beside a running server: backups under load, their restore, and what the other commands say of the same folder."""

import json
import shutil
import subprocess
import threading
import time
import unittest
from pathlib import Path

from tripod_server import Server, binary, wait_for

LINES_PER_REQUEST = 20


def store(*arguments, status=0):
    """Standard output of `tripod store`; the exit status must be the one expected."""
    done = subprocess.run([str(binary()), "store", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    if done.returncode != status:
        raise AssertionError(f"store {arguments}: {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def lines(first, count=LINES_PER_REQUEST):
    now = time.time_ns()
    rows = [{"event": f"line {n}", "n": n, "@timestamp": (now + n) // 1000 / 1e6} for n in range(first, first + count)]
    return "\n".join(map(json.dumps, rows)).encode()


class Writer(threading.Thread):
    """Sends lines with numbers of its own until it is told to end; `acknowledged` are those that are durable."""

    def __init__(self, server, start):
        super().__init__()
        self.client = server.ingest_client()
        self.next = start
        self.acknowledged = []
        self.ending = False

    def run(self):
        while not self.ending:
            try:
                sent = self.client.post("/push/json", lines(self.next), "application/x-ndjson")
            except OSError:
                return  # the server was killed
            if sent.ok:
                self.acknowledged.append(self.next)
            self.next += LINES_PER_REQUEST


def numbers_of(requests):
    return {n for first in requests for n in range(first, first + LINES_PER_REQUEST)}


class BackupTest(unittest.TestCase):
    def test_backup_under_load_then_kill_then_restore(self):
        with Server() as server:
            folder = Path(server.folder)
            writers = [Writer(server, start) for start in (0, 10_000_000)]
            for writer in writers:
                writer.start()
            try:
                backups = []
                for number in range(3):
                    wanted = [len(w.acknowledged) + 20 for w in writers]
                    wait_for("more lines", lambda: all(len(w.acknowledged) >= count for w, count in zip(writers, wanted)), 60)
                    before = [list(w.acknowledged) for w in writers]
                    store("backup", folder / f"backup{number}", "--data", server.data)
                    backups.append(before)
                self.assertIn("all sound", store("verify", "--data", server.data))
                server.kill()
            finally:
                for writer in writers:
                    writer.ending = True
                    writer.join()
            shutil.rmtree(server.data)  # the disk is gone; the backups' links are files of their own
            for number, before in enumerate(backups):
                backup = folder / f"backup{number}"
                self.assertIn("all sound", store("verify", "--data", backup))
                store("restore", backup, "--data", server.data)
                server.start()
                found = [row["fields"]["n"] for row in server.search()]
                server.kill()
                shutil.rmtree(server.data)
                self.assertEqual(len(found), len(set(found)), "nothing twice")
                sent = set().union(*(numbers_of(requests) for requests in before))
                self.assertEqual(sent - set(found), set(), "acknowledged before the backup began, and not in it")
                whole = {n - n % LINES_PER_REQUEST for n in found}
                self.assertEqual(numbers_of(whole), set(found), "whole requests")
            store("restore", folder / "backup2", "--data", server.data)
            server.start()
            self.assertTrue(server.ingest_client().post("/push/json", lines(20_000_000), "application/x-ndjson").ok)
            self.assertEqual(server.get("/-/ready").status, 200)


class CommandsTest(unittest.TestCase):
    def test_inspect_export_verify(self):
        with Server() as server:
            self.assertTrue(server.ingest_client().post("/push/json", lines(0), "application/x-ndjson").ok)
            rows = store("export", "--data", server.data, "n:<5").splitlines()
            self.assertEqual([json.loads(row)["fields"]["n"] for row in rows], [0, 1, 2, 3, 4])
            self.assertEqual(store("export", "--data", server.data, "--since", "now+2h"), "")
            self.assertIn("column 4", store("export", "--data", server.data, "n:(", status=2))
            server.restart()  # memory becomes parts
            summary = json.loads(store("inspect", "--data", server.data, "--json"))
            logs = summary["datasets"][0]
            self.assertEqual((logs["dataset"], logs["rows"], logs["rows_in_log"], logs["parts"]), ("logs", 20, 0, 1))
            self.assertIn("n", [column["name"] for column in logs["columns"]])
            self.assertIn("logs: 20 rows in 1 parts", store("inspect", "--data", server.data))
            self.assertIn("all sound", store("verify", "--data", server.data))
            part = next((server.data / "events" / "logs").rglob("*.part"))
            damaged = bytearray(part.read_bytes())
            damaged[len(damaged) // 3] ^= 4
            part.write_bytes(damaged)
            said = store("verify", "--data", server.data, status=1)
            self.assertIn(f"damaged: {part}, bytes ", said)
            self.assertIn("1 damaged", said)

    def test_nothing_is_overwritten(self):
        with Server() as server:
            backup = server.folder / "backup"
            store("backup", backup, "--data", server.data)
            self.assertIn("is not empty", store("backup", backup, "--data", server.data, status=1))
            self.assertIn("is not empty", store("restore", backup, "--data", server.data, status=1))
            self.assertIn("neither the data folder", store("verify", "--data", server.folder, status=1))


if __name__ == "__main__":
    unittest.main()
