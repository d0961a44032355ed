"""bench/run soak: structlog lines at half the peak rate for a long time, with questions, probes and a look at what grows.

Every second one of the questions is asked; twice a second a line of its own is sent, and it is measured how long after its
acknowledgement it is found and how long after it the live tail shows it. Every few seconds memory, open files, parts and bytes on disk
are written down. In the end everything acknowledged must be there.
"""

import json
import math
import pathlib
import statistics
import subprocess
import threading
import time

from event_stream import Collector, EventStream
from tripod_server import DSN_KEY, Server

MINUTES = 20
PEAK_SECONDS = 20
SAMPLE_SECONDS = 5
PROBE_SECONDS = 0.5
QUESTION_SECONDS = 1.0
VISIBLE_SECONDS = 10
QUESTIONS = (
    ("/api/app/search", {"q": "level:error", "limit": 100}),
    ("/api/app/search", {"q": "division", "limit": 100}),
    ("/api/app/search", {"q": "| count by level"}),
    ("/api/app/search", {"q": "| stats p95(duration_ms) by path"}),
    ("/api/app/histogram", {"q": "event:order_paid", "buckets": 60, "by": "severity_text"}),
    ("/api/app/field_values", {"field": "path"}),
    ("/loki/api/v1/query_range", {"query": 'sum by (level) (count_over_time({service_name=~".+"}[1m]))', "step": "60"}),
)


class Soak:
    def __init__(self, server):
        self.server = server
        self.over = threading.Event()
        self.samples, self.failures = [], []
        self.answered = {question: [] for question in range(len(QUESTIONS))}  # milliseconds
        self.probes = {}  # id -> when acknowledged
        self.acknowledging, self.finding = [], []  # milliseconds

    def every(self, seconds, work):
        """Calls work(n) at even times until it is over; what it raises is written down."""

        def run():
            n, due = 0, time.monotonic()
            while not self.over.wait(max(0.0, due - time.monotonic())):
                try:
                    work(n)
                except Exception as error:  # noqa: BLE001 - a soak reports whatever went wrong
                    self.failures.append(f"{type(error).__name__}: {error}"[:300])
                n, due = n + 1, max(due + seconds, time.monotonic())

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def sample(self, _n):
        process = pathlib.Path("/proc") / str(self.server.process.pid)
        status = dict(line.split(":", 1) for line in (process / "status").read_text(encoding="ascii").splitlines())
        logs = self.server.data / "events" / "logs"
        self.samples.append(
            {
                "at": time.monotonic(),
                "rss": int(status["VmRSS"].split()[0]) * 1024,
                "threads": int(status["Threads"]),
                "files": sum(1 for _ in (process / "fd").iterdir()),
                "parts": sum(1 for _ in logs.rglob("*.part")),
                "wal_bytes": sum(f.stat().st_size for f in (logs / "wal").iterdir() if f.is_file()),
            }
        )

    def ask(self, n):
        question = n % len(QUESTIONS)
        path, parameters = QUESTIONS[question]
        with self.server.read_client() as client:
            begun = time.perf_counter()
            answer = client.get(path, **(parameters | {"start": f"{time.time() - 900:.3f}", "end": f"{time.time():.3f}"}))
            self.answered[question].append((time.perf_counter() - begun) * 1000)
        if answer.status != 200:
            raise AssertionError(f"{path} {parameters}: {answer.status} {answer.text[:200]}")

    def probe(self, n):
        name = f"probe{n:08d}"
        with self.server.ingest_client() as writer, self.server.read_client() as reader:
            begun = time.perf_counter()
            answer = writer.post("/push/json", json.dumps({"event": "soak probe", "probe": name}).encode(), "application/x-ndjson")
            acknowledged = time.perf_counter()
            self.acknowledging.append((acknowledged - begun) * 1000)
            if not answer.ok:
                raise AssertionError(f"a probe was answered {answer.status}")
            self.probes[name] = time.monotonic()
            while not reader.get("/api/app/search", q=f"probe:{name}", start="now-5m", end="now+1m").json()["rows"]:
                if time.perf_counter() - acknowledged > VISIBLE_SECONDS:
                    raise AssertionError(f"{name} is not found {VISIBLE_SECONDS} s after its acknowledgement")
            self.finding.append((time.perf_counter() - acknowledged) * 1000)


def send(load, server, options, *arguments):
    command = [load, "logs", "--address", server.addresses["http"], "--key", DSN_KEY, "--connections", str(options.connections)]
    return json.loads(subprocess.run([*command, *map(str, arguments)], check=True, stdout=subprocess.PIPE).stdout)


def quantiles(values):
    values = sorted(values)
    pick = lambda q: values[min(len(values) - 1, math.ceil(q * len(values)) - 1)] if values else math.nan  # noqa: E731
    return {"median": pick(0.5), "p99": pick(0.99), "max": pick(1.0), "count": len(values)}


def measure(load, options):
    with Server(pathlib.Path(options.folder or ".") / "soak") as server:
        peak = options.rate and 2 * options.rate
        sent = []
        if not peak:
            sent.append(send(load, server, options, "--seconds", PEAK_SECONDS))
            peak = sent[0]["units"] / sent[0]["seconds"]
        soak = Soak(server)
        with EventStream(server, "/api/app/tail/stream", dataset="logs", q="has:probe") as stream:
            collector = Collector(stream)
            threads = [soak.every(SAMPLE_SECONDS, soak.sample), soak.every(QUESTION_SECONDS, soak.ask), soak.every(PROBE_SECONDS, soak.probe)]
            try:
                sent.append(send(load, server, options, "--seed", 2, "--seconds", (options.minutes or MINUTES) * 60, "--rate", peak / 2))
            finally:
                soak.over.set()
                for thread in threads:
                    thread.join()
            events = collector.await_events("every probe", lambda seen: sum(e.name == "row" for e in seen) >= len(soak.probes))
        tailing = [(e.at - soak.probes[e.data["fields"]["probe"]]) * 1000 for e in events if e.name == "row"]
        acknowledged = sum(s["units"] for s in sent) + len(soak.probes)
        found = server.count(start="now-1d")
    return {
        "minutes": options.minutes or MINUTES,
        "rate": sent[-1]["units"] / sent[-1]["seconds"],
        "rate_wanted": peak / 2,
        "busy": sent[-1]["busy"],
        "acknowledged": acknowledged,
        "found": found,
        "answer_ms": {"median": sent[-1]["p50_ms"], "p99": sent[-1]["p99_ms"]},
        "probe_acknowledged_ms": quantiles(soak.acknowledging),
        "probe_found_ms": quantiles(soak.finding),
        "probe_tailed_ms": quantiles(tailing),
        "questions": [{"path": p, "parameters": q, "ms": quantiles(soak.answered[n])} for n, (p, q) in enumerate(QUESTIONS)],
        "samples": soak.samples,
        "failures": soak.failures,
    }


def sixths(samples, key):
    """The mean in each sixth of the time: what grows without end shows."""
    size = max(1, len(samples) // 6)
    return [statistics.fmean(s[key] for s in samples[i : i + size]) for i in range(0, len(samples) - size + 1, size)][:6]


def table(facts):
    def times(q):
        return f"median {q['median']:.1f} ms, p99 {q['p99']:.1f} ms" + (f", most {q['max']:.1f} ms of {q['count']}" if "max" in q else "")

    def course(key, unit=1.0):
        values = "  ".join(f"{v / unit:.0f}" for v in sixths(facts["samples"], key))
        return f"{values}   most {max(s[key] for s in facts['samples']) / unit:.0f}"

    lines = [
        f"{facts['minutes']:g} minutes, {facts['rate']:,.0f} lines/s of {facts['rate_wanted']:,.0f} wanted, {facts['busy']} times told to wait",
        f"acknowledged {facts['acknowledged']:,}, found {facts['found']:,}",
        f"answers      {times(facts['answer_ms'])} after a request of 1,000 lines was due",
        f"a line alone {times(facts['probe_acknowledged_ms'])}",
        f"found        {times(facts['probe_found_ms'])} after the acknowledgement, one search included",
        f"tailed       {times(facts['probe_tailed_ms'])} after the acknowledgement",
        "means of the six sixths of the time",
        f"memory, MiB  {course('rss', 2**20)}",
        f"open files   {course('files')}",
        f"parts        {course('parts')}",
        f"threads      {course('threads')}",
        f"WAL, MiB     {course('wal_bytes', 2**20)}",
    ]
    lines += [f"{times(q['ms'])}   {q['path']} {q['parameters']}" for q in facts["questions"]]
    lines += [f"{len(facts['failures'])} failures", *facts["failures"][:10]]
    return "\n".join(lines)
