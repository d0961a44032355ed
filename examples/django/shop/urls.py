from django.contrib.auth.views import LoginView
from django.urls import path

from shop import views

urlpatterns = [
    path("", views.product_list, name="product-list"),
    path("products/<int:pk>/", views.product_detail, name="product-detail"),
    path("orders/", views.order_list, name="order-list"),
    path("orders/new/", views.order_new, name="order-new"),
    path("orders/<int:pk>/", views.order_detail, name="order-detail"),
    path("checkout/", views.checkout, name="checkout"),
    path("quote/", views.quote, name="quote"),
    path("report/", views.report, name="report"),
    path("staff/", views.staff, name="staff"),
    path("login/", LoginView.as_view(template_name="shop/form.html", extra_context={"title": "Sign in"}), name="login"),
    path("health/", views.health, name="health"),
]
