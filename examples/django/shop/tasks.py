"""Work done outside the request."""

import structlog
from celery import shared_task

from shop.models import Order

log = structlog.get_logger()


@shared_task
def send_receipt(order_id):
    order = Order.objects.select_related("customer").get(pk=order_id)
    log.info("receipt_sent", order_id=order_id, amount=float(order.amount), customer_id=order.customer_id)
