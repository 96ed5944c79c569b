"""Kannel, an SMS gateway, as the application: it cuts, reports and keeps parameters by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.parts import carried
from tests.peers.kannel import kannel
from tests.peers.office import Office
from tests.peers.programs import WAIT_S
from tests.peers.scenario import CODE, DIALLED, MENU, PHONE, REFERENCE, SESSION, TEXT

pytestmark = pytest.mark.xdist_group("peers")


def test_kannel(tmp_path: Path) -> None:
    """A long text with receipts, a phone that dials, a menu for it, octets that are no text."""

    async def talk() -> None:
        async with asyncio.timeout(WAIT_S), Office().open() as office:
            async with kannel(tmp_path, office.server.port) as gateway:
                session = await office.bound.get()
                dlr = f"{gateway.web}/dlr?state=%d&id=%F"
                await gateway.send(TEXT, dlr_mask="3", dlr_url=dlr)
                assert await office.inbox.texts.get() == TEXT
                assert len(office.inbox.pdus) == 3
                for number in range(1, 4):
                    await office.report(session, f"qudao-{number}")
                assert (await gateway.told["dlr"].get())["state"] == "1"

                dialling = asyncio.create_task(office.dial(session))
                told = await gateway.told["mo"].get()
                assert (told["from"], told["to"], told["text"]) == (PHONE, CODE, DIALLED)
                octets = {
                    name: unquote_to_bytes(value)
                    for name, _, value in (
                        pair.partition("=")
                        for pair in told["meta"].removeprefix("?smpp?").split("&")
                    )
                }
                assert octets["op"] == b"\x01"
                assert octets["session"] == SESSION
                assert octets["reference"] == str(int.from_bytes(REFERENCE, "big")).encode()
                await gateway.send(MENU, meta_data="?smpp?op=%02&session=%00%FF&reference=256")
                menu = await dialling
                assert carried(menu).text() == MENU
                assert menu.octets(Tag.USSD_SERVICE_OP) == b"\x02"
                assert menu.octets(Tag.ITS_SESSION_INFO) == SESSION
                assert menu.octets(Tag.USER_MESSAGE_REFERENCE) == REFERENCE

                # half a character at the end is shown as it can be, and nothing breaks
                await gateway.send("余额".encode("utf-16-be")[:3])
                assert await office.inbox.texts.get() == "余\N{REPLACEMENT CHARACTER}"
            assert await session.wait() == "unbound by the other side"
            assert session.counts.bad == session.counts.failed == 0

    asyncio.run(talk())
