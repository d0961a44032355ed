"""The two forms a customer fills in."""

from django import forms

from shop.models import Order, Product


class OrderForm(forms.Form):
    product = forms.ModelChoiceField(Product.objects.all())
    quantity = forms.IntegerField(min_value=1, max_value=20, initial=1)
    payment_method = forms.ChoiceField(choices=Order.PaymentMethod.choices)


class CheckoutForm(forms.Form):
    amount = forms.DecimalField(min_value=1, max_value=100_000, decimal_places=2)
    name_on_card = forms.CharField(max_length=80)
    credit_card = forms.RegexField(r"^[0-9 ]{13,23}$", label="Card number")
    cvv = forms.RegexField(r"^[0-9]{3,4}$", widget=forms.PasswordInput, label="Security code")
    password = forms.CharField(widget=forms.PasswordInput, label="Your password, once more")
    instalments = forms.IntegerField(min_value=0, max_value=12, help_text="0 to pay all at once")
