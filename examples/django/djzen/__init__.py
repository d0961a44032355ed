"""The project. Importing the Celery app here lets @shared_task find it in every process that loads Django."""

from djzen.celery import app as celery_app

__all__ = ["celery_app"]
