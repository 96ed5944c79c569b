"""
The USSD gateway: sessions of phones with applications, carried by `deliver_sm` and `submit_sm`.

`ussd_service_op` (5.3.2.44) says what a message is, `its_session_info` (5.3.2.43) and
`user_message_reference` which session it is of. Vendors differ in all of this: see `Gateway`.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from simulators.smsc import alphabet
from simulators.smsc.outbox import Delivery, Outbox
from simulators.smsc.pdus import Bad, Parameters, Pdu, Status, Tag
from simulators.smsc.phones import Phone

if TYPE_CHECKING:
    from simulators.smsc.centre import Centre

Octet = Annotated[int, msgspec.Meta(ge=0, le=255)]

NETWORK: Final = "Connection problem or invalid MMI code."
"""What a phone says when nobody answers it."""


class Gateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this gateway speaks. The codes are those of the specification but for `ended`."""

    service_type: str = "USSD"
    dial: Octet = 1
    """PSSR indication: a phone has dialled."""
    menu: Octet = 2
    """USSR request: show this and wait for an answer."""
    notice: Octet = 3
    """USSN request: show this; there is no session."""
    final: Octet = 17
    """PSSR response: show this, and the session is over."""
    answer: Octet = 18
    """USSR confirm: what was typed in answer to a menu."""
    ended: Octet = 32
    """The phone hung up, or the session took too long. The specification has no code for it; from
    32 on they are the vendor's."""
    session: Literal["fixed", "counted"] = "fixed"
    """`its_session_info` is two octets that stay the same (`fixed`), or, by the letter of the
    specification, one octet for the session, and one that counts its dialogue units and has the
    end bit (`counted`)."""
    reference: bool = True
    """Whether `user_message_reference` is sent."""
    data_coding: Octet = 15
    """Of what phones type."""
    session_s: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 180.0
    most_septets: int = 182
    most_octets: int = 160
    """Of a text in UCS-2: 80 characters."""


class NotNow(Exception):
    """A phone cannot do this at the moment."""


@dataclass(slots=True, eq=False)
class Call:
    """A session of one phone."""

    number: int
    phone: Phone
    outbox: Outbox
    code: str
    timer: asyncio.TimerHandle
    unit: int = 0

    def session_info(self, gateway: Gateway, *, end: bool) -> bytes:
        if gateway.session == "fixed":
            return (self.number & 0xFFFF).to_bytes(2, "big")
        return bytes([self.number & 0xFF, (self.unit & 0x7F) << 1 | end])


class Ussd:
    """The sessions under way; a phone has one at most."""

    def __init__(self, centre: Centre, gateway: Gateway) -> None:
        self.gateway = gateway
        self._centre = centre
        self._calls: dict[str, Call] = {}
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._calls)

    def clear(self) -> None:
        """Forget all sessions; nobody is told."""
        for call in self._calls.values():
            call.timer.cancel()
        self._calls.clear()

    # What phones do

    def dial(self, phone: Phone, code: str) -> None:
        """
        Begin a session.

        :raises NotNow: if the phone has one, or is off.
        :raises centre.NoRoute: if no application has the code.
        """
        if phone.msisdn in self._calls:
            raise NotNow("it has a session already")
        if not (phone.on and phone.known):
            raise NotNow("it is off")
        outbox = self._centre.route(code, ussd=True)
        if not outbox.receivers:
            phone.display("closed", NETWORK)
            return
        call = self._begin(phone, outbox, code)
        phone.display("waiting", "", call.number)
        self._tell(call, self.gateway.dial, code)

    def answer(self, phone: Phone, text: str) -> None:
        """
        Type an answer to a menu.

        :raises NotNow: if no menu waits for one.
        """
        call = self._calls.get(phone.msisdn)
        if call is None or phone.screen.state != "menu":
            raise NotNow("no menu waits for an answer")
        phone.display("waiting", "", call.number)
        self._tell(call, self.gateway.answer, text)

    def hang_up(self, phone: Phone) -> None:
        """
        End the session; the application is told.

        :raises NotNow: if there is none.
        """
        call = self._calls.get(phone.msisdn)
        if call is None:
            raise NotNow("it has no session")
        self._abandon(call, "")

    # What applications do

    def take(self, outbox: Outbox, pdu: Pdu) -> None:
        """
        Show what an application says.

        :raises Bad: if the phone has no such session, or the text does not fit.
        """
        op = (pdu.parameter(Tag.USSD_SERVICE_OP) or b"\xff")[0]
        coding, octets = pdu.body["data_coding"], pdu.octets
        text = alphabet.decode(octets, coding)
        gateway = self.gateway
        wide = coding in (0x08, 0x48)
        if len(octets) > (gateway.most_octets if wide else gateway.most_septets):
            raise Bad(Status.INVALID_MESSAGE_LENGTH, f"{len(octets)} octets are no USSD screen")
        phone = self._centre.phones[pdu.body["destination_addr"]]
        if not (phone.on and phone.known):
            raise Bad(Status.SUBMIT_FAILED, f"{phone.msisdn} is off")
        call = self._calls.get(phone.msisdn)
        info = pdu.parameter(Tag.ITS_SESSION_INFO)
        if call is None and op == gateway.menu and info is None:
            call = self._begin(phone, outbox, pdu.body["source_addr"])
        elif op == gateway.notice and call is None:
            phone.display("final", text, 0, len(octets))
            return
        if call is None or call.outbox is not outbox or not self._same(call, info):
            raise Bad(Status.SUBMIT_FAILED, f"{phone.msisdn} has no such session")
        if op == gateway.menu:
            phone.display("menu", text, call.number, len(octets))
        elif op == gateway.final:
            self._end(call)
            phone.display("final", text, call.number, len(octets))
        else:
            raise Bad(Status.SUBMIT_FAILED, f"ussd_service_op {op} in a session")

    def _same(self, call: Call, info: bytes | None) -> bool:
        if info is None:
            return True
        told = call.session_info(self.gateway, end=False)
        return info[:1] == told[:1] if self.gateway.session == "counted" else info == told

    # The sessions

    def _begin(self, phone: Phone, outbox: Outbox, code: str) -> Call:
        loop = asyncio.get_running_loop()
        number = next(self._numbers)
        timer = loop.call_later(self.gateway.session_s, self._expire, phone.msisdn, number)
        call = Call(number, phone, outbox, code, timer)
        self._calls[phone.msisdn] = call
        return call

    def _end(self, call: Call) -> None:
        call.timer.cancel()
        if self._calls.get(call.phone.msisdn) is call:
            del self._calls[call.phone.msisdn]

    def _expire(self, msisdn: str, number: int) -> None:
        call = self._calls.get(msisdn)
        if call is not None and call.number == number:
            self._abandon(call, NETWORK)

    def _abandon(self, call: Call, text: str) -> None:
        self._end(call)
        call.phone.display("closed", text, call.number)
        self._tell(call, self.gateway.ended, "")

    def _tell(self, call: Call, op: int, text: str) -> None:
        """Send the application what the phone did. Nothing of USSD is sent a second time."""
        gateway = self.gateway
        body = self._centre.addressed(call.phone.msisdn, call.code, gateway.service_type)
        coding = alphabet.coding_for(text)
        body["data_coding"] = 8 if coding == "ucs2" else gateway.data_coding
        body["short_message"] = alphabet.encode(text, coding)
        ended = op == gateway.ended
        parameters: Parameters = [
            (Tag.USSD_SERVICE_OP, bytes([op])),
            (Tag.ITS_SESSION_INFO, call.session_info(gateway, end=ended)),
        ]
        if gateway.reference:
            parameters.append(
                (Tag.USER_MESSAGE_REFERENCE, (call.number & 0xFFFF).to_bytes(2, "big"))
            )
        call.unit += 1

        def settled(status: int) -> None:
            if status and self._calls.get(call.phone.msisdn) is call:
                self._end(call)
                call.phone.display("closed", NETWORK, call.number)

        fate = self._centre.switchboard.fate(f"from {call.phone.msisdn}")
        call.outbox.put(Delivery(body, parameters, settled, tries=1))
        if fate.duplicate:
            call.outbox.put(Delivery(dict(body), parameters, lambda status: None, tries=1))
