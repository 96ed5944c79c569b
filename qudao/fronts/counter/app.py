"""The ASGI application. Plain sales do not come here: see `wire`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from django.db import InterfaceError, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qudao.fronts.api import documents
from qudao.fronts.counter import routes
from qudao.fronts.counter.answers import (
    GIVEN_ID,
    HEADERS,
    language_of,
    new_request_id,
    response,
    speaking,
)
from qudao.fronts.counter.desk import Desk
from qudao.fronts.counter.door import Shut
from qudao.fronts.counter.threads import TooBusy
from qudao.kernel.refusals import Refusal

_log = logging.getLogger(__name__)


@asynccontextmanager
async def _open(stop_s: float, app: Starlette) -> AsyncIterator[dict[str, Desk]]:
    desk = app.state.desk = Desk()
    try:
        yield {"desk": desk}
    finally:
        await desk.close(stop_s)


class Told:
    """
    Middleware: gives each request an id and a language, and each answer the headers that all have;
    what was raised on the way becomes a problem document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request = given.decode() if GIVEN_ID.fullmatch(given) else new_request_id()
        language = language_of(headers.get(b"accept-language", b"").decode("latin-1"))
        scope.setdefault("state", {}).update(request_id=request, language=language)
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request.encode()),
                    (b"content-language", language.encode()),
                    *((name, value) for name, value in _ALWAYS if name not in there),
                ]
            await send(message)

        with speaking(language, request):
            try:
                await self.app(scope, receive, with_headers)
            except Exception as error:
                if begun:
                    raise
                await response(document_of(error))(scope, receive, with_headers)


_ALWAYS: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def document_of(error: Exception) -> documents.Document:
    """Return the problem document of what was raised."""
    match error:
        case Shut(document=document):
            return document
        case Refusal():
            return documents.refused(error)
        case TooBusy():
            return documents.overloaded(1)
        case OperationalError() | InterfaceError():
            _log.error("the database did not answer: %s", error)
            return documents.database_away()
        case HTTPException(status_code=404):
            return documents.unknown_address()
        case HTTPException(status_code=405, headers=headers):
            return documents.wrong_method((headers or {}).get("Allow", ""))
    _log.error("a request failed", exc_info=error)
    return documents.internal_error()


async def _problem(request: Request, error: Exception) -> Response:
    return response(document_of(error))


def application(stop_s: float = 10.0) -> ASGIApp:
    """
    Return the counter's application; Django has to be set up.

    `stop_s` is how long what was taken in may take to be answered at the end.
    """
    app = Starlette(
        routes=routes.all_routes(),
        lifespan=partial(_open, stop_s),
        middleware=[Middleware(Told)],
        exception_handlers={HTTPException: _problem},
    )
    app.router.redirect_slashes = False  # as the HTTP API: what there is not, there is not
    return app
