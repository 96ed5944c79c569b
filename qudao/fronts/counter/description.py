"""The counter's own description: the HTTP API's, and what only the counter has."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from qudao.fronts.api import urls
from qudao.fronts.api.documents import MEDIA_TYPE
from qudao.fronts.api.interface import ALWAYS, api
from qudao.fronts.api.schemas import OrderEvent
from qudao.fronts.counter.answers import json_response

assert urls.urlpatterns, "the operations register themselves there"

_PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_OUTLET: Final = {
    "in": "path",
    "name": "outlet",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_LAST: Final = {
    "in": "header",
    "name": "Last-Event-ID",
    "required": False,
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}-[0-9]{1,18}$"},
    "description": "The id of the last event that reached you: what came since is told first.",
}


async def description(request: Request) -> Response:
    """Return the OpenAPI document. It is open to all: it holds no secret."""
    return json_response(_document())


routes: Final[list[BaseRoute]] = [Route("/api/v1/openapi.json", description)]


@cache
def _document() -> bytes:
    document: dict[str, Any] = api.get_openapi_schema()
    schema = OrderEvent.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"]["OrderEvent"] = schema
    document["paths"]["/api/v1/orders/events"] = {"get": _listening("listenToOrders")}
    document["paths"]["/api/v1/outlets/{outlet}/orders/events"] = {
        "get": _listening("listenToOrdersOfOutlet", _OUTLET)
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _listening(operation: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    problems = {
        str(status): {"description": "Not done", "content": _PROBLEM}
        for status in sorted({*ALWAYS, 404})
    }
    told = {
        "description": "Server-sent events of type `order`; their data is an OrderEvent.",
        "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/OrderEvent"}}},
    }
    return {
        "operationId": operation,
        "tags": ["orders"],
        "summary": "Hear what becomes of an outlet's orders",
        "description": (
            "Each change of an order's state, whichever front it was sold at, in the order in "
            "which they were committed. Only the counter has this address."
        ),
        "parameters": [*parameters, _LAST],
        "responses": {"200": told, **problems},
        "security": [{"BearerToken": []}],
    }
