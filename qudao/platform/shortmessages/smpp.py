"""A line by SMPP."""

from __future__ import annotations

import itertools
import random
import ssl
from typing import Final

from qudao.platform.shortmessages.config import SmppLink
from qudao.platform.shortmessages.types import Address, Later, NotTaken, Part, Reported, Taken
from qudao.platform.smpp import client
from qudao.platform.smpp.codes import Status, Tag, status_name
from qudao.platform.smpp.parts import By, carried, spread
from qudao.platform.smpp.pdu import DataSm, DeliverSm, Pdu, SubmitSm
from qudao.platform.smpp.receipts import receipt
from qudao.platform.smpp.texts import Coding
from qudao.platform.smpp.types import (
    Binding,
    Limits,
    Mode,
    Nacked,
    NotSent,
    Refused,
    Unanswered,
)

MOST_PARTS: Final = 10
"""Of a text of ours."""
HANDLING: Final = 1_000
"""Messages of phones that are being kept at once: they are kept in sets."""
_KIND: Final = 0x3C
"""esm_class: what a message is, if not a message (5.2.12)."""


class SmppLine:
    """One bind as transceiver, or one as receiver and one as transmitter."""

    def __init__(self, link: SmppLink, taken: Taken, reported: Reported) -> None:
        self.link = link
        self._taken, self._reported = taken, reported
        self._default = Coding[link.default.upper()]
        self._references = itertools.count(random.randrange(1 << 16))
        limits = Limits(window=link.window, handling=HANDLING)
        modes = [Mode.RECEIVER, Mode.TRANSMITTER] if link.pair else [Mode.TRANSCEIVER]
        self._links = [
            client.Link(self._binding(mode), self._handle, limits=limits) for mode in modes
        ]
        self._receiving, self._sending = self._links[0], self._links[-1]

    @property
    def up(self) -> bool:
        return all(one.session is not None and one.session.open for one in self._links)

    @property
    def reason(self) -> str:
        return next((one.reason for one in self._links if one.session is None), "")

    @property
    def era(self) -> int:
        return self._receiving.binds

    async def open(self) -> None:
        for one in self._links:
            await one.__aenter__()

    async def close(self) -> None:
        # Nothing new comes in while the last answers go out.
        for one in self._links:
            await one.stop()

    async def say(
        self, text: str, *, to: Address, sender: Address, tag: str = "", wait_s: float = 0
    ) -> None:
        like = SubmitSm(
            source_addr=sender.number,
            source_addr_ton=sender.ton,
            source_addr_npi=sender.npi,
            destination_addr=to.number,
            dest_addr_ton=to.ton,
            dest_addr_npi=to.npi,
            registered_delivery=int(self.link.receipts),
        )
        parts = spread(
            like,
            text,
            by=By(self.link.long),
            reference=next(self._references),
            limit=MOST_PARTS,
        )
        for nth, part in enumerate(parts):
            try:
                answer = await self._sending.send(part, wait_s=wait_s)
            except NotSent as error:
                if nth:
                    raise Unanswered(f"only {nth} of {len(parts)} parts went out") from error
                raise
            except Nacked as error:
                raise NotTaken(str(error)) from None
            if answer.status:
                raise NotTaken(status_name(answer.status))

    async def _handle(self, pdu: Pdu) -> None:
        if not isinstance(pdu, DeliverSm | DataSm):
            return
        found = receipt(pdu)
        if found is not None:
            self._reported(found.state.name.lower(), found.final)
            return
        if pdu.octets(Tag.USSD_SERVICE_OP) is not None:
            raise Refused(Status.RX_R_APPN)  # a session of USSD is none of ours
        there = carried(pdu, default=self._default)
        part = Part(
            sender=Address(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi),
            recipient=Address(pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi),
            coding="" if there.coding is None else there.coding.name,
            segment=there.segment,
            automatic=bool(pdu.esm_class & _KIND),
        )
        try:
            await self._taken(part)
        except Later:
            raise Refused(Status.RX_T_APPN) from None

    def _binding(self, mode: Mode) -> Binding:
        link = self.link
        return Binding(
            link.host,
            link.port,
            link.system_id,
            link.password,
            mode=mode,
            system_type=link.system_type,
            tls=ssl.create_default_context(cafile=link.ca_file or None) if link.tls else None,
        )
