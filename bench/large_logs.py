"""bench/run logs-large: a large set of log lines once taken in, then a set of questions asked of it through the HTTP API.

Written beside the data: `large-logs.json`, which says what is there, so that a later run with --reuse only asks.
"""

import json
import os
import pathlib
import time

from large_set import Question, ask_all, bytes_and_number, lines_of, send
from tripod_server import Server

NANOS = 10**9
DAY = 86400 * NANOS
RARE_WORD = "zephyranthes"
RARE_LINES = 7


def whole(found):
    """What `found` makes of an answer, where it is not cut short."""

    def of(body):
        if body.get("partial") or body.get("warnings"):
            return f"partial: {body['warnings']}"
        return found(body)

    return of


def rows_of(body):
    return len(body["rows"])


def table_rows(body):
    """Rows of a table."""
    return len(body["table"] if body["kind"] == "table" else body["rows"])


def questions(facts, request_id):
    def seconds(nanos):
        return f"{nanos / NANOS:.6f}"

    three_days = {"start": seconds(facts["end_ns"] - 3 * DAY), "end": seconds(facts["end_ns"] + NANOS)}
    # 73 buckets of five minutes, in the middle of the data.
    from_ns = facts["end_ns"] - 2 * DAY
    window = {"start": seconds(from_ns), "end": seconds(from_ns + 73 * 300 * NANOS)}
    search, histogram = "/api/app/search", "/api/app/histogram"

    def total(body):
        return body["total"]

    def values_total(body):
        return sum(v["count"] for v in body["values"])

    regex = r"path:/^\/products\/[0-9]*7\/$/"
    asked = [
        Question("count by level", 60, "/api/app/field_values", three_days | {"field": "severity_text"}, values_total),
        Question("count by level (| count)", 60, search, three_days | {"q": "| count by level"}, table_rows),
        Question("a rare word, no field named", 15, search, three_days | {"q": RARE_WORD}, rows_of),
        Question("a word that is not there", 15, search, three_days | {"q": "zygomorphous"}, rows_of),
        Question("one request_id", 5, search, three_days | {"q": f"request_id:{request_id}"}, rows_of),
        Question("the same, no field named", None, search, three_days | {"q": request_id}, rows_of),
        Question("regex count", 200, histogram, three_days | {"q": regex, "buckets": 1}, total),
        Question("events per 5 min, 20 x 73", 300, histogram, window | {"q": "", "by": "body", "buckets": 73}, total),
        Question("events per hour, 20 x 72", None, histogram, three_days | {"q": "", "by": "body", "buckets": 72}, total),
        Question("last 100 with level error", 10, search, three_days | {"q": "level:error", "limit": 100}, rows_of),
        Question("p95(duration_ms) by path", 400, search, three_days | {"q": "| stats p95(duration_ms) by path"}, table_rows),
        Question("a common phrase, count", None, histogram, three_days | {"q": '"division by zero"', "buckets": 1}, total),
        Question("newest 100", None, search, three_days | {"q": "", "limit": 100}, rows_of),
    ]
    for question in asked:
        question.found = whole(question.found)
    return asked


def parts_bytes(server):
    return bytes_and_number((server.data / "events" / "logs").rglob("*.part"))


def measure(load, options):
    folder = pathlib.Path(options.reuse or options.folder or ".") / ("" if options.reuse else "large-logs")
    facts_file = folder / "large-logs.json"
    server = Server(folder)
    if facts_file.exists():
        facts = json.loads(facts_file.read_text(encoding="utf-8"))
    else:
        facts = {"end_ns": int(time.time()) * NANOS}
        server.start()
        send(server, load, "logs-large", options.lines, options, facts)
        server.stop()
        facts["part_bytes"], facts["parts"] = parts_bytes(server)
        facts["disk_bytes"] = server.bytes_on_disk()
        facts_file.write_text(json.dumps(facts, indent=2), encoding="utf-8")
    begun = time.perf_counter()
    server.start()
    facts["restart_seconds"] = time.perf_counter() - begun
    try:
        facts["questions"] = ask_all(server, questions(facts, some_request_id(server, facts)), options.only)
        facts["rss_after_questions"] = server.peak_rss_bytes()
        facts["part_bytes_now"], facts["parts_now"] = parts_bytes(server)
    finally:
        server.stop()
    return facts


def some_request_id(server, facts):
    middle = facts["end_ns"] - DAY
    rows = server.get_json("/api/app/search", q="", start=f"{middle / NANOS:.6f}", end=f"{middle / NANOS + 60:.6f}", limit=1)["rows"]
    return rows[0]["fields"]["request_id"]


def table(facts):
    cores = os.cpu_count()
    lines = [
        f"{facts['units']:,} lines, {facts['raw_bytes'] / 1e9:.2f} GB of JSON, {facts['raw_bytes'] / facts['units']:.0f} bytes a line",
        f"ingest      {facts['raw_bytes'] / facts['cpu_until_rest'] / 1e6:.1f} MB/s of JSON per core with flushes and merges, {facts['raw_bytes'] / facts['cpu_of_load'] / 1e6:.1f} while it was sent;"
        f" {facts['raw_bytes'] / facts['seconds'] / 1e6:.1f} MB/s of time on {cores} cores shared with the load program",
        f"answer      p50 {facts['ack_p50_ms']:.1f} ms, p99 {facts['ack_p99_ms']:.1f} ms",
        f"disk        {facts['raw_bytes'] / facts['part_bytes']:.2f} : 1 in {facts['parts']} parts ({facts['part_bytes'] / facts['units']:.1f} bytes a line);"
        f" {facts['raw_bytes'] / facts['disk_bytes']:.2f} : 1 with logs and everything",
        f"memory      peak {facts['peak_rss_bytes'] / 2**20:.0f} MiB while filling, {facts['rss_after_questions'] / 2**20:.0f} MiB of the process that was asked",
        f"restart     {facts['restart_seconds']:.2f} s until it listens",
    ]
    return "\n".join(lines + lines_of(facts["questions"]))
