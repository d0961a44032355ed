"""Products, orders and their lines. The mixins count inserts, updates and deletes per model."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone
from django_prometheus.models import ExportModelOperationsMixin


class Product(ExportModelOperationsMixin("product"), models.Model):
    name = models.CharField(max_length=80)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


class Order(ExportModelOperationsMixin("order"), models.Model):
    class PaymentMethod(models.TextChoices):
        CARD = "card"
        PAYPAL = "paypal"
        INVOICE = "invoice"

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    payment_method = models.CharField(max_length=10, choices=PaymentMethod)
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self):
        return f"order {self.pk}"

    @property
    def amount(self):
        """Sum of the lines; one query, unless the lines were prefetched."""
        return sum((line.quantity * line.unit_price for line in self.lines.all()), Decimal("0.00"))


class OrderLine(ExportModelOperationsMixin("order_line"), models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.quantity} × {self.product_id}"
