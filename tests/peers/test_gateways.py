"""Centres of others: our application bound to them, as by SMS so by USSD."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

import pytest

from qudao.platform.smpp.client import connect
from qudao.platform.smpp.codes import Status, Tag
from qudao.platform.smpp.receipts import MessageState
from qudao.platform.smpp.types import Binding, BindRefused
from qudao.platform.smpp.ussd import STANDARD, Op, said
from qudao.site.bench.ports import free_port
from tests.peers.office import Hall, text_to
from tests.peers.programs import Event, node, running, smpp34
from tests.peers.scenario import (
    CHOICE,
    CODE,
    DIALLED,
    DONE,
    MENU,
    NAME,
    PHONE,
    REFERENCE,
    SESSION,
    TEXT,
    VENDOR,
    VENDOR_TAG,
    as_json,
)

pytestmark = pytest.mark.xdist_group("peers")


PEERS: dict[str, Callable[[], list[str]]] = {
    "npm-smpp": lambda: node("gateway.js", as_json()),
    "smpp34": lambda: smpp34("smpp34_gateway.py", str(free_port()), as_json()),
}


async def whole_dialogue(command: list[str]) -> list[Event]:
    """The scenario from our side; what the gateway saw."""
    hall = Hall()
    async with running(command) as gateway:
        port = (await gateway.told("listening"))[0]["port"]
        session = await hall.bind(port)
        ids = []
        for part in text_to(PHONE, TEXT):
            ids.append((await session.send(part)).message_id)
            receipt = await hall.receipts.get()
            assert (receipt.message_id, receipt.state) == (ids[-1], MessageState.DELIVERED)
        dialled = await hall.heard.get()
        assert (dialled.op, dialled.text) == (Op.DIAL, DIALLED)
        assert (dialled.msisdn, dialled.code) == (PHONE, CODE)
        assert (await session.send(said(dialled, Op.MENU, MENU, STANDARD))).status == 0
        chosen = await hall.heard.get()
        assert (chosen.op, chosen.text) == (Op.ANSWER, CHOICE)
        assert chosen.session == dialled.session == SESSION.hex()
        assert (await session.send(said(chosen, Op.FINAL, DONE, STANDARD))).status == 0
        for op, pdu in ((b"\x01", dialled.pdu), (b"\x12", chosen.pdu)):
            assert pdu.service_type == "USSD"
            assert pdu.octets(Tag.USSD_SERVICE_OP) == op
            assert pdu.octets(Tag.ITS_SESSION_INFO) == SESSION
            assert pdu.octets(Tag.USER_MESSAGE_REFERENCE) == REFERENCE
            assert pdu.octets(VENDOR_TAG) == VENDOR
        await gateway.told("shown", 2)
        assert await session.unbind() == "unbound by us"
        await gateway.told("unbound")
        return gateway.events


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_a_dialogue(peer: Callable[[], list[str]]) -> None:
    events = asyncio.run(whole_dialogue(peer()))
    shown = [event for event in events if event["event"] == "shown"]
    assert [(each["op"], each["text"]) for each in shown] == [(2, MENU), (17, DONE)]
    for each in shown:
        assert (each["session"], each["reference"]) == (SESSION.hex(), REFERENCE.hex())
        assert each["service_type"] == "USSD"
    parts = [event for event in events if event["event"] == "part"]
    assert [part["udh"][0][-4:] for part in parts] == ["0301", "0302", "0303"]
    assert {part["data_coding"] for part in parts} == {8}
    assert all(event["status"] == 0 for event in events if event["event"] in ("taken", "receipt"))


def test_npm_reads_the_text_as_it_was_written() -> None:
    events = asyncio.run(whole_dialogue(node("gateway.js", as_json())))
    assert "".join(event["text"] for event in events if event["event"] == "part") == TEXT


def test_npm_refuses_a_wrong_password() -> None:
    async def talk() -> None:
        async with running(node("gateway.js", as_json())) as gateway:
            port = (await gateway.told("listening"))[0]["port"]
            with pytest.raises(BindRefused) as caught:
                await connect(Binding("127.0.0.1", port, NAME, "wrong"), Hall().handle)
            assert caught.value.status == Status.RINVPASWD

    asyncio.run(talk())


def octets_of(command: int, body: bytes = b"") -> str:
    return struct.pack(">IIII", 16 + len(body), command, 0, 0x1000).hex() + body.hex()


DELIVERED = b"USSD\0" + b"\0\0139\0" + b"\0\x0010086\0" + bytes(9)
"""A deliver_sm up to its sm_length."""

ABUSE = {
    "longer-than-it-is": octets_of(5, DELIVERED + b"\x20*100#"),
    "cut-parameter": octets_of(5, DELIVERED + b"\x05*100#" + b"\x13\x83\x00\xff\x00\x01"),
    "odd-end": octets_of(5, DELIVERED + b"\x05*100#" + b"\x13\x83"),
    "unknown": octets_of(0xEE, b"whatever"),
    "answer-to-nothing": octets_of(0x80000004),
}


@pytest.mark.parametrize("abuse", ABUSE)
def test_what_is_no_pdu_ends_nothing(abuse: str) -> None:
    """The gateway sends it in the middle of the dialogue, which then goes on to its end."""
    events = asyncio.run(whole_dialogue(node("gateway.js", as_json(), ABUSE[abuse])))
    assert [event["op"] for event in events if event["event"] == "shown"] == [2, 17]
    nacks = [event["status"] for event in events if event["event"] == "nack"]
    assert len(nacks) == (abuse != "answer-to-nothing")
    assert all(nacks)
