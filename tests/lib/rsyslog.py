"""Debian's rsyslogd as a child of a test: its own configuration, socket and folder, nothing of the machine's.

    with Rsyslog(folder, {"shop": omfwd(host, port, "tcp")}, hostname="web-1") as daemon:
        daemon.log("shop", severity=6, text="hello", pid=12)
"""

import pathlib
import shutil
import signal
import socket
import subprocess
import time

from tripod_server import wait_for

FACILITY = 16  # local0


def program():
    """Where it is installed, or None. It lies in a folder that not everybody has in the PATH."""
    return shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin:/sbin")


def omfwd(address, protocol, template, *options):
    """The action that forwards to (host, port)."""
    host, port = address
    extra = "".join(f" {option}" for option in options)
    return f'action(type="omfwd" target="{host}" port="{port}" protocol="{protocol}" template="{template}"{extra})'


class Rsyslog:
    def __init__(self, folder, actions, hostname):
        """`actions` by the name of the program whose messages they are for."""
        self.folder = pathlib.Path(folder)
        self.socket_path = self.folder / "log.socket"
        rules = "".join(f'if $programname == "{name}" then {{ {action} }}\n' for name, action in actions.items())
        self.config = self.folder / "rsyslog.conf"
        self.config.write_text(
            f'global(workDirectory="{self.folder}" localHostname="{hostname}" parser.escapeControlCharactersOnReceive="off")\n'
            'module(load="imuxsock" SysSock.Use="off")\n'
            f'input(type="imuxsock" Socket="{self.socket_path}" CreatePath="on" RateLimit.Interval="0" UseSysTimeStamp="off")\n' + rules,
            encoding="utf-8",
        )
        self.process = None
        self.sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def __enter__(self):
        command = [program(), "-n", "-f", str(self.config), "-i", str(self.folder / "rsyslog.pid")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wait_for("rsyslogd's socket", lambda: self.socket_path.exists() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError(f"rsyslogd ended: {self.process.stdout.read().decode()}")
        self.sender.connect(str(self.socket_path))
        return self

    def __exit__(self, *_error):
        """It sends what it has before it ends."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)
        self.sender.close()

    def log(self, app, severity, text, pid):
        """As syslog(3) does it: the time of this second, in this machine's zone."""
        stamp = time.strftime("%b %e %H:%M:%S")
        self.sender.send(f"<{FACILITY * 8 + severity}>{stamp} {app}[{pid}]: {text}".encode())
