"""The Celery app: logs as the web processes do, and carries the request's id into the worker's lines."""

import logging.config
import os

import structlog
from celery import Celery
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun, worker_process_shutdown
from opentelemetry import _logs, trace

from djzen.logs import LOGGING

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djzen.settings")

app = Celery("djzen")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**_kwargs):
    """A receiver of this signal is what keeps Celery from setting up its own handlers and format."""
    logging.config.dictConfig(LOGGING)


@before_task_publish.connect
def send_request_id(headers, **_kwargs):
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        headers["request_id"] = request_id


@task_prerun.connect
def bind_task(task_id, task, **_kwargs):
    if task.request.is_eager:
        return  # it runs within the request, whose context is the right one
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)
    request_id = getattr(task.request, "request_id", None)
    if request_id:
        structlog.contextvars.bind_contextvars(request_id=request_id)


@task_postrun.connect
def unbind_task(task, **_kwargs):
    if not task.request.is_eager:
        structlog.contextvars.clear_contextvars()


@worker_process_shutdown.connect
def flush_telemetry(**_kwargs):
    """Pool processes end without running exit handlers: the last seconds of spans and logs would be lost."""
    for provider in (trace.get_tracer_provider(), _logs.get_logger_provider()):
        if hasattr(provider, "force_flush"):  # the no-op providers have none
            provider.force_flush(2000)
