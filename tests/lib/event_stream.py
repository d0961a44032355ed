"""A reader of server-sent events for tests: connects, and gives events one by one or collects them on a thread of its own."""

import dataclasses
import http.client
import json
import socket
import threading
import time

from http_client import target_of
from tripod_server import ADMIN_TOKEN

READ_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: object  # of JSON
    at: float  # time.monotonic() when it was read


class EventStream:
    """One connection. `status` and `headers` are the answer's; of another status than 200 `body` is the whole of it."""

    def __init__(self, server, path, *, token=ADMIN_TOKEN, last_event_id=None, receive_buffer=None, **parameters):
        self.connection = http.client.HTTPConnection(server.addresses["http"], timeout=READ_SECONDS)
        self.connection.connect()
        self.socket = self.connection.sock
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", target_of(path, parameters), headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.last_id = last_event_id or ""
        self.collector = None
        self.body = b""
        if self.status != 200:
            self.body = self.answer.read()
            self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # ends a reading thread
        except OSError:
            pass  # closed already
        if self.collector:
            self.collector.thread.join()
        self.answer.close()  # it holds the socket too
        self.connection.close()

    def next(self):
        """The next event, None at the end of the stream. Raises OSError when nothing comes for READ_SECONDS."""
        name, data = "message", []
        while line := self.answer.readline():
            line = line.rstrip(b"\r\n").decode()
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                self.last_id = value
            elif not line and data:
                return Event(name, self.last_id, json.loads("\n".join(data)), time.monotonic())
        return None

    def until(self, enough):
        """Events up to the first for which enough(events so far) is true."""
        events = []
        while not enough(events):
            event = self.next()
            if event is None:
                raise AssertionError(f"the stream ended after {len(events)} events: {events[-3:]}")
            events.append(event)
        return events

    def rows(self, count):
        """Rows of the next `count` row events; a dropped event among them is an error."""
        events = self.until(lambda seen: sum(e.name == "row" for e in seen) >= count)
        assert all(e.name != "dropped" for e in events), events
        return [e.data for e in events if e.name == "row"]


class Collector:
    """Reads a stream on a thread, as fast as it can, until that is closed."""

    def __init__(self, stream):
        self.stream = stream
        stream.collector = self
        self.events = []  # guarded by `changed`
        self.ended = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            while event := self.stream.next():
                with self.changed:
                    self.events.append(event)
                    self.changed.notify_all()
        except (OSError, http.client.HTTPException):
            pass  # cut off
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def await_events(self, what, enough, seconds=30.0):
        with self.changed:
            if not self.changed.wait_for(lambda: self.ended or enough(self.events), seconds) or not enough(self.events):
                raise AssertionError(f"not within {seconds} s: {what} (of {len(self.events)} events, last {self.events[-1:]})")
            return list(self.events)

    def await_end(self, seconds=10.0):
        with self.changed:
            return self.changed.wait_for(lambda: self.ended, seconds)
