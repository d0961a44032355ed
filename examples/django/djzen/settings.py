"""Settings of the shop. Everything that differs between machines comes from the environment."""

import os
from pathlib import Path

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from djzen.logs import LOGGING, configure_structlog  # noqa: F401  LOGGING is the setting of that name

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")

INSTALLED_APPS = [
    "django_prometheus",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "shop",
    "faults",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shop.middleware.RequestContextMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "djzen.urls"
WSGI_APPLICATION = "djzen.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django_prometheus.db.backends.postgresql",
        "NAME": os.environ.get("DB_NAME", "djzen"),
        "USER": os.environ.get("DB_USER", "djzen"),
        "PASSWORD": os.environ.get("DB_PASSWORD", ""),
        "HOST": os.environ.get("DB_HOST", "127.0.0.1"),
        "PORT": os.environ.get("DB_PORT", "5432"),
        "CONN_MAX_AGE": 60,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
CACHES = {
    "default": {
        "BACKEND": "django_prometheus.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}/0",
        "TIMEOUT": 30,
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "product-list"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# --- The shipping rates of another company's service, over HTTP.
RATES_URL = os.environ.get("RATES_URL", "http://127.0.0.1:8001")

# --- Celery: broker in Redis, nobody waits for results.
CELERY_BROKER_URL = f"{REDIS_URL}/1"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
# The worker logs as the web processes do (djzen/celery.py), not in Celery's own format.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False

# --- Logs: LOGGING comes from djzen/logs.py.
configure_structlog()

# --- Metrics.
PROMETHEUS_EXPORT_MIGRATIONS = True
METRICS_ALLOWED_NETWORKS = os.environ.get(
    "METRICS_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
).split(",")

# --- Errors. Without SENTRY_DSN the SDK sends nothing.
sentry_sdk.init(
    dsn=os.environ.get("SENTRY_DSN") or None,
    # Middleware and view spans come from here alone: OpenTelemetry's Django instrumentation makes none.
    integrations=[DjangoIntegration(middleware_spans=True), CeleryIntegration()],
    traces_sample_rate=float(os.environ.get("SENTRY_TRACES_SAMPLE_RATE", "0.05")),
    profiles_sample_rate=float(os.environ.get("SENTRY_PROFILES_SAMPLE_RATE", "0.05")),
    send_default_pii=False,
    environment=os.environ.get("ENV", "production"),
    release=os.environ.get("GIT_SHA") or None,
)

# --- Traces need no line here: `opentelemetry-instrument` starts the process (README.md).
