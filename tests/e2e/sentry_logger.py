"""A program that logs and measures by Sentry's SDK in every way it offers: sentry_logger.py DSN LINES. Run by test_sentry_logs.py."""

import logging
import sys

import sentry_sdk
import structlog
from sentry_sdk.integrations.logging import LoggingIntegration


def main(dsn, lines):
    sentry_sdk.init(
        dsn=dsn,
        enable_logs=True,
        release="abc123",
        environment="staging",
        server_name="web-1",
        traces_sample_rate=1.0,
        integrations=[LoggingIntegration(event_level=None)],
    )
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    plain, rich = logging.getLogger("shop.orders"), structlog.get_logger("shop.stock")
    for n in range(lines):
        sentry_sdk.logger.warning("order {order_id} is late", order_id=n, attributes={"amount": n + 0.5, "retry": n % 2 == 0})
        plain.error("payment %s of %s refused", n, "ada")
        sentry_sdk.metrics.count("orders.late", 2, attributes={"country": "DE"})
        sentry_sdk.metrics.distribution("order.wait", n, unit="millisecond")
        sentry_sdk.metrics.gauge("orders.open", n)
    rich.info("stock_checked", low=3)
    with sentry_sdk.start_transaction(name="checkout", op="http.server") as transaction:
        sentry_sdk.logger.info("within a transaction", attributes={"trace": transaction.trace_id})
    sentry_sdk.flush(10)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
