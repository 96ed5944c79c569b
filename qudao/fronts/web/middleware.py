"""Middleware of all web fronts; stands after authentication."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from qudao.fronts.web.actor import asking, equip

SEEN_EVERY = timedelta(minutes=5)

# What somebody with a temporary password may still do.
_BEFORE_CHANGE = {
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "set_language",
    "set_theme",
}

HEADERS = {
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ActorMiddleware:
    """
    Says who asks: authority and context on the request, the person's language, the forced change
    of a temporary password, and headers that keep personal pages out of caches.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        equip(request)
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES and (
            request.user.is_authenticated
        )
        if signed_in:
            self._greet(request)
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if signed_in or request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated or not user.must_change_password:
            return None
        match = request.resolver_match
        if match is not None and match.url_name in _BEFORE_CHANGE:
            return None
        target = reverse("account_change_password")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return HttpResponseRedirect(target)

    def _greet(self, request: HttpRequest) -> None:
        user = request.user
        assert user.is_authenticated
        user.bind_grants(lambda: asking(request).authority.grants)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        now = datetime.now(UTC)
        UserSession.objects.filter(
            session_key=request.session.session_key, last_seen_at__lt=now - SEEN_EVERY
        ).update(last_seen_at=now)
