"""Metrics from programs as they are: Debian's node exporter, Debian's Prometheus, the OpenTelemetry SDK.

(django-prometheus and the shop's own OpenTelemetry: test_shop.py.)
"""

import json
import math
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from http_client import Client
from tripod_server import DSN_KEY, Server, wait_for

INTERVAL = 1


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Program:
    """One of Debian's, on a loopback port of its own; `arguments` follow `{address}`."""

    def __init__(self, name, *arguments, ready):
        path = shutil.which(name)
        if path is None:
            raise AssertionError(f"{name} is not installed: scripts/install test")
        self.temporary = tempfile.TemporaryDirectory(prefix="tripod-test-")
        self.folder = pathlib.Path(self.temporary.name)
        self.address = f"127.0.0.1:{free_port()}"
        self.command = [path, f"--web.listen-address={self.address}", *(a.format(folder=self.folder) for a in arguments)]
        self.ready = ready
        self.process = None

    def start(self):
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(f"{self.command[0]} to answer", self.answers, 30)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text())
        try:
            with Client(self.address) as client:
                return client.get(self.ready).ok
        except OSError:
            return False

    def close(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        self.temporary.cleanup()


def static(address):
    return [{"targets": [address]}]


class NodeAndPrometheusTest(unittest.TestCase):
    """Prometheus scrapes the node exporter and writes it to us; we scrape the same exporter ourselves, too."""

    @classmethod
    def setUpClass(cls):
        cls.exporter = Program("prometheus-node-exporter", ready="/metrics")
        cls.addClassCleanup(cls.exporter.close)
        cls.exporter.start()
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        timing = {"scrape_interval": f"{INTERVAL}s", "scrape_timeout": f"{INTERVAL}s"}
        job = timing | {"static_configs": static(cls.exporter.address)}
        cls.server.config = cls.server.folder / "tripod.yml"
        cls.server.config.write_text(json.dumps({"scrape_configs": [{"job_name": "scraped"} | job]}), encoding="utf-8")
        cls.server.start()
        cls.prometheus = Program(
            "prometheus", "--config.file={folder}/prometheus.yml", "--storage.tsdb.path={folder}/data", ready="/-/ready"
        )
        cls.addClassCleanup(cls.prometheus.close)
        write = {
            "url": cls.server.url + "/api/v1/write",
            "authorization": {"credentials": DSN_KEY},
            "queue_config": {"batch_send_deadline": "200ms"},
            "metadata_config": {"send_interval": "1s"},
        }
        config = {"scrape_configs": [{"job_name": "written"} | job], "remote_write": [write]}
        (cls.prometheus.folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        cls.prometheus.start()
        cls.peer = Client(cls.prometheus.address)
        # Ten scrapes of Prometheus's, all of which came to us.
        wait_for("ten scrapes", lambda: cls.ask(cls.peer, 'count_over_time(up{job="written"}[1h]) >= 10'), 60)
        newest = cls.ask(cls.peer, 'max(timestamp(up{job="written"}))')
        cls.at = float(next(iter(newest.values())))
        wait_for("what was written", lambda: cls.ask(cls.server.client, 'max(timestamp(up{job="written"})) >= ' + repr(cls.at)), 30)

    @staticmethod
    def ask(client, query, **parameters):
        answer = client.get("/api/v1/query", query=query, **parameters).json()
        assert answer["status"] == "success", answer
        return {tuple(sorted(s["metric"].items())): s["value"][1] for s in answer["data"]["result"]}

    def assert_same(self, query):
        # Between two samples: Prometheus 2 counts one at the very start of a range, Prometheus 3 and we do not.
        at = {"time": repr(self.at + 0.3 * INTERVAL)}
        theirs, ours = self.ask(self.peer, query, **at), self.ask(self.server.client, query, **at)
        self.assertTrue(theirs, query)
        self.assertEqual(theirs.keys(), ours.keys(), query)
        for labels, value in theirs.items():
            same = value == ours[labels] or math.isclose(float(value), float(ours[labels]), rel_tol=1e-12)
            self.assertTrue(same, (query, labels, value, ours[labels]))

    def test_prometheus_and_we_answer_the_same(self):
        for query in (
            '{job="written"}',
            'count by (__name__) ({job="written"})',
            'sum by (mode) (rate(node_cpu_seconds_total{job="written"}[5s]))',
            'node_memory_MemTotal_bytes{job="written"}',
            'avg_over_time(node_load1{job="written"}[8s])',
            'changes(node_time_seconds{job="written"}[8s])',
            'topk(3, {job="written",__name__=~"node_scrape_collector_.*"})',
            'scrape_samples_scraped{job="written"}',
        ):
            with self.subTest(query=query):
                self.assert_same(query)

    def test_types_and_help_come_with_it(self):
        for metric in ("node_load1", "node_cpu_seconds_total"):
            theirs = self.peer.get("/api/v1/metadata", metric=metric).json()["data"]
            ours = wait_for("metadata", lambda metric=metric: self.server.get_json("/api/v1/metadata", metric=metric)["data"])
            self.assertEqual(ours, theirs)

    def test_the_exporter_scraped_by_us_is_all_there(self):
        with Client(self.exporter.address) as client:
            page = client.get("/metrics").text
        named = {line.split("{")[0].split(" ")[0] for line in page.splitlines() if line and not line.startswith("#")}
        ours = self.server.promql('count by (__name__) ({job="scraped"})')
        found = {dict(labels)["__name__"] for labels in ours}
        own = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"}
        self.assertEqual(found, named | own)
        self.assertGreater(len(named), 100)
        target = self.server.status()["scrape_targets"][0]
        self.assertEqual((target["up"], target["error"]), (True, ""))
        self.assertEqual(set(self.server.promql('min_over_time(up{job="scraped"}[1m])').values()), {1.0})

    def test_nothing_was_refused(self):
        self.assertEqual(self.server.rejected(), [])

    def test_who_sends(self):
        statistics = self.server.get_json("/api/app/series_statistics")
        self.assertIs(statistics["senders_are_complete"], True)
        jobs = {job["name"]: job["senders"] for job in statistics["jobs"]}
        self.assertEqual([s["protocol"] for s in jobs["scraped"]], ["scrape"])
        self.assertEqual([(s["protocol"], s["peer"]) for s in jobs["written"]], [("remote_write", "127.0.0.1")])


class OpenTelemetryTest(unittest.TestCase):
    """Every instrument of the SDK, as the SDK sends it by itself."""

    def send(self, server, protocol):
        from opentelemetry.metrics import Observation
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource

        if protocol == "grpc":
            from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter

            exporter = OTLPMetricExporter(endpoint=f"http://{server.addresses['otlp_grpc']}", insecure=True)
        else:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

            exporter = OTLPMetricExporter(endpoint=f"http://{server.addresses['otlp_http']}/v1/metrics")
        resource = Resource.create({"service.name": f"bill-{protocol}", "service.instance.id": "a", "deployment.environment.name": "test"})
        provider = MeterProvider([PeriodicExportingMetricReader(exporter, export_interval_millis=60_000)], resource=resource)
        meter = provider.get_meter("test")
        meter.create_counter("orders", unit="{order}").add(3, {"kind": "card"})
        meter.create_up_down_counter("queue.size").add(-2)
        meter.create_gauge("disk.free", unit="By").set(12.5, {"disk": "sda"})
        for value in (0.004, 0.2, 7):
            meter.create_histogram("http.server.request.duration", unit="s", explicit_bucket_boundaries_advisory=[0.005, 1, 5]).record(value)
        meter.create_observable_counter("cpu.time", unit="s", callbacks=[lambda _: [Observation(1.5)]])
        provider.shutdown()  # sends what there is

    def test_instruments(self):
        with Server() as server:
            for protocol in ("grpc", "http"):
                with self.subTest(protocol=protocol):
                    self.send(server, protocol)
                    found = server.promql(f'{{job="bill-{protocol}"}}')
                    flat = {}
                    for labels, value in found.items():
                        rest = {k: v for k, v in labels if k not in ("job", "__name__") and not k.startswith("otel_scope") and k != "instance"}
                        if dict(labels)["__name__"] != "target_info":
                            flat[(dict(labels)["__name__"], *sorted(rest.items()))] = value
                    name = "http_server_request_duration_seconds"
                    self.assertEqual(
                        flat,
                        {
                            ("orders_total", ("kind", "card")): 3.0,
                            ("queue_size",): -2.0,
                            ("disk_free_bytes", ("disk", "sda")): 12.5,
                            ("cpu_time_seconds_total",): 1.5,
                            (f"{name}_bucket", ("le", "0.005")): 1.0,
                            (f"{name}_bucket", ("le", "1")): 2.0,
                            (f"{name}_bucket", ("le", "5")): 2.0,
                            (f"{name}_bucket", ("le", "+Inf")): 3.0,
                            (f"{name}_count",): 3.0,
                            (f"{name}_sum",): 7.204,
                        },
                    )
                    (info,) = (dict(l) for l in server.promql(f'target_info{{job="bill-{protocol}"}}'))
                    self.assertEqual((info["instance"], info["deployment_environment_name"]), ("a", "test"))
            self.assertEqual(server.rejected(), [])


if __name__ == "__main__":
    unittest.main()
