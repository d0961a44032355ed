"""A small HTTP/1.1 client for tests: one keep-alive connection, answers as values. Not thread-safe: one per thread."""

import dataclasses
import http.client
import json
import urllib.parse

TIMEOUT_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back. `headers` are lower-case names; a header that came twice is joined by ", "."""

    status: int
    headers: dict
    body: bytes

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def text(self):
        return self.body.decode("utf-8", errors="replace")

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(f"status {self.status}, and not JSON: {self.text[:300]!r}") from None


def target_of(path, parameters=None):
    """`parameters`: a dict, values may be lists; None values are left out."""
    pairs = [(k, v) for k, v in (parameters or {}).items() if v is not None]
    query = urllib.parse.urlencode(pairs, doseq=True)
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


class Client:
    """`address` is "http://127.0.0.1:8700" or "127.0.0.1:8700"; `headers` go with every request."""

    def __init__(self, address, headers=None, timeout_seconds=TIMEOUT_SECONDS):
        self.address = address.removeprefix("http://")
        self.headers = dict(headers or {})
        self.timeout_seconds = timeout_seconds
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def request(self, method, path, *, parameters=None, body=None, headers=None):
        """Raises OSError or http.client.HTTPException where there is no whole answer; nothing is sent twice."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=self.timeout_seconds)
        try:
            self.connection.request(method, target_of(path, parameters), body, self.headers | (headers or {}))
            response = self.connection.getresponse()
            answer = Answer(response.status, joined(response.getheaders()), response.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def get(self, path, **parameters):
        return self.request("GET", path, parameters=parameters)

    def post(self, path, body, content_type="application/json", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body=body, headers={"Content-Type": content_type} | named)


def joined(pairs):
    out = {}
    for name, value in pairs:
        key = name.lower()
        out[key] = f"{out[key]}, {value}" if key in out else value
    return out
