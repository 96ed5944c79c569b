"""Takes calls on one UDP port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from aiosipua import (
    Dialog,
    SipMessage,
    SipRequest,
    SipResponse,
    create_dialog_from_request,
    generate_tag,
    parse_via,
)

from qudao.fronts.voice.sip.exchanges import Address, Answered, Exchanges, tag_of

log = logging.getLogger(__name__)

LARGEST: Final = 16_384
"""Octets of a message."""
METHODS: Final = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY"
_KEYS: Final = "0123456789*#ABCD"


@dataclass(eq=False)
class SipCall:
    """
    A call that somebody makes to us. `Endpoint` gives it out; the gateway answers or refuses it.
    """

    endpoint: Endpoint
    invite: SipRequest
    dialog: Dialog
    peer: Address
    """Where its messages come from, and ours go."""
    caller: str
    callee: str
    on_key: Callable[[str], None] = lambda key: None
    on_gone: Callable[[], None] = lambda: None
    on_offer: Callable[[str], str | None] = lambda offer: None
    """The caller wants other media: gives the answer, None for a refusal."""
    gone: bool = False
    answered: bool = False
    confirmed: bool = False
    moved: asyncio.Future[int] | None = None
    """What became of a transfer: the status of the last NOTIFY, 200 when the caller hangs up."""
    _key: object = field(default=None, repr=False)

    @property
    def offer(self) -> str:
        """The session description of the caller; empty: there was none."""
        return self.invite.text if _is_sdp(self.invite) else ""

    def answer(self, description: str) -> None:
        """Take the call."""
        if self.gone:
            return
        self.answered = True
        self.endpoint.accept(self, self.invite, self._key, description)

    def refuse(self, status: int) -> None:
        """Do not take it."""
        if not self.gone and not self.answered:
            self.endpoint.exchanges.respond(
                self._key, self.invite, status, self.dialog, until_confirmed=True
            )
            self.end()

    def end(self) -> None:
        """It is over, whoever ended it."""
        if not self.gone:
            self.gone = True
            self.endpoint.forget(self)
            if self.moved is not None and not self.moved.done():
                self.moved.set_result(200)
            self.on_gone()

    async def hang_up(self) -> None:
        """Say BYE."""
        if not self.gone and self.answered:
            self.end()
            await self.endpoint.exchanges.ask(self.dialog, self.peer, "BYE")

    async def refer(self, to: str) -> int:
        """Ask the caller's side to call somebody else (RFC 3515); gives what became of it."""
        self.moved = asyncio.get_running_loop().create_future()
        status = await self.endpoint.exchanges.ask(
            self.dialog, self.peer, "REFER", {"Refer-To": f"<{to}>"}
        )
        if status >= 300 or self.gone:
            return status
        try:
            return await asyncio.wait_for(asyncio.shield(self.moved), 10)
        except TimeoutError:
            return status  # it took the request, and does not tell what becomes of it


class Endpoint(asyncio.DatagramProtocol):
    """
    Takes calls on one UDP port.

    :param on_call: told of each new call; has to answer or refuse it
    :param most: calls at a time; more are told that we are busy
    """

    def __init__(self, on_call: Callable[[SipCall], None], most: int) -> None:
        self._on_call, self._most = on_call, most
        self._transport: asyncio.DatagramTransport | None = None
        self.exchanges = Exchanges(self._send)
        self.calls: dict[str, SipCall] = {}
        """By Call-ID."""
        self.refused = self.malformed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # uvloop's is no child of it
        self.exchanges.here = transport.get_extra_info("sockname")[:2]

    def error_received(self, exc: Exception) -> None:
        log.debug("SIP: %s", exc)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if not data.strip():
            return  # a keep-alive
        try:
            if len(data) > LARGEST:
                raise ValueError(f"{len(data)} octets")
            message = SipMessage.parse(data)
            self._whole(message)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            self.malformed += 1
            log.info("%s:%d sent what is no SIP: %s", *addr[:2], error)
            return
        if isinstance(message, SipResponse):
            self.exchanges.response(message)
        elif isinstance(message, SipRequest):
            self._request(message, addr[:2])

    def _whole(self, message: SipRequest | SipResponse) -> None:
        """
        :raises ValueError: if a message lacks what every message has
        """
        via = message.headers.get_first("via")
        if not via or not parse_via(via).host:
            raise ValueError("no Via")
        if not (message.from_addr and message.to_addr and message.call_id):
            raise ValueError("no From, To or Call-ID")
        if message.cseq is None:
            raise ValueError("no CSeq")
        if isinstance(message, SipRequest) and message.cseq.method != message.method:
            raise ValueError(f"CSeq of {message.cseq.method} in a {message.method}")

    def _send(self, message: bytes, to: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(message, to)

    def _request(self, request: SipRequest, addr: Address) -> None:
        method = request.method
        via = parse_via(request.headers.get("via")[0])
        key = (via.branch, via.host, via.port, "INVITE" if method == "ACK" else method)
        known = self.exchanges.known(key)
        if method == "ACK":
            self._confirmed(request, known)
        elif known is not None:
            if known.response:
                self._send(known.response, known.to)
        else:
            self.exchanges.remember(key, request, addr)
            self._new(key, request, addr)

    def _new(self, key: object, request: SipRequest, addr: Address) -> None:
        call = self.calls.get(request.call_id or "")
        if call is not None and not _belongs(request, call):
            call = None
        match request.method:
            case "INVITE" if call is not None:
                self._offered_again(key, request, call)
            case "INVITE" if tag_of(request) or len(self.calls) >= self._most:
                self.refused += 1
                self.exchanges.respond(
                    key, request, 481 if tag_of(request) else 486, until_confirmed=True
                )
            case "INVITE":
                self._invited(key, request, addr)
            case "CANCEL":
                self._cancelled(key, request)
            case "OPTIONS":
                self.exchanges.respond(key, request, 200, extra={"Allow": METHODS})
            case "BYE" | "INFO" | "NOTIFY" if call is None:
                self.exchanges.respond(key, request, 481)
            case "BYE":
                assert call is not None
                self.exchanges.respond(key, request, 200, call.dialog)
                call.end()
            case "INFO":
                assert call is not None
                self._info(key, request, call)
            case "NOTIFY":
                assert call is not None
                self._notified(key, request, call)
            case _:
                self.exchanges.respond(key, request, 405, extra={"Allow": METHODS})

    def _invited(self, key: object, request: SipRequest, addr: Address) -> None:
        needed = [name for name in request.headers.get("require") if name.strip()]
        if needed:
            extra = {"Unsupported": ", ".join(needed)}
            self.exchanges.respond(key, request, 420, until_confirmed=True, extra=extra)
            return
        dialog = create_dialog_from_request(request, local_tag=generate_tag())
        sender, receiver = request.from_addr, request.to_addr
        call = SipCall(
            self,
            request,
            dialog,
            addr,
            caller=(sender and sender.uri.user) or "",
            callee=(receiver and receiver.uri.user) or "",
        )
        call._key = key
        self.calls[dialog.call_id] = call
        self.exchanges.respond(key, request, 100)
        self._on_call(call)

    def _offered_again(self, key: object, request: SipRequest, call: SipCall) -> None:
        """A re-INVITE: other media, or the line is held."""
        if not call.answered:
            self.exchanges.respond(key, request, 491, call.dialog, until_confirmed=True)
            return
        answer = call.on_offer(request.text) if _is_sdp(request) else None
        if answer is None:
            self.exchanges.respond(key, request, 488, call.dialog, until_confirmed=True)
        else:
            self.accept(call, request, key, answer)

    def _cancelled(self, key: object, request: SipRequest) -> None:
        call = self.calls.get(request.call_id or "")
        via = parse_via(request.headers.get("via")[0])
        matches = call is not None and call._key == (via.branch, via.host, via.port, "INVITE")
        self.exchanges.respond(key, request, 200 if matches else 481)
        if call is not None and matches:
            call.refuse(487)

    def _confirmed(self, request: SipRequest, known: Answered | None) -> None:
        """An ACK: what it confirms need not be repeated any more."""
        call = self.calls.get(request.call_id or "")
        if known is None and call is not None and _belongs(request, call):
            call.confirmed = True
            known = self.exchanges.known(call._key)
        if known is not None and known.repeating is not None:
            known.repeating.cancel()

    def _info(self, key: object, request: SipRequest, call: SipCall) -> None:
        """A key that comes as a message (`application/dtmf-relay`, `application/dtmf`)."""
        kind = (request.content_type or "").split(";")[0].strip().lower()
        if kind not in {"application/dtmf-relay", "application/dtmf"}:
            self.exchanges.respond(key, request, 200 if not request.body else 415, call.dialog)
            return
        self.exchanges.respond(key, request, 200, call.dialog)
        lines = [line.partition("=")[::2] for line in request.text.splitlines() if line.strip()]
        signal = next((value for name, value in lines if name.strip().lower() == "signal"), None)
        if signal is None and kind == "application/dtmf" and lines:
            signal = lines[0][0]
        pressed = (signal or "").strip().upper()
        pressed = {"10": "*", "11": "#"}.get(pressed, pressed)
        if len(pressed) == 1 and pressed in _KEYS:
            call.on_key(pressed)

    def _notified(self, key: object, request: SipRequest, call: SipCall) -> None:
        """What becomes of a transfer (RFC 3515, 2.4.5)."""
        event = (request.headers.get_first("event") or "").split(";")[0].strip().lower()
        if event != "refer":
            self.exchanges.respond(key, request, 489, call.dialog)
            return
        self.exchanges.respond(key, request, 200, call.dialog)
        words = request.text.split()
        if len(words) > 1 and words[0].startswith("SIP/") and words[1].isdecimal():
            status = int(words[1])
            if status >= 200 and call.moved is not None and not call.moved.done():
                call.moved.set_result(status)

    def accept(self, call: SipCall, request: SipRequest, key: object, body: str) -> None:
        """Answer an INVITE with yes; without an ACK the call ends."""
        call._key = key
        extra = {"Contact": self.exchanges.contact(), "Allow": METHODS}
        self.exchanges.respond(
            key, request, 200, call.dialog, extra=extra, body=body, until_confirmed=True
        )
        known = self.exchanges.known(key)
        if known is not None and known.repeating is not None:
            known.repeating.add_done_callback(
                lambda task: None if task.cancelled() else self._unconfirmed(call)
            )

    def _unconfirmed(self, call: SipCall) -> None:
        if not call.gone:
            log.warning("%s: the answer was never confirmed", call.dialog.call_id)
            self.exchanges.begin(call.hang_up())

    def forget(self, call: SipCall) -> None:
        """The call is over."""
        if self.calls.get(call.dialog.call_id) is call:
            del self.calls[call.dialog.call_id]
        known = self.exchanges.known(call._key)
        if call.answered and known is not None and known.repeating is not None:
            known.repeating.cancel()

    async def close(self) -> None:
        """Stop listening."""
        await self.exchanges.close()
        if self._transport is not None:
            self._transport.close()


def _belongs(request: SipRequest, call: SipCall) -> bool:
    """Whether a request is of this call, by both tags."""
    sender = request.from_addr
    return bool(
        tag_of(request) == call.dialog.local_tag
        and ((sender.tag if sender else "") or "") == call.dialog.remote_tag
    )


def _is_sdp(request: SipRequest) -> bool:
    kind = (request.content_type or "").split(";")[0].strip().lower()
    return kind == "application/sdp" and bool(request.body)
