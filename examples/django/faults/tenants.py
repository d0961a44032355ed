"""Settings per tenant."""

TENANTS = {"north": {"currency": "EUR"}, "south": {"currency": "CHF"}}


class TenantError(Exception):
    """A tenant whose settings cannot be used."""


def tenant_settings(name):
    return TENANTS[name]


def price_list(name):
    try:
        return tenant_settings(name)["currency"]
    except KeyError as error:
        raise TenantError(f"no price list for {name}") from error
