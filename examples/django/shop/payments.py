"""Paying by card. Holds the shop's one real bug, see split_amount."""

from decimal import ROUND_HALF_UP, Decimal

import structlog

log = structlog.get_logger()


def charge(amount, card):
    """Charges `amount` in as many instalments as the customer chose; returns the instalments."""
    instalments = plan_instalments(amount, card)
    log.info("card_charged", amount=float(amount), instalments=len(instalments))
    return instalments


def plan_instalments(amount, card):
    parts = card["instalments"]
    first = split_amount(amount, parts)
    return [amount - first * (parts - 1), *[first] * (parts - 1)]


def split_amount(amount, parts):
    """The bug: the form offers 0 instalments for "all at once", and nobody thought of it here."""
    return (amount / parts).quantize(Decimal("0.01"), ROUND_HALF_UP)
