"""A program that logs with structlog to a file that rotates: ship_writer.py FILE LINES PER_SECOND [BYTES_PER_FILE]

Each line carries its number. Every tenth is a warning, every fiftieth an error with its traceback (inside the JSON), and every
hundredth goes through the standard library as plain text with the traceback on lines of its own.
"""

import logging
import logging.handlers
import sys
import time

import structlog


def configure(path, max_bytes):
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=max_bytes, backupCount=1000)
    handler.setFormatter(logging.Formatter("%(message)s"))
    json_logger = logging.getLogger("json")
    json_logger.addHandler(handler)
    json_logger.setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    return structlog.get_logger("json"), json_logger


def main():
    path, lines, per_second = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    log, plain = configure(path, int(sys.argv[4]) if len(sys.argv) > 4 else 50_000)
    started = time.monotonic()
    for n in range(lines):
        if n % 100 == 99:
            try:
                raise KeyError(f"plain {n}")
            except KeyError:
                plain.exception("plain line %d of the writer", n)
        elif n % 50 == 25:
            try:
                raise ValueError(f"number {n}")
            except ValueError:
                log.exception("failed", n=n, user={"id": n % 7})
        elif n % 10 == 5:
            log.warning("slow", n=n, seconds=n / 1000)
        else:
            log.info("done", n=n, path=f"/orders/{n}")
        time.sleep(max(0.0, started + (n + 1) / per_second - time.monotonic()))


if __name__ == "__main__":
    main()
