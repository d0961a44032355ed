"""What each step of a script does. A step's outcome is a status and a value: JSON, or lines of text."""

import dataclasses
import gzip
import json
import re
import shlex
import subprocess

import syslog_client
import wire
from http_client import Client
from scrape_target import Target
from script import ScriptError
from tripod_server import ADMIN_TOKEN, DSN_KEY, ROOT, binary

CLI_SECONDS = 30
SERIES = re.compile(r"([a-zA-Z_:][\w:]*)?(\{.*?\})?((?: +\S+ +[\d.]+)+)$")
LABEL = re.compile(r'([\w.]+)="((?:[^"\\]|\\.)*)"')


@dataclasses.dataclass
class Outcome:
    status: int | None  # of HTTP, or of a process
    value: object  # JSON, or a list of lines


# -- who asks ---------------------------------------------------------------------------------------------------------

CALLERS = {
    "admin": {"Authorization": f"Bearer {ADMIN_TOKEN}"},
    "key": {"X-Tripod-Key": DSN_KEY},
    "sentry": {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={DSN_KEY}, sentry_client=test/1"},
    "stranger": {"X-Tripod-Key": "ffffffffffffffffffffffffffffffff"},
    "nobody": {},
}


JSON_TYPES = ("application/json", "application/vnd.elasticsearch+json", "application/x-amz-json-1.1")


def outcome_of(answer, protobuf=None):
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind in JSON_TYPES and answer.body:
        return Outcome(answer.status, answer.json())
    if kind == "application/x-protobuf":
        return Outcome(answer.status, wire.decode(protobuf if answer.ok else "google.rpc.Status", answer.body))
    return Outcome(answer.status, answer.text.splitlines())


# -- ingest -----------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Ingest:
    """How one protocol's bodies are written in scripts, and where they go."""

    path: str
    content_type: str
    encode: object  # text -> bytes
    caller: str = "key"
    answer: str | None = None  # message of a protobuf answer
    headers: dict = dataclasses.field(default_factory=dict)


def as_is(text):
    return text.encode()


def sentry_event(text):
    return wire.event_envelope(json.loads(text))


def otlp(message):
    return lambda text: wire.encode(message, json.loads(text))


def remote_write(text):
    """Lines `name{label="value"} value seconds [value seconds ...]`."""
    return wire.remote_write(series_of(text))


def remote_write_2(text):
    """The same as version 2: labels by their places in a list of symbols."""
    symbols, series = [""], []
    for labels, samples in series_of(text):
        texts = [text for pair in sorted(labels.items()) for text in pair]
        symbols += [text for text in texts if text not in symbols]
        stamps = [{"value": v, "timestamp": int(t * 1000)} for t, v in samples]
        series.append({"labels_refs": [symbols.index(text) for text in texts], "samples": stamps})
    return wire.snappy(wire.encode("WriteRequest2", {"symbols": symbols, "timeseries": series}))


def series_of(text):
    series = []
    for line in text.splitlines():
        found = SERIES.match(line.strip())
        if not found:
            raise ScriptError(f"not a series: {line!r}")
        labels = dict(LABEL.findall(found[2] or ""))
        if found[1]:
            labels["__name__"] = found[1]
        numbers = found[3].split()
        series.append((labels, [(float(t), float(v)) for v, t in zip(numbers[::2], numbers[1::2], strict=True)]))
    return series


def loki_protobuf(text):
    """Lines `{label="value"} | nanoseconds | line [| name="value" ...]`: an entry each, the last part its structured metadata."""
    streams = {}
    for line in text.splitlines():
        labels, at, entry, *metadata = [part.strip() for part in line.split(" | ")]
        pairs = [{"name": n, "value": v} for n, v in LABEL.findall(" ".join(metadata))]
        stamp = {"seconds": int(at) // 10**9, "nanos": int(at) % 10**9}
        streams.setdefault(labels, []).append({"timestamp": stamp, "line": entry, "structured_metadata": pairs})
    message = {"streams": [{"labels": labels, "entries": entries} for labels, entries in streams.items()]}
    return wire.snappy(wire.encode("PushRequest", message))


PROTOBUF = "application/x-protobuf"
AWS_JSON = "application/x-amz-json-1.1"
INGEST = {
    "json": Ingest("/push/json", "application/x-ndjson", as_is),
    "loki": Ingest("/loki/api/v1/push", "application/json", as_is),
    "loki-protobuf": Ingest("/loki/api/v1/push", PROTOBUF, loki_protobuf),
    "sentry": Ingest("/api/1/envelope/", "application/x-sentry-envelope", as_is, "sentry"),
    "sentry-event": Ingest("/api/1/envelope/", "application/x-sentry-envelope", sentry_event, "sentry"),
    "sentry-store": Ingest("/api/1/store/", "application/json", as_is, "sentry"),
    "traces": Ingest("/v1/traces", PROTOBUF, otlp("traces"), answer="traces response"),
    "logs": Ingest("/v1/logs", PROTOBUF, otlp("logs"), answer="logs response"),
    "metrics": Ingest("/v1/metrics", PROTOBUF, otlp("metrics"), answer="metrics response"),
    "traces-json": Ingest("/v1/traces", "application/json", as_is, answer="traces response"),
    "logs-json": Ingest("/v1/logs", "application/json", as_is, answer="logs response"),
    "metrics-json": Ingest("/v1/metrics", "application/json", as_is, answer="metrics response"),
    "syslog": Ingest("/push/syslog", "text/plain", as_is),
    "bulk": Ingest("/_bulk", "application/x-ndjson", as_is),
    "document": Ingest("/logs/_doc", "application/json", as_is),
    "put-log-events": Ingest("/", AWS_JSON, as_is, headers={"X-Amz-Target": "Logs_20140328.PutLogEvents"}),
    "remote-write": Ingest("/api/v1/write", PROTOBUF, remote_write, headers={"Content-Encoding": "snappy"}),
    "remote-write-2": Ingest("/api/v1/write", f"{PROTOBUF};proto=io.prometheus.write.v2.Request", remote_write_2, headers={"Content-Encoding": "snappy"}),
}


def recorded(kind, name):
    """A recorded body, moved so that its latest moment is two seconds ago."""
    data = (ROOT / name).read_bytes()
    if kind in ("traces", "logs", "metrics"):
        return wire.encode(kind, wire.shift_message(wire.decode(kind, data)))
    return wire.shift_text(data.decode("utf-8", errors="surrogateescape")).encode("utf-8", errors="surrogateescape")


def ingest(run, rest, body):
    """ingest KIND [gzip] [as CALLER] [path /path?query] [< file]"""
    words = shlex.split(rest)
    kind = words.pop(0)
    if kind.startswith("syslog-"):
        return syslog(run, kind, words, body)
    if kind not in INGEST:
        raise ScriptError(f"unknown kind of ingest {kind!r}: {', '.join(INGEST)}")
    spec = INGEST[kind]
    path, caller, data, headers = spec.path, spec.caller, None, dict(spec.headers)
    while words:
        word = words.pop(0)
        if word == "gzip":
            headers["Content-Encoding"] = "gzip"
        elif word == "as":
            caller = words.pop(0)
        elif word == "path":
            path = words.pop(0)
        elif word == "<":
            data = recorded(kind, words.pop(0))
        else:
            raise ScriptError(f"ingest does not know {word!r}")
    data = spec.encode("\n".join(body)) if data is None else data
    if headers.get("Content-Encoding") == "gzip":
        data = gzip.compress(data)
    headers |= CALLERS[caller] | {"Content-Type": spec.content_type}
    with Client(run.server.otlp_url if spec.answer else run.server.url) as client:
        return outcome_of(client.request("POST", path, body=data, headers=headers), spec.answer)


def syslog(run, kind, words, body):
    """ingest syslog-tcp|syslog-counted|syslog-udp: a message a line, to the listeners. ingest syslog-stream COUNT: bytes as they are
    written in Python, over TCP, of which COUNT messages are expected to be stored or rejected."""
    before = syslog_client.dealt_with(run.server)
    messages = [line.encode() for line in body]
    count = len(messages)
    if kind == "syslog-udp":
        syslog_client.send_datagrams(run.server, messages)
    elif kind == "syslog-stream":
        count = int(words[0])
        syslog_client.send_stream(run.server, "".join(body).encode().decode("unicode_escape").encode("latin-1"))
    else:
        frame = syslog_client.counted if kind == "syslog-counted" else lambda message: message + b"\n"
        syslog_client.send_stream(run.server, b"".join(map(frame, messages)))
    syslog_client.await_more(run.server, before, count)
    return None


def aws(run, rest, body):
    """aws OPERATION [as CALLER]: one of CloudWatch Logs' operations."""
    operation, *words = rest.split(" as ")
    headers = CALLERS[words[0].strip() if words else "key"] | {"Content-Type": AWS_JSON, "X-Amz-Target": f"Logs_20140328.{operation.strip()}"}
    with Client(run.server.url) as client:
        return outcome_of(client.request("POST", "/", body="\n".join(body).encode() or b"{}", headers=headers))


# -- questions --------------------------------------------------------------------------------------------------------


def request(run, method, rest, body):
    """get|post|put|delete PATH [as CALLER] [with HEADER: VALUE]"""
    rest, *extra = rest.split(" with ")
    path, *words = rest.split(" as ")
    headers = dict(CALLERS[words[0].strip() if words else "admin"])
    data = "\n".join(body).encode() or None
    if data:
        headers["Content-Type"] = "application/json"
    headers |= dict(one.strip().split(": ", 1) for one in extra)
    with Client(run.server.url) as client:
        return outcome_of(client.request(method, path.strip().replace(" ", "%20"), body=data, headers=headers))


def search(run, rest, _body):
    """search DATASET QUERY: the fields of every row that matches, oldest first, all time."""
    dataset, _, query = rest.partition(" ")
    parameters = {"dataset": dataset, "q": query, "start": "now-89d", "end": "now+1h", "order": "asc", "limit": 1000}
    answer = run.server.client.request("GET", "/api/app/search", parameters=parameters)
    if answer.status != 200:
        return outcome_of(answer)
    value = answer.json()
    if value["partial"] or value["warnings"]:
        raise AssertionError(f"incomplete: {value['warnings']}")
    return Outcome(200, [row["fields"] for row in value["rows"]])


def labels_text(metric):
    labels = ",".join(f'{n}="{v}"' for n, v in sorted(metric.items()) if n != "__name__")
    return metric.get("__name__", "") + (f"{{{labels}}}" if labels or "__name__" not in metric else "")


def promql(run, rest, _body):
    """promql EXPRESSION [at INSTANT]: `series value` lines, sorted; `at` takes the same {{...}}, default {{now}}."""
    query, _, at = rest.partition(" at ")
    time = None if at.strip() == "now" else at.strip() or run.names.instant(None, None, None, "s")
    parameters = {"query": query, "time": time}
    answer = run.server.client.request("GET", "/api/v1/query", parameters=parameters)
    if answer.status != 200:
        return outcome_of(answer)
    data = answer.json()["data"]
    if data["resultType"] != "vector":
        return Outcome(200, [data["result"][1]])
    return Outcome(200, sorted(f"{labels_text(s['metric'])} {s['value'][1]}" for s in data["result"]))


def cli(run, rest, _body):
    """cli ARGUMENTS: tripod with these, against this server; the outcome's status is its exit status."""
    environment = run.server.environment | {"TRIPOD_URL": run.server.url, "TRIPOD_TOKEN": ADMIN_TOKEN}
    command = [str(binary()), *shlex.split(rest)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=CLI_SECONDS, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode == 0 and "--json" in rest:
        return Outcome(0, [json.loads(line) for line in lines])
    return Outcome(done.returncode, lines)


# -- what is scraped --------------------------------------------------------------------------------------------------


def target(run, rest, body):
    """target NAME [STATUS] [CONTENT TYPE]: a page to be scraped; its address is {{NAME}}."""
    name, _, rest = rest.partition(" ")
    if name not in run.targets:
        run.targets[name] = Target()
        run.names.values[name] = run.targets[name].address
    status, _, content_type = rest.strip().partition(" ") if rest[:1].isdigit() else ("200", "", rest)
    page = run.targets[name]
    page.status, page.content_type = int(status), content_type.strip() or "text/plain; version=0.0.4"
    page.body = "".join(f"{line}\n" for line in body).encode()
    return None


def config(run, _rest, body):
    """config: the YAML file of this server, which starts anew with it."""
    path = run.server.folder / "tripod.yml"
    path.write_text("\n".join(body) + "\n", encoding="utf-8")
    run.server.config = path
    run.server.restart()


def restart(run, _rest, _body):
    run.server.restart()


def crash(run, _rest, _body):
    run.server.crash()


STEPS = {
    "ingest": ingest,
    "get": lambda run, rest, body: request(run, "GET", rest, body),
    "post": lambda run, rest, body: request(run, "POST", rest, body),
    "put": lambda run, rest, body: request(run, "PUT", rest, body),
    "delete": lambda run, rest, body: request(run, "DELETE", rest, body),
    "aws": aws,
    "search": search,
    "promql": promql,
    "cli": cli,
    "target": target,
    "config": config,
    "restart": restart,
    "crash": crash,
}
