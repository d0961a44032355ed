"""The reference shop for end-to-end tests: started beside a running Tripod, on free ports, in a folder of its own.

    shop = Shop(directory, tripod_url="http://127.0.0.1:8700", otlp_url="http://127.0.0.1:4317", dsn_key=KEY)
    with shop:                              # start() and stop()
        summary = shop.run_requests(200)    # what was asked and answered: the figures Tripod must agree with
    # stopped: the SDKs and the log shipper have sent what they held

Wraps scripts/demo and examples/django/traffic.py; standard library only.
"""

import collections
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "scripts" / "demo"
TRAFFIC = ROOT / "examples" / "django" / "traffic.py"
READY = "djzen ready"
SESSION_KEY = "django.contrib.sessions.cache"


class ShopError(Exception):
    """The shop did not start, or a request was not answered as it should be; says what the programs printed."""


def free_ports(count):
    """Ports nobody listens on just now. All are held until the last is found, so that none comes twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for held in sockets:
            held.bind(("127.0.0.1", 0))
        return [held.getsockname()[1] for held in sockets]
    finally:
        for held in sockets:
            held.close()


class Shop:
    """One shop. `directory` holds its logs and data; `release` becomes GIT_SHA; `environment` is added to its variables.

    `url` and `config_file` (scrape configuration for `tripod serve --config`, see write_config) are known at once; where
    Tripod is must be known when it starts (point_at).
    """

    def __init__(self, directory, *, tripod_url=None, otlp_url=None, dsn_key, release=None, environment=None):
        self.directory = pathlib.Path(directory).resolve()
        port, pg_port, redis_port, rates_port = free_ports(4)
        self.url = f"http://127.0.0.1:{port}"
        self.config_file = self.directory / "tripod.yml"
        self.redis_port = redis_port
        self.environment = os.environ | {
            "TRIPOD_DSN_KEY": dsn_key,
            "DEMO_DIR": str(self.directory),
            "DEMO_PORT": str(port),
            "DEMO_PG_PORT": str(pg_port),
            "DEMO_REDIS_PORT": str(redis_port),
            "DEMO_RATES_PORT": str(rates_port),
        }
        if release:
            self.environment["GIT_SHA"] = release
        self.environment |= environment or {}
        if tripod_url:
            self.point_at(tripod_url, otlp_url)
        self.process = None
        self.output = collections.deque(maxlen=200)
        self.reader = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def point_at(self, tripod_url, otlp_url):
        """Where its telemetry goes. For a Tripod that is started with write_config()'s file and picks its ports itself."""
        self.environment |= {"TRIPOD_URL": tripod_url, "TRIPOD_OTLP": otlp_url}

    def write_config(self):
        """Writes and returns config_file, so that Tripod can be started with it before the shop is."""
        subprocess.run([DEMO, "--config-only"], env=self.environment, check=True, stdout=subprocess.DEVNULL)
        return self.config_file

    def start(self, timeout_seconds=300):
        """Returns once the shop answers. The first start on a machine installs its Python packages and takes longer."""
        self.process = subprocess.Popen(
            [DEMO, "--requests", "0"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = queue.Queue()
        self.reader = threading.Thread(target=self.read_output, args=(lines,), daemon=True)
        self.reader.start()
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self.stop()
                raise ShopError(f"the shop was not ready within {timeout_seconds} s:\n{self.tail()}") from None
            if line is None:
                raise ShopError(f"scripts/demo ended with {self.process.wait()}:\n{self.tail()}")
            if READY in line:
                return

    def read_output(self, lines):
        """Keeps reading to the end, so that the shop never waits for us; `lines` gets None at the end."""
        for line in self.process.stdout:
            self.output.append(line)
            if READY in line:
                lines.put(line)
        lines.put(None)

    def run_requests(self, count, *, seed=1, rate=0, timeout_seconds=300):
        """Sends `count` requests (beside signing in) and a bad one at the end; returns the summary of traffic.py:
        requests, seconds, statuses, routes, orders_total, unexpected, bad_request {request_id, path, status, time ...}.

        Raises ShopError where an answer was not the expected one.
        """
        summary_file = self.directory / "traffic.json"
        command = [sys.executable, TRAFFIC, "--url", self.url, "--requests", str(count), "--seed", str(seed)]
        command += ["--rate", str(rate), "--json", summary_file]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)
        if done.returncode:
            raise ShopError(f"traffic.py ended with {done.returncode}:\n{done.stdout}{done.stderr}{self.tail()}")
        return json.loads(summary_file.read_text(encoding="utf-8"))

    def session_ids(self):
        """Of everybody who is signed in: what their cookies say."""
        command = ["redis-cli", "-p", str(self.redis_port), "--scan", "--pattern", f"*{SESSION_KEY}*"]
        keys = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split()
        return [key.partition(SESSION_KEY)[2] for key in keys]

    def shipped_lines(self, program):
        """The lines that "web" or "worker" printed and that were shipped: blank ones are not."""
        text = (self.directory / "logs" / f"{program}.log").read_text(encoding="utf-8", errors="replace")
        return [line for line in text.split("\n") if line]

    def stop(self, timeout_seconds=60):
        """Ends the shop and all that belongs to it. Returns once the SDKs and the shipper have sent what they held."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its programs get their signals from the kernel then
            self.process.wait()
        self.reader.join(timeout_seconds)
        self.process.stdout.close()
        self.process = None

    def tail(self):
        return "".join(self.output)
