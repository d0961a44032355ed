"""Senders of syslog: what a script or a test hands to the listeners, and how it knows that it arrived."""

import contextlib
import socket

from tripod_server import wait_for


def address_of(server, transport):
    """(host, port) of the running server's listener, "tcp" or "udp"."""
    text = server.listening[f"syslog_{transport}"]
    if not text:
        raise AssertionError(f"the server does not listen for syslog over {transport}")
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def counted(message):
    """One message in RFC 6587's octet counting."""
    return b"%d %s" % (len(message), message)


def send_stream(server, data):
    """All of `data` over one TCP connection. The server closes it once everything is stored, or at once where it refuses us."""
    with socket.create_connection(address_of(server, "tcp"), timeout=10) as connection, contextlib.suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def send_datagrams(server, messages):
    host, port = address_of(server, "udp")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for message in messages:
            sender.sendto(message, (host, port))


def dealt_with(server):
    """How many messages this life of the server has stored or rejected."""
    stored = sum(c["count"] for c in server.status()["received"] if c["protocol"] == "syslog" and c["kept"])
    return stored + sum(t["count"] for t in server.get_json("/api/app/rejected")["totals"] if t["protocol"] == "syslog")


def await_more(server, before, count, seconds=15.0):
    """Syslog acknowledges nothing: the server's own counts say when what was sent is stored."""
    wait_for(f"{count} more syslog messages", lambda: dealt_with(server) >= before + count, seconds)
