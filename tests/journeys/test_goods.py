"""Handsets and gifts: sold, sold with a contract, brought back, bought by outlets, sent back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations import BalanceTooLow
from qudao.domain.ordering.operations.reverse import NotReversible, ReversalTooLate
from qudao.domain.ordering.types import NotAMobileNumber
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as shelf
from qudao.domain.stock.operations import (
    NotInDelivery,
    OutletsOwn,
    PurchaseUnpaid,
    RequisitionStateWrong,
    TermsMixed,
)
from qudao.domain.stock.types import (
    Goods,
    ItemUnknown,
    QuantityInvalid,
    ReasonMissing,
    RequisitionId,
    StockShort,
    UnitElsewhere,
    UnitNotForSale,
    UnitState,
    UnitUnknown,
)
from qudao.domain.wallet import operations as wallet
from qudao.journeys import goods
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from tests.fingerprint import nothing_changes
from tests.journeys.shop import LINE, PAID_IN, Shop, assert_all_sound
from tests.province import NOON
from tests.stocked import imei, shelve

LATER = NOON + timedelta(minutes=5)
UMBRELLA = "GIFT-UMBRELLA"
HANDSET = Money(1_599_00)


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """A shop that can pay for handsets."""
    shop.province.pay_in(shop.outlet, Money(50_000_00))
    return shop


def state(shop: Shop, serial: str) -> str:
    return shop.unit_state("handset", serial)


# ---- sold ----------------------------------------------------------------------------------------


def test_a_basket_is_sold_line_by_line(rich: Shop) -> None:
    before, serial = rich.balance(), rich.shelf.handset()
    sold = rich.sell(Line("handset", serial), Line(item=UMBRELLA, quantity=3))
    assert [one.amount for one in sold] == [HANDSET, Money(105_00)]
    assert rich.balance() == before - sold[0].debit - sold[1].debit
    assert (state(rich, serial), rich.quantity(UMBRELLA)) == (UnitState.HELD, (47, 3))
    rich.settle("completed")
    assert (state(rich, serial), rich.quantity(UMBRELLA)) == (UnitState.SOLD, (47, 0))
    assert_all_sound()


def test_what_fails_goes_back_to_the_shelf(rich: Shop) -> None:
    before, serial = rich.balance(), rich.shelf.handset()
    rich.sell(Line("handset", serial), Line(item=UMBRELLA, quantity=3))
    rich.settle("refused")
    assert rich.balance() == before
    assert (state(rich, serial), rich.quantity(UMBRELLA)) == (UnitState.IN_STOCK, (50, 0))
    assert_all_sound()


def test_a_basket_is_sold_whole_or_not_at_all(rich: Shop) -> None:
    serial, theirs = rich.shelf.handset(), shelve(rich.province, rich.province.far).handset()
    sim, (card, _) = rich.shelf.sim(), rich.shelf.card()
    phone = Line("handset", serial)
    cases: list[tuple[tuple[Line, ...], type[Refusal]]] = [
        ((phone, Line(item=UMBRELLA, quantity=51)), StockShort),
        ((phone, Line("handset", theirs)), UnitElsewhere),
        ((phone, Line("handset", imei())), UnitUnknown),
        ((phone, Line("handset", "123456789012345")), UnitUnknown),
        ((phone, Line("sim", sim)), goods.NotGoods),
        ((phone, Line("recharge_card", card)), goods.NotGoods),
        ((phone, Line(item="NOTHING")), ItemUnknown),
        ((phone, Line(item="HS-NOVA5")), QuantityInvalid),
        ((phone, Line(item=UMBRELLA, quantity=0)), QuantityInvalid),
        ((phone, Line(item=UMBRELLA, quantity=-1)), QuantityInvalid),
        ((phone, Line(item=UMBRELLA, terms="gift")), QuantityInvalid),
        ((Line("handset", serial, quantity=2),), QuantityInvalid),
        ((phone, phone), goods.BasketWrong),
        ((), goods.BasketWrong),
        ((phone, *(Line(item=f"I{n}") for n in range(20))), goods.BasketWrong),
    ]
    for lines, refusal in cases:
        total = Money(35_00 * 51 + 1_599_00)
        with nothing_changes(), pytest.raises(refusal):
            goods.sell(rich.ctx(), outlet=rich.outlet, lines=lines, total=total)
    with nothing_changes(), pytest.raises(goods.BasketPriceChanged):
        goods.sell(rich.ctx(), outlet=rich.outlet, lines=(phone,), total=Money(1))
    with nothing_changes(), pytest.raises(NotAMobileNumber):
        goods.sell(rich.ctx(), outlet=rich.outlet, lines=(phone,), total=HANDSET, msisdn="12")
    assert_all_sound()


def test_a_wallet_that_can_pay_for_a_part_only(shop: Shop) -> None:
    wallet.adjust(
        shop.province.system(), outlet=shop.outlet, amount=Money(2_000_00) - PAID_IN, reason="less"
    )
    lines = [Line("handset", shop.shelf.handset()) for _ in range(2)]
    with nothing_changes(), pytest.raises(BalanceTooLow):
        shop.sell(*lines)


def test_the_same_basket_sent_again_is_one_sale(rich: Shop) -> None:
    line, ctx = Line("handset", rich.shelf.handset()), rich.ctx(key="twice")
    first = goods.sell(ctx, outlet=rich.outlet, lines=(line,), total=HANDSET)
    with nothing_changes():
        assert goods.sell(ctx, outlet=rich.outlet, lines=(line,), total=HANDSET) == first
    rich.settle("completed")
    with nothing_changes():
        assert goods.sell(ctx, outlet=rich.outlet, lines=(line,), total=HANDSET) == first
    with nothing_changes(), pytest.raises(UnitNotForSale):
        goods.sell(rich.ctx(), outlet=rich.outlet, lines=(line,), total=HANDSET)


# ---- with a contract -----------------------------------------------------------------------------


def test_a_handset_with_a_contract_costs_less_and_binds_the_line(rich: Shop) -> None:
    before, serial = rich.balance(), rich.shelf.handset()
    price, _ = goods.contract_price(rich.ctx(), outlet=rich.outlet, contract="HSC24", price=HANDSET)
    assert price == Money(1_279_20)
    wanted = {"outlet": rich.outlet, "serial": serial, "contract": "HSC24", "msisdn": LINE}
    sold = goods.sell_with_contract(rich.ctx(key="once"), price=price, **wanted)
    with nothing_changes():
        assert goods.sell_with_contract(rich.ctx(key="once"), price=price, **wanted) == sold
    (sent,) = rich.settle("completed")
    assert (sent.msisdn, sent.business) == (LINE, "contract_handset")
    assert [(one.kind, one.code) for one in sent.items] == [("goods", serial), ("add_on", "HSC24")]
    assert rich.balance() == before - sold.debit
    assert state(rich, serial) == UnitState.SOLD
    with nothing_changes(), pytest.raises(NotReversible):
        goods.take_back(rich.ctx(), order=sold.order, condition="good", reason="changed my mind")
    assert_all_sound()


@pytest.mark.parametrize("outcome", ["refused", "unknown"])
def test_a_contract_that_the_boss_does_not_confirm(rich: Shop, outcome: str) -> None:
    before, serial = rich.balance(), rich.shelf.handset()
    goods.sell_with_contract(
        rich.ctx(),
        outlet=rich.outlet,
        serial=serial,
        contract="HSC12",
        msisdn=LINE,
        price=Money(1_439_10),
    )
    rich.settle(outcome)
    if outcome == "unknown":
        assert state(rich, serial) == UnitState.HELD
        rich.settle("refused", at=LATER)
    assert state(rich, serial) == UnitState.IN_STOCK
    assert rich.balance() == before
    assert_all_sound()


def test_contracts_that_are_refused(rich: Shop) -> None:
    serial = rich.shelf.handset()
    good = {
        "outlet": rich.outlet,
        "serial": serial,
        "contract": "HSC12",
        "msisdn": LINE,
        "price": Money(1_439_10),
    }
    for more, refusal in (
        ({"contract": "GT58"}, goods.NotAContract),
        ({"contract": "NOTHING"}, Refusal),
        ({"price": HANDSET}, goods.BasketPriceChanged),
        ({"msisdn": ""}, NotAMobileNumber),
        ({"serial": imei()}, UnitUnknown),
    ):
        with nothing_changes(), pytest.raises(refusal):
            goods.sell_with_contract(rich.ctx(), **{**good, **more})


# ---- brought back --------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", ["good", "defective"])
def test_goods_are_brought_back_within_seven_days(rich: Shop, condition: str) -> None:
    before, serial = rich.balance(), rich.shelf.handset()
    phone, umbrellas = rich.sell(Line("handset", serial), Line(item=UMBRELLA, quantity=3))
    rich.settle("completed")
    week = NOON + timedelta(days=7)
    ctx = rich.ctx(at=week, key="back")
    wanted = {"order": phone.order, "condition": condition, "reason": "does not please"}
    back = goods.take_back(ctx, **wanted)
    with nothing_changes():
        assert goods.take_back(ctx, **wanted) == back
    with nothing_changes(), pytest.raises(NotReversible):
        goods.take_back(rich.ctx(at=week), **wanted)
    goods.take_back(rich.ctx(at=week), order=umbrellas.order, condition=condition, reason="no rain")
    rich.settle("completed", at=week)
    assert rich.balance() == before
    good = condition == "good"
    assert state(rich, serial) == (UnitState.IN_STOCK if good else UnitState.DEFECTIVE)
    assert rich.quantity(UMBRELLA) == ((50, 0) if good else (47, 0))
    assert orders.order(rich.ctx(), order=phone.order).state == "cancelled"
    assert_all_sound()


def test_what_was_given_for_a_broken_handset_may_be_brought_back_too(rich: Shop) -> None:
    before, broken, other = rich.balance(), rich.shelf.handset(), rich.shelf.handset()
    (sold,) = rich.sell(Line("handset", broken))
    rich.settle("completed")
    stock.replace(
        rich.ctx(),
        outlet=rich.outlet,
        order=sold.order,
        kind="handset",
        old=broken,
        new=other,
        reason="does not start",
    )
    goods.take_back(rich.ctx(), order=sold.order, condition="good", reason="had enough of it")
    rich.settle("completed")
    assert (state(rich, broken), state(rich, other)) == (UnitState.DEFECTIVE, UnitState.IN_STOCK)
    assert rich.balance() == before
    assert_all_sound()


def test_goods_that_are_not_taken_back(rich: Shop) -> None:
    serial = rich.shelf.handset()
    (sold,) = rich.sell(Line("handset", serial))
    wanted = {"order": sold.order, "condition": "good", "reason": "does not please"}
    with nothing_changes(), pytest.raises(NotReversible):
        goods.take_back(rich.ctx(), **wanted)
    rich.settle("completed")
    for at, more, refusal in (
        (NOON + timedelta(days=8), {}, ReversalTooLate),
        (NOON, {"reason": " "}, Refusal),
        (NOON, {"condition": "as new"}, stock.ConditionUnknown),
    ):
        with nothing_changes(), pytest.raises(refusal):
            goods.take_back(rich.ctx(at=at), **{**wanted, **more})
    far = rich.province.context("outlet_clerk", rich.province.far)
    with nothing_changes(), pytest.raises(Refusal):
        goods.take_back(far, **wanted)
    assert_all_sound()


# ---- bought by the outlet ------------------------------------------------------------------------


def keeper(shop: Shop):  # type: ignore[no-untyped-def]
    return shop.province.context("stock_keeper", shop.province.organizations["4101"])


def on_its_way(
    shop: Shop, handsets: int = 2, umbrellas: int = 4
) -> tuple[RequisitionId, list[str]]:
    """A delivery of goods that the outlet buys."""
    store = shelve(shop.province, shop.province.organizations["4101"], each=handsets)
    made = stock.ask(
        shop.ctx(),
        place=shop.outlet,
        goods={"HS-NOVA5": handsets, UMBRELLA: umbrellas},
        terms="purchase",
    )
    system = shop.province.system
    stock.decide(system(), requisition=made, accepted={"HS-NOVA5": handsets, UMBRELLA: umbrellas})
    sent = [Goods("HS-NOVA5", serials=tuple(store.handsets)), Goods(UMBRELLA, umbrellas)]
    stock.dispatch(system(), requisition=made, goods=sent)
    return made, store.handsets


def test_what_an_outlet_buys_is_paid_when_it_arrives(rich: Shop) -> None:
    before = rich.balance()
    made, serials = on_its_way(rich)
    ctx = rich.ctx(key="arrived")
    wanted = {"requisition": made, "serials": (serials[0],), "quantities": {UMBRELLA: 4}}
    got = goods.receive(ctx, **wanted)
    assert (got.received, got.missing, got.amount) == (5, 1, Money(1_420_00 + 4 * 18_00))
    with nothing_changes():
        assert goods.receive(ctx, **wanted) == got
    assert rich.balance() == before - got.amount
    rich.settle("completed")
    assert_all_sound()
    # What it owns it sells without paying again.
    after = rich.balance()
    (sold,) = rich.sell(Line("handset", serials[0]))
    assert (sold.amount, sold.debit) == (HANDSET, Money(0))
    umbrellas = rich.sell(Line(item=UMBRELLA, quantity=2, terms="purchase"))
    rich.settle("completed")
    assert umbrellas[0].debit == Money(0) and rich.balance() == after
    # The rest turns up, and is paid then.
    late = goods.receive(rich.ctx(), requisition=made, everything=True)
    assert (late.received, late.amount) == (1, Money(1_420_00))
    assert rich.balance() == after - late.amount
    rich.settle("completed")
    with nothing_changes(), pytest.raises(RequisitionStateWrong):
        goods.receive(rich.ctx(), requisition=made, everything=True)
    assert_all_sound()


def test_a_wallet_that_cannot_pay_receives_nothing(shop: Shop) -> None:
    made, serials = on_its_way(shop, handsets=4)
    with nothing_changes(), pytest.raises(BalanceTooLow):
        goods.receive(shop.ctx(), requisition=made, everything=True)
    with nothing_changes(), pytest.raises(NotInDelivery):
        goods.receive(shop.ctx(), requisition=made, serials=(imei(),))
    with nothing_changes(), pytest.raises(PurchaseUnpaid):
        stock.receive(shop.province.system(), requisition=made, everything=True)
    got = goods.receive(shop.ctx(), requisition=made, serials=tuple(serials[:2]))
    assert got.amount == Money(2_840_00)
    assert_all_sound()


def test_bought_goods_that_go_back_are_paid_back(rich: Shop) -> None:
    made, serials = on_its_way(rich)
    goods.receive(rich.ctx(), requisition=made, everything=True)
    rich.settle("completed")
    before = rich.balance()
    back = stock.return_goods(
        rich.ctx(),
        place=rich.outlet,
        goods=(Goods("HS-NOVA5", serials=(serials[0],)),),
        reason="does not sell",
    )
    assert rich.balance() == before, "nothing is paid back before it has arrived"
    got = goods.receive(keeper(rich), requisition=back, everything=True)
    assert got.amount == Money(1_420_00)
    assert rich.balance() == before + got.amount
    unit = shelf.unit(rich.province.system(), kind="handset", serial=serials[0])
    assert (unit.terms, unit.state) == ("consignment", UnitState.IN_STOCK)
    assert unit.place == rich.province.organizations["4101"]
    own = stock.return_goods(
        rich.ctx(),
        place=rich.outlet,
        goods=(Goods(UMBRELLA, 3),),
        reason="does not sell",
        terms="purchase",
    )
    got = goods.receive(keeper(rich), requisition=own, everything=True)
    assert got.amount == Money(3 * 18_00)
    assert_all_sound()


def test_goods_that_were_bought_do_not_leave_unpaid(rich: Shop) -> None:
    """They go back on a return, which pays for them, and not on a transfer."""
    made, serials = on_its_way(rich)
    goods.receive(rich.ctx(), requisition=made, everything=True)
    with nothing_changes(), pytest.raises(OutletsOwn):
        stock.transfer(
            rich.province.system(),
            source=rich.outlet,
            target=rich.province.far,
            goods=(Goods("HS-NOVA5", serials=(serials[0],)),),
        )
    mixed = (Goods("HS-NOVA5", serials=(serials[0], rich.shelf.handset())),)
    with nothing_changes(), pytest.raises(TermsMixed):
        stock.return_goods(rich.ctx(), place=rich.outlet, goods=mixed, reason="both")
    with nothing_changes(), pytest.raises(goods.NotGoods):
        goods.sell_with_contract(
            rich.ctx(),
            outlet=rich.outlet,
            serial=serials[1],
            contract="HSC12",
            msisdn=LINE,
            price=Money(1_439_10),
        )


def test_what_is_on_consignment_is_received_without_money(shop: Shop) -> None:
    before = shop.balance()
    store = shelve(shop.province, shop.province.organizations["4101"], each=1)
    sent = stock.transfer(
        shop.province.system(),
        source=shop.province.organizations["4101"],
        target=shop.outlet,
        goods=(Goods("HS-NOVA5", serials=tuple(store.handsets)),),
    )
    with nothing_changes(), pytest.raises(Refusal):
        goods.receive(
            shop.province.context("outlet_clerk", shop.province.far),
            requisition=sent,
            everything=True,
        )
    goods.receive(shop.ctx(), requisition=sent, everything=True)
    assert shop.balance() == before
    assert state(shop, store.handsets[0]) == UnitState.IN_STOCK
    assert_all_sound()


def test_a_clerk_of_another_outlet_sells_nothing_here(rich: Shop) -> None:
    far = rich.province.context("outlet_clerk", rich.province.far)
    lines = (Line(item=UMBRELLA),)
    with nothing_changes(), pytest.raises(Refusal):
        goods.sell(far, outlet=rich.outlet, lines=lines, total=Money(35_00))
    nobody = replace(rich.ctx(), grants=frozenset())
    with nothing_changes(), pytest.raises(Refusal):
        goods.sell(nobody, outlet=rich.outlet, lines=lines, total=Money(35_00))
    with nothing_changes(), pytest.raises(ReasonMissing):
        stock.mark_defective(
            rich.province.system(), place=rich.outlet, goods=(Goods(UMBRELLA, 1),), reason=""
        )
