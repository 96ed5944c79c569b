"""Goods for orders: held, handed over, given back, brought back."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qudao.domain.ledger import queries as ledger
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import (
    StockShort,
    UnitElsewhere,
    UnitNotForSale,
    UnitUnknown,
)
from qudao.kernel.money import Money
from tests.domain.stock.stand import Stand, iccid

pytestmark = pytest.mark.django_db

ORDER, OTHER = UUID(int=1), UUID(int=2)


def balance(stand: Stand, kind: str, code: str = "4101") -> Money:
    account = ledger.account_of(stand.province.organizations[code], kind)
    return Money(0) if account is None else ledger.derived_balance(account)


def test_a_sale_takes_the_unit_and_its_cost(stand: Stand) -> None:
    p = stand.province
    (serial,) = stand.sims(1, p.agent)
    assert balance(stand, "stock_value") == Money(2_00)
    assert balance(stand, "supplier_payable") == Money(-2_00)
    (held,) = stock.hold(p.system(), outlet=p.agent, serials=[("sim", serial)], order=ORDER)
    assert (held.serial, held.state, held.cause, held.price) == (
        serial,
        "held",
        ORDER,
        Money(10_00),
    )
    assert stock.hand_over(p.system(), orders=[ORDER, OTHER]) == 1
    assert queries.unit(p.clerk(), kind="sim", serial=serial).state == "sold"
    assert balance(stand, "stock_value") == Money(0)
    assert balance(stand, "cost_of_goods") == Money(2_00)
    assert stock.hand_over(p.system(), orders=[ORDER]) == 0
    assert [
        (s.kind, s.source_end, s.target_end)
        for s in queries.history(p.clerk(), kind="sim", serial=serial)
    ] == [
        ("load", "supplier", ""),
        ("sale", "", "customer"),
    ]


def test_refusals_of_hold(stand: Stand) -> None:
    p = stand.province
    here, sold = stand.sims(2, p.agent)
    (there,) = stand.sims(1, p.hall)

    def hold(*serials: str) -> None:
        wanted = [("sim", one) for one in serials]
        stock.hold(p.system(), outlet=p.agent, serials=wanted, order=OTHER)

    stock.hold(p.system(), outlet=p.agent, serials=[("sim", sold)], order=ORDER)
    with pytest.raises(UnitNotForSale) as refused:
        hold(here, sold)
    assert refused.value.unit_state == "held"
    with pytest.raises(UnitElsewhere):
        hold(here, there)
    with pytest.raises(UnitUnknown):
        hold(here, iccid(10**9))
    assert queries.unit(p.clerk(), kind="sim", serial=here).state == "in_stock"


def test_counted_goods(stand: Stand) -> None:
    p = stand.province
    stand.count("GIFT-POWER", 3, Money(33_33), p.agent)
    one = stock.hold_quantity(
        p.system(), outlet=p.agent, item="GIFT-POWER", quantity=2, order=ORDER
    )
    assert one.price == Money(99_00)
    with pytest.raises(StockShort) as short:
        stock.hold_quantity(p.system(), outlet=p.agent, item="GIFT-POWER", quantity=2, order=OTHER)
    assert short.value.available == 1
    assert stock.give_back(p.system(), orders=[ORDER]) == 2
    stock.hold_quantity(p.system(), outlet=p.agent, item="GIFT-POWER", quantity=3, order=OTHER)
    assert stock.hand_over(p.system(), orders=[ORDER, OTHER]) == 3
    assert balance(stand, "cost_of_goods") == Money(99_99)


def test_holding_costs_few_statements(stand: Stand) -> None:
    """One to see the outlet, one to take the units, however many; the rest is the journal's."""
    p = stand.province
    serials = stand.sims(20, p.agent)
    for wanted in (serials[:1], serials[1:]):
        with CaptureQueriesContext(connection) as caught:
            stock.hold(
                p.system(), outlet=p.agent, serials=[("sim", one) for one in wanted], order=ORDER
            )
        own = [q["sql"] for q in caught.captured_queries if "commands_" not in q["sql"]]
        assert sum("stock_" in sql for sql in own) == 1
        assert sum("party_organization" in sql and "stock_" not in sql for sql in own) == 1
