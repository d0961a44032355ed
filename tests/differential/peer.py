"""Debian's Prometheus on loopback, with a folder of its own, taking remote write."""

import pathlib
import shutil
import socket
import subprocess
import tempfile

from http_client import Client
from tripod_server import wait_for

CONFIGURATION = "global:\n  evaluation_interval: 1m\n"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Prometheus:
    def __init__(self):
        self.program = shutil.which("prometheus")
        if not self.program:
            raise SystemExit("there is no Prometheus here: apt-get install prometheus")
        self.temporary = tempfile.TemporaryDirectory(prefix="tripod-prometheus-")
        self.folder = pathlib.Path(self.temporary.name)
        self.process = None
        self.client = None

    def version(self):
        said = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True)
        return (said.stdout + said.stderr).split(",")[1].split()[1]

    def __enter__(self):
        (self.folder / "prometheus.yml").write_text(CONFIGURATION)
        address = f"127.0.0.1:{free_port()}"
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    f"--config.file={self.folder}/prometheus.yml",
                    f"--storage.tsdb.path={self.folder}/data",
                    f"--web.listen-address={address}",
                    "--web.enable-remote-write-receiver",
                    "--storage.tsdb.retention.time=10y",
                ],
                stdout=log,
                stderr=log,
            )
        self.client = Client(address)
        wait_for("Prometheus", self.ready, 30)
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise SystemExit((self.folder / "log").read_text())
        try:
            return self.client.get("/-/ready").ok
        except OSError:
            return False

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(30)
        self.temporary.cleanup()
