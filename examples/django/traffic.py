#!/usr/bin/env python3
"""Visitors of the shop: a bounded number of requests, the same for the same seed, then one that goes wrong.

Everything is planned beforehand from --seed: who asks for what, and which status must come back. At the end it prints
what was asked and answered, and the request id of the last, bad request: the thing to go looking for. Exit status 1
where an answer was not the expected one. Standard library only.
"""

import argparse
import collections
import dataclasses
import http.client
import http.cookiejar
import json
import random
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "let-me-shop"  # of shop/management/commands/seed.py, as are the names and the number of products
SIGNED_IN = ["ada", "grace", "alan", "edsger", "barbara"]
ANONYMOUS = 3
PRODUCTS = 60
CARD = {"name_on_card": "A. Customer", "credit_card": "4111 1111 1111 1111", "cvv": "737", "password": PASSWORD}
LAST_ORDER = "the order this visitor placed last"  # in place of a path that is known only then
TIMEOUT_SECONDS = 30

# What visitors do, by how often: about one request in twenty fails on the server.
WEIGHTS = {
    "products": 24,
    "product": 26,
    "orders": 8,
    "order_new": 12,
    "order_own": 6,
    "quote": 8,
    "report": 4,
    "checkout": 3,
    "slow": 2,
    "login_failed": 1,
    "staff": 1,
    "not_found": 2,
    "quote_unknown": 1,
    "unavailable": 1,
    "task_fail": 1,
    "crash_zero": 1,
    "crash_chain": 1,
    "crash_key": 2,
}


@dataclasses.dataclass(frozen=True)
class Step:
    """One request: `route` names it in the summary, `expected` is the status that must come back."""

    route: str
    method: str
    path: str
    expected: int
    form: dict | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    step: Step
    status: int  # 0: no answer
    seconds: float
    request_id: str
    time: float  # seconds since 1970, when it was sent


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


class Visitor:
    """A browser of its own: cookies, CSRF token. One thread at a time."""

    def __init__(self, base_url, name=None):
        self.base_url = base_url.rstrip("/")
        self.name = name
        self.cookies = http.cookiejar.CookieJar()
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies), NoRedirect()]
        self.opener = urllib.request.build_opener(*handlers)
        self.last_order = None

    def arrive(self):
        """Opens the sign-in page, which sets the CSRF cookie, and signs in where the visitor has a name."""
        yield self.send(Step("GET /login/", "GET", "/login/", 200))
        if self.name:
            form = {"username": self.name, "password": PASSWORD}
            yield self.send(Step("POST /login/", "POST", "/login/", 302, form))

    def send(self, step):
        if step.path == LAST_ORDER:
            step = dataclasses.replace(step, path=self.last_order) if self.last_order else FIXED["orders"]
        data = urllib.parse.urlencode(step.form).encode() if step.form is not None else None
        request = urllib.request.Request(self.base_url + step.path, data, method=step.method)
        request.add_header("User-Agent", "djzen-traffic/1.0")
        if data is not None:
            token = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "")
            request.add_header("X-CSRFToken", token)
        sent, started = time.time(), time.perf_counter()
        status, headers = self.open(request)
        seconds = time.perf_counter() - started
        if step.route == "POST /orders/new/" and status == 302:
            self.last_order = headers["Location"]
        return Answer(step, status, seconds, headers.get("X-Request-ID", ""), sent)

    def open(self, request):
        try:
            with self.opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                response.read()
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            error.read()
            return error.code, error.headers
        except (OSError, http.client.HTTPException):
            return 0, {}


def step_for(kind, rng, name):
    """The request that `kind` stands for; it may draw from `rng`. `name` is None for a visitor who is not signed in."""
    if kind == "product":
        return Step("GET /products/N/", "GET", f"/products/{rng.randint(1, PRODUCTS)}/", 200)
    if kind == "order_new":
        method = rng.choice(["card", "card", "paypal", "invoice"])
        form = {"product": rng.randint(1, PRODUCTS), "quantity": rng.randint(1, 4), "payment_method": method}
        return Step("POST /orders/new/", "POST", "/orders/new/", 302, form)
    if kind == "order_own" and name:
        return Step("GET /orders/N/", "GET", LAST_ORDER, 200)
    if kind == "quote":
        country = rng.choice(["AT", "BE", "CH", "DE", "ES", "FR", "IT", "NL"])
        return Step("GET /quote/", "GET", f"/quote/?country={country}", 200)
    if kind == "checkout":
        form = CARD | {"amount": f"{rng.randint(20, 900)}.00", "instalments": rng.randint(1, 6)}
        return Step("POST /checkout/", "POST", "/checkout/", 200, form)
    if kind == "crash_key":
        return Step("GET /crash/key/N/", "GET", f"/crash/key/{rng.randint(1, 10_000)}/", 500)
    if kind == "login_failed":
        form = {"username": rng.choice(SIGNED_IN), "password": "forgotten"}
        return Step("POST /login/", "POST", "/login/", 200, form)
    return FIXED.get(kind) or FIXED["orders"]


FIXED = {
    "products": Step("GET /", "GET", "/", 200),
    "orders": Step("GET /orders/", "GET", "/orders/", 200),
    "report": Step("GET /report/", "GET", "/report/", 200),
    "slow": Step("GET /slow/", "GET", "/slow/", 200),
    "staff": Step("GET /staff/", "GET", "/staff/", 403),
    "not_found": Step("GET /wp-login.php", "GET", "/wp-login.php", 404),
    "quote_unknown": Step("GET /quote/", "GET", "/quote/?country=XX", 502),
    "unavailable": Step("GET /status/503/", "GET", "/status/503/", 503),
    "task_fail": Step("GET /task/fail/", "GET", "/task/fail/", 202),
    "crash_zero": Step("GET /crash/zero/", "GET", "/crash/zero/", 500),
    "crash_chain": Step("GET /crash/chain/", "GET", "/crash/chain/", 500),
}
BAD_REQUEST = Step("POST /checkout/", "POST", "/checkout/", 500, CARD | {"amount": "249.00", "instalments": 0})


def plan(seed, requests):
    """[(visitor number, step)], the whole of the traffic."""
    rng = random.Random(seed)
    names = [*SIGNED_IN, *[None] * ANONYMOUS]
    steps = []
    for kind in rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=requests):
        candidates = range(len(SIGNED_IN)) if kind == "order_new" else range(len(names))
        number = rng.choice(candidates)
        steps.append((number, step_for(kind, rng, names[number])))
    return steps


class Run:
    """Sends a plan: a thread per visitor, each request at its time or, where the shop is slow, as soon after as it can."""

    def __init__(self, base_url, rate):
        self.visitors = [Visitor(base_url, name) for name in [*SIGNED_IN, *[None] * ANONYMOUS]]
        self.rate = rate
        self.answers = []
        self.lock = threading.Lock()

    def record(self, answer):
        with self.lock:
            self.answers.append(answer)

    def arrive(self):
        for visitor in self.visitors:
            for answer in visitor.arrive():
                self.record(answer)

    def send(self, steps):
        started = time.monotonic()
        queues = collections.defaultdict(list)
        for n, (number, step) in enumerate(steps):
            queues[number].append((started + n / self.rate if self.rate else started, step))
        threads = [threading.Thread(target=self.visit, args=item, daemon=True) for item in queues.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def visit(self, number, queue):
        for due, step in queue:
            time.sleep(max(0.0, due - time.monotonic()))
            self.record(self.visitors[number].send(step))

    def bad_request(self):
        answer = self.visitors[0].send(BAD_REQUEST)
        self.record(answer)
        return answer


def describe(answer):
    return {
        "request_id": answer.request_id,
        "method": answer.step.method,
        "path": answer.step.path,
        "status": answer.status,
        "time": answer.time,
        "duration_seconds": round(answer.seconds, 4),
    }


def summarise(answers, bad, took_seconds):
    """What was asked and answered, as counts; the figures a debugging tool must agree with."""
    routes = collections.defaultdict(collections.Counter)
    orders = collections.Counter()
    for answer in answers:
        routes[answer.step.route][str(answer.status)] += 1
        if answer.step.route == "POST /orders/new/" and answer.status == 302:
            orders[answer.step.form["payment_method"]] += 1
    unexpected = [dict(describe(a), expected=a.step.expected) for a in answers if a.status != a.step.expected]
    return {
        "requests": len(answers),
        "seconds": round(took_seconds, 2),
        "statuses": dict(sorted(collections.Counter(str(a.status) for a in answers).items())),
        "routes": {route: dict(sorted(counts.items())) for route, counts in sorted(routes.items())},
        "orders_total": dict(sorted(orders.items())),
        "unexpected": unexpected,
        "bad_request": describe(bad) if bad else None,
    }


def print_summary(summary):
    print(f"traffic: {summary['requests']} requests in {summary['seconds']} s")
    for route, counts in summary["routes"].items():
        print(f"  {route:22} " + "  ".join(f"{status}: {count}" for status, count in counts.items()))
    for odd in summary["unexpected"][:10]:
        print(f"  unexpected: {odd['method']} {odd['path']} gave {odd['status']}, not {odd['expected']}")
    bad = summary["bad_request"]
    if bad:
        print(f"bad request: {bad['method']} {bad['path']} {bad['status']} request_id={bad['request_id']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the shop")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=600, help="beside the signing in and the bad one at the end")
    parser.add_argument("--rate", type=float, default=10.0, help="requests per second; 0: as fast as they are answered")
    parser.add_argument("--json", metavar="FILE", help="also write the summary there")
    options = parser.parse_args()

    run = Run(options.url, options.rate)
    started = time.monotonic()
    run.arrive()
    run.send(plan(options.seed, options.requests))
    bad = run.bad_request()
    summary = summarise(run.answers, bad, time.monotonic() - started)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(summary, file, indent=2)
    print_summary(summary)
    return 1 if summary["unexpected"] else 0


if __name__ == "__main__":
    sys.exit(main())
