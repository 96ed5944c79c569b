"""Accounts are opened whole or not at all."""

from __future__ import annotations

import pytest

from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierState, LineLimitReached
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations import BalanceTooLow, SoldOtherwise, sell
from qudao.domain.ordering.operations.dispatch import claim
from qudao.domain.ordering.ports import Completed
from qudao.domain.ordering.types import Sale
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import (
    Held,
    HoldExpired,
    HoldUnknown,
    NumberSearch,
    NumberState,
    Reserve,
)
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import UnitElsewhere, UnitNotForSale, UnitState, UnitUnknown
from qudao.journeys import opening, packs
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from tests.journeys.shop import PAID_IN, PLAN, PREPAY, Shop, assert_all_sound
from tests.province import NOON
from tests.stocked import dossier, hold_number, iccid, person, shelve


def test_an_account_is_opened(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    sim = shop.shelf.sim()
    file = dossier(shop.province, shop.ctx(), shop.outlet)
    sold = shop.open(held=held, sim=sim, dossier=file)
    assert shop.balance() == PAID_IN - sold.debit
    assert sold.amount == held.price + Money(10_00) + PREPAY
    assert shop.number_state(held.number) == NumberState.BOUND
    assert shop.sim_state(sim) == UnitState.HELD
    (sent,) = shop.settle("completed")
    assert sent.party is not None and sent.party.name == "王小明"
    assert [item.kind for item in sent.items] == ["number", "sim", "plan", "prepay"]
    assert sum(item.amount.minor for item in sent.items) == sold.amount.minor
    assert shop.number_state(held.number) == NumberState.ACTIVE
    assert shop.sim_state(sim) == UnitState.SOLD
    assert customers.dossier(shop.ctx(), dossier=file).state == DossierState.COMPLETED
    record = orders.order(shop.ctx(), order=sold.order)
    assert record.state == "completed" and record.parts == sent.items
    assert_all_sound()


def test_what_the_boss_refuses_goes_back_by_itself(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    sim = shop.shelf.sim()
    shop.open(held=held, sim=sim)
    shop.settle("refused")
    assert shop.balance() == PAID_IN
    assert shop.number_state(held.number) == NumberState.FREE
    assert shop.sim_state(sim) == UnitState.IN_STOCK
    assert_all_sound()


def test_the_unknown_keeps_number_and_card_bound_until_it_is_settled(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    sim = shop.shelf.sim()
    sold = shop.open(held=held, sim=sim)
    shop.settle("unknown")
    late = NOON.replace(day=21)
    resource.expire(shop.province.system(late))
    assert shop.number_state(held.number) == NumberState.BOUND
    assert shop.sim_state(sim) == UnitState.HELD
    assert shop.balance() == PAID_IN - sold.debit
    to_send, to_ask = claim(shop.province.system(late), most=10, lease=LEASE)
    assert not to_send and [one.order for one in to_ask] == [sold.order]
    conclude(shop.province.system(late), orders=to_ask, outcomes=[Completed(sold.order, "B")])
    assert shop.number_state(held.number) == NumberState.ACTIVE
    assert_all_sound()


def test_the_same_request_is_one_account(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    sim, file = shop.shelf.sim(), dossier(shop.province, shop.ctx(), shop.outlet)
    ctx = shop.ctx(key="double-click")
    wanted = {
        "dossier": file,
        "sim": sim,
        "plan": PLAN,
        "prepay": PREPAY,
        "hold": held.hold,
        "total": held.price + Money(10_00) + PREPAY,
    }
    first = opening.open(ctx, **wanted)
    assert opening.open(ctx, **wanted) == first
    assert shop.balance() == PAID_IN - first.debit
    assert_all_sound()


def test_a_pack_is_opened_with_its_number(shop: Shop) -> None:
    sim = shop.shelf.sim()
    page = numbers.search(shop.ctx(), outlet=shop.outlet, search=numbers_plain())
    number = page.items[0].number
    packs.pack(
        shop.province.system(),
        branch=shop.province.organizations["4101"],
        serials=(sim,),
        numbers=(number,),
    )
    file = dossier(shop.province, shop.ctx(), shop.outlet)
    total = Money(10_00) + PREPAY
    wanted = {"dossier": file, "sim": sim, "plan": PLAN, "prepay": PREPAY, "total": total}
    opening.open(shop.ctx(), **wanted)
    shop.settle("refused")
    assert numbers.number(shop.ctx(), msisdn=number).state == NumberState.BOUND
    assert goods.unit(shop.ctx(), kind="sim", serial=sim).number == number
    wanted["dossier"] = dossier(shop.province, shop.ctx(), shop.outlet)
    opening.open(shop.ctx(), **wanted)
    shop.settle("completed")
    assert numbers.number(shop.ctx(), msisdn=number).state == NumberState.ACTIVE
    assert_all_sound()


def numbers_plain() -> NumberSearch:
    return NumberSearch(grade="ordinary")


REFUSED = {
    "plan_not_a_plan": (dict(plan="DATA1GB"), opening.NotAPlan),
    "add_on_twice": (dict(add_ons=("DATA1GB", "DATA1GB")), opening.NotAnAddOn),
    "add_on_is_a_plan": (dict(add_ons=("GT88",)), opening.NotAnAddOn),
    "prepay_below_the_fee": (dict(prepay=Money(57_99)), opening.PrepayTooLow),
    "price_changed": (dict(total=Money(1)), opening.PriceChanged),
    "no_number": (dict(hold=None), opening.NumberMissing),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_leave_everything_as_it_was(shop: Shop, case: str) -> None:
    more, refusal = REFUSED[case]
    held = hold_number(shop.ctx(), shop.outlet)
    sim = shop.shelf.sim()
    file = dossier(shop.province, shop.ctx(), shop.outlet)
    with pytest.raises(refusal):
        shop.open(held=held, sim=sim, dossier=file, **more)
    untouched(shop, held, sim, file)


def untouched(shop: Shop, held: Held, sim: str, file: object) -> None:
    assert shop.balance() == PAID_IN
    assert shop.number_state(held.number) == NumberState.RESERVED
    assert shop.sim_state(sim) == UnitState.IN_STOCK
    assert customers.dossier(shop.ctx(), dossier=file).state == DossierState.DRAFT
    assert_all_sound()


def test_a_hold_that_ran_out(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    sim, file = shop.shelf.sim(), dossier(shop.province, shop.ctx(), shop.outlet)
    late = held.until
    with pytest.raises(HoldExpired):
        opening.open(
            shop.ctx(at=late),
            dossier=file,
            sim=sim,
            plan=PLAN,
            prepay=PREPAY,
            hold=held.hold,
            total=held.price + Money(10_00) + PREPAY,
        )
    untouched(shop, held, sim, file)


def test_a_hold_of_another_outlet(shop: Shop) -> None:
    far = shop.province.far
    held = hold_number(shop.province.context("outlet_clerk", far), far)
    with pytest.raises(HoldUnknown):
        shop.open(held=held)
    assert shop.balance() == PAID_IN


def test_cards_that_are_not_here(shop: Shop) -> None:
    other = shelve(shop.province, shop.province.far)
    for sim, refusal in ((other.sim(), UnitElsewhere), (iccid(), UnitUnknown)):
        held = hold_number(shop.ctx(), shop.outlet)
        with pytest.raises(refusal):
            shop.open(sim=sim, held=held)
        assert shop.number_state(held.number) == NumberState.RESERVED
    sim = shop.shelf.sim()
    shop.open(sim=sim)
    with pytest.raises(UnitNotForSale):
        shop.open(sim=sim)
    assert_all_sound()


def test_a_wallet_that_cannot_pay(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    sim, file = shop.shelf.sim(), dossier(shop.province, shop.ctx(), shop.outlet)
    with pytest.raises(BalanceTooLow):
        shop.open(held=held, sim=sim, dossier=file, prepay=Money(6_000_00))
    untouched(shop, held, sim, file)


def test_the_sixth_number_of_a_document(shop: Shop) -> None:
    who = person()
    files = [dossier(shop.province, shop.ctx(), shop.outlet, who=who) for _ in range(6)]
    for file in files[:5]:
        shop.open(dossier=file)
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    before = shop.balance()
    with pytest.raises(LineLimitReached):
        shop.open(dossier=files[5], held=held, sim=sim)
    assert shop.balance() == before
    assert shop.number_state(held.number) == NumberState.RESERVED
    shop.settle("refused")
    shop.open(dossier=files[5], held=held, sim=sim)
    assert_all_sound()


def test_a_number_that_asks_for_a_bigger_plan(shop: Shop) -> None:
    page = numbers.search(shop.ctx(), outlet=shop.outlet, search=NumberSearch(grade="second"))
    held = resource.reserve.one(shop.ctx(), Reserve(shop.outlet, page.items[0].number))
    with pytest.raises(opening.PlanBelowFloor):
        shop.open(held=held)
    assert shop.number_state(held.number) == NumberState.RESERVED


def test_an_opening_is_no_bare_sale(shop: Shop) -> None:
    with pytest.raises(SoldOtherwise):
        sell.one(shop.ctx(), Sale(shop.outlet, "OPENING", "13800138000", Money(100_00)))


def test_a_person_put_on_the_blacklist_meanwhile(shop: Shop) -> None:
    who = person()
    file = dossier(shop.province, shop.ctx(), shop.outlet, who=who)
    customer.blacklist(
        shop.province.system(), kind=who.kind, number=who.number, reason="fraud reported"
    )
    held, sim = hold_number(shop.ctx(), shop.outlet), shop.shelf.sim()
    with pytest.raises(Refusal) as refused:
        shop.open(dossier=file, held=held, sim=sim)
    assert refused.value.code == "customer.blacklisted"
    untouched(shop, held, sim, file)
