"""What a server does with its folder and its addresses: one at a time, damage told and survived, a tail without holes."""

import json
import resource
import unittest

from http_client import Client
from tripod_server import ADMIN_TOKEN, Server, ServerError


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
    def test_failed_write_is_told_by_readiness_until_the_next_start(self):
        with Server() as server:
            server.sign_in_token()  # the last that a start writes
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            self.assertEqual(server.ingest_client().post("/push/json", lines(500), "application/x-ndjson").status, 500)
            answer = server.get("/-/ready")
            self.assertEqual((answer.status, "logs" in answer.text, "metrics" in answer.text), (503, True, False))
            self.assertEqual(server.get("/-/healthy").status, 200)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            server.restart()
            self.assertEqual(server.get("/-/ready").status, 200)
            self.assertTrue(server.ingest_client().post("/push/json", lines(5), "application/x-ndjson").ok)


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
