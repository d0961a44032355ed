#!/usr/bin/env python3
"""Ships the lines on standard input to Loki's push API.

    gunicorn ... 2>&1 | ship_logs.py --label service_name=djzen --copy web.log

A batch goes out after a second or 500 lines. Every line is shipped as it is, JSON or not. Where the server is busy
(429, 5xx) or away, the same batch is tried again, after Retry-After where the answer names one; meanwhile lines
are kept in a bounded buffer whose oldest go first, counted and named on standard error. At the end of the input what is
left is sent within --drain seconds. The program being watched is never held up and never sees an error of ours.

$TRIPOD_LOKI_URL (or --url) is the server; $TRIPOD_LOKI_TOKEN, where set, goes out as a Bearer token.
"""

import argparse
import collections
import datetime
import json
import os
import re
import signal
import sys
import threading
import time

import requests

BATCH_LINES = 500
BATCH_SECONDS = 1.0
BUFFER_LINES = 50_000
BUFFER_BYTES = 32 * 1024 * 1024
LONGEST_LINE = 256 * 1024
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
REQUEST_TIMEOUT_SECONDS = 10
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
TIMESTAMP = re.compile(r'"timestamp": ?"([0-9T:.+Z-]{19,35})"')


def timestamp_ns(line):
    """The JSON line's own timestamp in nanoseconds since 1970; None where it has none that can be read."""
    start = line.find("{")
    found = TIMESTAMP.search(line, start) if start >= 0 else None
    if not found:
        return None
    try:
        parsed = datetime.datetime.fromisoformat(found[1])
    except ValueError:
        return None
    if parsed.tzinfo is None:
        return None
    since = parsed - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


class Buffer:
    """Lines between the reader and the sender: bounded in lines and bytes, the oldest dropped first. Thread-safe."""

    def __init__(self, most_lines=BUFFER_LINES, most_bytes=BUFFER_BYTES):
        self.most_lines, self.most_bytes = most_lines, most_bytes
        self.lines = collections.deque()
        self.bytes = 0
        self.dropped = 0
        self.closed = False
        self.changed = threading.Condition()

    def put(self, line):
        own = timestamp_ns(line)
        with self.changed:
            self.lines.append((str(own if own is not None else time.time_ns()), line))
            self.bytes += len(line)
            while len(self.lines) > self.most_lines or self.bytes > self.most_bytes:
                self.bytes -= len(self.lines.popleft()[1])
                self.dropped += 1
            self.changed.notify()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify()

    def take(self, most=BATCH_LINES, wait_seconds=BATCH_SECONDS):
        """Up to `most` lines: at once where so many are there or the buffer is closed, else what `wait_seconds` bring."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or len(self.lines) >= most, wait_seconds)
            batch = [self.lines.popleft() for _ in range(min(most, len(self.lines)))]
            self.bytes -= sum(len(line) for _, line in batch)
            return batch

    def finished(self):
        with self.changed:
            return self.closed and not self.lines

    def take_dropped(self):
        with self.changed:
            dropped, self.dropped = self.dropped, 0
            return dropped


class Sender:
    """Pushes batches; `stopping` is set once waiting must end by `deadline` (monotonic seconds)."""

    def __init__(self, url, labels, token=None):
        self.url = url.rstrip("/") + "/loki/api/v1/push"
        self.labels = labels
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        self.stopping = threading.Event()
        self.deadline = None
        self.lost = 0
        self.last_complaint = ""

    def stop_within(self, seconds):
        self.deadline = time.monotonic() + seconds
        self.stopping.set()

    def send(self, batch):
        """Returns once the batch is accepted, refused for good, or out of time; what is lost is counted and said."""
        body = json.dumps({"streams": [{"stream": self.labels, "values": batch}]}).encode()
        wait = FIRST_WAIT_SECONDS
        while True:
            retry_after, complaint = self.post(body)
            if complaint is None:
                return
            self.complain(complaint)
            if retry_after is None or not self.pause(max(wait, retry_after)):
                self.lost += len(batch)
                return
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def post(self, body):
        """(None, None) where accepted, (None, why) where refused for good, (seconds to wait at least, why) otherwise."""
        headers = {"Content-Type": "application/json"}
        try:
            answer = self.session.post(self.url, data=body, headers=headers, timeout=REQUEST_TIMEOUT_SECONDS)
        except requests.RequestException as error:
            return 0.0, f"{self.url}: {type(error).__name__}"
        if answer.ok:
            self.last_complaint = ""
            return None, None
        complaint = f"{self.url}: {answer.status_code} {answer.text[:200].strip()}"
        if answer.status_code != 429 and answer.status_code < 500:
            return None, complaint
        return retry_after_seconds(answer.headers.get("Retry-After")), complaint

    def pause(self, seconds):
        """Waits; False where the time to stop comes first, with nothing left for another try."""
        if not self.stopping.wait(seconds):
            return True
        left = self.deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(seconds, left))
        return True

    def complain(self, complaint):
        """Once per kind of trouble, not once per batch."""
        if complaint != self.last_complaint:
            print(f"ship_logs: {complaint}", file=sys.stderr, flush=True)
            self.last_complaint = complaint


def retry_after_seconds(header):
    """Seconds of a Retry-After header; 0 where there is none or it is a date (our own wait counts then)."""
    try:
        return min(max(float(header), 0.0), 300.0)
    except (TypeError, ValueError):
        return 0.0


def read_lines(stream, buffer, copy):
    """Reads to the end of the input. A longer line than LONGEST_LINE goes on in the next one; no byte is lost."""
    try:
        while raw := stream.readline(LONGEST_LINE):
            copy = append(copy, raw)
            line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            if line:
                buffer.put(line)
    finally:
        buffer.close()


def append(copy, raw):
    """Returns the file to go on with: none after the first failure (a full disk must not end the shipping)."""
    if copy is None:
        return None
    try:
        copy.write(raw)
        copy.flush()
    except OSError as error:
        print(f"ship_logs: {copy.name}: {error.strerror}; no more copies", file=sys.stderr, flush=True)
        return None
    return copy


def ship(buffer, sender):
    while not buffer.finished():
        batch = buffer.take()
        if batch:
            sender.send(batch)
        if dropped := buffer.take_dropped():
            sender.lost += dropped
            print(f"ship_logs: buffer full, {dropped} oldest lines dropped", file=sys.stderr, flush=True)


def label(text):
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    return name, value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default=os.environ.get("TRIPOD_LOKI_URL", "http://127.0.0.1:8700"))
    parser.add_argument("--label", type=label, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--copy", type=argparse.FileType("ab"), help="also append the lines to this file, as they are")
    parser.add_argument("--drain", type=float, default=5.0, help="seconds for the rest at the end of the input")
    options = parser.parse_args()

    # Ends when the watched program does, and not before: its last lines are the interesting ones.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    buffer = Buffer()
    sender = Sender(options.url, dict(options.label), os.environ.get("TRIPOD_LOKI_TOKEN"))

    def read():
        try:
            read_lines(sys.stdin.buffer, buffer, options.copy)
        finally:
            sender.stop_within(options.drain)

    threading.Thread(target=read, daemon=True).start()
    ship(buffer, sender)
    if sender.lost:
        print(f"ship_logs: {sender.lost} lines could not be shipped", file=sys.stderr, flush=True)
    return 1 if sender.lost else 0


if __name__ == "__main__":
    sys.exit(main())
