"""The shop's tests. `scripts/demo --test` runs them beside a PostgreSQL and a Redis of their own."""

import datetime
import json
import logging.config
import sys
import uuid
from types import SimpleNamespace
from unittest import mock

import requests
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import TestCase, TransactionTestCase
from prometheus_client import REGISTRY
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars, merge_contextvars
from structlog.testing import capture_logs

from djzen.celery import app as celery_app
from djzen.celery import bind_task, send_request_id, unbind_task
from djzen.logs import LOGGING
from shop.models import Order, OrderLine, Product

RATE = {"country": "DE", "price": "4.90", "currency": "EUR"}


class ShopTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = User.objects.create_user("ada", first_name="Ada", password="let-me-shop")
        cls.lamp = Product.objects.create(name="Oak lamp", price="49.50", stock=3)

    def setUp(self):
        cache.clear()
        celery_app.conf.task_always_eager = True
        self.addCleanup(setattr, celery_app.conf, "task_always_eager", False)


class PagesTest(ShopTestCase):
    def test_product_is_read_once_and_then_comes_from_the_cache(self):
        with self.assertNumQueries(1):
            for _ in range(2):
                self.assertContains(self.client.get(f"/products/{self.lamp.pk}/"), "Oak lamp")

    def test_missing_product_is_404_and_not_cached(self):
        self.assertEqual(self.client.get("/products/999/").status_code, 404)
        Product.objects.create(pk=999, name="Late lamp", price=1)
        self.assertContains(self.client.get("/products/999/"), "Late lamp")

    def test_order_list_asks_once_per_order_for_the_customer(self):
        for _ in range(7):
            Order.objects.create(customer=self.ada, payment_method="card")
        with self.assertNumQueries(1 + 7):
            self.assertContains(self.client.get("/orders/"), "<td>Ada</td>", count=7)

    def test_order_of_somebody_else_is_not_found(self):
        order = Order.objects.create(customer=User.objects.create_user("grace"), payment_method="card")
        self.client.force_login(self.ada)
        self.assertEqual(self.client.get(f"/orders/{order.pk}/").status_code, 404)

    def test_report_uses_database_cache_and_the_rates_service(self):
        with mock.patch("shop.views.shipping_quote", return_value=RATE):
            self.assertContains(self.client.get("/report/"), "This page was read 1 times")
            self.assertContains(self.client.get("/report/"), "This page was read 2 times")

    def test_quote_is_502_where_the_rates_service_fails(self):
        with mock.patch("shop.rates.requests.get", side_effect=requests.ConnectTimeout), capture_logs() as lines:
            self.assertEqual(self.client.get("/quote/?country=FR").status_code, 502)
        self.assertEqual(lines[0]["event"], "shipping_quote_failed")

    def test_staff_only(self):
        self.client.force_login(self.ada)
        self.assertEqual(self.client.get("/staff/").status_code, 403)


class OrderTest(ShopTestCase):
    def order(self, **form):
        self.client.force_login(self.ada)
        form = {"product": self.lamp.pk, "quantity": 2, "payment_method": "paypal"} | form
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post("/orders/new/", form)

    def test_order_is_stored_counted_logged_and_its_receipt_sent(self):
        before = REGISTRY.get_sample_value("orders_total", {"payment_method": "paypal"}) or 0
        timed = REGISTRY.get_sample_value("order_create_seconds_count")
        with capture_logs() as lines:
            response = self.order()
        order = Order.objects.get()
        self.assertRedirects(response, f"/orders/{order.pk}/")
        self.assertEqual(order.amount, 99)
        self.assertEqual(REGISTRY.get_sample_value("orders_total", {"payment_method": "paypal"}), before + 1)
        self.assertEqual(REGISTRY.get_sample_value("order_create_seconds_count"), timed + 1)
        by_event = {line["event"]: line for line in lines}
        self.assertEqual((by_event["order_paid"]["order_id"], by_event["order_paid"]["amount"]), (order.pk, 99.0))
        self.assertEqual(by_event["receipt_sent"]["customer_id"], self.ada.pk)

    def test_bad_form_stores_nothing(self):
        self.assertEqual(self.order(quantity=0).status_code, 400)
        self.assertFalse(Order.objects.exists())

    def test_signing_in_is_needed(self):
        response = self.client.post("/orders/new/", {"product": self.lamp.pk, "quantity": 1, "payment_method": "card"})
        self.assertRedirects(response, "/login/?next=/orders/new/")


class CheckoutTest(ShopTestCase):
    form = {
        "amount": "100.00",
        "name_on_card": "A. Customer",
        "credit_card": "4111 1111 1111 1111",
        "cvv": "737",
        "password": "let-me-shop",
    }

    def test_instalments_add_up(self):
        response = self.client.post("/checkout/", self.form | {"instalments": 3})
        self.assertContains(response, "<li>33.34 €</li>")
        self.assertContains(response, "<li>33.33 €</li>", count=2)

    def test_no_instalments_is_the_known_bug(self):
        with self.assertRaises(ZeroDivisionError):
            self.client.post("/checkout/", self.form | {"instalments": 0})


class RequestContextTest(ShopTestCase):
    def lines_of(self, path):
        with capture_logs([merge_contextvars]) as lines:
            response = self.client.get(path)
        return lines, response

    def test_every_line_of_a_request_carries_its_id_user_and_path(self):
        self.client.force_login(self.ada)
        lines, response = self.lines_of("/orders/")
        self.assertEqual([line["event"] for line in lines], ["order_list", "request_finished"])
        for line in lines:
            self.assertEqual(line["request_id"], response["X-Request-ID"])
            self.assertEqual((line["user_id"], line["path"]), (self.ada.pk, "/orders/"))
        self.assertEqual(uuid.UUID(lines[0]["request_id"]).version, 4)
        self.assertEqual((lines[1]["method"], lines[1]["status"]), ("GET", 200))

    def test_nothing_of_the_request_before_is_left(self):
        bind_contextvars(left_over="of another request")
        first, _ = self.lines_of("/")
        second, _ = self.lines_of("/")
        self.assertNotIn("left_over", first[0])
        self.assertNotEqual(first[0]["request_id"], second[0]["request_id"])
        self.assertIsNone(second[0]["user_id"])

    def test_request_that_crashes_is_finished_with_500(self):
        self.client.raise_request_exception = False
        lines, _ = self.lines_of("/crash/zero/")
        self.assertEqual((lines[-1]["event"], lines[-1]["status"]), ("request_finished", 500))

    def test_line_on_standard_output_is_one_json_object_for_both_kinds_of_loggers(self):
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Server Error: %s", ("/x/",), sys.exc_info())
        bind_contextvars(request_id="abc")
        self.addCleanup(clear_contextvars)
        formatter = logging.config.dictConfigClass(LOGGING).configure_formatter(dict(LOGGING["formatters"]["json"]))
        line = json.loads(formatter.format(record))
        self.assertEqual(line["event"], "Server Error: /x/")
        self.assertEqual((line["level"], line["logger"], line["request_id"]), ("error", "django.request", "abc"))
        self.assertIsNotNone(datetime.datetime.fromisoformat(line["timestamp"]).tzinfo)


class TaskContextTest(ShopTestCase):
    def test_task_of_a_request_logs_with_its_request_id(self):
        headers = {}
        bind_contextvars(request_id="abc")
        send_request_id(headers=headers)
        task = SimpleNamespace(
            name="shop.tasks.send_receipt", request=SimpleNamespace(is_eager=False, request_id=headers["request_id"])
        )
        bind_contextvars(left_over="of another task")
        bind_task(task_id="t1", task=task)
        self.assertEqual(get_contextvars(), {"request_id": "abc", "task_id": "t1", "task": "shop.tasks.send_receipt"})
        unbind_task(task=task)
        self.assertEqual(get_contextvars(), {})


class MetricsTest(ShopTestCase):
    def test_shows_django_and_shop_metrics(self):
        self.client.get("/")
        page = self.client.get("/metrics/").content.decode()
        for name, kind in (
            ("django_http_requests_latency_seconds_by_view_method", "histogram"),
            ("django_db_execute_total", "counter"),
            ("django_cache_get_total", "counter"),
            ("django_migrations_unapplied_total", "gauge"),
            ("orders_total", "counter"),
            ("order_create_seconds", "histogram"),
        ):
            self.assertIn(f"\n# TYPE {name} {kind}\n", page)

    def test_is_closed_to_other_networks_whatever_a_header_says(self):
        for address, status in (("127.0.0.1", 200), ("10.1.2.3", 200), ("::1", 200), ("203.0.113.7", 403)):
            response = self.client.get("/metrics/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1")
            self.assertEqual(response.status_code, status, address)


class SeedTest(TransactionTestCase):
    def test_gives_the_same_data_every_time(self):
        def data():
            call_command("seed", verbosity=0, stdout=mock.Mock())
            fields = ("order", "order__customer__username", "order__created", "product", "quantity")
            lines = OrderLine.objects.values_list(*fields)
            return list(lines), list(Product.objects.values_list("id", "name", "price"))

        self.assertEqual(data(), data())
