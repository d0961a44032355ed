"""The pages of the shop."""

import requests
import structlog
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from shop.forms import CheckoutForm, OrderForm
from shop.models import Order, Product
from shop.orders import place_order
from shop.payments import charge
from shop.rates import shipping_quote

log = structlog.get_logger()

PRODUCTS_PER_PAGE = 20
ORDERS_PER_PAGE = 80


@require_GET
def product_list(request):
    products = Product.objects.all()[:PRODUCTS_PER_PAGE]
    log.info("product_list", count=len(products))
    return render(request, "shop/product_list.html", {"products": products})


@require_GET
def product_detail(request, pk):
    """One product, cached in Redis for half a minute."""
    product = cache.get_or_set(f"product:{pk}", lambda: get_object_or_404(Product, pk=pk))
    return render(request, "shop/product_detail.html", {"product": product})


@require_GET
def order_list(request):
    """The latest orders. The N+1 of the shop: the template asks each order for its customer, one query a row.

    The cure would be .select_related("customer"); see order_detail.
    """
    orders = Order.objects.all()[:ORDERS_PER_PAGE]
    log.info("order_list", count=len(orders))
    return render(request, "shop/order_list.html", {"orders": orders})


@login_required
@require_GET
def order_detail(request, pk):
    orders = Order.objects.filter(customer=request.user).prefetch_related("lines__product")
    return render(request, "shop/order_detail.html", {"order": get_object_or_404(orders, pk=pk)})


@login_required
@require_http_methods(["GET", "POST"])
def order_new(request):
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        order = place_order(customer=request.user, **form.cleaned_data)
        return redirect("order-detail", pk=order.pk)
    return render(request, "shop/form.html", {"form": form, "title": "New order"}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def checkout(request):
    """Paying by card. With 0 instalments it crashes three calls further down (shop/payments.py)."""
    form = CheckoutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        card = form.cleaned_data
        instalments = [f"{cents / 100:.2f}" for cents in charge(card["amount"], card)]
        return render(request, "shop/checkout_done.html", {"instalments": instalments})
    return render(request, "shop/form.html", {"form": form, "title": "Checkout"}, status=400 if form.errors else 200)


@require_GET
def quote(request):
    """Shipping to ?country=XX, asked of another service."""
    country = request.GET.get("country", "FR")
    try:
        answer = shipping_quote(country)
    except requests.RequestException:
        log.warning("shipping_quote_failed", country=country, exc_info=True)
        return HttpResponse("no quote to be had just now\n", status=502)
    log.info("shipping_quote", country=country, price=answer["price"])
    return render(request, "shop/quote.html", {"quote": answer})


@require_GET
def report(request):
    """A bit of everything: ORM, Redis, external HTTP, template."""
    totals = (
        Order.objects.values("payment_method")
        .annotate(orders=Count("id", distinct=True), amount=Sum(F("lines__quantity") * F("lines__unit_price")))
        .order_by("payment_method")
    )
    visits = cache.get_or_set("report:visits", 0, timeout=None)
    cache.set("report:visits", visits + 1, timeout=None)
    rate = shipping_quote("DE")
    return render(request, "shop/report.html", {"totals": totals, "visits": visits + 1, "rate": rate})


@require_GET
def staff(request):
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("report")


@require_GET
def health(_request):
    """The process answers. Asks neither database nor Redis, so that their trouble does not restart the workers."""
    return HttpResponse("ok\n", content_type="text/plain")
