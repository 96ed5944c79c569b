"""What makes the mobile hall an app: its manifest, its worker, the page without a network."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qudao.fronts.hall.door import Visit, at_hall

ICONS = (("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"))


@require_safe
@at_hall
def manifest(visit: Visit) -> HttpResponse:
    """The Web App Manifest, in the reader's language."""
    home = visit.url("home")
    icons = [
        {
            "src": static(f"hall/img/app-{size.partition('x')[0]}{_masked(purpose)}.png"),
            "sizes": size,
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in ICONS
    ]
    shortcuts = [
        {"name": _("Top up"), "url": visit.url("offer", "top_up")},
        {"name": _("My orders"), "url": visit.url("orders")},
    ]
    content = {
        "id": home,
        "name": _("Qudao mobile hall"),
        "short_name": _("Qudao"),
        "description": _("Top up, pay bills, change plans: the operator's hall on your telephone."),
        "lang": visit.language,
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#f4f3ee",
        "theme_color": "#0a6a5d",
        "icons": icons,
        "shortcuts": shortcuts,
    }
    response = JsonResponse(content, content_type="application/manifest+json")
    response["Cache-Control"] = "max-age=3600, private"
    return response


@require_safe
@at_hall
def worker(visit: Visit) -> HttpResponse:
    """The service worker; it keeps what all pages share and the page for no network, no more."""
    values = {"name": f"hall-{visit.code}-{visit.language}"}
    mime = "text/javascript; charset=utf-8"
    response = render(visit.request, "hall/sw.js", values, content_type=mime)
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@at_hall
def offline(visit: Visit) -> HttpResponse:
    """What is shown without a network; the same for everybody, so it may be kept."""
    response = visit.page("offline")
    response["Cache-Control"] = "max-age=3600, private"
    return response


def _masked(purpose: str) -> str:
    return "-maskable" if purpose == "maskable" else ""
