"""The addresses at which an outlet's orders are listened to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from qudao.domain.ordering.queries import Place
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.fronts.api.asker import OutletNotNamed
from qudao.fronts.counter.asker import Asker, asker, in_thread
from qudao.fronts.counter.events import Listener, Listeners
from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class LastEventUnknown(Refusal, kind=Kind.INVALID):
    """`Last-Event-ID` is none that was ever told."""


class EventStream(Response):
    """The answer that goes on until somebody ends it."""

    def __init__(self, listener: Listener, listeners: Listeners) -> None:
        super().__init__(media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._listener, self._listeners = listener, listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listener = self._listener
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            tasks = [
                asyncio.create_task(one)
                for one in (self._write(send), _gone(receive), listener.ended.wait())
            ]
            _, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._listeners.leave(listener)
        # Who reads too slowly cannot be told that it is over either: the connection is closed.
        await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), 1.0)

    async def _write(self, send: Send) -> None:
        listener = self._listener
        while True:
            await listener.wake.wait()
            listener.wake.clear()
            while listener.waiting:
                data = listener.waiting.popleft()
                if not data:
                    return
                await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def listen(request: Request) -> Response:
    """Tell what becomes of an outlet's orders: the one in the address, or the token's own."""
    who = await asker(request)
    named = request.path_params.get("outlet")
    outlet = who.outlet if named is None else OrganizationId(UUID(str(named)))
    if outlet is None:
        raise OutletNotNamed
    path = await in_thread(request, _path_of, who, outlet)
    last = request.headers.get("last-event-id", "")
    after = Place.read(last) if last else None
    if last and after is None:
        raise LastEventUnknown
    listeners: Listeners = request.app.state.desk.listeners
    listener = Listener(outlet, path, who.seat, who.secret, after)
    listeners.join(listener)
    return EventStream(listener, listeners)


routes: Final[list[BaseRoute]] = [
    Route("/api/v1/orders/events", listen, methods=["GET"]),
    Route("/api/v1/outlets/{outlet:uuid}/orders/events", listen, methods=["GET"]),
]


def _path_of(who: Asker, outlet: OrganizationId) -> str:
    """
    :raises NotPermitted: if the token may not read orders.
    :raises OutletUnknown: if the outlet is not in its scope.
    """
    ctx = who.context()
    ctx.require("ordering.read")
    return outlets.outlet(ctx, outlet=outlet).path
