"""
Every refusal at the counter, tried: nothing at all is changed by any of them.

`nothing_changes` compares what each table of the database holds before and after.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from qudao.domain.catalog.types import NotEligible, UnfitForChannel
from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.operations import DossierIncomplete
from qudao.domain.customer.types import (
    Blacklisted,
    DossierClosed,
    DossierState,
    LineLimitReached,
    Role,
)
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import Sold
from qudao.domain.resource import operations as resource
from qudao.domain.resource.types import (
    HoldExpired,
    HoldUnknown,
    NumberElsewhere,
    NumberState,
    NumberTaken,
    NumberUnknown,
    Reserve,
    TooManyHolds,
)
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.operations import RequisitionStateWrong
from qudao.domain.stock.types import (
    Goods,
    NewUnit,
    ReasonMissing,
    SerialInvalid,
    StockShort,
    UnitElsewhere,
    UnitNotForSale,
    UnitState,
    UnitUnknown,
)
from qudao.journeys import cards, opening
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import KeyReused
from qudao.platform.commands.context import Context
from tests.fingerprint import nothing_changes
from tests.journeys.shop import PAID_IN, PLAN, PREPAY, SIM_PRICE, Shop, assert_all_sound, open_shop
from tests.province import NOON, Province
from tests.stocked import (
    FAR_PREFIX,
    PREFIX,
    dossier,
    hold_number,
    iccid,
    person,
    resident_id,
    shelve,
)


@pytest.fixture
def far(shop: Shop) -> Context:
    """The clerk of the other outlet."""
    return shop.province.context("outlet_clerk", shop.province.far)


def refused(kind: type[Refusal], act: Callable[[], Any]) -> Refusal:
    with nothing_changes(), pytest.raises(kind) as caught:
        act()
    assert_all_sound()
    return caught.value


# ---- numbers -------------------------------------------------------------------------------------


def test_the_number_is_taken(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    hall = shop.province.context("hall_clerk", shop.province.hall)
    for ctx, outlet in ((shop.ctx(), shop.outlet), (hall, shop.province.hall)):
        refused(
            NumberTaken,
            lambda ctx=ctx, outlet=outlet: resource.reserve.one(ctx, Reserve(outlet, held.number)),
        )
    shop.open(held=held)
    refused(
        NumberTaken, lambda: resource.reserve.one(shop.ctx(), Reserve(shop.outlet, held.number))
    )
    shop.settle("completed")
    refused(
        NumberTaken, lambda: resource.reserve.one(shop.ctx(), Reserve(shop.outlet, held.number))
    )


def test_the_number_is_another_branchs_or_nobodys(shop: Shop) -> None:
    for number, kind in (
        (f"{FAR_PREFIX}5309", NumberElsewhere),
        ("13900000000", NumberUnknown),
        ("1234", NumberUnknown),
    ):
        refused(
            kind,
            lambda number=number: resource.reserve.one(shop.ctx(), Reserve(shop.outlet, number)),
        )


def test_the_outlet_holds_all_that_it_may(shop: Shop) -> None:
    for _ in range(20):
        hold_number(shop.ctx(), shop.outlet)
    refused(TooManyHolds, lambda: hold_number(shop.ctx(), shop.outlet))


def test_the_hold_has_expired(shop: Shop) -> None:
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    file = shop.file("account_opening")
    late = shop.ctx(at=held.until)
    refused(HoldExpired, lambda: shop.open(ctx=late, held=held, sim=sim, dossier=file))
    # Somebody else takes the number: the hold is no more.
    hall = shop.province.context("hall_clerk", shop.province.hall, at=held.until)
    resource.reserve.one(hall, Reserve(shop.province.hall, held.number))
    total = held.price + SIM_PRICE + PREPAY
    refused(
        HoldUnknown,
        lambda: shop.open(ctx=late, held=held, sim=sim, dossier=file, total=total),
    )


def test_the_hold_is_another_outlets(shop: Shop, far: Context) -> None:
    theirs = hold_number(far, shop.province.far)
    sim, file = shop.shelf.sim(), shop.file("account_opening")
    refused(HoldUnknown, lambda: shop.open(held=theirs, sim=sim, dossier=file))
    refused(HoldUnknown, lambda: resource.release(shop.ctx(), hold=theirs.hold))


# ---- cards, documents, persons -------------------------------------------------------------------


def test_the_sim_is_another_outlets_or_nobodys_or_gone(shop: Shop) -> None:
    theirs = shelve(shop.province, shop.province.far).sim()
    gone = shop.shelf.sim()
    shop.open(sim=gone)
    held, file = hold_number(shop.ctx(), shop.outlet), shop.file("account_opening")
    for sim, kind in ((theirs, UnitElsewhere), (iccid(), UnitUnknown), (gone, UnitNotForSale)):
        refused(kind, lambda sim=sim: shop.open(sim=sim, held=held, dossier=file, total=Money(1)))


def test_a_sixth_number_on_one_document(shop: Shop) -> None:
    who = person()
    files = [shop.file("account_opening", who=who) for _ in range(6)]
    for file in files[:5]:
        shop.open(dossier=file)
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    refused(LineLimitReached, lambda: shop.open(dossier=files[5], held=held, sim=sim))
    empty = customer.open_dossier(shop.ctx(), outlet=shop.outlet, purpose="account_opening")
    refused(
        LineLimitReached,
        lambda: customer.identify(shop.ctx(), dossier=empty, role=Role.CUSTOMER, person=who),
    )
    # The same document, lettered otherwise; and at another outlet of another branch.
    spaced = replace(who, number=Personal(f" {str.__str__(who.number).lower()} "))
    there = shop.province.context("outlet_clerk", shop.province.far)
    elsewhere = customer.open_dossier(there, outlet=shop.province.far, purpose="account_opening")
    refused(
        LineLimitReached,
        lambda: customer.identify(
            shop.province.context("outlet_clerk", shop.province.far),
            dossier=elsewhere,
            role=Role.CUSTOMER,
            person=spaced,
        ),
    )


def test_a_wrong_check_digit(shop: Shop) -> None:
    empty = customer.open_dossier(shop.ctx(), outlet=shop.outlet, purpose="account_opening")
    good = resident_id()
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    swapped = good[:16] + good[17] + good[16] if good[16] != good[17] else wrong
    for number in (wrong, swapped, good[:-1], ""):
        who = replace(person(), number=Personal(number))
        refusal = refused(
            Refusal,
            lambda who=who: customer.identify(
                shop.ctx(), dossier=empty, role=Role.CUSTOMER, person=who
            ),
        )
        assert refusal.code == "customer.document_number_invalid"
    sim = iccid()
    bad = sim[:-1] + str((int(sim[-1]) + 1) % 10)
    refused(
        SerialInvalid,
        lambda: stock.load_units(
            shop.province.system(),
            place=shop.outlet,
            item="SIM3IN1",
            units=(NewUnit(iccid()), NewUnit(bad)),
            cost=Money(3_00),
        ),
    )


def test_who_is_on_the_blacklist(shop: Shop) -> None:
    who = person()
    ready, empty = (
        shop.file("account_opening", who=who),
        customer.open_dossier(shop.ctx(), outlet=shop.outlet, purpose="account_opening"),
    )
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    entry = customer.blacklist(
        shop.province.system(), kind=who.kind, number=who.number, reason="fraud reported"
    )
    refused(
        Blacklisted,
        lambda: customer.identify(shop.ctx(), dossier=empty, role=Role.CUSTOMER, person=who),
    )
    refused(Blacklisted, lambda: shop.open(dossier=ready, held=held, sim=sim))
    customer.unblacklist(shop.province.system(), entry=entry, reason="cleared by the police")
    shop.open(dossier=ready, held=held, sim=sim)


def test_a_minor_without_guardian_and_a_dossier_without_pictures(shop: Shop) -> None:
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    file = customer.open_dossier(shop.ctx(), outlet=shop.outlet, purpose="account_opening")
    customer.identify(
        shop.ctx(), dossier=file, role=Role.CUSTOMER, person=person(year=2015, name="王小宝")
    )
    assert "guardian" in customers.missing(shop.ctx(), dossier=file)
    refusal = refused(DossierIncomplete, lambda: shop.open(dossier=file, held=held, sim=sim))
    assert isinstance(refusal, DossierIncomplete)
    assert {"guardian", "front", "signature"} <= set(refusal.missing)


# ---- plans and stock -----------------------------------------------------------------------------


def test_a_plan_that_does_not_fit_the_channel(shop: Shop) -> None:
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    file = shop.file("account_opening")
    # The plan of the countryside, in town.
    refusal = refused(
        Refusal,
        lambda: shop.open(plan="SZXJY", held=held, sim=sim, dossier=file, prepay=Money(100_00)),
    )
    assert isinstance(refusal, UnfitForChannel | NotEligible), refusal
    for more, kind in (
        ({"plan": "DATA1GB"}, opening.NotAPlan),
        ({"add_ons": ("GT88",)}, opening.NotAnAddOn),
        ({"prepay": Money(57_99)}, opening.PrepayTooLow),
        ({"total": Money(1)}, opening.PriceChanged),
    ):
        refused(kind, lambda more=more: shop.open(held=held, sim=sim, dossier=file, **more))


def test_stock_that_is_short(shop: Shop) -> None:
    shop.province.pay_in(shop.outlet, Money(50_000_00))
    refused(StockShort, lambda: shop.sell(Line(item="GIFT-UMBRELLA", quantity=51)))
    asked = stock.ask(shop.ctx(), place=shop.outlet, goods={"SIM3IN1": 5})
    stock.decide(shop.province.system(), requisition=asked, accepted={"SIM3IN1": 5})
    refused(
        StockShort,
        lambda: stock.dispatch(
            shop.province.system(), requisition=asked, goods=(Goods("SIM3IN1", 5),)
        ),
    )


def test_a_branch_that_declines(shop: Shop, far: Context) -> None:
    keeper = shop.province.context("stock_keeper", shop.province.organizations["4101"])
    asked = stock.ask(shop.ctx(), place=shop.outlet, goods={"SIM3IN1": 5}, note="none left")
    refused(ReasonMissing, lambda: stock.decide(keeper, requisition=asked, accepted={}, reason=" "))
    refused(Refusal, lambda: stock.decide(shop.ctx(), requisition=asked, accepted={"SIM3IN1": 5}))
    stock.decide(
        replace(keeper, request_key="declined"),
        requisition=asked,
        accepted={},
        reason="none in the store either",
    )
    record = goods.requisition(shop.ctx(), requisition=asked)
    assert (record.row.state, record.row.answer) == ("declined", "none in the store either")
    again = replace(keeper, request_key="again")
    refused(
        RequisitionStateWrong,
        lambda: stock.decide(again, requisition=asked, accepted={"SIM3IN1": 5}),
    )
    refused(
        RequisitionStateWrong,
        lambda: stock.dispatch(
            shop.province.system(), requisition=asked, goods=(Goods("SIM3IN1", 5),)
        ),
    )
    refused(Refusal, lambda: stock.receive(shop.ctx(), requisition=asked, everything=True))


# ---- the BOSS, and how requests come -------------------------------------------------------------


def test_the_boss_refuses_what_was_held(shop: Shop) -> None:
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    file = shop.file("account_opening")
    sold = shop.open(held=held, sim=sim, dossier=file)
    shop.settle("refused")
    assert shop.balance() == PAID_IN
    assert shop.number_state(held.number) == NumberState.FREE
    assert shop.sim_state(sim) == UnitState.IN_STOCK
    assert shop.file_state(file) == DossierState.FAILED
    record = orders.order(shop.ctx(), order=sold.order)
    assert (record.state, record.refusal_code) == ("failed", "number_in_use")
    assert_all_sound()
    # All of it can be sold to the next one.
    again = resource.reserve.one(shop.ctx(), Reserve(shop.outlet, held.number))
    shop.open(held=again, sim=sim)
    shop.settle("completed")
    assert shop.number_state(held.number) == NumberState.ACTIVE


def wanted(shop: Shop) -> dict[str, Any]:
    held = hold_number(shop.ctx(), shop.outlet)
    return {
        "dossier": shop.file("account_opening"),
        "sim": shop.shelf.sim(),
        "plan": PLAN,
        "prepay": PREPAY,
        "hold": held.hold,
        "total": held.price + SIM_PRICE + PREPAY,
    }


def test_a_double_click(shop: Shop) -> None:
    """The same form twice, one after the other: one account, and the same answer."""
    form, ctx = wanted(shop), shop.ctx(key="form-1")
    first = opening.open(ctx, **form)
    with nothing_changes():
        assert opening.open(ctx, **form) == first
    refused(KeyReused, lambda: opening.open(ctx, **{**form, "add_ons": ("DATA1GB",)}))


@pytest.mark.parametrize("keys", ["same", "different"])
def test_a_double_click_at_the_very_same_moment(committed_province: Province, keys: str) -> None:
    """Two requests in two connections: one account, whether or not the form carried a key."""
    shop = open_shop(committed_province)
    form, gate = wanted(shop), Barrier(2)

    def click(n: int) -> Sold | Refusal:
        ctx = shop.ctx(key="form-1" if keys == "same" else f"form-{n}")
        try:
            gate.wait()
            return opening.open(ctx, **form)
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(click, range(2)))
    sold = [one for one in answers if isinstance(one, Sold)]
    if keys == "same":
        assert answers[0] == answers[1]
    else:
        (other,) = (one for one in answers if isinstance(one, Refusal))
        assert other.code in {
            "customer.dossier_closed",
            "resource.number_state_wrong",
            "stock.unit_not_for_sale",
        }
    assert shop.balance() == PAID_IN - sold[0].debit
    assert_all_sound()


def test_the_back_button(shop: Shop) -> None:
    """The form is filled in again after its success, and sent under a key of its own."""
    form = wanted(shop)
    opening.open(shop.ctx(), **form)
    refused(UnitNotForSale, lambda: opening.open(shop.ctx(), **form))
    shop.settle("completed")
    refused(UnitNotForSale, lambda: opening.open(shop.ctx(), **form))
    other = {**form, "sim": shop.shelf.sim()}
    refused(Refusal, lambda: opening.open(shop.ctx(), **other))
    held = hold_number(shop.ctx(), shop.outlet)
    other |= {"hold": held.hold, "total": held.price + SIM_PRICE + PREPAY}
    refused(DossierClosed, lambda: opening.open(shop.ctx(), **other))


def test_a_lost_connection(shop: Shop) -> None:
    """The answer never came: the same request gets it again, whatever has happened since."""
    form, ctx = wanted(shop), shop.ctx(key="form-1")
    first = opening.open(ctx, **form)
    for outcome in ("unknown", "completed"):
        shop.settle(outcome, at=NOON + timedelta(minutes=5 if outcome == "completed" else 0))
        with nothing_changes():
            assert opening.open(ctx, **form) == first
    late = replace(ctx, at=NOON + timedelta(hours=3))
    with nothing_changes():
        assert opening.open(late, **form) == first
    serial, _ = shop.shelf.card()
    sale = shop.ctx(key="card-1")
    card = cards.sell(sale, outlet=shop.outlet, serial=serial)
    shop.settle("refused", at=NOON + timedelta(minutes=10))
    with nothing_changes():
        assert cards.sell(sale, outlet=shop.outlet, serial=serial) == card
    assert_all_sound()


def test_a_pick_whose_answer_was_lost(shop: Shop) -> None:
    number = f"{PREFIX}5309"
    ctx = shop.ctx(key="pick-1")
    held = resource.reserve.one(ctx, Reserve(shop.outlet, number))
    with nothing_changes():
        assert resource.reserve.one(ctx, Reserve(shop.outlet, number)) == held
    refused(KeyReused, lambda: resource.reserve.one(ctx, Reserve(shop.outlet, f"{PREFIX}5310")))


def test_a_dossier_of_another_outlet(shop: Shop, far: Context) -> None:
    theirs = dossier(shop.province, far, shop.province.far)
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    refused(Refusal, lambda: shop.open(dossier=theirs, held=held, sim=sim))
