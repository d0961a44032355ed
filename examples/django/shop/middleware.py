"""Binds what every log line of a request must carry."""

import time
import uuid

import structlog

log = structlog.get_logger()


class RequestContextMiddleware:
    """Must come after AuthenticationMiddleware, which provides request.user.

    Clears the context at each request, so that nothing of the request before is left in a worker, and binds
    request_id, user_id and path. The id goes out as X-Request-ID, for people to quote in a report.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request_id = str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, user_id=request.user.pk, path=request.path)
        started = time.perf_counter()
        response = self.get_response(request)
        log.info(
            "request_finished",
            method=request.method,
            status=response.status_code,
            duration_ms=round((time.perf_counter() - started) * 1000, 2),
        )
        response["X-Request-ID"] = request_id
        return response
