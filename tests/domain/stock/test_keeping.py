"""Counts, thresholds, write-offs, lists and figures; each within its scope."""

from datetime import timedelta
from uuid import UUID

import pytest

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import (
    Goods,
    MovementSearch,
    PlaceUnknown,
    QuantityInvalid,
    StockShort,
    UnitNotForSale,
    UnitSearch,
    UnitUnknown,
)
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.commands.context import NotPermitted
from tests.domain.stock.stand import Stand, iccid
from tests.domain.stock.test_deliveries import keeper, level, states
from tests.province import NOON

pytestmark = pytest.mark.django_db

PAGE = PageRequest(200)


def test_a_count_finds_what_is_short_and_what_is_over(stand: Stand) -> None:
    p = stand.province
    here = stand.sims(4, p.agent)
    (other,) = stand.sims(1, p.hall)
    stand.count("GIFT-POWER", 5, Money(50_00), p.agent)
    stand.count("ACC-CASE", 5, Money(10_00), p.agent)
    count = stock.open_count(p.clerk(), place=p.agent)
    with pytest.raises(stock.CountOpen):
        stock.open_count(p.clerk(), place=p.agent)
    with pytest.raises(UnitUnknown):
        stock.record_count(p.clerk(), count=count, serials=[iccid(10**8)])
    stock.record_count(p.clerk(), count=count, serials=[here[0], here[1], other])
    stock.record_count(p.clerk(), count=count, serials=[here[1]], quantities={"GIFT-POWER": 9})
    stock.record_count(p.clerk(), count=count, quantities={"GIFT-POWER": 3, "ACC-CASE": 7})
    found = stock.close_count(p.clerk(), count=count)
    assert found == {"right": 2, "short": 2 + 2, "over": 2, "elsewhere": 1}
    assert states(stand, place=p.agent) == {"in_stock": 2, "missing": 2}
    assert level(stand, "GIFT-POWER") == (3, 0, 0, 2)
    assert level(stand, "ACC-CASE") == (7, 0, 0, 0)
    row = queries.count(p.clerk(), count=count)
    assert (row.state, row.short, row.over) == ("closed", 4, 2)
    lines = queries.count_lines(p.clerk(), count=count, page=PAGE, differences=True).items
    assert sorted(line.finding for line in lines) == [
        "elsewhere",
        "over",
        "short",
        "short",
        "short",
    ]
    assert queries.unsound() == []
    with pytest.raises(stock.CountOver):
        stock.record_count(p.clerk(), count=count, serials=here)
    # What turns up is found again, by a count or by hand.
    stock.mark_found(
        p.clerk(), place=p.agent, goods=[Goods("SIM3IN1", serials=(here[2],))], reason="drawer"
    )
    again = stock.open_count(p.clerk(), place=p.agent, item="SIM3IN1")
    stock.record_count(p.clerk(), count=again, serials=here)
    assert stock.close_count(p.clerk(), count=again) == {
        "right": 3,
        "short": 0,
        "over": 1,
        "elsewhere": 0,
    }
    assert states(stand, place=p.agent) == {"in_stock": 4}
    assert queries.unsound() == []


def test_what_is_found_has_its_average_cost(stand: Stand) -> None:
    p = stand.province
    stand.count("ACC-CASE", 3, Money(10_01), p.agent)
    count = stock.open_count(p.clerk(), place=p.agent)
    stock.record_count(p.clerk(), count=count, quantities={"ACC-CASE": 4})
    stock.close_count(p.clerk(), count=count)
    (row,) = queries.stock_at(keeper(stand), place=p.agent)
    assert (row.in_stock, row.value) == (4, Money(40_04))
    assert queries.unsound() == []


def test_thresholds(stand: Stand) -> None:
    p = stand.province
    stand.sims(2, p.agent)
    stock.set_threshold(p.clerk(), place=p.agent, item="SIM3IN1", low=3)
    stock.set_threshold(p.clerk(), place=p.agent, item="GIFT-POWER", low=10)
    stock.set_threshold(keeper(stand), place=p.hall, item="SIM3IN1", low=1)
    with pytest.raises(QuantityInvalid):
        stock.set_threshold(p.clerk(), place=p.agent, item="SIM3IN1", low=-1)
    with pytest.raises(PlaceUnknown):
        stock.set_threshold(p.clerk(), place=p.far, item="SIM3IN1", low=1)
    found = queries.shortages(keeper(stand), page=PAGE)
    assert {(one.place, one.item, one.in_stock, one.low) for one in found.items[:2]} == {
        (p.agent, "GIFT-POWER", 0, 10),
        (p.hall, "SIM3IN1", 0, 1),
    }
    assert (found.items[2].item, found.items[2].in_stock, found.total) == ("SIM3IN1", 2, 3)
    assert queries.shortages(p.clerk(), page=PAGE).total == 2
    rows = {one.item: one for one in queries.stock_at(p.clerk(), place=p.agent)}
    assert rows["SIM3IN1"].is_low and rows["SIM3IN1"].value is None
    assert (rows["GIFT-POWER"].in_stock, rows["GIFT-POWER"].is_low) == (0, True)
    assert queries.levels(keeper(stand), page=PAGE, low=True).total == 3
    stock.set_threshold(p.clerk(), place=p.agent, item="SIM3IN1", low=0)
    assert queries.shortages(p.clerk(), page=PAGE).total == 1
    assert [row.item for row in queries.thresholds(p.clerk(), page=PAGE).items] == ["GIFT-POWER"]


def test_lists_stay_in_their_scope(stand: Stand) -> None:
    p = stand.province
    stand.sims(3, p.agent)
    stand.sims(5, p.far)
    stand.count("GIFT-POWER", 2, Money(50_00), p.far)
    assert queries.units(p.clerk(), search=UnitSearch(), page=PAGE).total == 3
    assert queries.units(keeper(stand, "4103"), search=UnitSearch(), page=PAGE).total == 5
    with pytest.raises(PlaceUnknown):
        queries.stock_at(p.clerk(), place=p.far)
    assert queries.movements(p.clerk(), search=MovementSearch(), page=PAGE).total == 1
    province = p.context("stock_keeper", p.organizations["41"])
    path = p.paths[p.organizations["41"]]
    totals = {row.item: row for row in queries.totals(province, below=path)}
    assert (totals["SIM3IN1"].in_stock, totals["SIM3IN1"].value) == (8, Money(16_00))
    areas = {row.code: row for row in queries.areas(province)}
    assert (areas["4101"].in_stock, areas["4103"].in_stock) == (3, 7)
    assert areas["4103"].value == Money(10_00 + 100_00)
    counties = {row.code: row.in_stock for row in queries.areas(province, kind="county")}
    assert (counties["410102"], counties["410305"]) == (3, 7)
    assert {row.code: row.in_stock for row in queries.areas(province, item="GIFT-POWER")}[
        "4103"
    ] == 2
    with pytest.raises(NotPermitted):
        queries.margins(p.clerk(), first=NOON.date(), last=NOON.date())


def test_figures(stand: Stand) -> None:
    p = stand.province
    serials = stand.sims(5, p.agent)
    for n, serial in enumerate(serials[:2], start=1):
        stock.hold(p.system(), outlet=p.agent, serials=[("sim", serial)], order=UUID(int=n))
    stock.hand_over(p.system(), orders=[UUID(int=1), UUID(int=2)])
    stock.take_back(
        p.system(),
        outlet=p.agent,
        order=UUID(int=2),
        kind="sim",
        serial=serials[1],
        condition="defective",
        reason="dead",
    )
    day = NOON.date()
    (row,) = queries.turnover(keeper(stand), first=day, last=day + timedelta(days=9))
    assert (row.opening, row.closing, row.sold, row.days_of_stock) == (0, 4, 1, 40)
    (age,) = queries.ageing(p.context("stock_keeper", p.organizations["4101"]))
    assert (age.up_to_30, age.above, age.value) == (3, 0, Money(6_00))
    late = p.context("stock_keeper", p.organizations["4101"], at=NOON + timedelta(days=100))
    assert queries.ageing(late)[0].up_to_180 == 3
    (margin,) = queries.margins(keeper(stand), first=day, last=day)
    assert (margin.quantity, margin.revenue, margin.cost) == (1, Money(10_00), Money(2_00))
    (batch,) = queries.batches(keeper(stand), page=PAGE).items
    assert (batch.batch, batch.taken_in, batch.in_stock, batch.sold) == ("B1", 5, 3, 1)
    found = queries.movements(
        p.clerk(), search=MovementSearch(kinds=frozenset({"sale"})), page=PAGE
    ).items
    assert [(one.source, one.target_end, one.quantity) for one in found] == [
        (p.agent, "customer", 1)
    ] * 2
    (line,) = queries.movement(p.clerk(), movement=found[0].id, page=PAGE).items
    assert line.item == "SIM3IN1" and line.serial in serials


def test_replacing_a_defective_unit(stand: Stand) -> None:
    p = stand.province
    old, new, held = stand.handsets(3, p.agent)
    order = UUID(int=1)
    stock.hold(p.system(), outlet=p.agent, serials=[("handset", old)], order=order)

    def replace(with_one: str) -> None:
        stock.replace(
            p.clerk(),
            outlet=p.agent,
            order=order,
            kind="handset",
            old=old,
            new=with_one,
            reason="screen is dark",
        )

    with pytest.raises(UnitNotForSale):
        replace(new)  # not with the customer yet
    stock.hand_over(p.system(), orders=[order])
    stock.hold(p.system(), outlet=p.agent, serials=[("handset", held)], order=UUID(int=2))
    with pytest.raises(UnitNotForSale):
        replace(held)
    replace(new)
    assert queries.unit(p.clerk(), kind="handset", serial=old).state == "defective"
    fresh = queries.unit(p.clerk(), kind="handset", serial=new)
    assert (fresh.state, fresh.cause) == ("sold", order)
    assert queries.unsound() == []


def test_counted_goods_come_back_at_the_cost_they_had(stand: Stand) -> None:
    p = stand.province
    stand.count("ACC-CASE", 3, Money(10_01), p.agent)
    order = UUID(int=1)
    stock.hold_quantity(p.system(), outlet=p.agent, item="ACC-CASE", quantity=3, order=order)
    stock.hand_over(p.system(), orders=[order])

    def back(quantity: int, condition: str = "good") -> None:
        stock.take_back_quantity(
            p.system(),
            outlet=p.agent,
            order=order,
            item="ACC-CASE",
            quantity=quantity,
            condition=condition,
            reason="too many",
        )

    back(2)
    with pytest.raises(stock.NotSoldByOrder):
        back(2)
    back(1, "defective")
    assert level(stand, "ACC-CASE") == (2, 0, 0, 1)
    assert queries.unsound() == []
    with pytest.raises(StockShort):
        stock.write_off(p.system(), place=p.agent, goods=[Goods("ACC-CASE", 2)], reason="broken")
    stock.write_off(p.system(), place=p.agent, goods=[Goods("ACC-CASE", 1)], reason="broken")
    assert queries.unsound() == []
