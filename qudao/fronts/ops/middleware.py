"""Every request gets an id, one log line and one measurement."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from qudao.platform.observability import logs

_log = logging.getLogger("qudao.request")
_GIVEN = re.compile(r"[\w.-]{8,64}")


class RequestLogMiddleware:
    """Takes `X-Request-Id` when it is well formed, else makes one, and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        token = logs.request_id.set(given if _GIVEN.fullmatch(given) else uuid.uuid4().hex)
        began = time.perf_counter()
        try:
            response = self._get_response(request)
            took_ms = round((time.perf_counter() - began) * 1000, 1)
            response.headers["X-Request-Id"] = logs.request_id.get()
            _log.info(
                "%s %s %s", request.method, request.path, response.status_code,
                extra={"status": response.status_code, "took_ms": took_ms},
            )
            return response
        finally:
            logs.request_id.reset(token)
