"""Goods between places: asked for, decided, dispatched, received with differences, sent back."""

from uuid import UUID

import pytest

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import (
    Goods,
    ItemUnknown,
    PlaceUnknown,
    QuantityInvalid,
    ReasonMissing,
    RequisitionId,
    RequisitionSearch,
    StockShort,
    UnitElsewhere,
    UnitSearch,
)
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context
from tests.domain.stock.stand import Stand
from tests.domain.stock.test_selling import balance

pytestmark = pytest.mark.django_db


def keeper(stand: Stand, code: str = "4101") -> Context:
    return stand.province.context("stock_keeper", stand.province.organizations[code])


def asked(stand: Stand, goods: dict[str, int], **more: str) -> RequisitionId:
    p = stand.province
    made = stock.ask(p.clerk(), place=p.agent, goods=goods, **more)
    stock.decide(keeper(stand), requisition=made, accepted=goods)
    return made


def states(stand: Stand, **search: object) -> dict[str, int]:
    found: dict[str, int] = {}
    page = queries.units(
        stand.province.system(),
        search=UnitSearch(**search),  # type: ignore[arg-type]
        page=PageRequest(200),
    )
    for unit in page.items:
        found[unit.state] = found.get(unit.state, 0) + 1
    return found


def level(stand: Stand, item: str, place: object = None) -> tuple[int, int, int, int]:
    p = stand.province
    for one in queries.stock_at(p.system(), place=place or p.agent):  # type: ignore[arg-type]
        if one.item == item:
            return one.in_stock, one.in_transit, one.held, one.other
    return 0, 0, 0, 0


def test_from_asking_to_the_shelf(stand: Stand) -> None:
    p = stand.province
    serials = stand.sims(30)
    stand.count("GIFT-POWER", 10, Money(50_00))
    made = stock.ask(p.clerk(), place=p.agent, goods={"SIM3IN1": 20, "GIFT-POWER": 8}, note="x")
    stock.decide(
        keeper(stand),
        requisition=made,
        accepted={"SIM3IN1": 12, "GIFT-POWER": 4},
        reason="not so many",
    )
    sent = [
        Goods("SIM3IN1", serials=(serials[0],), ranges=((serials[5], serials[15]),)),
        Goods("GIFT-POWER", 4),
    ]
    assert stock.dispatch(keeper(stand), requisition=made, goods=sent) == 16
    assert level(stand, "SIM3IN1") == (0, 12, 0, 0)
    assert level(stand, "GIFT-POWER") == (0, 4, 0, 0)
    with pytest.raises(stock.NotInDelivery):
        stock.receive(p.clerk(), requisition=made, serials=[serials[1]])
    got = stock.receive(
        p.clerk(), requisition=made, serials=serials[5:15], quantities={"GIFT-POWER": 3}
    )
    assert (got.received, got.missing, got.amount) == (13, 3, Money(0))
    assert level(stand, "SIM3IN1") == (10, 0, 0, 2)
    assert level(stand, "GIFT-POWER") == (3, 0, 0, 1)
    assert queries.unsound() == []
    # One turns up, the rest had never left.
    late = stock.receive(p.clerk(), requisition=made, serials=[serials[0]])
    assert (late.received, late.missing) == (1, 2)
    stayed = stock.settle_difference(
        keeper(stand), requisition=made, outcome="stayed", reason="lay in the store"
    )
    assert stayed == 2
    assert level(stand, "SIM3IN1") == (11, 0, 0, 0)
    assert level(stand, "SIM3IN1", stand.store) == (19, 0, 0, 0)
    assert level(stand, "GIFT-POWER", stand.store) == (7, 0, 0, 0)
    assert queries.unsound() == []
    record = queries.requisition(p.clerk(), requisition=made)
    assert (record.row.state, record.row.dispatched, record.row.received) == ("received", 16, 14)
    with pytest.raises(stock.RequisitionStateWrong):
        stock.receive(p.clerk(), requisition=made, everything=True)


def test_what_is_lost_is_written_off_by_two(stand: Stand) -> None:
    p = stand.province
    serials = stand.sims(3)
    made = asked(stand, {"SIM3IN1": 3})
    stock.dispatch(keeper(stand), requisition=made, goods=[Goods("SIM3IN1", 3)])
    stock.receive(p.clerk(), requisition=made, serials=serials[:1])
    with pytest.raises(AwaitingApproval):
        stock.settle_difference(keeper(stand), requisition=made, outcome="lost", reason="stolen")
    assert states(stand, place=p.agent) == {"in_stock": 1, "missing": 2}
    stock.settle_difference(p.system(), requisition=made, outcome="lost", reason="stolen")
    assert states(stand, place=p.agent) == {"in_stock": 1, "written_off": 2}
    assert balance(stand, "stock_loss") == Money(4_00)
    assert queries.unsound() == []


def test_deciding(stand: Stand) -> None:
    p = stand.province
    made = stock.ask(p.clerk(), place=p.agent, goods={"SIM3IN1": 5})

    def decide(accepted: dict[str, int], reason: str = "", who: Context | None = None) -> None:
        stock.decide(who or keeper(stand), requisition=made, accepted=accepted, reason=reason)

    with pytest.raises(ReasonMissing):
        decide({"SIM3IN1": 4})
    with pytest.raises(QuantityInvalid):
        decide({"SIM3IN1": 6})
    with pytest.raises(ItemUnknown):
        decide({"RC50": 1})
    with pytest.raises(stock.RequisitionUnknown):
        decide({"SIM3IN1": 5}, who=keeper(stand, "4103"))
    decide({}, "closed for stock-taking")
    with pytest.raises(stock.RequisitionStateWrong):
        decide({"SIM3IN1": 5})
    row = queries.requisition(p.clerk(), requisition=made).row
    assert (row.state, row.answer) == ("declined", "closed for stock-taking")
    for wrong, goods in ((ItemUnknown, {"NONE": 1}), (QuantityInvalid, {"RC50": 0})):
        with pytest.raises(wrong):
            stock.ask(p.clerk(), place=p.agent, goods=goods)
    with pytest.raises(PlaceUnknown):
        stock.ask(p.clerk(), place=p.far, goods={"RC50": 1})


def test_dispatching_takes_what_is_there(stand: Stand) -> None:
    p = stand.province
    serials = stand.sims(4)
    (elsewhere,) = stand.sims(1, p.hall)
    made = asked(stand, {"SIM3IN1": 5, "GIFT-POWER": 1})

    def dispatch(goods: Goods) -> None:
        stock.dispatch(keeper(stand), requisition=made, goods=[goods])

    with pytest.raises(StockShort) as short:
        dispatch(Goods("SIM3IN1", 5))
    assert short.value.available == 4
    with pytest.raises(UnitElsewhere):
        dispatch(Goods("SIM3IN1", serials=(serials[0], elsewhere)))
    with pytest.raises(stock.RangeInvalid):
        dispatch(Goods("SIM3IN1", ranges=((serials[3], serials[0]),)))
    with pytest.raises(ItemUnknown):
        dispatch(Goods("RC50", 1))
    with pytest.raises(StockShort):
        dispatch(Goods("GIFT-POWER", 1))
    assert states(stand, place=stand.store) == {"in_stock": 4}
    dispatch(Goods("SIM3IN1", ranges=((serials[0], serials[3]),)))
    assert states(stand, place=p.agent) == {"in_transit": 4}


def test_a_purchase_is_owned_once_it_is_paid(stand: Stand) -> None:
    p = stand.province
    stand.handsets(2)
    stand.count("GIFT-POWER", 3, Money(50_00))
    made = asked(stand, {"HS-NOVA5": 2, "GIFT-POWER": 3}, terms="purchase")
    goods = [Goods("HS-NOVA5", 2), Goods("GIFT-POWER", 3)]
    stock.dispatch(keeper(stand), requisition=made, goods=goods)
    with pytest.raises(stock.PurchaseUnpaid):
        stock.receive(p.clerk(), requisition=made, everything=True)
    bought = stock.receive_bought(p.system(), requisition=made, order=UUID(int=7), everything=True)
    assert bought.amount == Money(2 * 1420_00 + 3 * 62_00)
    assert balance(stand, "stock_value") == Money(0)
    assert balance(stand, "cost_of_goods") == Money(2 * 1200_00 + 3 * 50_00)
    units = queries.units(p.clerk(), search=UnitSearch(terms="purchase"), page=PageRequest()).items
    assert len(units) == 2
    assert queries.unsound() == []
    # Selling them costs the operator nothing more.
    stock.hold(
        p.system(), outlet=p.agent, serials=[("handset", units[0].serial)], order=UUID(int=8)
    )
    stock.hold_quantity(
        p.system(),
        outlet=p.agent,
        item="GIFT-POWER",
        quantity=1,
        order=UUID(int=8),
        terms="purchase",
    )
    stock.hand_over(p.system(), orders=[UUID(int=8)])
    assert balance(stand, "cost_of_goods") == Money(2 * 1200_00 + 3 * 50_00)
    # What is left goes back, and is paid back.
    back = stock.return_goods(
        p.clerk(),
        place=p.agent,
        goods=[Goods("HS-NOVA5", serials=(units[1].serial,)), Goods("GIFT-POWER", 2)],
        reason="does not sell",
        terms="purchase",
    )
    with pytest.raises(stock.PurchaseUnpaid):
        stock.receive(keeper(stand), requisition=back, everything=True)
    returned = stock.receive_bought(
        p.system(), requisition=back, order=UUID(int=9), everything=True
    )
    assert returned.amount == Money(1420_00 + 2 * 62_00)
    assert balance(stand, "stock_value") == Money(1200_00 + 2 * 50_00)
    assert queries.unsound() == []
    day = p.system().at.date()
    (gift, handset) = sorted(
        queries.margins(keeper(stand), first=day, last=day), key=lambda row: row.key
    )
    assert (gift.quantity, gift.revenue, gift.cost) == (2, Money(62_00), Money(50_00))
    assert (handset.quantity, handset.revenue, handset.cost) == (
        2,
        Money(1420_00),
        Money(1200_00),
    )
    (branch,) = queries.margins(keeper(stand), first=day, last=day, by="branch")
    assert (branch.key, branch.margin) == ("4101", Money(232_00))


def test_bought_and_not_bought_go_back_separately(stand: Stand) -> None:
    p = stand.province
    own = stand.handsets(1, p.agent)
    stand.handsets(1)
    made = asked(stand, {"HS-NOVA5": 1}, terms="purchase")
    stock.dispatch(keeper(stand), requisition=made, goods=[Goods("HS-NOVA5", 1)])
    stock.receive_bought(p.system(), requisition=made, order=UUID(int=7), everything=True)
    bought = queries.units(p.clerk(), search=UnitSearch(terms="purchase"), page=PageRequest())
    both = Goods("HS-NOVA5", serials=(*own, bought.items[0].serial))
    with pytest.raises(stock.TermsMixed):
        stock.return_goods(p.clerk(), place=p.agent, goods=[both], reason="x")


def test_branches_pay_each_other_in_stock(stand: Stand) -> None:
    p = stand.province
    stand.sims(5)
    far_store = p.organizations["4103"]
    made = stock.transfer(
        keeper(stand), source=stand.store, target=far_store, goods=[Goods("SIM3IN1", 3)]
    )
    assert balance(stand, "stock_value") == Money(4_00)
    assert balance(stand, "stock_value", "4103") == Money(6_00)
    with pytest.raises(stock.RequisitionUnknown):
        stock.receive(keeper(stand), requisition=made, everything=True)
    stock.receive(keeper(stand, "4103"), requisition=made, everything=True)
    assert queries.unsound() == []
    with pytest.raises(PlaceUnknown):
        stock.transfer(keeper(stand), source=stand.store, target=p.far, goods=[Goods("SIM3IN1", 1)])
    found = queries.requisitions(
        keeper(stand, "4103"),
        search=RequisitionSearch(source=stand.store),
        page=PageRequest(),
    )
    assert [row.id for row in found.items] == [made]


def test_what_is_on_its_way_can_be_called_back(stand: Stand) -> None:
    p = stand.province
    stand.sims(2)
    stand.count("GIFT-POWER", 2, Money(50_00))
    made = asked(stand, {"SIM3IN1": 2, "GIFT-POWER": 2})
    goods = [Goods("SIM3IN1", 2), Goods("GIFT-POWER", 2)]
    stock.dispatch(keeper(stand), requisition=made, goods=goods)
    with pytest.raises(stock.RequisitionUnknown):
        stock.cancel(p.clerk(), requisition=made, reason="changed my mind")
    stock.cancel(keeper(stand), requisition=made, reason="wrong van")
    assert level(stand, "SIM3IN1", stand.store) == (2, 0, 0, 0)
    assert level(stand, "GIFT-POWER", stand.store) == (2, 0, 0, 0)
    assert queries.unsound() == []
    with pytest.raises(stock.RequisitionStateWrong):
        stock.cancel(keeper(stand), requisition=made, reason="again")


def test_defective_goods_are_exchanged(stand: Stand) -> None:
    p = stand.province
    bad, good = stand.sims(2, p.agent)
    stock.mark_defective(
        p.clerk(), place=p.agent, goods=[Goods("SIM3IN1", serials=(bad,))], reason="bent"
    )
    swap = stock.exchange(
        p.clerk(), place=p.agent, goods=[Goods("SIM3IN1", serials=(bad,))], reason="bent"
    )
    stock.receive(keeper(stand), requisition=swap.returned, everything=True)
    assert states(stand, place=stand.store) == {"defective": 1}
    row = queries.requisition(p.clerk(), requisition=swap.asked).row
    assert (row.state, row.asked, row.target) == ("asked", 1, p.agent)
    with pytest.raises(AwaitingApproval):
        stock.write_off(
            keeper(stand),
            place=stand.store,
            goods=[Goods("SIM3IN1", serials=(bad,))],
            reason="scrap",
        )
    stock.write_off(
        p.system(), place=stand.store, goods=[Goods("SIM3IN1", serials=(bad,))], reason="scrap"
    )
    assert balance(stand, "stock_loss") == Money(2_00)
    assert queries.unit(p.clerk(), kind="sim", serial=good).state == "in_stock"
    assert queries.unsound() == []


def test_thousands_go_at_once(stand: Stand, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    serials = stand.sims(5000)
    made = asked(stand, {"SIM3IN1": 5000})
    goods = [Goods("SIM3IN1", ranges=((serials[0], serials[-1]),))]
    with django_assert_max_num_queries(25):
        assert stock.dispatch(keeper(stand), requisition=made, goods=goods) == 5000
    with django_assert_max_num_queries(25):
        stock.receive(stand.province.clerk(), requisition=made, everything=True)
    assert queries.unsound() == []
