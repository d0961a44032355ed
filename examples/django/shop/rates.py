"""Client of the external service that quotes shipping."""

import requests
from django.conf import settings


def shipping_quote(country):
    """The price of shipping to `country` (two letters), as the service answers it: a dict with country, price, currency.

    Raises requests.RequestException where the service fails, is too slow or knows no such country.
    """
    response = requests.get(f"{settings.RATES_URL}/rates/{country}", timeout=2)
    response.raise_for_status()
    return response.json()
