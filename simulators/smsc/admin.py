"""
The centre's back door, on a loopback port of its own: what phones do and show, what applications
submitted, faults, and the sessions. All of it JSON; times that are waited for are seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.smsc import load
from simulators.smsc.alphabet import Coding, Segmentation
from simulators.smsc.centre import Centre, NoRoute
from simulators.smsc.faults import Faults
from simulators.smsc.load import Load
from simulators.smsc.phones import Phone
from simulators.smsc.session import Session
from simulators.smsc.ussd import NotNow

MOST_WAIT_S: Final = 60.0
_T = TypeVar("_T")


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """What a phone sends."""

    to: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,20}$")]
    text: Annotated[str, msgspec.Meta(max_length=20_000)]
    coding: Coding | None = None
    """Nothing: GSM 7 bit where it can say the text, otherwise UCS-2."""
    segmentation: Segmentation = "udh"
    """How the parts of a long text are told: header with a reference of one (`udh`) or two octets
    (`udh16`), optional parameters (`sar`), or all of it in message_payload (`payload`)."""
    parameters: list[tuple[int, str]] = []
    """More optional parameters: tag, and octets as hex digits."""


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """What a phone does with USSD: one of these."""

    dial: Annotated[str, msgspec.Meta(pattern=r"\A[*#0-9]{1,100}\Z")] | None = None
    """What a phone's keys can dial."""
    answer: str | None = None
    hang_up: bool = False


class Condition(msgspec.Struct, forbid_unknown_fields=True):
    """How a phone is."""

    on: bool = True
    known: bool = True


class Octets(msgspec.Struct, forbid_unknown_fields=True):
    """To be sent to an application as they are."""

    hex: str


class End(msgspec.Struct, forbid_unknown_fields=True):
    """How the sessions of an application end."""

    how: Literal["unbind", "close", "reset"] = "unbind"


class Wrong(Exception):
    """A request that cannot be done, and the status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def application(centre: Centre, sessions: set[Session], url: str) -> Starlette:
    """The endpoints; see each function."""

    async def faults(request: Request) -> Any:
        """GET shows the faults in force, PUT replaces them (`{}` ends them all)."""
        if request.method == "PUT":
            centre.switchboard.set(await _body(request, Faults))
        return centre.switchboard.current

    async def phone(request: Request) -> Any:
        """GET tells how a phone is; PUT switches it on or off, or says that there is none."""
        which = _phone(request)
        if request.method == "PUT":
            wanted = await _body(request, Condition)
            centre.switch(which, on=wanted.on, known=wanted.known)
        return {"on": which.on, "known": which.known, "latest": which.latest}

    async def messages(request: Request) -> Any:
        """
        POST: a phone sends a message; its id, for `/messages/{id}`.

        GET `?after=0&wait=0`: what a phone has received, re-assembled.
        """
        which = _phone(request)
        if request.method == "POST":
            wanted = await _body(request, Text)
            try:
                parameters = [(tag, bytes.fromhex(value)) for tag, value in wanted.parameters]
                sent = centre.send(
                    which,
                    wanted.to,
                    wanted.text,
                    coding=wanted.coding,
                    segmentation=wanted.segmentation,
                    parameters=parameters,
                )
            except ValueError as error:
                raise Wrong(400, str(error)) from error
            return sent.shown()
        after = _number(request, "after")
        await which.bell.until(lambda: which.latest > after, _wait_s(request))
        return {"messages": which.after(after)}

    async def ussd(request: Request) -> Any:
        """
        POST: dial, answer or hang up; the screen, once the application has spoken (`?wait=10`).

        GET `?after=0&wait=0`: the screen, once its number is above `after`.
        """
        which = _phone(request)
        if request.method == "POST":
            act = await _body(request, Act)
            if act.dial is not None:
                centre.ussd.dial(which, act.dial)
            elif act.answer is not None:
                centre.ussd.answer(which, act.answer)
            elif act.hang_up:
                centre.ussd.hang_up(which)
            else:
                raise Wrong(400, "`dial`, `answer` or `hang_up`")
            wait_s = _wait_s(request, 10.0)
            await which.bell.until(lambda: which.screen.state != "waiting", wait_s)
        else:
            after = _number(request, "after")
            await which.bell.until(lambda: which.screen.number > after, _wait_s(request))
        return which.screen

    async def sent(request: Request) -> Any:
        """GET `?wait=0`: whether the application took a message of a phone."""
        found = centre.sent.get(int(request.path_params["id"]))
        if found is None:
            raise Wrong(404, "no such message")
        await centre.bell.until(lambda: found.state != "waiting", _wait_s(request))
        return found.shown()

    async def submitted(request: Request) -> Any:
        """GET `?after=0&wait=0&most=1000`: what applications submitted, with every field."""
        after, most = _number(request, "after"), _number(request, "most", 1_000)

        def latest() -> int:
            return centre.submitted[-1].number if centre.submitted else 0

        await centre.bell.until(lambda: latest() > after, _wait_s(request))
        found = [message for message in centre.submitted if message.number > after]
        return {"messages": [message.shown() for message in found[:most]], "latest": latest()}

    async def connections(request: Request) -> Any:
        """GET `?bound=0&wait=0`: the sessions, once so many are bound."""
        bound = _number(request, "bound")
        await centre.bell.until(lambda: len(_bound(sessions)) >= bound, _wait_s(request))
        return {
            "sessions": [
                {
                    "system_id": each.outbox.account.system_id if each.outbox else "",
                    "kind": each.kind,
                    "submitted": each.submitted,
                    "delivered": each.delivered,
                    "unanswered": each.waiting,
                    "most_unanswered": each.most_unanswered,
                }
                for each in sessions
            ],
            "waiting": {name: outbox.waiting for name, outbox in centre.outboxes.items()},
            "ussd": len(centre.ussd),
        }

    async def octets(request: Request) -> Any:
        """POST: octets go to the sessions of an application as they are, PDU or not."""
        try:
            data = bytes.fromhex((await _body(request, Octets)).hex)
        except ValueError as error:
            raise Wrong(400, str(error)) from error
        found = _bound(sessions, request.path_params["system_id"])
        for session in found:
            session.write(data)
        return {"sessions": len(found)}

    async def end(request: Request) -> Any:
        """POST: the sessions of an application end, politely or not."""
        how = (await _body(request, End)).how
        found = _bound(sessions, request.path_params["system_id"])
        for session in found:
            {"unbind": session.unbind, "close": session.close, "reset": session.reset}[how]()
        return {"sessions": len(found)}

    async def clear(request: Request) -> Any:
        """POST: every session breaks, what is on its way is dropped, faults and USSD end."""
        for session in list(sessions):
            session.reset()
        centre.clear()
        return {}

    async def problems(request: Request) -> Any:
        """GET what applications did wrong, in words."""
        return {"problems": list(centre.problems)}

    async def loaded(request: Request) -> Any:
        """POST: many phones talk at once; how fast they were answered. See `load.Load`."""
        wanted = await _body(request, Load)
        if not all([wanted.texts or wanted.dialogues, *wanted.dialogues]):
            raise Wrong(400, "`texts` or `dialogues`, each with something to say")
        return await load.run(centre, wanted)

    async def health(request: Request) -> Any:
        return {"status": "ok", "url": url}

    def _phone(request: Request) -> Phone:
        msisdn: str = request.path_params["msisdn"]
        if not msisdn.isdecimal() or len(msisdn) > 20:
            raise Wrong(404, "a phone's number has 1 to 20 digits")
        return centre.phones[msisdn]

    def door(
        answer: Callable[[Request], Awaitable[Any]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                status, content = 200, await answer(request)
            except Wrong as wrong:
                status, content = wrong.status, {"reason": str(wrong)}
            except (NoRoute, NotNow) as declined:
                status, content = 409, {"reason": str(declined)}
            return Response(msgspec.json.encode(content), status, media_type="application/json")

        return endpoint

    read, write = ["GET"], ["POST"]
    return Starlette(
        routes=[
            Route("/faults", door(faults), methods=["GET", "PUT"]),
            Route("/mobile/{msisdn}", door(phone), methods=["GET", "PUT"]),
            Route("/mobile/{msisdn}/messages", door(messages), methods=["GET", "POST"]),
            Route("/mobile/{msisdn}/ussd", door(ussd), methods=["GET", "POST"]),
            Route("/messages/{id:int}", door(sent), methods=read),
            Route("/submitted", door(submitted), methods=read),
            Route("/sessions", door(connections), methods=read),
            Route("/sessions/{system_id}/octets", door(octets), methods=write),
            Route("/sessions/{system_id}/end", door(end), methods=write),
            Route("/problems", door(problems), methods=read),
            Route("/load", door(loaded), methods=write),
            Route("/clear", door(clear), methods=write),
            Route("/health", door(health), methods=read),
        ]
    )


def _bound(sessions: set[Session], system_id: str = "") -> list[Session]:
    return [
        session
        for session in sessions
        if session.outbox and system_id in ("", session.outbox.account.system_id)
    ]


async def _body(request: Request, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.DecodeError as error:
        raise Wrong(400, str(error)) from error


def _number(request: Request, name: str, otherwise: int = 0) -> int:
    written = request.query_params.get(name, str(otherwise))
    if not written.isdecimal():
        raise Wrong(400, f"`{name}` is a number")
    return int(written)


def _wait_s(request: Request, otherwise: float = 0.0) -> float:
    written = request.query_params.get("wait", str(otherwise))
    try:
        return max(0.0, min(MOST_WAIT_S, float(written)))
    except ValueError:
        raise Wrong(400, "`wait` is a number of seconds") from None
