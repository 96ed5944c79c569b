"""People at the back office."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Event
from typing import Any

import pytest
from django.db.models import Sum
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.models import HourlySales
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale, Sold
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.identity.models import User
from tests.province import PASSWORD, Province
from tests.province import province as province

Enter = Callable[..., Client]
MSISDN = "13800138000"


@pytest.fixture
def enter(province: Province) -> Enter:
    """Signs somebody of the province in, in English unless said otherwise."""

    def sign_in(username: str, language: str = "en") -> Client:
        client = Client()
        User.objects.filter(username=username).update(language=language, must_change_password=False)
        answer = client.post(
            reverse("account_login"), {"login": username, "password": str.__str__(PASSWORD)}
        )
        assert answer.status_code == 302, answer.content.decode()
        return client

    return sign_in


def now() -> datetime:
    return datetime.now(UTC)


def do(
    client: Client, screen: str, act: str, row: object = None, /, *, key: str = "k1", **data: Any
) -> Any:
    """Send the form of an act."""
    view = reverse(f"admin:{screen}_do", args=[act])
    if row is not None:
        view = reverse(f"admin:{screen}_act", args=[row, act])
    return client.post(view, {"request_key": key, **data})


def page(client: Client, screen: str, row: object) -> Any:
    return client.get(reverse(f"admin:{screen}_change", args=[row]))


def text(response: HttpResponse) -> str:
    """What stands on a page, without markup."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def trade(province: Province, fen: int = 50_00) -> Sold:
    """The agent's clerk sells a top-up now, and the BOSS does it."""
    rows = catalog.offerings(province.system(), page=PageRequest(1), business="top_up")
    sale = Sale(province.agent, rows.items[0].code, MSISDN, Money(fen))
    sold = sell.one(province.clerk(at=now()), sale)
    province.complete(province.dispatch(at=now()), at=now())
    return sold


def follow(province: Province, sales: int) -> None:
    """
    Let the relay bring the figures up to so many sales.

    It reads what every transaction of the server has left behind, those of other tests included:
    so it is asked again until they have ended.
    """
    deadline = now() + timedelta(seconds=60)
    while True:
        province.relay()
        found = HourlySales.objects.unscoped("test").aggregate(n=Sum("completed"))["n"] or 0
        if found >= sales:
            return
        assert now() < deadline, f"{found} of {sales} sales were counted"
        Event().wait(0.05)
