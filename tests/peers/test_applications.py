"""Applications of others: bound to our sessions, and to the simulated centre."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.peers.office import Office, check_menu
from tests.peers.programs import Event, node, perl, running, smpp34
from tests.peers.scenario import DIALLED, MENU, PHONE, REFERENCE, SESSION, TEXT, VENDOR, as_json
from tests.smsc_process import SmscProcess

Command = Callable[[list[str], str], list[str]]

pytestmark = pytest.mark.xdist_group("peers")

PEERS: dict[str, Command] = {
    "npm-smpp": lambda address, scenario: node("esme.js", *address, scenario),
    "net-smpp": lambda address, scenario: perl("esme.pl", *address, scenario),
    "smpp34": lambda address, scenario: smpp34("smpp34_esme.py", *address, scenario),
}
"""They tell their parts by header, by optional parameters, and in one message_payload."""

everyone = pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)


def check(events: list[Event], phone: str) -> None:
    """It was answered to everything, got every receipt, and unbound."""
    names = [event["event"] for event in events]
    assert names[0] == "bound" and names[-1] == "unbound"
    assert all(event.get("status", 0) == 0 for event in events)
    submitted = [event["message_id"] for event in events if event["event"] == "submitted"]
    receipts = [event for event in events if event["event"] == "receipt"]
    assert sorted(each["message_id"] for each in receipts) == sorted(submitted)
    for receipt in receipts:
        assert receipt["state"] == 2
        assert receipt["text"].startswith(f"id:{receipt['message_id']} sub:001 dlvrd:001")
    (dialled,) = (event for event in events if event["event"] == "dialled")
    assert (dialled["source"], dialled["text"]) == (phone, DIALLED)
    assert dialled["service_type"] == "USSD"
    assert dialled["parameters"]["ussd_service_op"] == "01"


@everyone
def test_with_our_own_centre(peer: Command) -> None:
    async def talk() -> list[Event]:
        async with Office().open() as office, running(peer(office.address, as_json())) as program:
            session = await office.bound.get()
            assert await office.inbox.texts.get() == TEXT
            check_menu(await office.dial(session))
            for event in await program.told("submitted", len(office.inbox.pdus)):
                await office.report(session, event["message_id"])
            events = await program.ended()
            assert await session.wait() == "unbound by the other side"
            assert session.counts.bad == session.counts.failed == 0
            return events

    events = asyncio.run(talk())
    check(events, PHONE)
    (dialled,) = (event for event in events if event["event"] == "dialled")
    assert dialled["parameters"] == {
        "ussd_service_op": "01",
        "its_session_info": SESSION.hex(),
        "user_message_reference": REFERENCE.hex(),
        "vendor": VENDOR.hex(),
    }


@everyone
def test_with_the_simulated_centre(peer: Command, smsc: SmscProcess) -> None:
    phone = smsc.number()
    address = [smsc.host, str(smsc.port), "qudao", "qudao"]
    latest = smsc.latest

    async def talk() -> list[Event]:
        async with running(peer(address, as_json(phone))) as program:
            received = await asyncio.to_thread(smsc.received, phone)
            assert [message["text"] for message in received] == [TEXT]
            screen = await asyncio.to_thread(smsc.ussd, phone, dial=DIALLED)
            assert (screen["state"], screen["text"]) == ("menu", MENU)
            return await program.ended()

    problems = smsc.problems
    check(asyncio.run(talk()), phone)
    menu = smsc.submitted(latest)[-1]
    assert [tag for tag, _ in menu["parameters"]] == ["0x0501", "0x1383", "0x0204"]
    assert smsc.problems == problems
