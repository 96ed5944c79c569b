"""`/health` and `/metrics`."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from qudao.platform.observability import health, metrics


@never_cache
@require_GET
def healthy(request: HttpRequest) -> JsonResponse:
    """Status 200 while everything essential is well, else 503; each dependency by name.

    Details are for those who may see the metrics: others learn what is well and what is not.
    """
    findings = health.examine()
    serving = all(finding.well for finding in findings if finding.essential)
    well = all(finding.well for finding in findings)
    told = _may_see(request)
    return JsonResponse(
        {
            "status": "ok" if well else ("degraded" if serving else "down"),
            "checks": {
                finding.name: {
                    "status": "ok" if finding.well else "fail",
                    **({"detail": finding.detail, "took_ms": finding.took_ms} if told else {}),
                }
                for finding in findings
            },
        },
        status=200 if serving else 503,
    )


@never_cache
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Status 200 as soon as this process answers; asks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_GET
def measured(request: HttpRequest) -> HttpResponse:
    """Prometheus's text, for this machine or whoever holds `QUDAO_METRICS_TOKEN`."""
    if not _may_see(request):
        return HttpResponse(status=403)
    return HttpResponse(metrics.render(), content_type=metrics.CONTENT_TYPE)


def _may_see(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # Behind a proxy every request seems to come from this machine.
    if any(header in request.headers for header in ("X-Forwarded-For", "Forwarded")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
