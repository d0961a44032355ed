"""Fills the database with the same data every time."""

import datetime
import random
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from shop.models import Order, OrderLine, Product

CUSTOMERS = "ada grace alan edsger barbara donald frances dennis margaret ken adele niklaus radia tony hedy john".split()
PASSWORD = "let-me-shop"
MATERIALS = ["Oak", "Birch", "Steel", "Linen", "Cork", "Glass"]
THINGS = ["table", "chair", "lamp", "shelf", "bowl", "clock", "basket", "vase", "mirror", "stool"]
ORDERS = 200
FIRST_ORDER = datetime.datetime(2026, 1, 5, 9, 0, tzinfo=datetime.UTC)


class Command(BaseCommand):
    help = "Empties the shop's tables and fills them with the same customers, products and orders every time."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, help="of the random numbers (default 1)")

    @transaction.atomic
    def handle(self, *_args, seed, **_options):
        rng = random.Random(seed)
        with connection.cursor() as cursor:
            tables = ", ".join(m._meta.db_table for m in (OrderLine, Order, Product, User))
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        customers = self.create_customers()
        products = self.create_products(rng)
        self.create_orders(rng, customers, products)
        self.stdout.write(f"seeded: {len(customers)} customers, {len(products)} products, {ORDERS} orders")

    def create_customers(self):
        password = make_password(PASSWORD)  # once: it is slow on purpose
        return User.objects.bulk_create(
            User(username=name, first_name=name.title(), email=f"{name}@example.com", password=password)
            for name in CUSTOMERS
        )

    def create_products(self, rng):
        return Product.objects.bulk_create(
            Product(name=f"{material} {thing}", price=Decimal(rng.randint(500, 25_000)) / 100, stock=rng.randint(0, 90))
            for thing in THINGS
            for material in MATERIALS
        )

    def create_orders(self, rng, customers, products):
        orders = Order.objects.bulk_create(
            Order(
                customer=rng.choice(customers),
                payment_method=rng.choice(Order.PaymentMethod.values),
                created=FIRST_ORDER + datetime.timedelta(hours=7 * n),
            )
            for n in range(ORDERS)
        )
        lines = []
        for order in orders:
            for product in rng.sample(products, rng.randint(1, 4)):
                line = OrderLine(order=order, product=product, quantity=rng.randint(1, 5), unit_price=product.price)
                lines.append(line)
        OrderLine.objects.bulk_create(lines)
