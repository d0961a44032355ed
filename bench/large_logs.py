"""bench/run logs-large: a large set of log lines once taken in, then a set of questions asked of it through the HTTP API.

Written beside the data: `large-logs.json`, which says what is there, so that a later run with --reuse only asks.
"""

import json
import os
import pathlib
import statistics
import subprocess
import time

from tripod_server import DSN_KEY, Server, wait_for

ANSWERS = 7  # of each question, after one that does not count
NANOS = 10**9
DAY = 86400 * NANOS
RARE_WORD = "zephyranthes"
RARE_LINES = 7
IDLE_SHARE = 0.03  # of a core: the background work is done


class Question:
    """`parameters` of one GET; `found` makes a number of the answer, so that a wrong one is seen."""

    def __init__(self, name, target_ms, path, parameters, found):
        self.name, self.target_ms, self.path, self.parameters, self.found = name, target_ms, path, parameters, found

    def ask(self, server):
        begun = time.perf_counter()
        answer = server.get(self.path, **self.parameters)
        took = (time.perf_counter() - begun) * 1000
        if answer.status != 200:
            return took, f"{answer.status} {answer.text[:120]}"
        body = answer.json()
        if body.get("partial") or body.get("warnings"):
            return took, f"partial: {body['warnings']}"
        return took, self.found(body)


def rows_of(body):
    return len(body["rows"])


def table_rows(body):
    """Rows of a table."""
    return len(body["table"] if body["kind"] == "table" else body["rows"])


def questions(facts, request_id):
    def seconds(nanos):
        return f"{nanos / NANOS:.6f}"

    whole = {"start": seconds(facts["end_ns"] - 3 * DAY), "end": seconds(facts["end_ns"] + NANOS)}
    # 73 buckets of five minutes, in the middle of the data.
    from_ns = facts["end_ns"] - 2 * DAY
    window = {"start": seconds(from_ns), "end": seconds(from_ns + 73 * 300 * NANOS)}
    search, histogram = "/api/app/search", "/api/app/histogram"

    def total(body):
        return body["total"]

    def values_total(body):
        return sum(v["count"] for v in body["values"])

    regex = r"path:/^\/products\/[0-9]*7\/$/"
    return [
        Question("count by level", 60, "/api/app/field_values", whole | {"field": "severity_text"}, values_total),
        Question("count by level (| count)", 60, search, whole | {"q": "| count by level"}, table_rows),
        Question("a rare word, no field named", 15, search, whole | {"q": RARE_WORD}, rows_of),
        Question("a word that is not there", 15, search, whole | {"q": "zygomorphous"}, rows_of),
        Question("one request_id", 5, search, whole | {"q": f"request_id:{request_id}"}, rows_of),
        Question("the same, no field named", None, search, whole | {"q": request_id}, rows_of),
        Question("regex count", 200, histogram, whole | {"q": regex, "buckets": 1}, total),
        Question("events per 5 min, 20 x 73", 300, histogram, window | {"q": "", "by": "body", "buckets": 73}, total),
        Question("events per hour, 20 x 72", None, histogram, whole | {"q": "", "by": "body", "buckets": 72}, total),
        Question("last 100 with level error", 10, search, whole | {"q": "level:error", "limit": 100}, rows_of),
        Question("p95(duration_ms) by path", 400, search, whole | {"q": "| stats p95(duration_ms) by path"}, table_rows),
        Question("a common phrase, count", None, histogram, whole | {"q": '"division by zero"', "buckets": 1}, total),
        Question("newest 100", None, search, whole | {"q": "", "limit": 100}, rows_of),
    ]


def fill(server, load, options, facts):
    """Sends all lines; returns when merges and flushes have come to rest."""
    command = [load, "logs-large", "--address", server.addresses["http"], "--key", DSN_KEY, "--lines", str(options.lines)]
    command += ["--end", str(facts["end_ns"]), "--seconds", "36000", "--connections", str(options.connections)]
    cpu_at_start = server.cpu_seconds()
    sent = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    cpu_of_load = server.cpu_seconds() - cpu_at_start
    settle(server)
    facts.update(
        lines=sent["units"],
        raw_bytes=sent["raw_bytes"],
        seconds=sent["seconds"],
        ack_p50_ms=sent["p50_ms"],
        ack_p99_ms=sent["p99_ms"],
        cpu_of_load=cpu_of_load,
        cpu_in_all=server.cpu_seconds() - cpu_at_start,
        peak_rss_bytes=server.peak_rss_bytes(),
    )


def settle(server, seconds=600):
    def idle():
        before, cpu = time.monotonic(), server.cpu_seconds()
        time.sleep(4)
        return server.cpu_seconds() - cpu < IDLE_SHARE * (time.monotonic() - before)

    wait_for("the background work to end", idle, seconds)


def parts_bytes(server):
    files = [f for f in (server.data / "events" / "logs").rglob("*.part") if f.is_file()]
    return sum(f.stat().st_size for f in files), len(files)


def measure(load, options):
    folder = pathlib.Path(options.reuse or options.folder or ".") / ("" if options.reuse else "large-logs")
    facts_file = folder / "large-logs.json"
    server = Server(folder)
    if facts_file.exists():
        facts = json.loads(facts_file.read_text(encoding="utf-8"))
    else:
        facts = {"end_ns": int(time.time()) * NANOS}
        server.start()
        fill(server, load, options, facts)
        server.stop()
        facts["part_bytes"], facts["parts"] = parts_bytes(server)
        facts["disk_bytes"] = server.bytes_on_disk()
        facts_file.write_text(json.dumps(facts, indent=2), encoding="utf-8")
    begun = time.perf_counter()
    server.start()
    facts["restart_seconds"] = time.perf_counter() - begun
    try:
        facts["questions"] = ask_all(server, facts, options)
        facts["rss_after_questions"] = server.peak_rss_bytes()
        facts["part_bytes_now"], facts["parts_now"] = parts_bytes(server)
    finally:
        server.stop()
    return facts


def ask_all(server, facts, options):
    middle = {"start": f"{(facts['end_ns'] - DAY) / NANOS:.6f}", "end": f"{(facts['end_ns'] - DAY) / NANOS + 60:.6f}", "limit": 1}
    row = server.get_json("/api/app/search", q="", **middle)["rows"][0]
    out = []
    for question in questions(facts, row["fields"]["request_id"]):
        if options.only and options.only not in question.name:
            continue
        question.ask(server)
        cpu = server.cpu_seconds()
        answers = [question.ask(server) for _ in range(ANSWERS)]
        cpu = server.cpu_seconds() - cpu
        times = [took for took, _ in answers]
        found = {str(f) for _, f in answers}
        out.append(
            {
                "name": question.name,
                "target_ms": question.target_ms,
                "median_ms": statistics.median(times),
                "max_ms": max(times),
                "cpu_ms": cpu / ANSWERS * 1000,
                "found": found.pop() if len(found) == 1 else f"answers differ: {sorted(found)}",
            }
        )
    return out


def table(facts):
    cores = os.cpu_count()
    lines = [
        f"{facts['lines']:,} lines, {facts['raw_bytes'] / 1e9:.2f} GB of JSON, {facts['raw_bytes'] / facts['lines']:.0f} bytes a line",
        f"ingest      {facts['raw_bytes'] / facts['cpu_in_all'] / 1e6:.1f} MB/s of JSON per core with flushes and merges, {facts['raw_bytes'] / facts['cpu_of_load'] / 1e6:.1f} while it was sent;"
        f" {facts['raw_bytes'] / facts['seconds'] / 1e6:.1f} MB/s of time on {cores} cores shared with the load program",
        f"answer      p50 {facts['ack_p50_ms']:.1f} ms, p99 {facts['ack_p99_ms']:.1f} ms",
        f"disk        {facts['raw_bytes'] / facts['part_bytes']:.2f} : 1 in {facts['parts']} parts ({facts['part_bytes'] / facts['lines']:.1f} bytes a line);"
        f" {facts['raw_bytes'] / facts['disk_bytes']:.2f} : 1 with logs and everything",
        f"memory      peak {facts['peak_rss_bytes'] / 2**20:.0f} MiB while filling, {facts['rss_after_questions'] / 2**20:.0f} MiB of the process that was asked",
        f"restart     {facts['restart_seconds']:.2f} s until it listens",
        f"{'':28} {'median ms':>10} {'max ms':>9} {'cpu ms':>8} {'wanted':>8}  found",
    ]
    for q in facts["questions"]:
        wanted = q["target_ms"] if q["target_ms"] is not None else "-"
        lines.append(f"{q['name']:28} {q['median_ms']:>10.1f} {q['max_ms']:>9.1f} {q['cpu_ms']:>8.1f} {wanted:>8}  {q['found']}")
    return "\n".join(lines)
