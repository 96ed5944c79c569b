"""An outlet with money, people who have signed in, and the BOSS simulator behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import OrderId, Sale, Sold
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from qudao.journeys.fulfilment import fulfil
from qudao.kernel.money import Money
from qudao.platform.identity.models import User
from tests.boss_process import BossProcess, boss, boss_process
from tests.province import PASSWORD, Province, province

__all__ = ["boss", "boss_process", "province"]


class Shop:
    """The agent's outlet today: its people at browsers, and what happens behind."""

    def __init__(self, province: Province, boss: BossProcess) -> None:
        self.province, self.boss = province, boss
        self.outlet = province.agent

    def client(self, name: str = "clerk", language: str = "en") -> Client:
        """A browser in which somebody has signed in."""
        user = User.objects.get(username=name)
        User.objects.filter(pk=user.pk).update(must_change_password=False, language=language)
        user.refresh_from_db()
        client = Client()
        answer = client.post(reverse("account_login"), {"login": name, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return client

    def customer(self) -> str:
        """The number of a customer whose line is active."""
        return self.boss.fresh().msisdn

    def sale(self, fen: int = 50_00, msisdn: str = "", key: str | None = None) -> Sold:
        """Sell a top-up, as the clerk."""
        ctx = self.province.clerk(at=datetime.now(UTC), key=key)
        request = Sale(self.outlet, self.top_up, msisdn or self.customer(), Money(fen))
        return sell.one(ctx, request)

    @property
    def top_up(self) -> str:
        from qudao.domain.catalog import queries as catalog

        rows = catalog.offerings(self.province.system(), page=_page(), business="top_up")
        return rows.items[0].code

    def fulfil(self) -> None:
        """Let the dispatcher bring everything that is due to the BOSS and back."""
        fulfil(lambda: self.province.system(datetime.now(UTC)), customers.boss(), most=100)

    def complete(self, order: OrderId) -> None:
        """The BOSS does it."""
        at = datetime.now(UTC)
        self.province.dispatch(at=at)
        self.province.complete([order], at=at)


def _page() -> Any:
    from qudao.kernel.page import PageRequest

    return PageRequest()


def _forget_boss() -> None:
    """The gateway reads its address when it is made: let the next look-up make it anew."""
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()


@pytest.fixture
def shop(province: Province, boss: BossProcess, settings: Settings) -> Iterator[Shop]:
    settings.BOSS_URL = boss.url
    _forget_boss()
    province.pay_in(province.agent, Money(1_000_00), at=datetime.now(UTC))
    yield Shop(province, boss)
    _forget_boss()
