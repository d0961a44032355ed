"""bench/run metrics-large: 300,000 active series once taken in, then a set of questions asked of them through the HTTP API: of memory, and
after a restart of what is on disk.

Written beside the data: `large-metrics.json`, which says what is there, so that a later run with --reuse only asks.
"""

import json
import os
import pathlib
import time

from large_set import Question, ask_all, bytes_and_number, lines_of, send
from tripod_server import Server

SECOND = 10**9
STEP = 15
HOUR = 3600
RESPONSES = "django_http_responses_total_by_status_view_method_total"
BUCKETS = "django_http_requests_latency_seconds_by_view_method_bucket"
SERIES, SERIES_WITH_HISTORY = 300_000, 6_000


def series_and_sum(body):
    data = body["data"]
    values = [float(v) for series in data["result"] for _, v in series.get("values", [series.get("value")])]
    return f"{len(data['result'])} series, {len(values)} values, sum {sum(v for v in values if v == v):.10g}"


def questions(facts):
    end = facts["end_ns"] // SECOND
    hour = {"start": end - HOUR, "end": end, "step": 60}
    one = '{instance="10.0.0.7:8000",job="django-0",method="GET",status="200",view="shop:index"}'
    query, query_range = "/api/v1/query", "/api/v1/query_range"
    return [
        Question("sum by (job), 48,000 series", 60, query, {"query": f"sum by (job) ({RESPONSES})", "time": end}, series_and_sum),
        Question("rate by view, 1 h, 48,000 series", 150, query_range, hour | {"query": f"sum by (view) (rate({RESPONSES}[5m]))"}, series_and_sum, moves=True),
        Question(
            "p99 by view, 1 h, 156,000 series",
            600,
            query_range,
            hour | {"query": f"histogram_quantile(0.99, sum by (le, view) (rate({BUCKETS}[5m])))"},
            series_and_sum,
            moves=True,
        ),
        Question(
            "p99 by view, 1 h, one job, 7,800 series",
            25,
            query_range,
            hour | {"query": f'histogram_quantile(0.99, sum by (le, view) (rate({BUCKETS}{{job="django-3"}}[5m])))'},
            series_and_sum,
            moves=True,
        ),
        Question("one series raw, 6 h", 0.6, query, {"query": f"{RESPONSES}{one}[6h]", "time": end}, series_and_sum),
        Question("series of one job, 2,400", 2, "/api/v1/series", {"match[]": f'{RESPONSES}{{job="django-3"}}', "start": end - HOUR, "end": end}, lambda body: f"{len(body['data'])} series"),
    ]


def check(server, facts):
    """Every acknowledged sample is there: those of all series since the last steps, counted by job, and the history's."""
    end = facts["end_ns"] // SECOND
    span = facts["steps"] * STEP
    found = 0
    for job in range(20):
        of_job = f'{{__name__=~"{RESPONSES}|{BUCKETS}",job="django-{job}"}}'
        found += sum(server.promql(f"sum(count_over_time({of_job}[{span}s]))", time=end).values())
    expected = facts["steps"] * 102 * 2000
    if found != expected:
        raise SystemExit(f"bench/run: of {expected} samples {found:.0f} were found")


def block_bytes(server):
    size, files = bytes_and_number((server.data / "metrics" / "blocks").iterdir())
    return size, files // 3


def measure(load, options):
    folder = pathlib.Path(options.reuse or options.folder or ".") / ("" if options.reuse else "large-metrics")
    facts_file = folder / "large-metrics.json"
    server = Server(folder)
    facts = {"steps": options.steps, "end_ns": int(time.time()) // STEP * STEP * SECOND}
    if facts_file.exists():
        facts = json.loads(facts_file.read_text(encoding="utf-8"))
        server.start()
    else:
        server.start()
        send(server, load, "metrics-large", facts["steps"], options, facts)
        facts["questions_of_memory"] = ask_all(server, questions(facts), options.only)
        facts["rss_after_questions"] = server.peak_rss_bytes()
        if options.check:
            check(server, facts)
    begun = time.perf_counter()
    server.stop()
    facts["stop_seconds"] = time.perf_counter() - begun
    facts["block_bytes"], facts["blocks"] = block_bytes(server)
    facts["disk_bytes"] = server.bytes_on_disk()
    begun = time.perf_counter()
    server.start()
    facts["restart_seconds"] = time.perf_counter() - begun
    facts_file.write_text(json.dumps(facts, indent=2), encoding="utf-8")
    try:
        facts["questions"] = ask_all(server, questions(facts), options.only)
        facts["rss_after_restart"] = server.peak_rss_bytes()
        if options.check:
            check(server, facts)
    finally:
        server.stop()
    return facts


def table(facts):
    samples = facts["units"]
    lines = [
        f"{samples:,} samples: {facts['steps']} steps of {SERIES:,} series and six hours of {SERIES_WITH_HISTORY:,}",
        f"ingest      {samples / facts['cpu_of_load']:,.0f} samples/s per core while they were sent, {samples / facts['cpu_until_rest']:,.0f} with what was put off;"
        f" {samples / facts['seconds']:,.0f} a second of time on {os.cpu_count()} cores shared with the load program",
        f"answer      p50 {facts['ack_p50_ms']:.1f} ms, p99 {facts['ack_p99_ms']:.1f} ms",
        f"disk        {facts['block_bytes'] / samples:.3f} bytes a sample in {facts['blocks']} blocks, {facts['disk_bytes'] / samples:.2f} with logs and everything",
        f"memory      peak {facts['peak_rss_bytes'] / 2**20:.0f} MiB while filling, {facts.get('rss_after_questions', 0) / 2**20:.0f} MiB after questions,"
        f" {facts['rss_after_restart'] / 2**20:.0f} MiB of the restarted process",
        f"restart     {facts['restart_seconds']:.2f} s until it listens, after a stop of {facts['stop_seconds']:.1f} s",
    ]
    for title, key in (("asked of memory", "questions_of_memory"), ("asked after the restart", "questions")):
        if key not in facts:
            continue
        lines += lines_of(facts[key], title)
    return "\n".join(lines)
