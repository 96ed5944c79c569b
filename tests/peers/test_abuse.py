"""What peers do to our centre that they should not: it says so, and the others are served on."""

from __future__ import annotations

import asyncio
import struct

import pytest

from qudao.platform.smpp.codes import Command, Status
from qudao.platform.smpp.types import Limits
from tests.peers.office import Office
from tests.peers.programs import Event, node, perl, running, smpp34
from tests.peers.scenario import NAME, PASSWORD, TEXT, as_json

pytestmark = pytest.mark.xdist_group("peers")


def pdu(command: int, body: bytes, *, length: int | None = None) -> str:
    octets = 16 + len(body) if length is None else length
    return struct.pack(">IIII", octets, command, 0, 0x1000).hex() + body.hex()


SUBMITTED = b"\0" + b"\0\x0010086\0" + b"\0\x00139\0" + bytes(9)
"""A submit_sm up to its sm_length."""

SURVIVED = {
    "longer-than-it-is": (pdu(4, SUBMITTED + b"\x20hello"), Status.RINVMSGLEN),
    "cut-parameter": (pdu(4, SUBMITTED + b"\0" + b"\x04\x24\xff\xff!"), Status.RINVPARLEN),
    "unknown": (pdu(0xEE, b"hello"), Status.RINVCMDID),
}


async def abused(command: list[str], office: Office) -> list[Event]:
    """What the peer was told; meanwhile another one is served from its first word to its last."""
    async with (
        running(command) as abuser,
        running(node("esme.js", *office.address, as_json())) as other,
    ):
        await abuser.told("bound")
        sessions = [await office.bound.get(), await office.bound.get()]
        assert await office.inbox.texts.get() == TEXT
        events = await abuser.ended()
        # one of the two is over; the other one goes on
        (alive,) = (session for session in sessions if session.reason is None)
        await office.dial(alive)
        for event in await other.told("submitted", 3):
            await office.report(alive, event["message_id"])
        assert (await other.ended())[-1]["event"] == "unbound"
    return events


@pytest.mark.parametrize("what", SURVIVED)
def test_npm_smpp_sends_what_is_no_pdu(what: str) -> None:
    octets, status = SURVIVED[what]

    async def talk() -> list[Event]:
        async with Office().open() as office:
            return await abused(node("abuse.js", *office.address, octets), office)

    answers = [event for event in asyncio.run(talk()) if event["event"] == "answer"]
    assert [(each["command"], each["status"]) for each in answers[:2]] == [
        ("generic_nack", status),
        ("enquire_link_resp", 0),
    ]
    assert answers[0]["sequence"] == 0x1000


@pytest.mark.parametrize("length", [0, 15, 0x7FFFFFFF])
def test_net_smpp_sends_a_length_that_cannot_be(length: int) -> None:
    """Nobody can say where the next PDU begins: it is told, and the connection ends."""

    async def talk() -> list[Event]:
        async with Office().open() as office:
            octets = pdu(4, b"hello", length=length)
            return await abused(perl("abuse.pl", *office.address, octets), office)

    events = asyncio.run(talk())
    assert [event["event"] for event in events] == ["bound", "answer", "closed"]
    assert events[1]["command"] == Command.GENERIC_NACK
    assert events[1]["status"] == Status.RINVCMDLEN


def test_net_smpp_begins_a_pdu_and_stops() -> None:
    """It is asked whether it lives, and let go when it does not say so."""
    limits = Limits(enquire_s=0.2, response_s=0.2)

    async def talk() -> list[Event]:
        async with Office(limits).open() as office:
            octets = pdu(4, SUBMITTED, length=200)
            async with running(perl("abuse.pl", *office.address, octets)) as program:
                session = await office.bound.get()
                await session.wait()
                return await program.ended()

    events = asyncio.run(talk())
    asked = Command.ENQUIRE_LINK
    assert {event["command"] for event in events if event["event"] == "answer"} == {asked}
    assert events[-1]["event"] == "closed"


def test_smpp34_floods() -> None:
    """More at once than is handled: all are answered, the surplus with a no, nothing is lost."""
    limits = Limits(handling=4, waiting=50)
    count = 3_000

    async def talk() -> tuple[list[Event], Office]:
        async with Office(limits).open() as office:
            address = ["127.0.0.1", str(office.server.port), NAME, PASSWORD, str(count)]
            async with running(smpp34("smpp34_flood.py", *address)) as program:
                return await program.ended(), office

    events, office = asyncio.run(talk())
    statuses = {int(status): count for status, count in events[0]["statuses"].items()}
    assert sum(statuses.values()) == count
    assert set(statuses) <= {Status.ROK, Status.RTHROTTLED}
    assert statuses[Status.ROK] == len(office.inbox.pdus)
    assert events[-1]["event"] == "unbound"
