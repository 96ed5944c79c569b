"""The two halls with their outlets, and customers before them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from qudao.domain.catalog import queries as catalog
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from tests.acquirer_process import AcquirerProcess, acquirer, acquirer_process
from tests.boss_process import BossProcess, boss, boss_process
from tests.fronts.hall.stand import Customers, open_halls
from tests.province import Province, province

__all__ = ["acquirer", "acquirer_process", "boss", "boss_process", "province"]


@pytest.fixture
def hall(province: Province, boss: BossProcess, settings: Settings) -> Iterator[Customers]:
    settings.BOSS_URL = boss.url
    _forget()
    open_halls(province)
    yield Customers(province, boss)
    _forget()


@pytest.fixture
def paid_hall(hall: Customers, acquirer: AcquirerProcess, settings: Settings) -> Customers:
    """With somebody who holds customers' money."""
    settings.ACQUIRER_URL = acquirer.url
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = acquirer.key, acquirer.secret
    hall.acquirer = acquirer
    return hall


def _forget() -> None:
    """What a process keeps of another test's province and BOSS."""
    catalog.forget()
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
