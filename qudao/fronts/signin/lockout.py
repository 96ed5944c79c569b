"""Too many wrong passwords or codes: axes counts, this page says what to do and for how long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qudao.fronts.signin.phones import phone_in
from qudao.fronts.web.clients import client_ip
from qudao.platform.identity.models import User


def account_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """
    Return what failures are counted under: the user name, also when the phone was typed.

    Unknown names are counted like known ones, or the lockout would tell which exist.
    """
    given = credentials or {}
    typed = given.get("username") or given.get("phone")
    if not typed and request is not None:
        typed = request.POST.get("login") or ""
    name = str(typed or "").strip().lower()
    phone = phone_in(name)
    if phone is None:
        return name[:255]
    owner = User.objects.filter(phone=phone).values_list("username", flat=True).first()
    return owner or phone


def count_wrong_code(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Count a wrong one-time code like a wrong password."""
    user_login_failed.send(
        sender="one-time code", credentials={"username": user.username}, request=request
    )


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Say that signing in is closed, until when, and what helps meanwhile."""
    wait_s = _seconds_left(request, account_name(request, credentials))
    minutes = -(-wait_s // 60)
    page = render(request, "account/locked.html", {"minutes": minutes}, status=429)
    page["Retry-After"] = str(wait_s)
    return page


def _seconds_left(request: HttpRequest, name: str) -> int:
    cool_off = get_cool_off(request)
    assert cool_off is not None
    last = (
        AccessAttempt.objects.filter(username=name, ip_address=client_ip(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    began = last or datetime.now(UTC)
    return max(1, int((began + cool_off - datetime.now(UTC)).total_seconds()))
