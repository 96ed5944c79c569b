"""The links to gateways by SMPP, against the simulated one: whole sessions, drops, crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from qudao.fronts.ussd import links
from qudao.fronts.ussd.gateways import LinkTo, ProfileData, profile_of
from qudao.fronts.ussd.links import without_code
from qudao.platform.smpp.types import Binding
from tests.fronts.electronic import ElectronicHall
from tests.halls.driver import folder_of
from tests.smsc_process import SmscProcess

WAIT_S = 30


class Running:
    """The process's inside, in a thread of the test."""

    def __init__(self, smsc: SmscProcess) -> None:
        profile = profile_of("simulated", ProfileData(also={"32": "over"}))
        binding = Binding(smsc.host, smsc.port, "qudao", "qudao")
        self._to = LinkTo("simulated", binding, 50, "", "zh-hans", profile)
        self._ready = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(WAIT_S)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await links.run([self._to], self._stop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()


@pytest.fixture
def bound(smsc: SmscProcess, committed_hall: ElectronicHall) -> Iterator[Running]:
    running = Running(smsc)
    smsc.sessions(bound=1)
    yield running
    running.stop()


def key(screen: dict[str, object], label: str) -> str:
    """The key of a choice; of its folder; the one for more where it is on another page."""
    rows = [row.partition(" ") for row in str(screen["text"]).splitlines()]
    keys = {said: key for key, _space, said in rows}
    return keys.get(label) or keys.get(folder_of(label)) or keys["更多"]


def choose(
    smsc: SmscProcess, phone: str, screen: dict[str, object], label: str
) -> dict[str, object]:
    while f" {label}" not in str(screen["text"]):
        screen = smsc.ussd(phone, answer=key(screen, label))
    return smsc.ussd(phone, answer=key(screen, label))


@pytest.mark.django_db(transaction=True)
def test_a_day_of_phones(bound: Running, smsc: SmscProcess, committed_hall: ElectronicHall) -> None:
    hall = committed_hall
    # a query by the network's number
    phone = hall.line()
    menu = smsc.ussd(phone, dial="*100#")
    assert menu["state"] == "menu"
    balance = choose(smsc, phone, menu, "余额")
    assert phone in str(balance["text"]) and "¥" in str(balance["text"])
    smsc.ussd(phone, hang_up=True)

    # money, with a session that drops in the middle, and a hall that is started anew
    pin = hall.card()
    menu = smsc.ussd(phone, dial="*100#")
    choose(smsc, phone, menu, "充值卡充值")
    asked = smsc.ussd(phone, answer=phone)
    smsc.ussd(phone, hang_up=True)
    smsc.end("reset")
    smsc.sessions(bound=1)
    assert smsc.ussd(phone, dial="*100#")["text"] == asked["text"]
    confirm = smsc.ussd(phone, answer=pin)
    assert key(confirm, "是") == "1"
    done = smsc.ussd(phone, answer="1")
    assert done["state"] == "final" and "业务单号" in str(done["text"])
    assert hall.orders() == 1
    # no screen was one that the gateway could not show
    assert smsc.problems == []


@pytest.mark.django_db(transaction=True)
def test_many_phones(bound: Running, smsc: SmscProcess, committed_hall: ElectronicHall) -> None:
    told = smsc.load(texts=["*100#", "#", "0"], ussd=True, phones=20, for_s=1)
    assert told["unanswered"] == 0 and told["steps"] >= 60


@pytest.mark.parametrize(
    ("dialled", "code", "read"),
    [
        ("*100#", "", "*100#"),
        ("*100*8#", "*100*8#", "*0#"),
        ("*100*8*2*50#", "*100*8#", "*0*2*50#"),
        ("*100*80#", "*100*8#", "*100*80#"),
        ("*101#", "*100*8#", "*101#"),
    ],
)
def test_codes_of_more_than_one_number(dialled: str, code: str, read: str) -> None:
    assert without_code(dialled, code) == read
