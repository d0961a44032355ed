"""bench/run scrape: what scraping 2,000 targets of 150 series each costs the server, in seconds of its CPU time per second.

Each target is a port of its own on 127.0.0.1, with a connection of its own, as targets on different machines have. They are served by a
process beside the server, which renders a third of the samples anew for each answer.
"""

import json
import multiprocessing
import pathlib
import resource
import selectors
import socket
import tempfile
import time

from tripod_server import Server, wait_for

TARGETS, VIEWS = 2000, 6
BOUNDS = ("0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "+Inf")
STATUSES = ("200", "302", "404", "500")
VIEW_NAMES = ("shop:index", "shop:product", "shop:search", "cart:checkout", "accounts:login", "api:orders")
OTHERS = 31  # with `up` and the four others of the scrape 155 series are stored of each target
WANTED_SHARE = 0.04  # of a core
MINUTES = 2
LATENCY = "django_http_requests_latency_seconds_by_view_method"
RESPONSES = "django_http_responses_total_by_status_view_method_total"


def page():
    """(the text with a %d for each view's requests, how many of them, samples)"""
    lines, samples = [f"# HELP {LATENCY} Histogram of request latency labelled by view and method.", f"# TYPE {LATENCY} histogram"], 0
    for view in VIEW_NAMES:
        lines += [f'{LATENCY}_bucket{{le="{bound}",method="GET",view="{view}"}} %({view})d' for bound in BOUNDS]
        lines += [f'{LATENCY}_count{{method="GET",view="{view}"}} %({view})d', f'{LATENCY}_sum{{method="GET",view="{view}"}} %({view})d.25']
    lines += [f"# HELP {RESPONSES} Count of responses by status, view, method.", f"# TYPE {RESPONSES} counter"]
    lines += [f'{RESPONSES}{{method="GET",status="{status}",view="{view}"}} %({view})d.0' for view in VIEW_NAMES for status in STATUSES]
    for i in range(OTHERS):
        lines += [f"# HELP process_thing_{i}_total What a process counts.", f"# TYPE process_thing_{i}_total counter", f"process_thing_{i}_total {i}.0"]
    return "\n".join(lines) + "\n", sum(not line.startswith("#") for line in lines)


def serve(ready):
    """Answers for all targets until it is ended. `ready` gets their ports."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * TARGETS), hard))
    text, _ = page()
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\r\n"
    ports = []
    events = selectors.DefaultSelector()
    for _ in range(TARGETS):
        listener = socket.create_server(("127.0.0.1", 0), backlog=4)
        listener.setblocking(False)
        ports.append(listener.getsockname()[1])
        events.register(listener, selectors.EVENT_READ, "listener")
    ready.send(ports)
    requests, received = 0, {}
    while True:
        for key, _ in events.select():
            if key.data == "listener":
                connection, _ = key.fileobj.accept()
                events.register(connection, selectors.EVENT_READ, "connection")
                received[connection] = b""
                continue
            connection = key.fileobj
            got = connection.recv(65536)
            if not got:
                events.unregister(connection)
                del received[connection]
                connection.close()
                continue
            received[connection] += got
            if not received[connection].endswith(b"\r\n\r\n"):
                continue
            received[connection] = b""
            requests += 1
            body = text % {view: requests // TARGETS * (7 + i) for i, view in enumerate(VIEW_NAMES)}
            connection.setblocking(True)
            connection.sendall((head.format(len(body)) + body).encode())


def configuration(folder, ports):
    groups = [{"targets": [f"127.0.0.1:{port}" for port in ports[i::20]], "labels": {"job": f"django-{i}"}} for i in range(20)]
    (folder / "targets.json").write_text(json.dumps(groups), encoding="utf-8")
    file = folder / "prometheus.yml"
    file.write_text("global: {scrape_interval: 15s}\nscrape_configs:\n- job_name: django\n  file_sd_configs: [{files: [targets.json]}]\n", encoding="utf-8")
    return file


def measure(_, options):
    with tempfile.TemporaryDirectory(prefix="tripod-scrape-", dir=options.folder) as name:
        folder = pathlib.Path(name)
        ours, theirs = multiprocessing.Pipe()
        targets = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
        targets.start()
        try:
            return watch(Server(folder / "data", flags=["--config", str(configuration(folder, ours.recv()))]), (options.minutes or MINUTES) * 60)
        finally:
            targets.terminate()
            targets.join()


def watch(server, seconds):
    server.start()
    try:

        def up():
            return server.promql('count(up{job=~"django-.*"} == 1)').get((), 0)

        wait_for("all targets to be up", lambda: up() == TARGETS, 60)
        cpu, begun = server.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        cpu, lasted = server.cpu_seconds() - cpu, time.monotonic() - begun
        server.client.close()  # the server has ended a connection that was idle for so long
        slowest = server.promql('max(max_over_time(scrape_duration_seconds[1m]))').get((), 0)
        return {"targets": TARGETS, "samples_of_each": page()[1] + 5, "seconds": lasted, "cpu_seconds": cpu, "share": cpu / lasted, "up": up(),
                "slowest_ms": slowest * 1000, "peak_rss_bytes": server.peak_rss_bytes()}
    finally:
        server.stop()


def table(facts):
    rate = facts["targets"] * facts["samples_of_each"] / 15
    return (f"{facts['targets']:,} targets of {facts['samples_of_each']} series every 15 s, {rate:,.0f} samples a second: {100 * facts['share']:.1f} % of a core"
            f" (wanted {100 * WANTED_SHARE:.0f} %) over {facts['seconds']:.0f} s; {facts['up']:.0f} up, slowest scrape {facts['slowest_ms']:.0f} ms, peak {facts['peak_rss_bytes'] / 2**20:.0f} MiB")
