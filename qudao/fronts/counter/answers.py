"""What goes back: documents as bytes, in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from os import urandom
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header
from starlette.responses import Response

from qudao.domain.ordering.types import Sold
from qudao.fronts.api.documents import MEDIA_TYPE, Document
from qudao.platform.observability.logs import request_id

GIVEN_ID: Final = re.compile(rb"[\w.-]{8,64}", re.ASCII)
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store, private",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer."""

_born: Final = urandom(8).hex()
_numbers: Final = count(1)
_encode: Final = msgspec.json.Encoder().encode


def new_request_id() -> str:
    """Return an id that no other request of any process has."""
    return f"{_born}{next(_numbers):016x}"


@lru_cache(1024)
def language_of(accepted: str) -> str:
    """Return the language of an `Accept-Language`, as Django chooses it."""
    for language, _ in parse_accept_lang_header(accepted):
        if language == "*":
            break
        try:
            return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return translation.get_supported_language_variant(settings.LANGUAGE_CODE)


@contextmanager
def speaking(language: str, request: str) -> Iterator[None]:
    """
    Inside, documents are worded in a language, and tell of a request.

    A callback of the event loop must not wait inside; a task of its own may.
    """
    token = request_id.set(request)
    try:
        with translation.override(language):
            yield
    finally:
        request_id.reset(token)


def response(document: Document) -> Response:
    """Return a problem document as a response."""
    return Response(
        _encode(document.content), document.status, dict(document.headers), media_type=MEDIA_TYPE
    )


def json_response(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return what msgspec can encode as JSON; text that is JSON already goes as bytes."""
    body = content if isinstance(content, bytes) else _encode(content)
    return Response(body, status, headers, media_type="application/json")


def document_bytes(document: Document) -> bytes:
    """Return a problem document as JSON."""
    return _encode(document.content)


def sold_body(sold: Sold) -> str:
    """Return the JSON of a sale's answer; ASCII only."""
    return (
        f'{{"order":"{sold.order}","number":"{sold.number}","amount_fen":{sold.amount.minor},'
        f'"debit_fen":{sold.debit.minor},"balance_fen":{sold.balance.minor},"outcome":null}}'
    )
