"""A province whose agent has money and tokens, and the BOSS simulator behind it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from qudao.gateways.boss import gateway
from qudao.journeys import customers
from qudao.journeys.fulfilment import fulfil
from qudao.kernel.money import Money
from qudao.platform.identity import operations as identity
from qudao.platform.identity.types import TokenId
from tests.boss_process import BossProcess, boss, boss_process
from tests.province import Province

__all__ = ["boss", "boss_process"]

MSISDN = "13937100001"
keys = itertools.count()


class Terminal:
    """A program that shows one token."""

    def __init__(self, secret: str, token: TokenId, language: str = "en") -> None:
        self.secret, self.token = secret, token
        self._client = Client(raise_request_exception=True)
        self._headers = {"Authorization": f"Bearer {secret}", "Accept-Language": language}

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> HttpResponse:
        return self._client.get(f"/api/v1{path}", query, headers=self._headers | (headers or {}))

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """Send a body as JSON; a fresh key unless one is given, none for None."""
        return self.send("POST", path, body, key=key, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        headers: dict[str, str] | None = None,
        kind: str = "application/json",
    ) -> HttpResponse:
        """Send a body, as JSON unless it is of another kind."""
        sent = self._headers | (headers or {})
        if key is not None:
            sent["Idempotency-Key"] = key or f"key-{next(keys)}"
        content = json.dumps(body) if isinstance(body, dict | list) else body
        return self._client.generic(
            method, f"/api/v1{path}", content or b"", content_type=kind, headers=sent
        )

    def sell(self, amount: int = 5000, **more: Any) -> HttpResponse:
        body = {"offering": "TOPUP", "msisdn": MSISDN, "amount_fen": amount}
        options = {name: more.pop(name) for name in ("key", "headers") if name in more}
        return self.post("/sales", body | more, **options)


class Shop:
    """The agent's outlet today."""

    def __init__(self, province: Province) -> None:
        self.province, self.outlet = province, province.agent
        self.now = datetime.now(UTC)

    def terminal(self, name: str = "clerk", language: str = "en", **options: Any) -> Terminal:
        issued = identity.issue_token(
            self.province.system(self.now),
            user=self.province.people[name].user,
            name="till",
            **options,
        )
        return Terminal(str.__str__(issued.secret), issued.token, language)

    def complete(self, *orders: str) -> None:
        """The BOSS does it."""
        at = datetime.now(UTC)
        self.province.dispatch(at=at)
        self.province.complete([UUID(order) for order in orders], at=at)

    def fulfil(self) -> None:
        """Let the dispatcher bring everything that is due to the BOSS and back."""
        fulfil(lambda: self.province.system(datetime.now(UTC)), customers.boss(), most=100)


@pytest.fixture
def shop(province: Province) -> Shop:
    return open_shop(province)


@pytest.fixture
def committed_shop(committed_province: Province) -> Shop:
    return open_shop(committed_province)


def open_shop(province: Province) -> Shop:
    province.pay_in(province.agent, Money(1_000_00), at=datetime.now(UTC))
    return Shop(province)


@pytest.fixture
def till(shop: Shop) -> Terminal:
    """The agent's clerk at a terminal."""
    return shop.terminal()


@pytest.fixture
def live_boss(boss: BossProcess, settings: Settings) -> Iterator[BossProcess]:
    """The simulator, as the one that the platform talks to."""
    settings.BOSS_URL = boss.url
    _forget()
    yield boss
    _forget()


def _forget() -> None:
    """The gateway reads its address when it is made: let the next look-up make it anew."""
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
