"""Addresses of the shop, of its deliberate faults and of its metrics."""

from django.urls import include, path

from shop.metrics import metrics_for_internal_networks

urlpatterns = [
    path("", include("shop.urls")),
    path("", include("faults.urls")),
    path("metrics/", metrics_for_internal_networks, name="metrics"),
]
