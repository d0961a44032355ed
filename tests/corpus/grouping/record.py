#!/usr/bin/env python3
"""Raises errors in real Python packages and writes what sentry-sdk makes of them: python.yaml, read by the grouping suite.

    python3 -m venv /tmp/recorder
    /tmp/recorder/bin/pip install sentry-sdk==2.75.0 Django djangorestframework requests psycopg2-binary SQLAlchemy celery redis flask httpx pydantic jinja2 pandas
    /tmp/recorder/bin/python tests/corpus/grouping/record.py > tests/corpus/grouping/python.yaml

Every scenario is a function; it runs once for each of its arguments, and the runs must fall into one issue. What it is recorded
from is kept of each frame: file, path, module, function, line, source line, in_app. Packages lie under /venv, this file under /srv/shop.
"""

import asyncio
import datetime
import decimal
import json
import pathlib
import re
import sys
import threading
import uuid

import sentry_sdk
from sentry_sdk.transport import Transport

HERE = pathlib.Path(__file__).resolve()
PACKAGES = re.compile(r"^.*/(?:site-packages|dist-packages)/")
STANDARD = re.compile(r"^/usr/(?:local/)?lib/python3\.\d+/")
events = {}
scenarios = []


class Recorder(Transport):
    def __init__(self, options):
        super().__init__(options)
        self.last = None

    def capture_envelope(self, envelope):
        event = envelope.get_event()
        if event is not None:
            self.last = json.loads(json.dumps(event, default=str))


def scenario(*arguments):
    def keep(function):
        scenarios.append((function, arguments or ((),)))
        return function

    return keep


# --- what is raised -----------------------------------------------------------------------------------------------------------


@scenario(("http://127.0.0.1:9/a",), ("http://127.0.0.1:7/b?id=17",))
def requests_refused(url):
    import requests

    requests.get(url, timeout=1)


@scenario(("nowhere-1.invalid",), ("nowhere-2.invalid",))
def requests_no_such_host(host):
    import requests

    requests.get(f"http://{host}/", timeout=2)


@scenario(("not a url",), ("also no url",))
def requests_missing_scheme(url):
    import requests

    requests.post(url, json={"a": 1})


@scenario(("17",), ("4711",))
def requests_bad_status(number):
    import requests

    answer = requests.Response()
    answer.status_code = 503
    answer.url = f"http://payments/charge/{number}"
    answer.reason = "Service Unavailable"
    answer.raise_for_status()


@scenario((9,), (7,))
def httpx_refused(port):
    import httpx

    httpx.get(f"http://127.0.0.1:{port}/", timeout=1)


@scenario((9,), (7,))
def psycopg2_refused(port):
    import psycopg2

    psycopg2.connect(host="127.0.0.1", port=port, connect_timeout=1)


@scenario((9,), (7,))
def redis_refused(port):
    import redis

    redis.Redis(port=port, socket_connect_timeout=1).get("cart:17")


@scenario((1,), (99,))
def redis_wrong_type(number):
    import redis

    redis.Redis().set("cart", {"items": number})


def tables():
    import sqlalchemy

    engine = sqlalchemy.create_engine("sqlite://")
    metadata = sqlalchemy.MetaData()
    stock = sqlalchemy.Table("stock", metadata, sqlalchemy.Column("sku", sqlalchemy.String, primary_key=True))
    metadata.create_all(engine)
    return engine, stock


@scenario(("a-1",), ("b-2",))
def sqlalchemy_unique(sku):
    engine, stock = tables()
    with engine.begin() as connection:
        connection.execute(stock.insert().values(sku=sku))
        connection.execute(stock.insert().values(sku=sku))


@scenario((1,), (2,))
def sqlalchemy_no_such_table(number):
    import sqlalchemy

    engine, _ = tables()
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"SELECT {number} FROM orders"))


@scenario((1,), (2,))
def sqlalchemy_no_rows(number):
    engine, stock = tables()
    with engine.begin() as connection:
        connection.execute(stock.select().where(stock.c.sku == str(number))).one()


def django_setup():
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            SECRET_KEY="x" * 50, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], DEBUG=False, USE_TZ=True,
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        )
        django.setup()


def broken_view(request, number=0):
    from django.http import JsonResponse

    prices = {"a": 1}
    return JsonResponse({"price": prices["sku-%d" % number]})


def dividing_view(request, number=0):
    return number / 0


urlpatterns = []


def call_view(view, number):
    django_setup()
    from django.test import Client
    from django.urls import path

    urlpatterns[:] = [path("broken/<int:number>/", view)]
    Client(raise_request_exception=True).get(f"/broken/{number}/")


@scenario((17,), (18,))
def django_view_key_error(number):
    call_view(broken_view, number)


@scenario((17,), (18,))
def django_view_division(number):
    call_view(dividing_view, number)


@scenario(("a@b.c",), ("d@e.f",))
def django_does_not_exist(email):
    django_setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    User.objects.get(email=email)


@scenario(("nothing",), ("neither",))
def django_field_error(name):
    django_setup()
    from django.contrib.auth.models import User

    list(User.objects.filter(**{name: 1}))


@scenario(("one.html",), ("two.html",))
def django_template_missing(name):
    django_setup()
    from django.template.loader import get_template

    get_template(name)


@scenario(("x",), ("y",))
def django_template_syntax(name):
    django_setup()
    from django.template import Template

    Template("{%% if %s %%}" % name)


@scenario(("17",), ("abc",))
def rest_framework_invalid(text):
    django_setup()
    from rest_framework import serializers

    class Order(serializers.Serializer):
        amount = serializers.IntegerField(max_value=1)
        email = serializers.EmailField()

    Order(data={"amount": text}).is_valid(raise_exception=True)


@scenario((1,), (2,))
def celery_task(number):
    import celery

    app = celery.Celery("shop", broker="memory://")

    @app.task
    def charge(order):
        return {}["order-%d" % order]

    charge.apply((number,), throw=True)


@scenario((1,), (2,))
def celery_retry_of_refused(number):
    import celery
    import requests

    app = celery.Celery("shop", broker="memory://")

    @app.task(bind=True, max_retries=0)
    def notify(self, order):
        try:
            requests.get(f"http://127.0.0.1:9/{order}", timeout=1)
        except requests.ConnectionError as error:
            raise self.retry(exc=error, countdown=0)

    notify.apply((number,), throw=True)


@scenario(("a",), ("b",))
def flask_view(name):
    import flask

    app = flask.Flask("shop")
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.route("/<text>")
    def show(text):
        return int(text)

    app.test_client().get(f"/{name}")


@scenario(("x",), ("longer text",))
def pydantic_invalid(text):
    import pydantic

    class Order(pydantic.BaseModel):
        amount: int
        when: datetime.date

    Order(amount=text, when=text)


@scenario(("a",), ("b",))
def jinja_undefined(name):
    import jinja2

    jinja2.Environment(undefined=jinja2.StrictUndefined).from_string("{{ %s.price }}" % name).render()


@scenario(("a",), ("b",))
def pandas_key_error(name):
    import pandas

    pandas.DataFrame({"x": [1]})[name]


@scenario(("1",), ("2",))
def pandas_parse(text):
    import pandas

    pandas.to_datetime(f"no date {text}")


@scenario(("{",), ('{"a": 17',))
def json_cut_off(text):
    json.loads(text)


@scenario(("twelve",), ("dozen",))
def decimal_invalid(text):
    decimal.Decimal(text)


@scenario(("not-a-uuid",), ("neither",))
def uuid_invalid(text):
    uuid.UUID(text)


@scenario(("/nowhere/a",), ("/nowhere/b",))
def file_missing(path):
    with open(path, encoding="utf-8") as file:
        file.read()


def deeper(depth):
    return deeper(depth + 1)


@scenario((0,), (40,))
def recursion(depth):
    deeper(depth)


def even(depth):
    return odd(depth + 1)


def odd(depth):
    return even(depth + 1)


@scenario((0,), (0,))
def mutual_recursion(depth):
    even(depth)


class PaymentError(Exception):
    pass


@scenario((17,), (18,))
def chained(number):
    try:
        {}["gateway-%d" % number]
    except KeyError as error:
        raise PaymentError(f"order {number} was not paid") from error


@scenario((17,), (18,))
def chained_by_context(number):
    try:
        int("x%d" % number)
    except ValueError:
        raise PaymentError("order %d" % number)


@scenario((17,), (18,))
def suppressed_cause(number):
    try:
        int("x%d" % number)
    except ValueError:
        raise PaymentError("order %d" % number) from None


def fail_with(kind, text):
    raise kind(text)


@scenario((2,), (5,))
def group_of_one_kind(count):
    errors = []
    for i in range(count):
        try:
            fail_with(ValueError, f"item {i}")
        except ValueError as error:
            errors.append(error)
    raise ExceptionGroup("items failed", errors)


@scenario((1,), (2,))
def group_of_two_kinds(number):
    errors = []
    for kind in (ValueError, KeyError):
        try:
            fail_with(kind, f"item {number}")
        except kind as error:
            errors.append(error)
    raise ExceptionGroup("items failed", errors)


@scenario((1,), (2,))
def task_group(number):
    async def work():
        raise RuntimeError(f"job {number}")

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(work())

    asyncio.run(main())


@scenario((1,), (2,))
def async_cause(number):
    async def fetch():
        raise OSError(f"port {number}")

    async def main():
        try:
            await fetch()
        except OSError as error:
            raise PaymentError("not fetched") from error

    asyncio.run(main())


@scenario((1,), (2,))
def in_a_lambda(number):
    list(map(lambda n: n / 0, [number]))


@scenario((1,), (2,))
def in_a_comprehension(number):
    return [n / 0 for n in [number]]


@scenario((1,), (2,))
def generated_code(number):
    exec(compile(f"value = {number}\nvalue / 0", "<generated>", "exec"))  # pylint: disable=exec-used


@scenario((1,), (2,))
def in_a_generator(number):
    def numbers():
        yield number
        raise LookupError(f"after {number}")

    list(numbers())


@scenario((1,), (2,))
def assertion(number):
    assert number < 0, f"{number} is not negative"


@scenario(("a",), ("b",))
def attribute_missing(name):
    getattr(object(), name)


@scenario((1,), (2,))
def subclass_in_one_function(number):
    class Special(PaymentError):
        pass

    raise Special(number)


# --- what is kept -------------------------------------------------------------------------------------------------------------


def moved(path):
    path = path.replace(str(HERE), "/srv/shop/shop/scenarios.py")
    path = path.replace(f"{pathlib.Path.cwd()}/", "")  # compiled modules name their source from where they were built
    path = PACKAGES.sub("/venv/lib/python3.11/site-packages/", path)
    return STANDARD.sub("/usr/lib/python3.11/", path)


def kept_frame(frame):
    out = {}
    for key in ("filename", "abs_path", "module", "function", "lineno", "context_line", "in_app"):
        if frame.get(key) is not None:
            out[key] = frame[key]
    own = frame.get("abs_path", "") == str(HERE)
    out["abs_path"] = moved(out.get("abs_path", ""))
    if own:
        out.update(filename="shop/scenarios.py", module="shop.scenarios", in_app=True)
    return out


def kept_exception(exception):
    out = {key: exception[key] for key in ("type", "value", "module") if exception.get(key) is not None}
    out["value"] = moved(str(out.get("value", "")))[:300]
    mechanism = exception.get("mechanism") or {}
    keys = ("type", "exception_id", "parent_id", "is_exception_group", "synthetic")
    out["mechanism"] = {key: mechanism[key] for key in keys if key in mechanism}
    frames = (exception.get("stacktrace") or {}).get("frames")
    if frames:
        # Of a deep recursion some frames say as much as all.
        frames = frames if len(frames) < 60 else frames[:5] + frames[-10:]
        out["stacktrace"] = {"frames": [kept_frame(frame) for frame in frames]}
    return out


def flow(value):
    return json.dumps(value, ensure_ascii=True)


def write(name, event):
    print(f"  {name}:\n    platform: python\n    exception:\n      values:")
    for exception in event["exception"]["values"]:
        kept = kept_exception(exception)
        frames = kept.pop("stacktrace", {"frames": []})["frames"]
        print(f"        - type: {flow(kept.pop('type'))}\n          value: {flow(kept.pop('value'))}")
        print(f"          mechanism: {flow(kept['mechanism'])}")
        if frames:
            print("          stacktrace:\n            frames:")
            for frame in frames:
                print(f"              - {flow(frame)}")


def run(function, arguments):
    client = sentry_sdk.get_client()
    client.transport.last = None
    try:
        function(*arguments)
    except BaseException:  # pylint: disable=broad-except
        sentry_sdk.capture_exception()
    sentry_sdk.flush()
    return client.transport.last


def main():
    sentry_sdk.init(dsn="http://0123456789abcdef0123456789abcdef@127.0.0.1:1/1", transport=Recorder, default_integrations=False,
                    project_root=str(HERE.parent))
    threading.stack_size(64 << 20)
    print("# Written by record.py: do not edit.\nevents:")
    for function, arguments in scenarios:
        for i, each in enumerate(arguments):
            event = run(function, each)
            if event is None:
                sys.exit(f"{function.__name__} did not fail")
            write(f"{function.__name__}_{i + 1}", event)
    print("pairs:")
    for function, arguments in scenarios:
        for i in range(1, len(arguments)):
            print(f"  - {{same: [{function.__name__}_1, {function.__name__}_{i + 1}], why: other values of {function.__name__}}}")


if __name__ == "__main__":
    main()
