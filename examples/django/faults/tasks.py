"""A task that fails."""

import structlog
from celery import shared_task

log = structlog.get_logger()


class DeliveryError(Exception):
    """The mail server refused."""


@shared_task
def deliver_newsletter(name):
    log.info("newsletter_started", newsletter=name)
    return hand_over(name, recipients=240)


def hand_over(name, recipients):
    raise DeliveryError(f"newsletter {name}: mail server refused {recipients} recipients")
