"""
All other addresses of the HTTP API: answered here by its own operations, so there is one of each.

A request is let in by the counter's door and read by the HTTP API's description of its operation,
which then runs in a thread. What the counter does itself is to wait: `Prefer: wait=N` takes no
thread here.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase
from django.urls import ResolverMatch
from django.urls.resolvers import RegexPattern, URLResolver
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from ninja.responses import NinjaJSONEncoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.domain.party.queries import authority
from qudao.fronts.api import documents, shapes
from qudao.fronts.api.endpoints import cards
from qudao.fronts.api.interface import most_bytes
from qudao.fronts.api.outcome import wished_s
from qudao.fronts.api.urls import urlpatterns
from qudao.fronts.counter.answers import response
from qudao.fronts.counter.asker import Asker, asker, in_thread
from qudao.fronts.counter.desk import Desk
from qudao.fronts.counter.door import Shut
from qudao.fronts.counter.reading import body_of, check_length, headers_of
from qudao.fronts.web.actor import Standing
from qudao.journeys.seats import Seat
from qudao.platform.commands.context import Context
from qudao.platform.identity.models import User

METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_PREFIX: Final = "/api/v1/"
_NOT_HERE: Final = frozenset({None, "api-root", "docs", "openapi"})
_addresses: Final = URLResolver(RegexPattern(rf"^{_PREFIX}"), urlpatterns)


async def answer(request: Request) -> Response:
    """Let the HTTP API's operation for this address answer."""
    match = _addresses.resolve(request.url.path)
    if match.url_name in _NOT_HERE:
        return response(documents.unknown_address())
    who = await asker(request)
    if request.method != "GET":
        who = await _afresh(request, who)
    headers = headers_of(request.scope["headers"])
    most = most_bytes(request.url.path)
    check_length(headers, most)
    body = await body_of(request, most)
    wait_s = wished_s(headers.get(b"prefer", b"").decode("latin-1"))
    asked = _Asked(who, _without_prefer(request.scope) if wait_s is not None else request.scope)
    said = await in_thread(request, asked.run, match, body)
    if wait_s is not None and said.status_code == 201:
        return await _waited(request, asked, said, wait_s)
    return _sent(said)


routes: Final[list[BaseRoute]] = [Route(f"{_PREFIX}{{rest:path}}", answer, methods=METHODS)]


class _Asked:
    """A request of the counter, as the HTTP API's operations see it."""

    def __init__(self, who: Asker, scope: Scope) -> None:
        self._who, self._scope = who, scope
        self.context: Context | None = None
        """The one that the operation has asked for, if it has."""

    def run(self, match: ResolverMatch, body: bytes) -> Any:
        """Run an operation, in a thread that may use the database."""
        seat = self._who.seat
        request: Any = ASGIRequest(self._scope, io.BytesIO(body))
        request.admitted = True
        request.bearer = None
        request.ctx_for = self._ctx_for
        request.standing = lambda: Standing(seat.membership is not None, seat.outlet)
        request.authority = SimpleLazyObject(lambda: _authority(seat))
        request.user = SimpleLazyObject(lambda: _user(seat))
        with translation.override(self._who.language):
            return match.func(request, *match.args, **match.kwargs)

    def _ctx_for(self, request_key: str | None = None, dry_run: bool = False) -> Context:
        key = request_key or f"api:{uuid4()}"
        self.context = self._who.seat.context(datetime.now(UTC), key, "api", dry_run=dry_run)
        return self.context


async def _afresh(request: Request, who: Asker) -> Asker:
    """
    Return who asks as of now: what writes here need not be fast, and not all of it is checked once
    more in its transaction, as sales are.

    :raises Shut: if the token has been revoked.
    """
    desk: Desk = request.app.state.desk
    seat = await desk.door.look_up(who.secret)
    if seat is None:
        raise Shut(documents.unauthenticated())
    return replace(who, seat=seat)


async def _waited(request: Request, asked: _Asked, said: HttpResponseBase, wait_s: int) -> Response:
    """Wait for what was sold, and put what became of it into the answer."""
    document = json.loads(said.content)  # type: ignore[attr-defined]
    if "outcome" not in document:
        return _sent(said)
    desk: Desk = request.app.state.desk
    record = await desk.waiting.settled(OrderId(UUID(document["order"])), wait_s)
    if record is None:
        return _sent(said)
    document["outcome"] = shapes.order_out(record).model_dump()
    if "pin" in document:
        assert asked.context is not None
        document["pin"] = await in_thread(request, _pin, asked.context, record)
    sent = _sent(said, json.dumps(document, cls=NinjaJSONEncoder).encode())
    sent.headers["Preference-Applied"] = f"wait={wait_s}"
    return sent


def _pin(ctx: Context, record: OrderRecord) -> str | None:
    return cards.pin_of_sale(ctx, record)


def _sent(said: HttpResponseBase, body: bytes | None = None) -> Response:
    headers = {name: value for name, value in said.items() if name.lower() != "content-length"}
    content = said.content if body is None else body  # type: ignore[attr-defined]
    return Response(content, said.status_code, headers)


def _without_prefer(scope: Scope) -> Scope:
    """The operation would wait by itself, and hold its thread meanwhile."""
    headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"prefer"]
    return {**scope, "headers": headers}


def _authority(seat: Seat) -> Any:
    return authority(seat.actor, datetime.now(UTC), acting=seat.membership)


def _user(seat: Seat) -> User:
    return User.objects.get(pk=seat.actor)
