"""A form whose token is not good any more: the page was open for too long, or cookies are off."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

HOMES: Final = ("/hall/", "/m/", "/office/")
"""Fronts with a start page of their own; from all others one goes to the portal's."""


def failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say so, with the way to the front's own start page."""
    home = next((one for one in HOMES if request.path.startswith(one)), "/")
    return render(request, "403_csrf.html", {"home": home}, status=403)
