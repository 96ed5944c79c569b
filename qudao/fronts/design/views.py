"""The visitor's choice of theme. The language is Django's own `set_language`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR_S = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep `light`, `dark` or `auto` in a cookie and go back to where the visitor was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    theme = request.POST.get("theme")
    if theme in ("light", "dark"):
        response.set_cookie("qudao_theme", theme, max_age=YEAR_S, samesite="Lax")
    else:
        response.delete_cookie("qudao_theme", samesite="Lax")
    return response
