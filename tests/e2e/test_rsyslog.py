"""rsyslog forwards to the syslog listeners in its three ways; every line arrives with its host, application, severity and time."""

import json
import tempfile
import time
import unittest

import rsyslog
import syslog_client
from tripod_server import Server, wait_for

HOST = "web-7.example.net"
LINES = 240  # of each application
SEVERITIES = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")  # by syslog's numbers
# RFC 5424 line by line, RFC 5424 counted, RFC 3164 (no year, no zone, whole seconds) in datagrams.
NEWLINE, COUNTED, DATAGRAM = "by-newline", "by-count", "by-datagram"


def text_of(number):
    if number % 10 == 3:
        return json.dumps({"event": f"order {number} paid", "order_id": number, "request_id": f"req-{number}"})
    if number % 10 == 7:
        return f"Traceback {number}:\n  File shop.py\nZeroDivisionError"
    return f"line {number} of the shop"


def flags():
    # rsyslog writes RFC 3164 in this machine's zone.
    offset = time.strftime("%z")
    return ["--syslog-tcp", "127.0.0.1:0", "--syslog-udp", "127.0.0.1:0", "--syslog-time-zone", f"{offset[:3]}:{offset[3:]}"]


class RsyslogTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if rsyslog.program() is None:
            raise AssertionError("rsyslogd is not installed: scripts/install test")

    def test_every_line_arrives(self):
        with Server(flags=flags()) as server, tempfile.TemporaryDirectory(prefix="tripod-rsyslog-") as folder:
            tcp, udp = syslog_client.address_of(server, "tcp"), syslog_client.address_of(server, "udp")
            protocol23 = "RSYSLOG_SyslogProtocol23Format"
            actions = {
                NEWLINE: rsyslog.omfwd(tcp, "tcp", protocol23),
                COUNTED: rsyslog.omfwd(tcp, "tcp", protocol23, 'TCP_Framing="octet-counted"'),
                DATAGRAM: rsyslog.omfwd(udp, "udp", "RSYSLOG_TraditionalForwardFormat"),
            }
            began = int(time.time())
            with rsyslog.Rsyslog(folder, actions, HOST) as daemon:
                for number in range(LINES):
                    for app in actions:
                        if app == NEWLINE and number % 10 == 7:
                            continue  # a newline ends a message there
                        daemon.log(app, number % 8, text_of(number), 1000 + number)
                syslog_client.await_more(server, 0, 3 * LINES - LINES // 10)
            ended = time.time()
            for app in actions:
                with self.subTest(app=app):
                    rows = server.search(f"service.name:{app}", limit=200)
                    self.check(app, rows, began, ended)
            self.assertEqual(server.rejected(), [])

    def check(self, app, rows, began, ended):
        found = {row["fields"]["process.pid"] - 1000: row for row in rows}
        expected = [n for n in range(LINES) if not (app == NEWLINE and n % 10 == 7)]
        self.assertEqual(sorted(found), expected)
        self.assertEqual(len(rows), len(expected))
        for number, row in found.items():
            fields = row["fields"]
            self.assertEqual(fields["host.name"], HOST)
            self.assertEqual(fields["severity_text"], SEVERITIES[number % 8], fields)
            self.assertEqual(fields["syslog.facility"], "local0")
            self.assertTrue(began <= int(row["time_ns"]) / 1e9 <= ended, (began, row["time_ns"], ended))
            if number % 10 == 3:
                self.assertEqual((fields["body"], fields["order_id"], fields["request_id"]), (f"order {number} paid", number, f"req-{number}"))
            else:
                self.assertEqual(fields["body"], text_of(number))

    def test_what_is_sent_while_the_server_is_away_comes_later(self):
        """rsyslog keeps what it cannot send; after a restart of the server at the same address nothing is missing."""
        with Server(flags=["--syslog-tcp", "127.0.0.1:0"]) as server, tempfile.TemporaryDirectory(prefix="tripod-rsyslog-") as folder:
            address = syslog_client.address_of(server, "tcp")
            server.flags = ["--syslog-tcp", "{}:{}".format(*address)]
            action = rsyslog.omfwd(
                address, "tcp", "RSYSLOG_SyslogProtocol23Format",
                'queue.type="LinkedList"', 'action.resumeRetryCount="-1"', 'action.resumeInterval="1"', 'RebindInterval="1"',
            )  # fmt: skip
            with rsyslog.Rsyslog(folder, {"shop": action}, HOST) as daemon:
                daemon.log("shop", 6, "before", 1)
                syslog_client.await_more(server, 0, 1)
                server.stop()
                for number in range(2, 52):
                    daemon.log("shop", 6, "meanwhile", number)
                server.start()
                wait_for("the last line", lambda: server.search("process.pid:51"), seconds=30)
            pids = [row["fields"]["process.pid"] for row in server.search("service.name:shop")]
            # The first that is sent after the server went may go into the closed connection: TCP tells the sender too late.
            self.assertEqual(sorted(pids)[-49:], list(range(3, 52)))


if __name__ == "__main__":
    unittest.main()
