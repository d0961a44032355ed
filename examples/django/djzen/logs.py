"""Logging: one JSON object per line on standard output.

The app logs with structlog. Lines of the standard logging module (Django's own, Celery's) go through the same
processors, so that they are JSON too and carry the request's context.
"""

import logging
import sys

import structlog

PROCESSORS = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.StackInfoRenderer(),
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*PROCESSORS, structlog.stdlib.add_logger_name],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        },
    },
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        # Django's default handlers would print its lines a second time, as plain text.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Says at each failed request that an HttpRequest is no attribute value; the request is in the line anyway.
        "opentelemetry.attributes": {"level": "ERROR"},
    },
}


def configure_structlog():
    structlog.configure(
        # The renderer stays last: the OpenTelemetry processor puts itself before it.
        processors=[*PROCESSORS, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # WriteLogger writes line and newline in one call: two workers on one pipe do not glue their lines together.
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
