"""One run of the reference shop against one Tripod, from start to end, and what must be found afterwards.

    with ShopRun() as run:      # Tripod is up, the shop has come, was visited and has gone
        run.server.search(...)
        run.asked               # {("GET /orders/", 200): 17, ...}: what the visitors asked for and what was answered

The traffic is that of examples/django/traffic.py, which ends with the bad request. Before it comes a guest of our own, whose
secrets and request ids are known here.
"""

import collections
import contextlib
import datetime
import pathlib
import re
import secrets
import sys
import tempfile
import time

from shop import ROOT, Shop
from tripod_server import DSN_KEY, Server, wait_for

sys.path.append(str(ROOT / "examples" / "django"))
import traffic  # noqa: E402

RELEASE = "shop-e2e-1"
REQUESTS = 150
SEED = 161  # of the plans of this size one in which every kind of request occurs
FLOOD = 30
FOR_MACHINES = ("/metrics/", "/health/")
SCRAPE_INTERVAL = "1s"

# A page of the shop -> the name of its view, as django-prometheus and Django's URLs have it.
VIEWS = {
    "/": "product-list", "/products/N/": "product-detail", "/orders/": "order-list", "/orders/N/": "order-detail",
    "/orders/new/": "order-new", "/checkout/": "checkout", "/quote/": "quote", "/report/": "report", "/login/": "login",
    "/staff/": "staff", "/slow/": "slow", "/crash/zero/": "crash-zero", "/crash/chain/": "crash-chain",
    "/crash/key/N/": "crash-key", "/task/fail/": "task-fail", "/status/503/": "status-503",
    "/wp-login.php": "<unnamed view>",
}  # fmt: skip
# django-prometheus counts a request by its view only where it has one; answers it counts all.
COUNTED = 'django_http_responses_total_by_status_view_method_total{view!~"metrics|health"}'

# Names that OpenTelemetry's semantic conventions have given up, and that the shop's instrumentations still send.
OLD_NAMES = {
    "http.method", "http.status_code", "http.url", "http.target", "http.scheme", "http.flavor", "http.host", "http.server_name",
    "http.user_agent", "net.peer.name", "net.peer.port", "net.peer.ip", "net.host.name", "net.host.port", "net.transport",
    "db.statement", "db.system", "db.name", "db.operation", "db.sql.table", "messaging.destination", "messaging.message_id",
    "code.function", "code.filepath", "code.lineno", "deployment.environment", "thread_id",
}  # fmt: skip
NEW_NAMES = ("db.query.text", "db.system.name", "http.request.method", "http.response.status_code", "url.path", "url.full")


def route_of(method, path):
    """As traffic.py names routes: "/orders/17/" is "GET /orders/N/"."""
    return f"{method} {path if path == '/status/503/' else re.sub(r'/[0-9]+/', '/N/', path)}"


def microseconds(nanoseconds):
    """As structlog's TimeStamper(fmt="iso") prints an instant."""
    seconds, rest = divmod(int(nanoseconds), 10**9)
    stamp = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(microsecond=rest // 1000)
    return stamp.isoformat().replace("+00:00", "Z")


class Guest:
    """A visitor whose cookies, tokens and request ids the test knows."""

    def __init__(self, url, name=None):
        self.visitor = traffic.Visitor(url, name)
        self.token = secrets.token_urlsafe(24)
        self.api_key = secrets.token_hex(16)
        self.visitor.opener.addheaders = [("Authorization", f"Bearer {self.token}"), ("X-Api-Key", self.api_key)]
        self.answers = list(self.visitor.arrive())

    def get(self, path, expected):
        route = route_of("GET", path.partition("?")[0])
        self.answers.append(self.visitor.send(traffic.Step(route, "GET", path, expected)))
        return self.answers[-1]

    def secrets(self):
        return [self.token, self.api_key, *(cookie.value for cookie in self.visitor.cookies)]


class ShopRun:
    """`server` goes on running until the end; `shop` is stopped. All requests were answered as expected, or entering failed."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = None
        self.server = None
        self.shop = None
        self.secrets = {}  # what must be nowhere -> what it is
        self.asked = collections.Counter()  # (route, status)
        self.summary = None  # of traffic.py
        self.page_of_orders = None  # answers to the guest: an N+1, external HTTP, an exception with a cause
        self.report = None
        self.chain = None
        self.flood = []
        self.scraped_at = None  # seconds since 1970: all requests are counted then, and the shop is still up

    def __enter__(self):
        with self.stack:
            self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="tripod-shop-")))
            environment = {"DEMO_SCRAPE_INTERVAL": SCRAPE_INTERVAL}
            self.shop = Shop(self.folder / "shop", dsn_key=DSN_KEY, release=RELEASE, environment=environment)
            config = self.shop.write_config()
            self.server = self.stack.enter_context(Server(self.folder / "tripod", config=config))
            self.shop.point_at(self.server.url, f"http://{self.server.grpc_address}")
            with self.shop:
                self.visit()
                self.await_last_scrape()
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *_error):
        self.stack.close()

    def visit(self):
        signed_in, passing_by = Guest(self.shop.url, "radia"), Guest(self.shop.url)
        self.page_of_orders = passing_by.get("/orders/", 200)
        self.report = passing_by.get("/report/", 200)
        self.chain = signed_in.get("/crash/chain/", 500)
        hidden = secrets.token_hex(12)
        signed_in.get(f"/crash/zero/?token={hidden}", 500)
        self.flood = [signed_in.get(f"/crash/key/{n + 1}/", 500) for n in range(FLOOD)]
        self.secrets |= dict.fromkeys([hidden], "token in a URL")
        for guest in (signed_in, passing_by):
            self.secrets |= dict.fromkeys(guest.secrets(), "a guest's token, key or cookie")
            self.add(traffic.summarise(guest.answers, None, 0))
        self.summary = self.shop.run_requests(REQUESTS, seed=SEED)
        self.add(self.summary)
        self.secrets |= dict.fromkeys(self.shop.session_ids(), "session id")
        card = traffic.CARD["credit_card"]
        self.secrets |= {traffic.PASSWORD: "password", "forgotten": "wrong password"}
        self.secrets |= {card: "card number", card.replace(" ", ""): "card number"}

    def add(self, summary):
        if summary["unexpected"]:
            raise AssertionError(f"not answered as expected: {summary['unexpected']}")
        for route, statuses in summary["routes"].items():
            for status, count in statuses.items():
                self.asked[route, int(status)] += count

    def await_last_scrape(self):
        def probe():
            return sum(self.server.promql(f"sum({COUNTED})").values()) == self.asked.total()

        wait_for("a scrape that has counted every request", probe, 30)
        self.scraped_at = time.time()

    # -- what was asked -----------------------------------------------------------------------------------------------

    def count(self, route, status=None):
        return sum(n for (r, s), n in self.asked.items() if r == route and status in (None, s))

    def count_status(self, lowest):
        return sum(n for (_, status), n in self.asked.items() if status >= lowest)

    def orders(self):
        return self.count("POST /orders/new/", 302)

    # -- what was stored ----------------------------------------------------------------------------------------------

    def spans(self, query):
        return [row["fields"] for row in self.server.search(query, dataset="spans", limit=10000)]

    def logs(self, query):
        return [row["fields"] for row in self.server.search(query, limit=10000)]

    def links(self, some_id):
        return self.server.get_json(f"/api/app/links/{some_id}")

    def trace_of(self, answer):
        """The id of OpenTelemetry's trace of a request."""
        found = {i["value"] for i in self.links(answer.request_id)["identities"] if i["kind"] == "trace_id"}
        if len(found) != 1:
            raise AssertionError(f"traces of {answer.step.path}: {found}")
        return found.pop()

    def requests_by(self, spans):
        """Server spans as `asked` has them, without the requests of machines."""
        asked = collections.Counter()
        for span in spans:
            if span["url.path"] not in FOR_MACHINES:
                asked[route_of(span["http.request.method"], span["url.path"]), span["http.response.status_code"]] += 1
        return asked
