"""What payments of customers are tested with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from qudao.domain.catalog import queries as catalog
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from tests import means
from tests.boss_process import BossProcess, boss, boss_process
from tests.journeys.paying.hall import PaidHall, assert_all_sound, open_hall
from tests.means import Scripted
from tests.province import Province, build, committed_province

__all__ = ["boss", "boss_process", "committed_province"]


@pytest.fixture
def scripted(settings: Settings) -> Iterator[Scripted]:
    """Whoever holds the money, for all ways of paying."""
    settings.PAYMENT_MEANS = means.MEANS
    means.reset()
    yield means.SCRIPTED
    means.reset()


@pytest.fixture(scope="module")
def open_province(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[PaidHall]:
    """A province with a hall, for all tests of a module: each undoes what it has done."""
    with django_db_blocker.unblock(), transaction.atomic():
        catalog.forget()
        yield open_hall(build())
        transaction.set_rollback(True)
    catalog.forget()


@pytest.fixture
def hall(
    open_province: PaidHall, scripted: Scripted, django_db_blocker: DjangoDbBlocker
) -> Iterator[PaidHall]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield PaidHall(open_province.province, open_province.outlet, open_province.path)
        assert_all_sound()
        transaction.set_rollback(True)


@pytest.fixture
def committed_hall(committed_province: Province, scripted: Scripted) -> Iterator[PaidHall]:
    """Committed: for threads, processes and relays."""
    catalog.forget()
    yield open_hall(committed_province)
    assert_all_sound()
    catalog.forget()


@pytest.fixture
def open_boss(boss: BossProcess, settings: Settings) -> Iterator[BossProcess]:
    settings.BOSS_URL = boss.url
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
    yield boss
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()


@pytest.fixture
def line(open_boss: BossProcess) -> str:
    return open_boss.fresh().msisdn
