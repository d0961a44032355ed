"""Log lines about signing in. The password a visitor typed is not among the credentials Django hands over."""

import structlog
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver

log = structlog.get_logger()


@receiver(user_logged_in)
def log_login(user, **_kwargs):
    log.info("login", login_user_id=user.pk)


@receiver(user_login_failed)
def log_failed_login(credentials, **_kwargs):
    log.warning("login_failed", username=credentials.get("username"))
