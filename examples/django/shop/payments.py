"""Paying by card. Holds the shop's one real bug, see split_cents."""

import structlog

log = structlog.get_logger()


def charge(amount, card):
    """Charges `amount` in as many instalments as the customer chose; returns them, in cents."""
    instalments = plan_instalments(int(amount * 100), card)
    log.info("card_charged", amount=float(amount), instalments=len(instalments))
    return instalments


def plan_instalments(cents, card):
    parts = card["instalments"]
    each = split_cents(cents, parts)
    return [cents - each * (parts - 1), *[each] * (parts - 1)]


def split_cents(cents, parts):
    """The bug: the form offers 0 instalments for "all at once", and nobody thought of it here."""
    return cents // parts
