"""Placing an order."""

import structlog
from django.db import transaction

from shop.metrics import ORDER_CREATE_SECONDS, ORDERS_TOTAL
from shop.models import Order, OrderLine
from shop.tasks import send_receipt

log = structlog.get_logger()


def place_order(customer, product, quantity, payment_method):
    """Stores a paid order of one line, counts it, logs `order_paid` and has the receipt sent once it is committed."""
    with ORDER_CREATE_SECONDS.time(), transaction.atomic():
        order = Order.objects.create(customer=customer, payment_method=payment_method)
        OrderLine.objects.create(order=order, product=product, quantity=quantity, unit_price=product.price)
        transaction.on_commit(lambda: send_receipt.delay(order.pk))
    ORDERS_TOTAL.labels(payment_method=payment_method).inc()
    log.info(
        "order_paid",
        order_id=order.pk,
        amount=float(quantity * product.price),
        payment_method=payment_method,
        currency="EUR",
    )
    return order
