"""
A small province with a hall of each kind, made once and copied: what one front does there, another
front finds undone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from django.db import connections
from django.test.utils import override_settings
from pytest_django.live_server_helper import LiveServer

from qudao.domain.care import operations as care
from qudao.domain.catalog import queries as catalog
from qudao.domain.credential import operations as credential
from qudao.domain.ordering.ports import Completed
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Market, OutletChange, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.gateways.boss import gateway
from qudao.journeys import cards, customers
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from simulators.boss.catalogue import catalogue
from tests import database, stocked
from tests.acquirer_process import AcquirerProcess
from tests.boss_process import BossProcess
from tests.gateways.boss.orders import order
from tests.halls.driver import World
from tests.journeys.shop import Shop
from tests.province import Province, build

KINDS: Final = ("sms_hall", "ussd_hall", "ivr_hall", "web_hall", "mobile_hall", "kiosk")
BELOW: Final = ("sms_hall", "kiosk")
"""Those whose outlet stands in a county; the others' stand below the branch."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CARDS: Final = 3
"""Recharge cards that were sold and not used yet."""


@contextmanager
def made(
    boss: BossProcess, acquirer: AcquirerProcess, folders: pytest.TempPathFactory
) -> Iterator[tuple[World, str]]:
    """A world, and the name of its database: while inside, it may be copied."""
    boss.faults()
    boss.clock()
    acquirer.faults()
    acquirer.forget_notices()
    with database.copy(part="_world") as name, override_settings(BOSS_URL=boss.url):
        _forget()
        world = _make(boss, acquirer, folders.mktemp("halls"))
        _forget()
        yield world, name
    _forget()


def _make(boss: BossProcess, acquirer: AcquirerProcess, folder: Path) -> World:
    """Build the world in the database that this process uses, committed."""
    province = build()
    now = datetime.now(UTC)
    world = World(province, boss, acquirer, url="", environment={}, folder=folder)
    for kind in KINDS:
        world.outlets[kind] = str(_open(province, kind))
    saleschannel.change(
        province.system(),
        outlet=province.hall,
        changes=OutletChange(opening_hours={day: [["09:00", "18:00"]] for day in DAYS}),
    )
    care.set_desk(province.system(), outlet=province.hall, seats=2, minutes=30)
    stocked.load_numbers(province)
    province.pay_in(province.agent, Money(1_000_00))
    shop = Shop(province, stocked.shelve(province, province.agent, at=now))
    for _ in range(CARDS):
        serial, pin = shop.shelf.card()
        cards.sell(province.clerk(at=now), outlet=province.agent, serial=serial)
        world.pins.append(pin)
    shop.settle("completed", at=now)
    debtor = boss.find(
        lambda one: one.state == "active" and any(b.open for b in one.bills) and bool(one.add_ons)
    )
    world.msisdn, world.resting = debtor.msisdn, _resting(boss)
    add_on = catalogue().add_on(debtor.add_ons[0])
    assert add_on is not None
    world.add_on = add_on.name_zh
    acquirer.bind(world.msisdn, limit=10_000_00)
    for line in (world.msisdn, world.resting):
        credential.set_password(province.system(now), msisdn=line, password=Secret(world.password))
    return world


def _resting(boss: BossProcess) -> str:
    """A line that was suspended as its customer wished."""
    line = boss.fresh(lambda one: one.payment == "prepaid").msisdn
    (done,) = customers.boss().submit([order("suspend", line, 0)])
    assert isinstance(done, Completed)
    return line


def _open(province: Province, kind: str) -> object:
    """Open a hall's outlet in Zhengzhou, as an operator does: at the branch, or in a county."""
    made = saleschannel.open_outlet(
        province.system(),
        place=province.organizations["410102" if kind in BELOW else "4101"],
        draft=OutletDraft(
            name_zh=f"{kind}厅",
            name_en=f"Hall {kind}",
            kind=kind,
            market=Market.CITY,
            address="郑州市",
        ),
    )
    wallet.open(province.system(), outlet=made)
    saleschannel.activate(province.system(), outlet=made)
    return made


@contextmanager
def copied(world: World, of: str, part: str) -> Iterator[World]:
    """While inside, this process and those with the copy's environment are in a copy of a world."""
    with (
        database.copy(of, part),
        override_settings(
            BOSS_URL=world.boss.url,
            ACQUIRER_URL=world.acquirer.url,
            ACQUIRER_KEY=world.acquirer.key,
            ACQUIRER_SECRET=world.acquirer.secret,
        ),
        _web_server() as url,
    ):
        folder = world.folder / part.strip("_")
        folder.mkdir()
        _forget()
        yield replace(world, url=url, environment=environment(world), folder=folder)
    _forget()


def environment(world: World) -> Mapping[str, str]:
    """What puts a process into the world that this process is in."""
    return {
        **os.environ,
        "DATABASE_URL": database.dsn(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "QUDAO_BOSS_URL": world.boss.url,
        **world.acquirer.environment,
        "QUDAO_LOG_LEVEL": "WARNING",
    }


@contextmanager
def _web_server() -> Iterator[str]:
    """All pages, on a free port, in a thread."""
    server = LiveServer("127.0.0.1")
    try:
        yield str(server.url)
    finally:
        server.stop()


def _forget() -> None:
    """What this process keeps of another world."""
    catalog.forget()
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
    connections.close_all()
