"""
The centre: takes what applications submit, brings it to phones, reports back, and carries what
phones send to the application that their number or code belongs to.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from simulators.smsc import alphabet
from simulators.smsc.alphabet import Coding, Segmentation
from simulators.smsc.faults import Faults, Switchboard
from simulators.smsc.messages import Message, Sent, State, receipt
from simulators.smsc.outbox import Account, Delivery, Outbox
from simulators.smsc.parts import UDHI
from simulators.smsc.pdus import Bad, Body, Parameters, Pdu, Status, Tag
from simulators.smsc.phones import Bell, Phone, Phones
from simulators.smsc.times import seconds_until
from simulators.smsc.ussd import Gateway, Ussd

KEPT: Final = 10_000
"""Messages of either direction that are remembered."""
VALIDITY_S: Final = 48 * 3_600.0
LONG_SERVICE_TYPE: Final = "USSDGATEWAY"


class NoRoute(Exception):
    """No application has this number or code, or it has more waiting than fits."""


class Centre:
    """All of it, in memory. `window`: most unanswered `deliver_sm` of a session."""

    def __init__(
        self, accounts: Iterable[Account], gateway: Gateway, faults: Faults, window: int
    ) -> None:
        self.outboxes = {account.system_id: Outbox(account) for account in accounts}
        self.switchboard = Switchboard(faults, time.monotonic)
        self.phones = Phones()
        self.window = window
        self.ussd = Ussd(self, gateway)
        self.submitted: deque[Message] = deque(maxlen=KEPT)
        self.sent: OrderedDict[int, Sent] = OrderedDict()
        self.problems: deque[str] = deque(maxlen=200)
        """What applications did wrong, in words."""
        self.bell = Bell()
        """Rings when something was submitted or taken, and when a session comes or goes."""
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._ids = itertools.count(1)
        self._numbers = itertools.count(1)
        self._sent_ids = itertools.count(1)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    def clear(self) -> None:
        """Drop what is on its way, and the faults; what was received and submitted stays."""
        self.switchboard.set(Faults())
        self.ussd.clear()
        for outbox in self.outboxes.values():
            outbox.clear()

    def outbox(self, system_id: str, password: str) -> Outbox:
        """
        Whose name and password these are.

        :raises Bad: if they are nobody's.
        """
        outbox = self.outboxes.get(system_id)
        if outbox is None:
            raise Bad(Status.INVALID_SYSTEM_ID, f"nobody is called {system_id!r}")
        if outbox.account.password != password:
            raise Bad(Status.INVALID_PASSWORD, f"a wrong password for {system_id!r}")
        return outbox

    def route(self, code: str, *, ussd: bool = False) -> Outbox:
        """
        The application with the longest beginning of this number or code.

        :raises NoRoute: if there is none, or too much waits for it.
        """

        def length(outbox: Outbox) -> int:
            account = outbox.account
            if not account.ussd and not account.addresses:
                return 0
            beginnings = account.ussd if ussd else account.addresses
            return max((len(each) for each in beginnings if code.startswith(each)), default=-1)

        found = max(self.outboxes.values(), key=length)
        if length(found) < 0:
            raise NoRoute(f"no application has {code}")
        if found.full:
            raise NoRoute(f"too much waits for {found.account.system_id}")
        return found

    # From applications to phones

    def submit(self, outbox: Outbox, pdu: Pdu) -> str:
        """
        Take a message; returns its id.

        :raises Bad: if it is not taken.
        """
        body, now = pdu.body, self.now()
        if len(body.get("short_message", b"")) > 254:
            raise Bad(Status.INVALID_MESSAGE_LENGTH, "more than 254 octets")
        destinations: list[str] = body.get("destinations") or [body.get("destination_addr", "")]
        for address in destinations:
            if not address.removeprefix("+").isdecimal() or len(address) > 20:
                raise Bad(Status.INVALID_DESTINATION, f"no address: {address!r}")
        scheduled = body.get("schedule_delivery_time", "")
        waits_s = seconds_until(scheduled, now, Status.INVALID_SCHEDULED_TIME) or 0.0
        validity = body.get("validity_period", "")
        valid_s = seconds_until(validity, now, Status.INVALID_EXPIRY_TIME) or VALIDITY_S
        message_id = f"{next(self._ids):010}"
        ussd = pdu.parameter(Tag.USSD_SERVICE_OP) is not None
        if ussd:
            self.ussd.take(outbox, pdu)
        for address in destinations:
            number = next(self._numbers)
            message = Message(number, message_id, outbox, pdu, address, now, valid_s)
            self.submitted.append(message)
            if ussd:
                self._end(message, "DELIVRD")
                continue
            self._messages[message_id] = message
            loop = asyncio.get_running_loop()
            if waits_s:
                loop.call_later(waits_s, self._air, message)
            else:
                loop.call_soon(self._air, message)
        while len(self._messages) > KEPT:
            self._messages.popitem(last=False)
        self.bell.ring()
        return message_id

    def _air(self, message: Message) -> None:
        if message.state != "ENROUTE":
            return
        phone = self.phones[message.destination]
        if not phone.known:
            self._end(message, "UNDELIV")
        elif phone.on:
            # A message to many has their addresses in one list; each phone sees itself.
            phone.receive(message.pdu)
            self._end(message, "DELIVRD")
        else:
            phone.kept.append(message)
            loop = asyncio.get_running_loop()
            loop.call_later(message.valid_s, self._end, message, "EXPIRED")

    def switch(self, phone: Phone, *, on: bool, known: bool) -> None:
        """A phone is switched on or off, or its number is given out or taken back."""
        phone.on, phone.known = on, known
        if on or not known:
            kept, phone.kept = phone.kept, deque()
            for message in kept:
                self._air(message)

    def _end(self, message: Message, state: State) -> None:
        if message.state != "ENROUTE":
            return
        message.state, message.done_at = state, self.now()
        faults = self.switchboard.current
        if not message.wants_receipt or faults.receipts == "never":
            return
        body, parameters = receipt(message)
        delivery = Delivery(body, parameters, lambda status: None)
        if faults.receipts == "late":
            loop = asyncio.get_running_loop()
            loop.call_later(faults.receipt_delay_s, message.outbox.put, delivery)
        else:
            message.outbox.put(delivery)

    def find(self, outbox: Outbox, message_id: str, otherwise: Status) -> Message:
        """
        A message by its id, for the application that submitted it.

        :raises Bad: with the status `otherwise`, if it has none of this id.
        """
        message = self._messages.get(message_id)
        if message is None or message.outbox is not outbox:
            raise Bad(otherwise, f"no message {message_id!r}")
        return message

    def cancel(self, outbox: Outbox, pdu: Pdu) -> None:
        """
        Take a message back that no phone has yet.

        :raises Bad: if there is none.
        """
        message = self.find(outbox, pdu.body["message_id"], Status.CANCEL_FAILED)
        if message.state != "ENROUTE":
            raise Bad(Status.CANCEL_FAILED, f"{message.message_id} is {message.state}")
        self._end(message, "DELETED")

    def replace(self, outbox: Outbox, pdu: Pdu) -> None:
        """
        Put another text into a message that no phone has yet.

        :raises Bad: if there is none.
        """
        message = self.find(outbox, pdu.body["message_id"], Status.REPLACE_FAILED)
        if message.state != "ENROUTE":
            raise Bad(Status.REPLACE_FAILED, f"{message.message_id} is {message.state}")
        message.pdu.body["short_message"] = pdu.body["short_message"]

    # From phones to applications

    def send(
        self,
        phone: Phone,
        to: str,
        text: str,
        *,
        coding: Coding | None = None,
        segmentation: Segmentation = "udh",
        parameters: Parameters | None = None,
    ) -> Sent:
        """
        A phone sends a message.

        :raises NoRoute: if nobody gets it.
        :raises UnicodeEncodeError: if the coding cannot say the text.
        """
        outbox = self.route(to)
        coding = coding or alphabet.coding_for(text)
        pieces = self._pieces(phone, text, coding, segmentation)
        fate = self.switchboard.fate(f"from {phone.msisdn}")
        sent = Sent(next(self._sent_ids), phone.msisdn, to, len(pieces))
        self.sent[sent.message_id] = sent
        while len(self.sent) > KEPT:
            self.sent.popitem(last=False)

        def deliver(esm_class: int, octets: bytes, extra: Parameters) -> None:
            body = self.addressed(phone.msisdn, to)
            body["esm_class"], body["data_coding"] = esm_class, alphabet.DATA_CODING[coding]
            if segmentation != "payload":
                body["short_message"] = octets
            every = [*extra, *(parameters or [])]

            def settled(status: int) -> None:
                sent.statuses.append(status)
                self.bell.ring()
                if fate.duplicate:
                    outbox.put(Delivery(dict(body), every, lambda status: None))

            outbox.put(Delivery(body, every, settled))

        for at in self.switchboard.order(len(pieces), f"{phone.msisdn} {sent.message_id}"):
            deliver(*pieces[at])
        return sent

    def _pieces(
        self, phone: Phone, text: str, coding: Coding, segmentation: Segmentation
    ) -> list[tuple[int, bytes, Parameters]]:
        """esm_class, octets and optional parameters of each part."""
        if segmentation == "payload":
            octets = alphabet.encode(text, coding)
            return [(0, octets, [(Tag.MESSAGE_PAYLOAD, octets)])]
        wide = segmentation == "udh16"
        parts = alphabet.cut(text, coding, header=7 if wide else 6)
        if len(parts) == 1:
            return [(0, parts[0], [])]
        total = len(parts)
        reference = next(phone.references) & (0xFF if segmentation == "udh" else 0xFFFF)
        if segmentation == "sar":
            return [
                (
                    0,
                    part,
                    [
                        (Tag.SAR_REFERENCE, reference.to_bytes(2, "big")),
                        (Tag.SAR_TOTAL, bytes([total])),
                        (Tag.SAR_NUMBER, bytes([number])),
                    ],
                )
                for number, part in enumerate(parts, 1)
            ]
        return [
            (UDHI, alphabet.header(reference, total, number, wide=wide) + part, [])
            for number, part in enumerate(parts, 1)
        ]

    def addressed(self, sender: str, to: str, service_type: str = "") -> Body:
        """The beginning of a `deliver_sm`."""
        if self.switchboard.current.long_service_type:
            service_type = LONG_SERVICE_TYPE
        return {
            "service_type": service_type,
            "source_addr_ton": 1,
            "source_addr_npi": 1,
            "source_addr": sender,
            "dest_addr_ton": 0,
            "dest_addr_npi": 1,
            "destination_addr": to,
        }
