"""What was answered to others, and what we ask: each repeated as UDP needs it (RFC 3261, 17)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from aiosipua import (
    Dialog,
    SipRequest,
    SipResponse,
    generate_tag,
    parse_via,
    stringify_via,
)

Address = tuple[str, int]

T1_S: Final = 0.5
T2_S: Final = 4.0
PATIENCE_S: Final = 64 * T1_S
"""How long something is repeated, and what was answered is remembered."""
_MOST_REMEMBERED: Final = 20_000
_REASONS: Final = {
    100: "Trying",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    420: "Bad Extension",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
}


@dataclass
class Answered:
    """A request that we have, and what we answered."""

    until: float
    to: Address
    response: bytes = b""
    repeating: asyncio.Task[None] | None = None


class Exchanges:
    """
    Requests with their answers, in both directions.

    :param send: sends a message
    """

    def __init__(self, send: Callable[[bytes, Address], None]) -> None:
        self._send = send
        self.here: Address = ("", 0)
        """Where others reach us."""
        self._answered: dict[object, Answered] = {}
        self._asked: dict[str, asyncio.Future[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def known(self, key: object) -> Answered | None:
        """The request that came with this key, if it was not too long ago."""
        return self._answered.get(key)

    def remember(self, key: object, request: SipRequest, addr: Address) -> None:
        """Note a new request, and where its answers go (RFC 3261, 18.2.2; RFC 3581)."""
        now = asyncio.get_running_loop().time()
        while self._answered:
            oldest = next(iter(self._answered))
            if self._answered[oldest].until > now and len(self._answered) < _MOST_REMEMBERED:
                break
            del self._answered[oldest]
        vias = request.headers.get("via")
        via = parse_via(vias[0])
        port = addr[1] if "rport" in via.params else via.port or 5060
        to = (addr[0], port if 0 < port < 65536 else addr[1])
        via.params["received"] = addr[0]
        if "rport" in via.params:
            via.params["rport"] = str(addr[1])
        vias[0] = stringify_via(via)
        self._answered[key] = Answered(now + PATIENCE_S, to)

    def respond(
        self,
        key: object,
        request: SipRequest,
        status: int,
        dialog: Dialog | None = None,
        *,
        extra: dict[str, str] | None = None,
        body: str = "",
        until_confirmed: bool = False,
    ) -> None:
        """Answer a request, and remember what was answered for when it is repeated."""
        response = SipResponse(status_code=status, reason_phrase=_REASONS[status])
        for via in request.headers.get("via"):
            response.headers.append("Via", via)
        for route in request.headers.get("record-route"):
            response.headers.append("Record-Route", route)
        for name in ("From", "Call-ID", "CSeq"):
            response.headers.set_single(name, request.headers.get_first(name) or "")
        to = request.headers.get_first("to") or ""
        if status > 100 and not tag_of(request):
            to += f";tag={dialog.local_tag if dialog else generate_tag()}"
        response.headers.set_single("To", to)
        for name, value in (extra or {}).items():
            response.headers.set_single(name, value)
        if body:
            response.headers.set_single("Content-Type", "application/sdp")
            response.text = body
        known = self._answered.get(key)
        if known is None:
            return
        known.response = bytes(response)
        self._send(known.response, known.to)
        if until_confirmed:
            known.repeating = self.begin(self._repeat(known))

    async def _repeat(self, known: Answered) -> None:
        """Send an answer again until it is confirmed (which cancels this), or for 32 s."""
        pause_s, waited_s = T1_S, 0.0
        while waited_s < PATIENCE_S:
            await asyncio.sleep(pause_s)
            waited_s += pause_s
            self._send(known.response, known.to)
            pause_s = min(2 * pause_s, T2_S)

    async def ask(
        self, dialog: Dialog, to: Address, method: str, extra: dict[str, str] | None = None
    ) -> int:
        """Send a request in a call until it is answered; gives the status, 408 if it never is."""
        request = dialog.create_request(method, via_host=self.here[0], via_port=self.here[1])
        request.headers.set_single("Contact", self.contact())
        for name, value in (extra or {}).items():
            request.headers.set_single(name, value)
        branch = parse_via(request.headers.get("via")[0]).branch or ""
        answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked[branch] = answered
        message, pause_s, waited_s = bytes(request), T1_S, 0.0
        try:
            while waited_s < PATIENCE_S:
                self._send(message, to)
                done, _ = await asyncio.wait({answered}, timeout=pause_s)
                if done:
                    return answered.result()
                waited_s += pause_s
                pause_s = min(2 * pause_s, T2_S)
            return 408
        finally:
            del self._asked[branch]

    def response(self, response: SipResponse) -> None:
        """Something that we asked was answered."""
        branch = parse_via(response.headers.get("via")[0]).branch or ""
        answered = self._asked.get(branch)
        if answered is not None and not answered.done() and response.status_code >= 200:
            answered.set_result(response.status_code)

    def contact(self) -> str:
        """Our address, as a Contact."""
        return f"<sip:{self.here[0]}:{self.here[1]}>"

    def begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Do this beside."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Repeat nothing any more."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def tag_of(request: SipRequest) -> str:
    """The tag of whom a request is to: empty outside a call."""
    return (request.to_addr.tag or "") if request.to_addr else ""
