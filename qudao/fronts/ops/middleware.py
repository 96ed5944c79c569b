"""Every request gets an id, one log line and one measurement."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from qudao.platform.observability import logs
from qudao.platform.observability.metrics import REQUEST_SECONDS, REQUESTS

_log = logging.getLogger("qudao.request")
_GIVEN = re.compile(r"[\w.-]{8,64}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FRONTS = {
    "accounts": "signin",
    "api": "api",
    "hall": "web",
    "kiosk": "kiosk",
    "m": "mobile",
    "office": "backoffice",
    "ussd": "ussd",
    "vxml": "phone",
}
_QUIET = ("/static/", "/health", "/metrics")


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
            response.headers["X-Request-Id"] = logs.request_id.get()
            if not request.path.startswith(_QUIET):
                self._record(request, response.status_code, time.perf_counter() - began)
            return response
        finally:
            logs.request_id.reset(token)

    def _record(self, request: HttpRequest, status: int, took_s: float) -> None:
        front = _FRONTS.get(request.path.split("/", 2)[1], "portal")
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(front, method, str(status)).inc()
        REQUEST_SECONDS.labels(front).observe(took_s)
        _log.info(
            "%s %s %s",
            request.method,
            request.path,
            status,
            extra={"front": front, "status": status, "took_ms": round(took_s * 1000, 1)},
        )
