"""A program with two cron jobs, an attachment and feedback, by Sentry's SDK: sentry_jobs.py DSN. Run by test_sentry_items.py."""

import sys

import sentry_sdk
from sentry_sdk.crons import monitor

HOURLY = {"schedule": {"type": "crontab", "value": "0 * * * *"}, "timezone": "Europe/Berlin", "checkin_margin": 5, "max_runtime": 10}
DAILY = {"schedule": {"type": "interval", "value": 1, "unit": "day"}}


@monitor(monitor_slug="hourly-import", monitor_config=HOURLY)
def works():
    return 1


@monitor(monitor_slug="daily-report", monitor_config=DAILY)
def breaks():
    raise ValueError("no report today")


def main(dsn):
    sentry_sdk.init(dsn=dsn, release="abc123", environment="staging")
    works()
    try:
        breaks()
    except ValueError as error:
        with sentry_sdk.new_scope() as scope:
            scope.add_attachment(bytes=b"\x00\x01binary", filename="dump.bin")
            scope.add_attachment(bytes=b"user=ann password=hunter2\n", filename="state.txt", content_type="text/plain")
            event_id = sentry_sdk.capture_exception(error)
    print(event_id)
    sentry_sdk.flush(10)


if __name__ == "__main__":
    main(sys.argv[1])
