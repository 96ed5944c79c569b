"""Orders that are looked at: together, and each by who may see it now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.queries import OrderUnknown
from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.domain.party import operations as party
from qudao.kernel.money import Money
from qudao.platform.commands.context import NotPermitted
from qudao.platform.identity import operations as identity
from tests.counter_process import CounterProcess, Told
from tests.fronts.api.conftest import Shop, Terminal

pytestmark = pytest.mark.django_db(transaction=True)


def look(counter: CounterProcess, till: Terminal, order: str, language: str = "en") -> Told:
    headers = {"Authorization": f"Bearer {till.secret}", "Accept-Language": language}
    return counter.request("GET", f"/api/v1/orders/{order}", headers=headers)


def test_many_look_at_once_and_each_sees_his_own(
    committed_shop: Shop, counter: CounterProcess
) -> None:
    committed_shop.province.pay_in(committed_shop.province.far, Money(1000_00))
    tills = [committed_shop.terminal(), committed_shop.terminal("farclerk")]
    sold = [
        [counter.sell(till.secret, f"k-{n}", 100 * (n + 1)).document["order"] for n in range(4)]
        for till in tills
    ]
    nobodys = str(uuid4())
    wanted = [
        (who, order, language)
        for who in (0, 1)
        for order in (*sold[0], *sold[1], nobodys)
        for language in ("en", "zh-Hans")
    ] * 4
    with ThreadPoolExecutor(64) as pool:
        told = list(pool.map(lambda one: look(counter, tills[one[0]], *one[1:]), wanted))
    for (who, order, language), answer in zip(wanted, told, strict=True):
        assert answer.headers["Content-Language"] == language.lower()
        if order in sold[who]:
            assert (answer.status, answer.document["id"]) == (200, order)
            assert answer.document["amount_fen"] == 100 * (sold[who].index(order) + 1)
        else:
            assert (answer.status, answer.document["code"]) == (404, "ordering.order_unknown")
            assert answer.document["detail"].isascii() == (language == "en")


def test_who_may_look_is_never_of_yesterday(committed_shop: Shop, counter: CounterProcess) -> None:
    province = committed_shop.province
    till = committed_shop.terminal()
    order = counter.sell(till.secret, "k-1").document["order"]
    assert look(counter, till, order).status == 200
    member = province.people["clerk"].membership
    party.suspend_member(
        province.system(committed_shop.now), membership=member, reason="stock-taking"
    )
    refused = look(counter, till, order)
    assert (refused.status, refused.document["code"]) == (403, "api.no_membership")
    party.resume_member(province.system(committed_shop.now), membership=member)
    assert look(counter, till, order).status == 200
    identity.revoke_token(province.system(committed_shop.now), token=till.token)
    assert look(counter, till, order).status == 401


class TestLimits:
    @pytest.fixture
    def counter_environment(self, counter_environment: dict[str, str]) -> dict[str, str]:
        return counter_environment | {"QUDAO_API_REQUESTS_PER_MINUTE": "5"}

    def test_looks_count_as_any_request(
        self, committed_shop: Shop, counter: CounterProcess
    ) -> None:
        till = committed_shop.terminal()
        order = counter.sell(till.secret, "k-1").document["order"]
        told = [look(counter, till, order).status for _ in range(12)]
        assert 429 in told and set(told) <= {200, 429}


def test_one_statement_for_however_many(committed_shop: Shop) -> None:
    province = committed_shop.province
    sold = [OrderId(UUID(committed_shop.terminal().sell().json()["order"])) for _ in range(3)]
    at = datetime.now(UTC)
    mine = province.context("outlet_clerk", committed_shop.outlet, at=at)
    others = province.context("outlet_clerk", province.far, at=at)
    nobody = replace(mine, grants=frozenset())
    asked = [(ctx, order) for ctx in (mine, others, nobody) for order in (*sold, OrderId(uuid4()))]
    with CaptureQueriesContext(connection) as done:
        found = orders.orders_for(asked)
    assert len([one for one in done if "ordering_order" in one["sql"]]) == 1
    assert [one.id if isinstance(one, OrderRecord) else type(one) for one in found] == [
        *sold,
        *[OrderUnknown] * 5,
        *[NotPermitted] * 4,
    ]
