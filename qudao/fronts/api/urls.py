"""Addresses of this front."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from qudao.fronts.api import problems, reference
from qudao.fronts.api.endpoints import (
    accounts,
    cards,
    dossiers,
    following,
    goods,
    numbers,
    selling,
)
from qudao.fronts.api.interface import api

for _router in (
    selling.router,
    cards.router,
    goods.router,
    numbers.router,
    dossiers.router,
    following.router,
    accounts.router,
):
    api.add_router("", _router)


def _worded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give a wrong method a problem document, too."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        return problems.wrong_method(response) if response.status_code == 405 else response

    return answer


def _endpoints() -> list[URLPattern]:
    patterns = [one for one in api.urls[0] if isinstance(one, URLPattern)]
    return [
        URLPattern(one.pattern, _worded(one.callback), one.default_args, one.name)
        for one in patterns
        if one.name != "api-root"
    ]


app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", csrf_exempt(_worded(reference.page)), name="api-root"),
    path("docs", csrf_exempt(_worded(reference.page)), name="docs"),
    path("openapi.json", csrf_exempt(_worded(reference.description)), name="openapi"),
    *_endpoints(),
    re_path(r"^(?P<rest>[\s\S]*)\Z", csrf_exempt(problems.unknown_address)),
]
