"""`/live`, `/ready`, `/metrics`."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.db import connection
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from qudao.fronts.counter.desk import Desk
from qudao.platform.observability import metrics


async def live(request: Request) -> Response:
    """200 as soon as this process answers."""
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """200 while sales are taken and the database answers, else 503: for balancers."""
    desk: Desk = request.app.state.desk
    waiting = desk.batches.waiting
    if desk.stopping:
        return JSONResponse({"status": "stopping", "waiting": waiting}, 503)
    try:
        await desk.threads.run(_look)
    except Exception:
        return JSONResponse({"status": "database away", "waiting": waiting}, 503)
    return JSONResponse({"status": "ready", "waiting": waiting})


async def measured(request: Request) -> Response:
    """Prometheus's text, for this machine or whoever holds `QUDAO_METRICS_TOKEN`."""
    if not _may_see(request):
        return Response(status_code=403)
    desk: Desk = request.app.state.desk
    desk.hand_over()
    text = await desk.threads.run(metrics.render)
    return Response(text, headers={"Content-Type": metrics.CONTENT_TYPE})


def _look() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _may_see(request: Request) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # Behind a proxy every request seems to come from this machine.
    if any(header in request.headers for header in ("x-forwarded-for", "forwarded")):
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


routes: list[BaseRoute] = [
    Route("/live", live),
    Route("/ready", ready),
    Route("/metrics", measured),
]
