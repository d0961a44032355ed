"""The shop's own metrics, beside those of django-prometheus, and the page that shows both."""

import ipaddress

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import Counter, Histogram

ORDERS_TOTAL = Counter("orders_total", "Orders that were paid.", ["payment_method"])
ORDER_CREATE_SECONDS = Histogram("order_create_seconds", "Time to store an order with its lines.")


def metrics_for_internal_networks(request):
    """/metrics/, for peers of METRICS_ALLOWED_NETWORKS only; any other gets 403.

    It is the peer's address that counts: X-Forwarded-For can be written by anybody.
    """
    peer = ipaddress.ip_address(request.META["REMOTE_ADDR"])
    if not any(peer in ipaddress.ip_network(network) for network in settings.METRICS_ALLOWED_NETWORKS):
        raise PermissionDenied
    return ExportToDjangoView(request)
