"""
Problem documents (RFC 9457): what is said when a request is not done.

They know nothing of a web framework: the HTTP API and the counter send the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qudao.fronts import wording
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.observability.logs import request_id

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final = {
    Kind.INVALID: 400,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.CONFLICT: 409,
    Kind.UNAVAILABLE: 503,
}

RETRY_AFTER_S: Final = 5
"""After what cannot be done just now."""

TITLES: Final[Mapping[int, str | Promise]] = {
    400: gettext_lazy("The request is not valid"),
    401: gettext_lazy("No valid token"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    409: gettext_lazy("In conflict with how things stand"),
    413: gettext_lazy("The request is too large"),
    415: gettext_lazy("The body is not JSON"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Internal error"),
    503: gettext_lazy("Not available at the moment"),
}

_COMPLAINTS: Final[Mapping[str, str | Promise]] = {
    "missing": gettext_lazy("It is missing."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "string_too_short": gettext_lazy("It needs at least %(min_length)s characters."),
    "string_too_long": gettext_lazy("It may have at most %(max_length)s characters."),
    "string_pattern_mismatch": gettext_lazy("It does not have the form %(pattern)s."),
    "string_type": gettext_lazy("It is not a text."),
    "int_type": gettext_lazy("It is not a whole number."),
    "int_parsing": gettext_lazy("It is not a whole number."),
    "int_from_float": gettext_lazy("It is not a whole number."),
    "greater_than_equal": gettext_lazy("It is less than %(ge)s."),
    "less_than_equal": gettext_lazy("It is more than %(le)s."),
    "enum": gettext_lazy("It is none of %(expected)s."),
    "literal_error": gettext_lazy("It is none of %(expected)s."),
    "not_a_date": gettext_lazy("It is not a date such as 2026-03-31."),
    "not_an_id": gettext_lazy("It is not an identifier (UUID)."),
    "one_of_two": gettext_lazy("Name exactly one of serial and item."),
    "kind_and_serial": gettext_lazy("Name kind and serial, or an item."),
    "line_or_opening": gettext_lazy("Name the line, unless one is opened: then name none."),
    "backwards": gettext_lazy("The last day lies before the first."),
}
"""How what is wrong with one field is said, by the validator's code for it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A problem document, and how it is sent."""

    status: int
    content: dict[str, Any]
    headers: Mapping[str, str]
    """Besides the content's type."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    values: Mapping[str, Any] | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Document:
    """Return a problem document in the active language, for the request whose id is set."""
    content: dict[str, Any] = {
        "type": f"urn:qudao:{code}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail,
        "instance": f"urn:qudao:request:{request_id.get()}",
        "code": code,
        "fields": values or {},
        "errors": errors or [],
    }
    return Document(status, content, headers or {})


def refused(refusal: Refusal) -> Document:
    """Return the document of a refusal: its wording, and its fields for programs."""
    status = STATUS[refusal.kind]
    return problem(
        status,
        refusal.code,
        wording.word(refusal),
        values=_values(refusal),
        headers={"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None,
    )


def not_valid(complaints: list[dict[str, Any]]) -> Document:
    """Return the document of a request that a validator rejects."""
    errors = []
    for complaint in complaints:
        where, *rest = complaint["loc"]
        kind = str(complaint["type"])
        names = [str(name) for name in rest if name not in {"query", "body", "filters"}]
        errors.append(
            {
                "where": str(where),
                "field": ".".join(names),
                "code": kind,
                "message": _complaint(kind, complaint.get("ctx") or {}),
            }
        )
    count = len(errors)
    detail = ngettext(
        "%(count)d field is not valid: see errors.",
        "%(count)d fields are not valid: see errors.",
        count,
    )
    return problem(400, "api.not_valid", detail % {"count": count}, errors=errors)


def unknown_parameters(names: list[str]) -> Document:
    return not_valid([{"loc": ("query", name), "type": "extra_forbidden"} for name in names])


def unreadable() -> Document:
    return problem(400, "api.not_json", _("The body cannot be read as JSON in UTF-8."))


def unauthenticated() -> Document:
    return problem(
        401,
        "api.unauthenticated",
        _("Send a valid token as `Authorization: Bearer …`. It may have expired or been revoked."),
        headers={"WWW-Authenticate": 'Bearer realm="qudao"'},
    )


def unknown_address() -> Document:
    return problem(404, "api.no_such_address", _("There is nothing at this address."))


def wrong_method(allowed: str) -> Document:
    return problem(
        405,
        "api.wrong_method",
        _("This address takes: %(methods)s.") % {"methods": allowed},
        headers={"Allow": allowed},
    )


def too_large(most: int) -> Document:
    return problem(
        413,
        "api.too_large",
        _("A body may have at most %(bytes)d bytes.") % {"bytes": most},
        values={"most_bytes": most},
    )


def not_json() -> Document:
    return problem(
        415, "api.media_type", _("Send the body as JSON with `Content-Type: application/json`.")
    )


def too_many(wait_s: int) -> Document:
    return problem(
        429,
        "api.too_many_requests",
        ngettext(
            "This token has used up its minute. Wait %(count)d second.",
            "This token has used up its minute. Wait %(count)d seconds.",
            wait_s,
        )
        % {"count": wait_s},
        values={"retry_after_s": wait_s},
        headers={"Retry-After": str(wait_s)},
    )


def database_away() -> Document:
    """The database is away: what was asked may or may not have been done."""
    return problem(
        503,
        "api.database_away",
        _("Something went wrong on our side. Repeat the request with the same key."),
        headers={"Retry-After": "1"},
    )


def overloaded(wait_s: int) -> Document:
    """More is asked than can be done: this was not begun."""
    return problem(
        503,
        "api.overloaded",
        _("Too much is asked at the moment. Nothing was done: repeat the request a little later."),
        values={"retry_after_s": wait_s},
        headers={"Retry-After": str(wait_s)},
    )


def too_late() -> Document:
    """The request's time was over before it was begun."""
    return problem(
        503,
        "api.too_late",
        _("It could not be begun in time. Nothing was done: repeat the request a little later."),
        headers={"Retry-After": "1"},
    )


def internal_error() -> Document:
    return problem(
        500,
        "api.internal_error",
        _("Something went wrong on our side. Repeat the request with the same key."),
    )


def _complaint(kind: str, context: Mapping[str, Any]) -> str:
    text = _COMPLAINTS.get(kind)
    return str(text) % context if text is not None else _("The value is not one that fits here.")


def _values(refusal: Refusal) -> dict[str, Any]:
    """Return the fields of a refusal as JSON; amounts of money as whole fen."""
    values: dict[str, Any] = {}
    if is_dataclass(refusal):
        for field in fields(refusal):
            value = getattr(refusal, field.name)
            if isinstance(value, Money):
                values[f"{field.name}_fen"] = value.minor
            else:
                values[field.name] = _plain(value)
    return values


def _plain(value: object) -> Any:
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case UUID():
            return str(value)
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted(_plain(item) for item in value)
    return str(value)
