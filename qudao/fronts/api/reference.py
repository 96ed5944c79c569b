"""The API's own description: OpenAPI for programs, a page for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from qudao.fronts.api.interface import api


@dataclass(frozen=True, slots=True)
class Item:
    """A parameter or a field, as the page shows it."""

    name: str
    where: str
    shape: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    shape: str
    fields: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[Item, ...]
    answers: tuple[Answer, ...]
    problems: str


@require_GET
def description(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document. It is open to all: it holds no secret."""
    return HttpResponse(_document(), content_type="application/json")


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the reference to people, in their language."""
    endpoints = list(_endpoints(json.loads(_document())))
    return render(request, "api/reference.html", {"endpoints": endpoints})


@cache
def _document() -> str:
    return json.dumps(api.get_openapi_schema(), ensure_ascii=False)


def _endpoints(document: dict[str, Any]) -> Iterator[Endpoint]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {})
            parameters = [
                Item(
                    one["name"],
                    one["in"],
                    _shape(one["schema"]),
                    one["required"],
                    _say(one.get("description") or one["schema"].get("description", "")),
                )
                for one in operation["parameters"]
            ]
            for content in body.values():
                parameters += _fields(document, content["schema"], "body")
            statuses = operation["responses"].items()
            yield Endpoint(
                anchor=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=_say(operation["summary"]),
                text=_say(operation.get("description", "")),
                parameters=tuple(parameters),
                answers=tuple(
                    _answer(document, status, answer)
                    for status, answer in statuses
                    if int(status) < 400
                ),
                problems=", ".join(str(status) for status, _ in statuses if int(status) >= 400),
            )


def _answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> Answer:
    (content,) = answer.get("content", {"": {"schema": {"type": "none"}}}).values()
    schema = content["schema"]
    return Answer(str(status), _shape(schema), tuple(_fields(document, schema, "")))


def _fields(document: dict[str, Any], schema: dict[str, Any], where: str) -> list[Item]:
    """The fields of an object; those of the rows for a list."""
    whole = _resolved(document, schema)
    required = set(whole.get("required", []))
    found = []
    for name, field in whole.get("properties", {}).items():
        text = _say(field.get("description", ""))
        found.append(Item(name, where, _shape(field), name in required, text))
        if field.get("type") == "array" and "$ref" in field.get("items", {}):
            found += [
                Item(f"{name}[].{one.name}", where, one.shape, one.required, one.text)
                for one in _fields(document, field["items"], where)
            ]
    return found


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found


def _shape(schema: dict[str, Any]) -> str:
    """A schema in a few characters: `integer 0…100`, `string (date)`, `OrderOut | null`."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " | ".join(_shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"{_shape(schema.get('items', {}))}[]"
    if "format" in schema:
        kind = f"{kind} ({schema['format']})"
    if "pattern" in schema:
        kind = f"{kind} {schema['pattern']}"
    if "minimum" in schema or "maximum" in schema:
        kind = f"{kind} {schema.get('minimum', '')}…{schema.get('maximum', '')}"
    return kind


def _say(text: str) -> str:
    return gettext(text) if text else ""
