"""What dialogues are tested with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from qudao.domain.catalog import queries as catalog
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from qudao.kernel.money import Money
from tests.boss_process import BossProcess, boss, boss_process
from tests.journeys.dialogue.hall import Hall
from tests.province import Province, province
from tests.stocked import load_numbers, shelve

__all__ = ["boss", "boss_process", "province"]


@pytest.fixture
def hall(province: Province, boss: BossProcess, settings: Settings) -> Iterator[Hall]:
    settings.BOSS_URL = boss.url
    _forget()
    province.pay_in(province.agent, Money(1_000_00))
    yield Hall(province, boss)
    _forget()


@pytest.fixture
def stocked_hall(hall: Hall) -> Hall:
    """With numbers and recharge cards."""
    load_numbers(hall.province)
    hall.shelf = shelve(hall.province, hall.province.agent)
    return hall


def _forget() -> None:
    """What a process keeps of another test's province and BOSS."""
    catalog.forget()
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()


@pytest.fixture
def committed_hall(
    committed_province: Province, boss: BossProcess, settings: Settings
) -> Iterator[Hall]:
    """Committed: for threads, which see only that."""
    settings.BOSS_URL = boss.url
    _forget()
    committed_province.pay_in(committed_province.agent, Money(1_000_00))
    yield Hall(committed_province, boss)
    _forget()
