"""What a request says, read by the HTTP API's own descriptions of its operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pydantic
from ninja import Router
from ninja.errors import ValidationErrorContext
from ninja.params.models import BodyModel, HeaderModel, PathModel, QueryModel
from starlette.requests import Request

from qudao.fronts.api import documents
from qudao.fronts.api.interface import MOST_BYTES, api
from qudao.fronts.counter.door import Shut


def headers_of(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by their lower-case names; one that came twice is joined by a comma."""
    headers = dict(pairs)
    if len(headers) != len(pairs):
        headers = {}
        for name, value in pairs:
            headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def check_length(headers: Mapping[bytes, bytes], most: int = MOST_BYTES) -> None:
    """
    :raises Shut: if the body is said to be larger than what is taken.
    """
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > most:
        raise Shut(documents.too_large(most))


async def body_of(request: Request, most: int = MOST_BYTES) -> bytes:
    """
    Return the body of a request.

    :raises Shut: if it is too large.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Shut(documents.too_large(most))
    return bytes(body)


def read(
    router: Router,
    path: str,
    method: str,
    *,
    headers: Mapping[bytes, bytes],
    body: bytes = b"",
    query: Mapping[str, str] | None = None,
    places: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Return the arguments of an operation of the HTTP API: a request means the same here and there.

    `places` are the variable parts of the address.

    :raises Shut: if the request is not valid; the document is the one of the HTTP API.
    """
    operation = next(
        one for one in router.path_operations[path].operations if method in one.methods
    )
    values: dict[str, Any] = {}
    wrong: list[ValidationErrorContext[Any]] = []
    for model in operation.models:
        data: Any = None
        if issubclass(model, HeaderModel):
            names = model.__ninja_flatten_map__
            data = {
                name: headers[name.lower().encode()].decode("latin-1")
                for name in names
                if name.lower().encode() in headers
            }
        elif issubclass(model, BodyModel):
            data = _json(headers, body) if body else None
            single = model.__read_from_single_attr__
            if body and single:
                data = {single: data}
        elif issubclass(model, QueryModel):
            data = dict(query or {})
        elif issubclass(model, PathModel):
            data = dict(places or {})
        try:
            read = model() if data is None else model.model_validate(model._map_data_paths(data))
            values.update(dict(read))
        except pydantic.ValidationError as error:
            wrong.append(ValidationErrorContext(pydantic_validation_error=error, model=model))
    if wrong:
        raise Shut(documents.not_valid(api.validation_error_from_error_contexts(wrong).errors))
    return values


def _json(headers: Mapping[bytes, bytes], body: bytes) -> Any:
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise Shut(documents.not_json())
    if len(body) > MOST_BYTES:
        raise Shut(documents.too_large(MOST_BYTES))
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Shut(documents.unreadable()) from None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
