"""Deliberate faults, one a page: what one wants to see a debugging tool find."""

import structlog
from django.db import connection
from django.http import HttpResponse

from faults.campaigns import apply_campaign
from faults.tasks import deliver_newsletter
from faults.tenants import price_list, tenant_settings

log = structlog.get_logger()

SLOW_SECONDS = 0.8


def slow(_request):
    """A slow query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [SLOW_SECONDS])
    return HttpResponse("slow, but here\n", content_type="text/plain")


def crash_zero(_request):
    """ZeroDivisionError, three calls below the view."""
    return HttpResponse(apply_campaign({"name": "autumn", "products": []}))


def crash_chain(_request):
    """An exception raised from another one."""
    return HttpResponse(price_list("nowhere"))


def crash_key(_request, n):
    """The same stack trace with another message each time: one issue, not one per number."""
    return HttpResponse(tenant_settings(f"tenant-{n}"))


def task_fail(_request):
    """Queues a Celery task that fails; the request itself goes well."""
    result = deliver_newsletter.delay("autumn")
    log.info("newsletter_queued", task_id=result.id)
    return HttpResponse("queued\n", status=202, content_type="text/plain")


def unavailable(_request):
    """An error response without an exception."""
    log.error("warehouse_unavailable", warehouse="north")
    return HttpResponse("closed for stocktaking\n", status=503, content_type="text/plain")
