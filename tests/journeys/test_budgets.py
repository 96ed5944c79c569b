"""How many statements selling costs: a regression here is found before the benchmark."""

from __future__ import annotations

import pytest

from qudao.domain.ordering.types import Sold
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import Held, NumberSearch, Reserve
from qudao.journeys import cards, goods
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from tests.journeys.shop import Shop
from tests.platform.commands.test_budgets import Statements


@pytest.fixture
def warm(shop: Shop) -> Shop:
    """The catalogue is in memory."""
    shop.open()
    shop.province.pay_in(shop.outlet, Money(50_000_00))
    return shop


def within(statements: Statements, most: int) -> None:
    shown = "\n".join(" ".join(text.split())[:160] for text in statements.work)
    assert len(statements.work) <= most, f"{len(statements.work)}:\n{shown}"


def test_an_opening(warm: Shop) -> None:
    held = resource.reserve.one(warm.ctx(), Reserve(warm.outlet, _free(warm, 1)[0]))
    wanted = {"held": held, "sim": warm.shelf.sim(), "dossier": warm.file("account_opening")}
    total = held.price + Money(110_00)
    with Statements() as statements:
        warm.open(total=total, **wanted)
    within(statements, 27)


def test_a_recharge_card(warm: Shop) -> None:
    serial, _ = warm.shelf.card()
    with Statements() as statements:
        cards.sell(warm.ctx(), outlet=warm.outlet, serial=serial)
    within(statements, 11)


def test_a_handset(warm: Shop) -> None:
    line = Line("handset", warm.shelf.handset())
    with Statements() as statements:
        goods.sell(warm.ctx(), outlet=warm.outlet, lines=(line,), total=Money(1_599_00))
    within(statements, 9)


@pytest.mark.parametrize("count", [1, 16])
def test_a_set_of_picks(warm: Shop, count: int) -> None:
    wanted = [(warm.ctx(), Reserve(warm.outlet, number)) for number in _free(warm, count)]
    with Statements() as statements:
        answers = resource.reserve(wanted)
    assert all(isinstance(answer, Held) for answer in answers)
    within(statements, 1)


def test_what_the_dispatcher_concludes(warm: Shop) -> None:
    """However many orders of a kind there are, each of its steps is one statement or few."""
    for _ in range(3):
        sold = warm.open()
        assert isinstance(sold, Sold)
    with Statements() as statements:
        warm.settle("completed")
    within(statements, 27)  # one of them looks for an account that is opened then


def _free(shop: Shop, count: int) -> list[str]:
    found = numbers.search(
        shop.ctx(), outlet=shop.outlet, search=NumberSearch(grade="ordinary"), limit=count
    )
    return [one.number for one in found.items]
