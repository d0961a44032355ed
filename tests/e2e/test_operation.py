"""What a server does with its folder and its addresses: one at a time, damage told and survived, a tail without holes."""

import json
import resource
import tempfile
import threading
import time
import unittest
from pathlib import Path

from http_client import Client
from tripod_server import ADMIN_TOKEN, Server, ServerError, wait_for


def lines(count, first=0):
    return "\n".join(json.dumps({"event": f"line {n}", "n": n}) for n in range(first, first + count)).encode()


class FolderTest(unittest.TestCase):
    def test_second_server_on_a_folder_refuses(self):
        with Server() as first:
            pid = first.process.pid
            second = Server(first.folder)
            with self.assertRaises(ServerError):
                second.start()
            self.assertEqual(second.process.wait(10), 1)
            second.ended()
            self.assertIn(f"the data folder is in use: {first.data}/lock is locked by process {pid}", second.tail())
            self.assertEqual(first.get("/-/ready").status, 200)

    def test_folder_of_a_killed_server_is_free(self):
        with Server() as server:
            server.crash()
            self.assertEqual(server.get("/-/ready").status, 200)

    def test_damaged_part_is_told_and_the_rest_found(self):
        with Server() as server:
            self.assertTrue(server.ingest_client().post("/push/json", lines(50), "application/x-ndjson").ok)
            server.stop()
            part = next(iter((server.data / "events" / "logs").rglob("*.part")))
            damaged = bytearray(part.read_bytes())
            damaged[-20] ^= 1
            part.write_bytes(damaged)
            server.start()
            answer = server.get_json("/api/app/search", dataset="logs", start="now-1h", end="now+1h")
            self.assertEqual((answer["rows"], answer["cursor"], answer["partial"]), ([], None, True))
            self.assertTrue(any(part.name.removesuffix(".part") in w for w in answer["warnings"]), answer["warnings"])
            self.assertTrue(server.ingest_client().post("/push/json", lines(5, 50), "application/x-ndjson").ok)
            answer = server.get_json("/api/app/search", dataset="logs", start="now-1h", end="now+1h")
            self.assertEqual(sorted(row["fields"]["n"] for row in answer["rows"]), list(range(50, 55)))


class FullDiskTest(unittest.TestCase):
    """No file may grow past some bytes: to the program that is a full disk."""

    def limit(self, server, size):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def found(self, server):
        answer = server.get_json("/api/app/search", dataset="logs", start="now-1h", end="now+1h", limit=1000)
        return sorted(row["fields"]["n"] for row in answer["rows"])

    def test_is_told_and_survived_without_a_restart(self):
        with Server() as server:
            server.sign_in_token()  # the last that a start writes
            send = lambda first: server.ingest_client().post("/push/json", lines(500, first), "application/x-ndjson")
            self.assertTrue(send(0).ok)
            self.limit(server, 16)
            for _ in range(3):
                refused = send(500)
                self.assertEqual((refused.status, refused.headers.get("retry-after")), (503, "1"), refused.text)
                self.assertIn("File too large", refused.text)
            ready = server.get("/-/ready")
            self.assertEqual(ready.status, 503)
            self.assertIn("nothing is taken in until these can be written again:\nlogs: write ", ready.text)
            self.assertEqual(server.get("/-/healthy").status, 200)
            self.assertIn('tripod_store_refusing{store="logs"} 1', server.get("/metrics").text)
            self.assertEqual(self.found(server), list(range(500)), "what is kept is found, what was refused is not")
            self.limit(server, resource.RLIM_INFINITY)
            wait_for("room on the disk", lambda: server.get("/-/ready").status == 200)
            self.assertTrue(send(500).ok)
            self.assertEqual(self.found(server), list(range(1000)), "sent again it is there once")
            server.crash()
            self.assertEqual(self.found(server), list(range(1000)))
            self.assertIn('tripod_store_refusing{store="logs"} 0', server.get("/metrics").text)


class QuestionBudgetTest(unittest.TestCase):
    """A question that needs more memory than it may have ends with what to narrow; taking in does not notice."""

    LINES = 60_000
    BUDGET = 64 << 20

    def fill(self, client):
        for first in range(0, self.LINES, 5000):
            rows = ({"event": "asked", "request_id": f"{n:08x}-request", "path": f"/{n % 7}/"} for n in range(first, first + 5000))
            body = "\n".join(json.dumps(row) for row in rows).encode()
            self.assertTrue(client.post("/push/json", body, "application/x-ndjson").ok)

    def write_until(self, client, ended, sent):
        while not ended.is_set():
            answer = client.post("/push/json", lines(10, 10 * len(sent)), "application/x-ndjson")
            sent.append(answer.status)

    def test_too_many_groups_end_early_and_writes_go_on(self):
        window = {"dataset": "logs", "start": "now-1h", "end": "now+1h"}
        with Server(flags=["--memory", "64MiB"]) as server:
            self.fill(server.ingest_client())
            ended, sent = threading.Event(), []
            writer = threading.Thread(target=self.write_until, args=(server.ingest_client(), ended, sent))
            before = server.peak_rss_bytes()
            writer.start()
            try:
                for question in ("| count by request_id", "| stats uniq(path), p95(n) by request_id, path") * 3:
                    answer = server.get("/api/app/search", q=question, **window)
                    self.assertEqual((answer.status, answer.json()["error"]["code"]), (429, "resource_exhausted"), question)
                    self.assertIn("narrow the time range or the filter", answer.json()["error"]["message"])
                few = server.get_json("/api/app/search", q="request_id:0000* | count by path", **window)
                self.assertEqual([line[1] for line in few["table"]], sorted((line[1] for line in few["table"]), reverse=True))
                self.assertEqual(sum(line[1] for line in few["table"]), self.LINES)
            finally:
                ended.set()
                writer.join()
            self.assertLess(server.peak_rss_bytes() - before, self.BUDGET)
            self.assertEqual(set(sent), {200})
            self.assertEqual(server.count("has:n"), 10 * len(sent))


class RetentionTest(unittest.TestCase):
    def test_limits_are_shown_and_follow_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "tripod.yml"
            config.write_text("retention:\n  logs: {age: 2d, size: 1GiB}\n  metrics: {age: forever}\n")
            with Server(config=config, flags=("--retention-spans-age", "3d")) as server:
                def kept():
                    status = server.status()
                    return {d["name"]: d["retention"] for d in status["datasets"]} | {"metrics": status["metrics"]["retention"]}

                day = 86400 * 10**9
                self.assertEqual(kept(), {
                    "logs": {"age_ns": str(2 * day), "bytes": 1 << 30}, "spans": {"age_ns": str(3 * day), "bytes": None},
                    "errors": {"age_ns": str(30 * day), "bytes": None}, "links": {"age_ns": str(30 * day), "bytes": None},
                    "sessions": {"age_ns": str(90 * day), "bytes": None},
                    "span_window": {"age_ns": str(day // 48), "bytes": 2 << 30},
                    "metrics": {"age_ns": None, "bytes": None}})
                old = json.dumps({"event": "late", "timestamp": time.time() - 3 * 86400}).encode()
                answer = server.ingest_client().post("/push/json", old, "application/x-ndjson").json()
                self.assertEqual((answer["accepted"], answer["rejections"][0]["reason"]), (0, "timestamp_too_old"))
                config.write_text("retention:\n  logs: {age: 4d}\n  spans: {age: 5d}\n")
                server.reload()
                wait_for("the new file", lambda: kept()["logs"] == {"age_ns": str(4 * day), "bytes": None})
                self.assertEqual(kept()["spans"]["age_ns"], str(3 * day))  # the flag goes before the file
                answer = server.ingest_client().post("/push/json", old, "application/x-ndjson").json()
                self.assertEqual(answer["accepted"], 1)

                def runtime():
                    return server.get_json("/api/v1/status/runtimeinfo")["data"]

                self.assertTrue(runtime()["reloadConfigSuccess"])
                in_force = runtime()["lastConfigTime"]
                self.assertGreater(in_force, runtime()["startTime"])
                config.write_text("retention: [\n")
                server.reload()
                wait_for("the refusal of the bad file", lambda: not runtime()["reloadConfigSuccess"])
                self.assertEqual(runtime()["lastConfigTime"], in_force)

    def test_series_kept_for_less_than_the_others(self):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "tripod.yml"
            config.write_text("")
            with Server(config=config) as server:
                then = int(time.time() - 3 * 86400)
                text = "\n".join(f'{name} 1 {then}000' for name in ('debug_a{job="x,y"}', "debug_b", "up")) + "\n"
                self.assertTrue(server.ingest_client().post("/push/prometheus", text.encode(), "text/plain; version=0.0.4").ok)

                def kept():
                    return {dict(labels)["__name__"] for labels in server.promql('{__name__=~"debug_.|up"}', time=then)}

                self.assertEqual(kept(), {"debug_a", "debug_b", "up"})
                config.write_text("""retention: {metrics: {series: ['{job="x,y"} 2d', '{__name__=~"debug.+"} 4d']}}""")
                server.restart()  # which writes a block
                wait_for("the series to go", lambda: kept() == {"debug_b", "up"})
                config.write_text("retention: {metrics: {series: ['debug_b 2d', '{job=~\"(\"} 2d']}}")
                server.reload()
                wait_for("the refusal of the bad selector", lambda: not server.get_json("/api/v1/status/runtimeinfo")["data"]["reloadConfigSuccess"])
                self.assertEqual(kept(), {"debug_b", "up"})

    def test_a_low_disk_refuses_and_names_itself(self):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "tripod.yml"
            config.write_text("disk: {low_water: 99.99%}\n")
            with Server(config=config) as server:
                answer = server.ingest_client().post("/push/json", lines(1), "application/x-ndjson")
                self.assertEqual((answer.status, answer.headers.get("retry-after")), (503, "1"))
                self.assertIn(f"the disk of {server.data} is nearly full", answer.text)
                self.assertEqual(server.get("/-/ready").status, 503)
                self.assertTrue(server.status()["disk"]["low"])
                config.write_text("disk: {low_water: 1MiB}\n")
                server.reload()
                wait_for("room on the disk", lambda: server.get("/-/ready").status == 200)
                self.assertTrue(server.ingest_client().post("/push/json", lines(1), "application/x-ndjson").ok)


class AddressTest(unittest.TestCase):
    def test_otlp_address_serves_otlp_alone(self):
        with Server() as server:
            client = Client(server.otlp_url, {"Authorization": f"Bearer {ADMIN_TOKEN}"})
            for path in ("/", "/metrics", "/api/v1/query?query=1", "/api/app/search", "/loki/api/v1/labels", "/-/ready"):
                self.assertEqual(client.request("GET", path).status, 404, path)
            self.assertEqual(client.post("/v1/traces", b"", "application/x-protobuf").status, 200)
            client.close()


class TailTest(unittest.TestCase):
    def test_what_exceeds_the_limit_comes_with_the_next_call(self):
        with Server() as server:
            cursor = server.get_json("/api/app/tail", dataset="logs")["cursor"]
            self.assertTrue(server.ingest_client().post("/push/json", lines(100), "application/x-ndjson").ok)
            seen = []
            while True:
                page = server.get_json("/api/app/tail", dataset="logs", cursor=cursor, limit=30)
                self.assertFalse(page["partial"])
                if not page["rows"]:
                    break
                seen += [row["fields"]["n"] for row in page["rows"]]
                cursor = page["cursor"]
            self.assertEqual(seen, list(range(100)))


if __name__ == "__main__":
    unittest.main()
