"""The API itself: who may come in, what is read from a request, how answers and errors look."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final, get_args, get_type_hints

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.security import HttpBearer

from qudao.fronts.api import documents, problems, schemas
from qudao.fronts.web.actor import asking, authenticate_token
from qudao.fronts.web.limits import client_key, over_limit
from qudao.kernel.refusals import Refusal

MOST_BYTES: Final = 64 * 1024
"""Of a body; the largest that means something is far smaller."""

LARGER: Final = {"pictures": 2 << 20, "submission": 1 << 20}
"""Bodies that may be larger, by a word of their address: what is photographed, or drawn."""

ALWAYS: Final = (400, 401, 403, 429, 503)
"""Problems that every operation can answer with."""

_HEADERS: Final[dict[int, dict[str, str]]] = {
    201: {"Location": _("Where it is.")},
    401: {"WWW-Authenticate": "`Bearer`"},
    429: {"Retry-After": _("Seconds to wait.")},
    503: {"Retry-After": _("Seconds to wait.")},
}


class BearerToken(HttpBearer):
    """Lets in who shows a valid token, as often as the installation allows."""

    def __call__(self, request: HttpRequest) -> Any:
        if asking(request).admitted:
            return True
        user = authenticate_token(request)
        if user is None:
            return None
        most = settings.API_REQUESTS_PER_MINUTE
        wait_s = over_limit("api", client_key(request), most) if most else 0
        if wait_s:
            raise problems.TooManyRequests(wait_s)
        return user

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not asked: `__call__` reads the header with the rest of the fronts."""
        return self(request)


class JsonOnly(Parser):
    """Reads bodies that say that they are JSON, are, and are not too large."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise problems.UnsupportedMediaType
        if len(request.body) > most_bytes(request.path):
            raise problems.BodyTooLarge
        return json.loads(request.body, parse_constant=_no_number)


class Api(NinjaAPI):
    """Ninja's API, with problem documents in its description."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        for methods in schema["paths"].values():
            for operation in methods.values():
                for parameter in operation["parameters"]:
                    parameter["schema"] = _without_null(parameter["schema"])
                for status, answer in operation["responses"].items():
                    _describe(int(status), answer)
        return schema


def answers(ok: dict[int, Any], *problem_statuses: int) -> dict[int, Any]:
    """Return all that an operation can answer with, for its description."""
    return {**ok, **{status: schemas.Problem for status in (*ALWAYS, *problem_statuses)}}


def known_parameters(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse query parameters that an operation does not have."""
    known = {
        name
        for hint in get_type_hints(view, include_extras=True).values()
        for kind in (get_args(hint) or (hint,))[:1]
        if isinstance(kind, type) and issubclass(kind, schemas.Query)
        for name in kind.model_fields
    }

    @functools.wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        unknown = sorted(set(request.GET) - known)
        if unknown:
            raise problems.UnknownParameters(unknown)
        return view(request, *args, **kwargs)

    return run


def most_bytes(path: str) -> int:
    """Return how large the body of a request may be, by its address."""
    return next((most for word in path.split("/") if (most := LARGER.get(word))), MOST_BYTES)


def _unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that could not be read; the cause says why not."""
    match error.__cause__:
        case problems.UnsupportedMediaType():
            return problems.not_json()
        case problems.BodyTooLarge():
            return problems.too_large(most_bytes(request.path))
    return problems.unreadable()


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An optional parameter is left out: there is no way to send null in an address."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{name: what for name, what in schema.items() if name != "anyOf"}, **kinds[0]}


def _describe(status: int, answer: dict[str, Any]) -> None:
    headers = _HEADERS.get(status)
    if headers is not None:
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "string"}, "required": True}
            for name, text in headers.items()
        }
    if "application/pdf" in answer.get("content", {}):
        del answer["content"]["application/json"]
    if status >= 400:
        answer["content"] = {documents.MEDIA_TYPE: answer["content"]["application/json"]}


_Answer = Callable[[HttpRequest, Any], HttpResponse]
_ANSWERS: Final[dict[type[Exception], _Answer]] = {
    AuthenticationError: lambda request, error: problems.unauthenticated(),
    HttpError: lambda request, error: _unread(request, error),
    RequestDataTooBig: lambda request, error: problems.too_large(most_bytes(request.path)),
    Refusal: lambda request, refusal: problems.refused(refusal),
    ValidationError: lambda request, error: problems.not_valid(error.errors),
    problems.UnknownParameters: lambda request, error: problems.unknown_parameters(error.names),
    problems.TooManyRequests: lambda request, error: problems.too_many(error.wait_s),
    OperationalError: lambda request, error: problems.database_away(error),
    InterfaceError: lambda request, error: problems.database_away(error),
}
"""How the API answers what operations and validators raise; everything else is a bug."""

api = Api(
    title="Qudao",
    version="1",
    description=_(
        "Sell, look up orders and money, and read reports from an outlet's own system or terminal."
    ),
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=BearerToken(),
    parser=JsonOnly(),
)
api.add_decorator(known_parameters)
for kind, answer in _ANSWERS.items():
    api.add_exception_handler(kind, answer)
