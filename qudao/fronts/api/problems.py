"""How the HTTP API answers what it does not do: problem documents as responses."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from qudao.fronts.api import documents
from qudao.fronts.api.documents import MEDIA_TYPE, Document
from qudao.kernel.refusals import Kind, Refusal

_log = logging.getLogger(__name__)


class UnsupportedMediaType(Exception):
    """A body that is not said to be JSON."""


class BodyTooLarge(Exception):
    """A body beyond what the API takes."""


@dataclass
class TooManyRequests(Exception):
    """The token has used up its minute."""

    wait_s: int


@dataclass(eq=False)
class TooManyDays(Refusal, kind=Kind.INVALID):
    """A report covers so many days at most."""

    days: int


@dataclass
class UnknownParameters(Exception):
    """Query parameters that the operation does not have: a mistyped filter must not be ignored."""

    names: list[str]


def sent(document: Document) -> HttpResponse:
    """Return a problem document as a response."""
    return HttpResponse(
        json.dumps(document.content, ensure_ascii=False),
        status=document.status,
        content_type=MEDIA_TYPE,
        headers=dict(document.headers),
    )


def refused(refusal: Refusal) -> HttpResponse:
    return sent(documents.refused(refusal))


def not_valid(complaints: list[dict[str, Any]]) -> HttpResponse:
    return sent(documents.not_valid(complaints))


def unknown_parameters(names: list[str]) -> HttpResponse:
    return sent(documents.unknown_parameters(names))


def unreadable() -> HttpResponse:
    return sent(documents.unreadable())


def unauthenticated() -> HttpResponse:
    return sent(documents.unauthenticated())


def unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The view of every address below the API's that there is not."""
    return sent(documents.unknown_address())


def wrong_method(response: HttpResponseBase) -> HttpResponse:
    return sent(documents.wrong_method(response.headers.get("Allow", "")))


def too_large(most: int) -> HttpResponse:
    return sent(documents.too_large(most))


def not_json() -> HttpResponse:
    return sent(documents.not_json())


def too_many(wait_s: int) -> HttpResponse:
    return sent(documents.too_many(wait_s))


def database_away(error: Exception) -> HttpResponse:
    """Answer while the database is away: what was asked may or may not have been done."""
    _log.error("the database did not answer: %s", error)
    return sent(documents.database_away())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an error of ours: a problem document below the API, a page elsewhere."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return sent(documents.internal_error())
