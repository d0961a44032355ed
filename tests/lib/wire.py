"""Encodings that tests send by hand: protobuf by tables, snappy's block format, Sentry envelopes, recorded bodies moved to now.

Messages are dicts by the field names of the .proto files. Attributes may be written as a plain dict and any value as a
plain Python value: {"attributes": {"http.route": "/orders/", "n": 3}}.
"""

import json
import re
import struct
import time

# message -> field -> (number, type); a list type is repeated, "packed ..." packs its scalars in one field.
SCHEMA = {
    "AnyValue": {
        "string_value": (1, "string"), "bool_value": (2, "int"), "int_value": (3, "int"), "double_value": (4, "double"),
        "array_value": (5, "ArrayValue"), "kvlist_value": (6, "KeyValueList"), "bytes_value": (7, "bytes"),
    },
    "ArrayValue": {"values": (1, ["AnyValue"])},
    "KeyValueList": {"values": (1, ["KeyValue"])},
    "KeyValue": {"key": (1, "string"), "value": (2, "AnyValue")},
    "Resource": {"attributes": (1, ["KeyValue"])},
    "Scope": {"name": (1, "string"), "version": (2, "string")},
    "traces": {"resource_spans": (1, ["ResourceSpans"])},
    "ResourceSpans": {"resource": (1, "Resource"), "scope_spans": (2, ["ScopeSpans"])},
    "ScopeSpans": {"scope": (1, "Scope"), "spans": (2, ["Span"])},
    "Span": {
        "trace_id": (1, "hex"), "span_id": (2, "hex"), "trace_state": (3, "string"), "parent_span_id": (4, "hex"),
        "name": (5, "string"), "kind": (6, "int"), "start_time_unix_nano": (7, "fixed64"),
        "end_time_unix_nano": (8, "fixed64"), "attributes": (9, ["KeyValue"]), "events": (11, ["SpanEvent"]),
        "links": (13, ["SpanLink"]), "status": (15, "SpanStatus"), "flags": (16, "fixed32"),
    },
    "SpanEvent": {"time_unix_nano": (1, "fixed64"), "name": (2, "string"), "attributes": (3, ["KeyValue"])},
    "SpanLink": {"trace_id": (1, "hex"), "span_id": (2, "hex"), "attributes": (4, ["KeyValue"])},
    "SpanStatus": {"message": (2, "string"), "code": (3, "int")},
    "logs": {"resource_logs": (1, ["ResourceLogs"])},
    "ResourceLogs": {"resource": (1, "Resource"), "scope_logs": (2, ["ScopeLogs"])},
    "ScopeLogs": {"scope": (1, "Scope"), "log_records": (2, ["LogRecord"])},
    "LogRecord": {
        "time_unix_nano": (1, "fixed64"), "severity_number": (2, "int"), "severity_text": (3, "string"),
        "body": (5, "AnyValue"), "attributes": (6, ["KeyValue"]), "trace_id": (9, "hex"), "span_id": (10, "hex"),
        "observed_time_unix_nano": (11, "fixed64"), "event_name": (12, "string"),
    },
    "metrics": {"resource_metrics": (1, ["ResourceMetrics"])},
    "ResourceMetrics": {"resource": (1, "Resource"), "scope_metrics": (2, ["ScopeMetrics"])},
    "ScopeMetrics": {"scope": (1, "Scope"), "metrics": (2, ["Metric"])},
    "Metric": {
        "name": (1, "string"), "description": (2, "string"), "unit": (3, "string"), "gauge": (5, "Gauge"),
        "sum": (7, "Sum"), "histogram": (9, "Histogram"),
    },
    "Gauge": {"data_points": (1, ["NumberDataPoint"])},
    "Sum": {"data_points": (1, ["NumberDataPoint"]), "aggregation_temporality": (2, "int"), "is_monotonic": (3, "int")},
    "NumberDataPoint": {
        "start_time_unix_nano": (2, "fixed64"), "time_unix_nano": (3, "fixed64"), "as_double": (4, "double"),
        "as_int": (6, "sfixed64"), "attributes": (7, ["KeyValue"]),
    },
    "Histogram": {"data_points": (1, ["HistogramDataPoint"]), "aggregation_temporality": (2, "int")},
    "HistogramDataPoint": {
        "start_time_unix_nano": (2, "fixed64"), "time_unix_nano": (3, "fixed64"), "count": (4, "fixed64"),
        "sum": (5, "double"), "bucket_counts": (6, "packed fixed64"), "explicit_bounds": (7, "packed double"),
        "attributes": (9, ["KeyValue"]),
    },
    "traces response": {"partial_success": (1, "PartialSuccess")},
    "logs response": {"partial_success": (1, "PartialSuccess")},
    "metrics response": {"partial_success": (1, "PartialSuccess")},
    "PartialSuccess": {"rejected": (1, "int"), "error_message": (2, "string")},
    "google.rpc.Status": {"code": (1, "int"), "message": (2, "string")},
    "WriteRequest": {"timeseries": (1, ["TimeSeries"]), "metadata": (3, ["MetricMetadata"])},
    "TimeSeries": {"labels": (1, ["Label"]), "samples": (2, ["Sample"])},
    "Label": {"name": (1, "string"), "value": (2, "string")},
    "Sample": {"value": (1, "double"), "timestamp": (2, "int")},
    "WriteRequest2": {"symbols": (4, ["string"]), "timeseries": (5, ["TimeSeries2"])},
    "TimeSeries2": {"labels_refs": (1, ["int"]), "samples": (2, ["Sample"])},
    "MetricMetadata": {"type": (1, "int"), "metric_family_name": (2, "string"), "help": (4, "string"), "unit": (5, "string")},
    "PushRequest": {"streams": (1, ["Stream"])},
    "Stream": {"labels": (1, "string"), "entries": (2, ["Entry"])},
    "Entry": {"timestamp": (1, "Timestamp"), "line": (2, "string"), "structured_metadata": (3, ["Label"])},
    "Timestamp": {"seconds": (1, "int"), "nanos": (2, "int")},
}  # fmt: skip
FIXED = {"double": ("<d", 1), "fixed64": ("<Q", 1), "sfixed64": ("<q", 1), "fixed32": ("<I", 5)}


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def delimited(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def any_value(value):
    """A plain Python value as an AnyValue message."""
    if isinstance(value, bool):
        return {"bool_value": int(value)}
    if isinstance(value, int):
        return {"int_value": value}
    if isinstance(value, float):
        return {"double_value": value}
    if isinstance(value, bytes):
        return {"bytes_value": value}
    if isinstance(value, list):
        return {"array_value": {"values": value}}
    if isinstance(value, dict):
        return {"kvlist_value": {"values": value}}
    return {"string_value": value}


def is_any_value(value):
    """Whether it is such a message already; {} is one without a value."""
    return isinstance(value, dict) and (not value or (len(value) == 1 and next(iter(value)) in SCHEMA["AnyValue"]))


def encode(message, value):
    """Bytes of a message of SCHEMA."""
    if message == "AnyValue" and not is_any_value(value):
        value = any_value(value)
    fields = SCHEMA[message]
    out = []
    for name, item in value.items():
        number, kind = fields[name]
        if isinstance(kind, list):
            if kind == ["KeyValue"] and isinstance(item, dict):
                item = [{"key": k, "value": v} for k, v in item.items()]
            out += [encode_field(number, kind[0], one) for one in item]
        else:
            out.append(encode_field(number, kind, item))
    return b"".join(out)


def encode_field(number, kind, value):
    if kind in FIXED:
        layout, wire_type = FIXED[kind]
        return varint(number << 3 | wire_type) + struct.pack(layout, value)
    if kind == "int":
        return varint(number << 3) + varint(value)
    if kind.startswith("packed "):
        layout = FIXED[kind.removeprefix("packed ")][0]
        return delimited(number, b"".join(struct.pack(layout, one) for one in value))
    if kind == "string":
        return delimited(number, value if isinstance(value, bytes) else value.encode())
    if kind == "bytes":
        return delimited(number, value)
    if kind == "hex":
        return delimited(number, bytes.fromhex(value))
    return delimited(number, encode(kind, value))


def decode(message, data):
    """The dict of a message of SCHEMA; unknown fields are left out."""
    by_number = {number: (name, kind) for name, (number, kind) in SCHEMA[message].items()}
    out = {}
    position = 0
    while position < len(data):
        tag, position = read_varint(data, position)
        raw, position = read_field(data, position, tag & 7)
        if tag >> 3 not in by_number:
            continue
        name, kind = by_number[tag >> 3]
        if isinstance(kind, list):
            out.setdefault(name, []).append(decode_field(kind[0], raw))
        else:
            out[name] = decode_field(kind, raw)
    return out


def read_varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def read_field(data, position, wire_type):
    if wire_type == 0:
        return read_varint(data, position)
    if wire_type == 1:
        return data[position : position + 8], position + 8
    if wire_type == 5:
        return data[position : position + 4], position + 4
    if wire_type == 2:
        length, position = read_varint(data, position)
        if position + length > len(data):
            raise ValueError("cut off")
        return data[position : position + length], position + length
    raise ValueError(f"wire type {wire_type}")


def decode_field(kind, raw):
    if kind in FIXED:
        return struct.unpack(FIXED[kind][0], raw)[0]
    if kind == "int":
        return raw - (1 << 64) if raw >> 63 else raw
    if kind.startswith("packed "):
        layout = FIXED[kind.removeprefix("packed ")][0]
        return [one for (one,) in struct.iter_unpack(layout, raw)]
    if kind == "string":
        return raw.decode("utf-8", errors="replace")
    if kind == "bytes":
        return raw
    if kind == "hex":
        return raw.hex()
    return decode(kind, raw)


def snappy(data):
    """Snappy's block format with literals only: valid, not smaller. https://github.com/google/snappy format_description"""
    out = [varint(len(data))]
    for start in range(0, len(data), 1 << 16):
        chunk = data[start : start + (1 << 16)]
        out.append(bytes([61 << 2]) + struct.pack("<H", len(chunk) - 1) + chunk)
    return b"".join(out)


# -- requests ---------------------------------------------------------------------------------------------------------


def remote_write(series):
    """[({"__name__": "up", ...}, [(seconds, value), ...]), ...] -> body of a remote write request."""
    message = {
        "timeseries": [
            {
                "labels": [{"name": n, "value": v} for n, v in sorted(labels.items())],
                "samples": [{"value": float(value), "timestamp": round(at * 1000)} for at, value in samples],
            }
            for labels, samples in series
        ]
    }
    return snappy(encode("WriteRequest", message))


def envelope(items, header=None):
    """[(item header, payload bytes or JSON value), ...] -> a Sentry envelope with lengths, as sentry-python frames it."""
    lines = [json.dumps(header or {}).encode()]
    for item_header, payload in items:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        lines += [json.dumps(item_header | {"length": len(data)}).encode(), data]
    return b"\n".join(lines) + b"\n"


def event_envelope(event):
    return envelope([({"type": "event"}, event)], {"event_id": event["event_id"]})


# -- recorded bodies --------------------------------------------------------------------------------------------------

ISO = re.compile(r"\b(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)(?=[.Z+])")
UNIX_SECONDS = re.compile(r"\b(1[78]\d{8})(?=\.\d|[,}\s])")
UNIX_NANOS = re.compile(r"\b(1[78]\d{17})\b")


def shift_text(text, newest=None):
    """Moves the ISO 8601 and unix times of a recorded text by whole seconds, so that the latest is `newest` (default: 2 s
    ago). No length changes: envelopes stay valid."""
    newest = int(newest if newest is not None else time.time() - 2)
    found = [parse_iso(t) for t in ISO.findall(text)]
    found += [int(t) for t in UNIX_SECONDS.findall(text)] + [int(t[:10]) for t in UNIX_NANOS.findall(text)]
    if not found:
        return text
    delta = newest - max(found)
    text = ISO.sub(lambda m: format_iso(parse_iso(m[1]) + delta), text)
    text = UNIX_SECONDS.sub(lambda m: str(int(m[1]) + delta), text)
    return UNIX_NANOS.sub(lambda m: str(int(m[1]) + delta * 10**9), text)


def parse_iso(text):
    return int(time.mktime(time.strptime(text + " UTC", "%Y-%m-%dT%H:%M:%S %Z"))) - time.timezone


def format_iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def shift_message(value, newest=None):
    """Moves every *time_unix_nano of a decoded message so that the latest is `newest` seconds (default: 2 s ago)."""
    latest = max(times_of(value), default=None)
    if latest is None:
        return value
    return shifted(value, int((newest if newest is not None else time.time() - 2) * 1e9) - latest)


def times_of(value):
    if isinstance(value, list):
        for one in value:
            yield from times_of(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name.endswith("time_unix_nano"):
                if one:
                    yield one
            else:
                yield from times_of(one)


def shifted(value, delta):
    if isinstance(value, list):
        return [shifted(one, delta) for one in value]
    if not isinstance(value, dict):
        return value
    return {n: v + delta if n.endswith("time_unix_nano") and v else shifted(v, delta) for n, v in value.items()}
