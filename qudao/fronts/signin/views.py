"""Pages of signing in that allauth does not have, or not as commands."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from qudao.fronts import wording
from qudao.fronts.web.actor import ACTING_KEY, asking
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.identity import queries as identity
from qudao.platform.identity.operations import end_session, end_sessions
from qudao.platform.identity.roles import roles
from qudao.platform.identity.types import SessionId, UserId

_BROWSERS = {
    "Edg": "Edge",
    "MicroMessenger": "WeChat",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def device(user_agent: str) -> str:
    """Return what a browser says of itself, as people call it: `Chrome · Android`."""
    browser = next(
        (name for mark, name in _BROWSERS.items() if mark in user_agent), user_agent[:40]
    )
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


@require_safe
def forgotten(request: HttpRequest) -> HttpResponse:
    """Say who gives a new password: there is no way to get one without a person."""
    return render(request, "account/password_reset.html")


def absent(request: HttpRequest, **_: object) -> HttpResponse:
    """Stand where allauth has pages that this platform does not offer."""
    raise Http404


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List where the person is signed in, and sign out there."""
    ctx = asking(request).ctx_for()
    user = UserId(ctx.actor)
    here = request.session.session_key or ""
    if request.method == "POST":
        try:
            one = request.POST.get("session", "")
            if one.isdecimal() and len(one) < 18:
                end_session(ctx, session=SessionId(int(one)))
                messages.success(request, _("That session has ended."))
            else:
                ended = end_sessions(ctx, user=user, keep=Secret(here))
                messages.success(
                    request, _("Signed out in %(count)s other places.") % {"count": ended}
                )
        except Refusal as refusal:
            messages.error(request, wording.word(refusal))
        return redirect("usersessions_list")
    rows = [(row, device(row.user_agent)) for row in identity.sessions(ctx, user)]
    return render(request, "signin/sessions.html", {"rows": rows, "here": here})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def acting(request: HttpRequest) -> HttpResponse:
    """Let somebody with several memberships choose the one to act in."""
    held = asking(request).authority
    target = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    if request.method == "POST":
        wanted = request.POST.get("membership", "")
        if wanted not in {str(one.membership) for one in held.memberships}:
            messages.error(request, _("This membership is not yours, or it no longer holds."))
            return redirect(f"{reverse('signin_acting')}")
        request.session[ACTING_KEY] = str(UUID(wanted))
        return redirect(target)
    rows = [(one, roles.get(one.role)) for one in held.memberships]
    return render(
        request, "signin/acting.html", {"rows": rows, "acting": held.acting, "next": target}
    )
