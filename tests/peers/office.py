"""Our own side of the scenario: a centre that a peer binds to, an application that binds to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qudao.platform.smpp.client import connect
from qudao.platform.smpp.codes import Status, Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.parts import carried, spread
from qudao.platform.smpp.pdu import Bind, DeliverSm, Pdu, ShortMessage, SubmitSm, SubmitSmResp
from qudao.platform.smpp.receipts import Receipt, receipt
from qudao.platform.smpp.server import Server, serve
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.texts import Assembly
from qudao.platform.smpp.types import Binding, Handler, Limits, Refused
from qudao.platform.smpp.ussd import STANDARD, Heard, Profile, heard
from tests.peers.scenario import (
    CODE,
    DIALLED,
    MENU,
    NAME,
    PASSWORD,
    PHONE,
    REFERENCE,
    SESSION,
    VENDOR,
    VENDOR_TAG,
)

RECEIPT = 0x04
USSD = (
    Tlv(Tag.USSD_SERVICE_OP, b"\x01"),
    Tlv(Tag.ITS_SESSION_INFO, SESSION),
    Tlv(Tag.USER_MESSAGE_REFERENCE, REFERENCE),
    Tlv(VENDOR_TAG, VENDOR),
)


class Inbox:
    """The messages that came, put together."""

    def __init__(self) -> None:
        self.pdus: list[Pdu] = []
        self.texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._assembly: Assembly[str] = Assembly()

    def take(self, pdu: ShortMessage) -> None:
        self.pdus.append(pdu)
        found = carried(pdu)
        octets = self._assembly.add(pdu.source_addr, found.segment, 0.0)
        if octets is not None:
            self.texts.put_nowait(found.text(octets))


class Office:
    """Our centre: keeps what is submitted, and says what a test wants it to."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.inbox = Inbox()
        self.menus: asyncio.Queue[SubmitSm] = asyncio.Queue()
        self.bound: asyncio.Queue[Session] = asyncio.Queue()
        self.refused = 0
        self._limits = limits
        self.server: Server

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Office]:
        self.server = await serve(self._accept, limits=self._limits)
        try:
            yield self
        finally:
            await self.server.close()

    @property
    def address(self) -> list[str]:
        """For a peer's command line: host, port, name, password."""
        return ["127.0.0.1", str(self.server.port), NAME, PASSWORD]

    async def _accept(self, session: Session, bind: Bind) -> Handler:
        if (bind.system_id, bind.password) != (NAME, PASSWORD):
            self.refused += 1
            raise Refused(Status.RINVPASWD)
        self.bound.put_nowait(session)
        return self._handle

    async def _handle(self, pdu: Pdu) -> Pdu:
        assert isinstance(pdu, SubmitSm)
        if pdu.octets(Tag.USSD_SERVICE_OP) is None:
            self.inbox.take(pdu)
        else:
            self.menus.put_nowait(pdu)
        return SubmitSmResp(message_id=f"qudao-{len(self.inbox.pdus)}")

    async def dial(self, session: Session) -> SubmitSm:
        """A phone dials; what the peer answers."""
        dialled = DeliverSm(
            service_type="USSD",
            source_addr=PHONE,
            destination_addr=CODE,
            data_coding=15,
            short_message=DIALLED.encode(),
            tlvs=USSD,
        )
        assert (await session.send(dialled)).status == 0
        return await self.menus.get()

    async def report(self, session: Session, message_id: str) -> None:
        """A receipt, as text and as parameters."""
        told = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000"
            " stat:DELIVRD err:000 text:"
        )
        pdu = DeliverSm(
            source_addr=PHONE,
            destination_addr=CODE,
            esm_class=RECEIPT,
            short_message=told.encode(),
            tlvs=(
                Tlv.text(Tag.RECEIPTED_MESSAGE_ID, message_id),
                Tlv.number(Tag.MESSAGE_STATE, 2),
            ),
        )
        assert (await session.send(pdu)).status == 0


def check_menu(pdu: SubmitSm) -> None:
    """What a peer shows on a phone came as it was sent."""
    assert pdu.service_type == "USSD"
    assert (pdu.source_addr, pdu.destination_addr) == (CODE, PHONE)
    assert carried(pdu).text() == MENU
    assert pdu.octets(Tag.USSD_SERVICE_OP) == b"\x02"
    assert pdu.octets(Tag.ITS_SESSION_INFO) == SESSION
    assert pdu.octets(Tag.USER_MESSAGE_REFERENCE) == REFERENCE


class Hall:
    """Our application: keeps receipts, and what phones say by USSD and by message."""

    def __init__(self, profile: Profile = STANDARD) -> None:
        self.receipts: asyncio.Queue[Receipt] = asyncio.Queue()
        self.heard: asyncio.Queue[Heard] = asyncio.Queue()
        self.inbox = Inbox()
        self._profile = profile

    async def handle(self, pdu: Pdu) -> None:
        assert isinstance(pdu, DeliverSm)
        if (reported := receipt(pdu)) is not None:
            self.receipts.put_nowait(reported)
        elif (said := heard(pdu, self._profile)) is not None:
            self.heard.put_nowait(said)
        else:
            self.inbox.take(pdu)

    async def bind(self, port: int) -> Session:
        return await connect(Binding("127.0.0.1", port, NAME, PASSWORD), self.handle)


def text_to(phone: str, text: str) -> list[SubmitSm]:
    """A long text with receipts for its parts."""
    return spread(
        SubmitSm(source_addr=CODE, destination_addr=phone, registered_delivery=1),
        text,
        reference=42,
    )
