from django.urls import path

from faults import views

urlpatterns = [
    path("slow/", views.slow, name="slow"),
    path("crash/zero/", views.crash_zero, name="crash-zero"),
    path("crash/chain/", views.crash_chain, name="crash-chain"),
    path("crash/key/<int:n>/", views.crash_key, name="crash-key"),
    path("task/fail/", views.task_fail, name="task-fail"),
    path("status/503/", views.unavailable, name="status-503"),
]
