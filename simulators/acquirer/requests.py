"""What the acquirer is asked over HTTP, and how it answers."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from simulators.acquirer.payments import Json

LARGEST: Final = 16_384
"""Octets of a request."""
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")

_T = TypeVar("_T")
Text = Annotated[str, msgspec.Meta(max_length=200)]
Msisdn = Annotated[str, msgspec.Meta(pattern="^[0-9]{0,20}$")]
Address = Annotated[str, msgspec.Meta(max_length=2_000, pattern="^(https?://.+)?$")]
Language = Literal["zh-hans", "en"]


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """What the operator wants to be paid."""

    method: Literal["bound", "page"]
    amount: Annotated[int, msgspec.Meta(gt=0, le=100_000_000)]
    """Fen."""
    currency: Literal["CNY"] = "CNY"
    msisdn: Msisdn = ""
    merchant: Text = ""
    description: Text = ""
    return_to: Address = ""
    language: Language = "zh-hans"


class Binding(msgspec.Struct, forbid_unknown_fields=True):
    """For whom a card is to be bound."""

    msisdn: Annotated[str, msgspec.Meta(pattern="^[0-9]{5,20}$")]
    return_to: Address = ""
    language: Language = "zh-hans"


class Declined(Exception):
    """A request that is not worked on: its status, a code and why."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code = status, code


async def body_of(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            raise Declined(413, "too_large", "the request is too large")
    return bytes(data)


def id_of(request: Request) -> str:
    id: str = request.path_params["id"]
    if not _ID.fullmatch(id):
        raise Declined(400, "malformed", "an id has 1 to 64 letters, digits and hyphens")
    return id


def read(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as problem:
        raise Declined(422, "malformed", str(problem)) from None


def answer(status: int, content: Json) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def error(status: int, code: str, reason: str) -> Response:
    return answer(status, {"code": code, "reason": reason})


def page(status: int, content: str) -> Response:
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, status, headers, "text/html; charset=utf-8")


async def http_error(request: Request, problem: Exception) -> Response:
    """A path or a method that the acquirer does not have."""
    assert isinstance(problem, HTTPException)
    return error(
        problem.status_code, "not_found" if problem.status_code == 404 else "method", problem.detail
    )
