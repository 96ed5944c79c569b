"""
The back door, on a loopback port of its own: what people do at a kiosk with their hands, what has
come out of it, faults. `/` is a page for trying a kiosk out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulators.kiosk import cards, cash
from simulators.kiosk.books import Card, Kiosk
from simulators.kiosk.commands import Payload
from simulators.kiosk.faults import Faults
from simulators.kiosk.host import NAME, Host

PANEL: Final = Path(__file__).with_name("panel.html")
_T = TypeVar("_T")


class Notes(msgspec.Struct, forbid_unknown_fields=True):
    """Notes that somebody puts in, one after the other."""

    notes: list[int]


class Laid(msgspec.Struct, forbid_unknown_fields=True):
    """An identity card on the reader; empty: it is taken away."""

    number: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Power(msgspec.Struct, forbid_unknown_fields=True):
    """A power cut."""

    off_s: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 3.0


class Wrong(Exception):
    """A request that cannot be done, and the status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def application(host: Host) -> Starlette:
    """The endpoints; see each function."""

    async def panel(request: Request) -> Response:
        """GET a page with buttons for all of this."""
        return HTMLResponse(PANEL.read_text(encoding="utf-8"))

    async def kiosks(request: Request) -> Any:
        """GET the names of all kiosks that somebody has asked for."""
        return {"kiosks": sorted(host.books.kiosks)}

    async def kiosk(request: Request) -> Any:
        """
        GET everything that a kiosk holds: escrow, box, tray, cards, slips; DELETE: another one is
        put up in its place, empty.
        """
        found = _kiosk(request)
        if request.method == "DELETE":
            host.books.kiosks[request.path_params["kiosk"]] = found = Kiosk()
            _keep(request)
        return found

    async def notes(request: Request) -> Any:
        """POST notes into the slot; which were taken, and which came straight back."""
        found = _kiosk(request)
        taken = [(face, cash.insert(found, face)) for face in (await _body(request, Notes)).notes]
        _keep(request)
        return {
            "taken": [face for face, was in taken if was],
            "refused": [face for face, was in taken if not was],
        }

    async def card(request: Request) -> Any:
        """POST a bank card into the terminal (its PIN is entered); DELETE: it is taken out."""
        found = _kiosk(request)
        cards.move(found, Payload({}))
        if request.method == "POST":
            cards.present(found, await _body(request, Card))
        _keep(request)
        return {"inside": found.inside}

    async def document(request: Request) -> Any:
        """PUT an identity card onto the reader, or take it away."""
        found = _kiosk(request)
        found.document = (await _body(request, Laid)).number
        _keep(request)
        return {"number": found.document}

    async def tray(request: Request) -> Any:
        """DELETE: somebody takes what was given back; those notes."""
        found = _kiosk(request)
        taken, found.tray = found.tray, []
        _keep(request)
        return {"taken": taken}

    async def mend(request: Request) -> Any:
        """POST: somebody opens the unit; stuck notes go where they were going."""
        cash.mend(_kiosk(request))
        _keep(request)
        return _kiosk(request)

    async def faults(request: Request) -> Any:
        """GET shows the faults in force, PUT replaces them (`{}` ends them all)."""
        found = _kiosk(request)
        if request.method == "PUT":
            found.faults = await _body(request, Faults)
            _keep(request)
        return found.faults

    async def power(request: Request) -> Any:
        """POST: a power cut for all kiosks."""
        await host.power_cut((await _body(request, Power)).off_s)
        return {}

    async def health(request: Request) -> Any:
        return {"status": "ok", "url": host.listener.url}

    def _kiosk(request: Request) -> Kiosk:
        name = request.path_params["kiosk"]
        if not NAME.fullmatch(name):
            raise Wrong(404, "a kiosk's name has up to 40 letters and digits")
        return host.books.of(name)

    def _keep(request: Request) -> None:
        host.books.keep(request.path_params["kiosk"])

    def door(
        answer: Callable[[Request], Awaitable[Any]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                status, content = 200, await answer(request)
            except Wrong as wrong:
                status, content = wrong.status, {"reason": str(wrong)}
            return Response(msgspec.json.encode(content), status, media_type="application/json")

        return endpoint

    return Starlette(
        routes=[
            Route("/", panel, methods=["GET"]),
            Route("/health", door(health), methods=["GET"]),
            Route("/power", door(power), methods=["POST"]),
            Route("/kiosks", door(kiosks), methods=["GET"]),
            Route("/kiosks/{kiosk}", door(kiosk), methods=["GET", "DELETE"]),
            Route("/kiosks/{kiosk}/notes", door(notes), methods=["POST"]),
            Route("/kiosks/{kiosk}/card", door(card), methods=["POST", "DELETE"]),
            Route("/kiosks/{kiosk}/document", door(document), methods=["PUT"]),
            Route("/kiosks/{kiosk}/tray", door(tray), methods=["DELETE"]),
            Route("/kiosks/{kiosk}/mend", door(mend), methods=["POST"]),
            Route("/kiosks/{kiosk}/faults", door(faults), methods=["GET", "PUT"]),
        ]
    )


async def _body(request: Request, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise Wrong(400, str(error)) from error
