"""A Tripod under test: its process, its data folder, what it said, and the questions tests ask it.

    with Server(folder) as server:
        server.ingest_client().post("/push/json", b'{"event":"hello"}')
        server.search("hello")
        server.kill()      # SIGKILL
        server.start()     # the same data, the same addresses

Waiting is bounded and polls; nothing here sleeps for a fixed time hoping that it is enough.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time

from http_client import Client, target_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADMIN_TOKEN = "test-admin-token-0123456789abcdef"
DSN_KEY = "0123456789abcdef0123456789abcdef"
START_SECONDS = 30
STOP_SECONDS = 10  # what SIGTERM may take: docs promise it
POLL_SECONDS = 0.02
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def unused_addresses(count, held):
    """Addresses on the loopback that nobody listens on just now, below the ports that the kernel gives to outgoing
    connections: none of those can take a server's port while it is down between two starts. Nor can another test, in
    whichever process, until `held`, an ExitStack, is closed: each port has a locked file."""
    folder = pathlib.Path(tempfile.gettempdir()) / "tripod-test-ports"
    folder.mkdir(exist_ok=True)
    addresses = []
    while len(addresses) < count:
        address = ("127.0.0.1", random.randrange(10_000, 32_768))
        with contextlib.ExitStack() as tried, contextlib.suppress(OSError):
            lock = tried.enter_context(open(folder / str(address[1]), "w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as listener:
                listener.bind(address)
            addresses.append(f"{address[0]}:{address[1]}")
            held.push(tried.pop_all())
    return addresses


class ServerError(Exception):
    """It did not start, did not stop, or ended by itself; says what it printed."""


def binary():
    """The program under test: $TRIPOD_BIN, else the release build."""
    path = pathlib.Path(os.environ.get("TRIPOD_BIN") or ROOT / "build" / "release" / "tripod")
    if not path.exists():
        raise ServerError(f"{path} is not there: build it, or name another in TRIPOD_BIN")
    return path


def wait_for(what, probe, seconds=10.0):
    """Asks `probe` until it answers something true, and returns that. `what` is named where it never does."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what} (last: {found!r})")
        time.sleep(POLL_SECONDS)


class Server:
    """Not thread-safe, except the clients it makes: each belongs to whom asked for it.

    `folder` holds the data and the log; without one a temporary folder is made and removed at the end.
    `environment` is added to the server's variables; a value of None removes one.
    """

    def __init__(self, folder=None, *, config=None, flags=(), environment=None):
        self.temporary = None if folder else tempfile.TemporaryDirectory(prefix="tripod-test-")
        self.folder = pathlib.Path(folder or self.temporary.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.log_file = self.folder / "tripod.log"
        self.config = config
        self.flags = list(flags)
        self.environment = os.environ | {"TRIPOD_ADMIN_TOKEN": ADMIN_TOKEN, "TRIPOD_DSN_KEY": DSN_KEY}
        for name, value in (environment or {}).items():
            if value is None:
                self.environment.pop(name, None)
            else:
                self.environment[name] = value
        self.ports = contextlib.ExitStack()
        self.addresses = dict(zip(("http", "otlp_http", "otlp_grpc"), unused_addresses(3, self.ports)))
        self.listening = {}  # what the running server said of its addresses
        self.process = None
        self.readers = []
        self.events = []  # log lines of all its lives, parsed; guarded by `said`
        self.output = []  # lines of standard output
        self.said = threading.Condition()
        self.client = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        try:
            if self.process is not None:
                self.stop()
        finally:
            self.ports.close()
            if self.temporary:
                self.temporary.cleanup()

    def start(self):
        """Returns once it listens. Every start uses the same addresses."""
        seen = len(self.events)
        self.spawn()
        listening = self.await_event("listening", START_SECONDS, seen, having="otlp_http")
        self.addresses = {name: listening[name] for name in self.addresses}
        self.listening = listening
        self.client = self.read_client()
        return self

    def spawn(self):
        """Starts the process and waits for nothing."""
        command = [str(binary()), "serve", "--data", str(self.data)]
        for name, address in self.addresses.items():
            command += [f"--{name.replace('_', '-')}", address]
        if self.config:
            command += ["--config", str(self.config)]
        self.process = subprocess.Popen(
            command + self.flags,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.readers = [
            threading.Thread(target=self.read_log, args=(self.process.stderr,), daemon=True),
            threading.Thread(target=self.read_output, args=(self.process.stdout,), daemon=True),
        ]
        for reader in self.readers:
            reader.start()

    def stop(self):
        """SIGTERM; it must flush and end by itself, with status 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"SIGTERM did not end it within {STOP_SECONDS} s:\n{self.tail()}") from None
        self.ended()
        if status != 0:
            raise ServerError(f"ended with {status} on SIGTERM:\n{self.tail()}")

    def kill(self):
        """SIGKILL: no goodbye, as a crash or the kernel's out-of-memory killer would do."""
        self.process.kill()
        self.process.wait()
        self.ended()

    def ended(self):
        for reader in self.readers:
            reader.join(START_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        self.process = None
        if self.client:
            self.client.close()

    def restart(self):
        self.stop()
        return self.start()

    def crash(self):
        self.kill()
        return self.start()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    # -- what it says -------------------------------------------------------------------------------------------------

    def read_log(self, stream):
        with open(self.log_file, "ab") as copy:
            for raw in stream:
                copy.write(raw)
                copy.flush()
                try:
                    event = json.loads(raw)
                except ValueError:
                    event = {"event": None, "text": raw.decode("utf-8", errors="replace").rstrip()}
                with self.said:
                    self.events.append(event)
                    self.said.notify_all()
        with self.said:
            self.events.append({"event": "end of log"})
            self.said.notify_all()

    def read_output(self, stream):
        for raw in stream:
            with self.said:
                self.output.append(raw.decode("utf-8", errors="replace").rstrip("\n"))
                self.said.notify_all()

    def await_event(self, name, seconds=10.0, after=0, having="event"):
        """The first log line of this name, with a member `having`, after the first `after` lines."""
        deadline = time.monotonic() + seconds
        with self.said:
            while True:
                for event in self.events[after:]:
                    if event["event"] == name and having in event:
                        return event
                    if event["event"] == "end of log":
                        raise ServerError(f"ended before it said {name!r}:\n{self.tail()}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ServerError(f"did not say {name!r} within {seconds} s:\n{self.tail()}")
                self.said.wait(left)

    def sign_in_token(self):
        """Out of the one-time link that the first start prints."""

        def probe():
            with self.said:
                lines = list(self.output)
            found = [line.partition("/signin?token=")[2].strip() for line in lines if "/signin?token=" in line]
            return found[-1] if found else None

        return wait_for("a sign-in link on standard output", probe)

    def tail(self, lines=20):
        with self.said:
            return "\n".join(e.get("text") or json.dumps(e) for e in self.events[-lines:])

    # -- talking to it ------------------------------------------------------------------------------------------------

    @property
    def url(self):
        return f"http://{self.addresses['http']}"

    @property
    def otlp_url(self):
        return f"http://{self.addresses['otlp_http']}"

    @property
    def grpc_address(self):
        return self.addresses["otlp_grpc"]

    @property
    def dsn(self):
        return f"http://{DSN_KEY}@{self.addresses['http']}/1"

    def read_client(self):
        return Client(self.url, {"Authorization": f"Bearer {ADMIN_TOKEN}"})

    def ingest_client(self):
        return Client(self.url, {"X-Tripod-Key": DSN_KEY})

    def otlp_client(self):
        return Client(self.otlp_url, {"X-Tripod-Key": DSN_KEY})

    def get(self, path, **parameters):
        return self.client.request("GET", path, parameters=parameters)

    def get_json(self, path, **parameters):
        """The JSON of a 200; any other status is an error that says what was asked."""
        answer = self.get(path, **parameters)
        if answer.status != 200:
            raise AssertionError(f"GET {target_of(path, parameters)}: {answer.status} {answer.text[:500]}")
        return answer.json()

    def search(self, query="", *, dataset="logs", start="now-1h", end="now+10m", limit=1000, order="asc"):
        """All rows that match, over as many pages as there are; a partial answer or a warning is an error."""
        rows, cursor = [], None
        while True:
            page = self.get_json(
                "/api/app/search",
                dataset=dataset, q=query, start=start, end=end, limit=limit, order=order, cursor=cursor,
            )  # fmt: skip
            assert not page["partial"] and not page["warnings"], page["warnings"]
            rows += page["rows"]
            cursor = page["cursor"]
            if cursor is None:
                return rows

    def count(self, query="", *, dataset="logs", start="now-1h", end="now+10m"):
        return self.get_json("/api/app/histogram", dataset=dataset, q=query, start=start, end=end, buckets=1)["total"]

    def promql(self, query, time=None):
        """{labels as a sorted tuple of pairs: value} of an instant query; a scalar is under ()."""
        data = self.get_json("/api/v1/query", query=query, time=time)["data"]
        if data["resultType"] == "scalar":
            return {(): float(data["result"][1])}
        return {tuple(sorted(s["metric"].items())): float(s["value"][1]) for s in data["result"]}

    def issues(self, status="all", query="issue.category:error"):
        issues, total = [], None
        while total is None or len(issues) < total:
            page = self.get_json("/api/app/issues", status=status, query=query, limit=50, offset=len(issues))
            total = page["total"]
            if not page["issues"]:
                break
            issues += page["issues"]
        return issues

    def rejected(self):
        return self.get_json("/api/app/rejected")["items"]

    def status(self):
        return self.get_json("/api/app/status")

    # -- what it costs ------------------------------------------------------------------------------------------------

    def cpu_seconds(self):
        """User and system time of the process so far."""
        text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def peak_rss_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise ServerError("no VmHWM in /proc")

    def bytes_on_disk(self):
        return sum(f.stat().st_size for f in self.data.rglob("*") if f.is_file())
