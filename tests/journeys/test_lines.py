"""What is done to a line: another SIM, another number, its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qudao.domain.customer import queries as customers
from qudao.domain.customer.operations import AnotherNumber, DossierIncomplete, open_dossier
from qudao.domain.customer.types import DossierClosed, DossierState, NotTheOwner
from qudao.domain.ordering.operations import BalanceTooLow
from qudao.domain.ordering.types import NotAMobileNumber
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import (
    REST_DAYS,
    HoldExpired,
    HoldUnknown,
    NumberState,
    NumberTaken,
    Reserve,
)
from qudao.domain.stock.types import UnitElsewhere, UnitNotForSale, UnitState, UnitUnknown
from qudao.journeys import lines, packs
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from tests.fingerprint import nothing_changes
from tests.journeys.shop import LINE, PAID_IN, SIM_PRICE, Shop, assert_all_sound
from tests.province import NOON
from tests.stocked import hold_number, iccid, person, shelve

LATER = NOON + timedelta(minutes=5)


def lines_of(shop: Shop, number: str) -> dict[str, str]:
    """The lines that the owner of a number has, with their states."""
    owner = customers.owner_of(number)
    assert owner is not None
    found = customers.lines(shop.province.system(), customer=owner)
    return {one.number: one.state for one in found}


# ---- another SIM ---------------------------------------------------------------------------------


def test_a_line_gets_another_sim(shop: Shop) -> None:
    sim, file = shop.shelf.sim(), shop.file("sim_swap", LINE)
    sold = shop.swap(sim=sim, dossier=file)
    assert shop.balance() == PAID_IN - sold.debit
    assert shop.sim_state(sim) == UnitState.HELD
    (sent,) = shop.settle("completed")
    assert [(item.kind, item.code) for item in sent.items] == [("sim", sim)]
    assert sent.msisdn == LINE
    assert shop.sim_state(sim) == UnitState.SOLD
    assert shop.file_state(file) == DossierState.COMPLETED
    assert lines_of(shop, LINE) == {LINE: "active"}, "a line from before us is known from now on"
    assert_all_sound()


def test_a_swap_that_the_boss_refuses_leaves_the_card_on_the_shelf(shop: Shop) -> None:
    sim, file = shop.shelf.sim(), shop.file("sim_swap", LINE)
    sold = shop.swap(sim=sim, dossier=file)
    shop.settle("refused")
    assert shop.balance() == PAID_IN
    assert shop.sim_state(sim) == UnitState.IN_STOCK
    assert shop.file_state(file) == DossierState.FAILED
    assert shop.order_state(sold) == "failed"
    assert customers.owner_of(LINE) is None
    assert_all_sound()


def test_a_swap_of_unknown_fate_keeps_the_card(shop: Shop) -> None:
    sim, again = shop.shelf.sim(), shop.file("sim_swap", LINE)
    shop.swap(sim=sim)
    shop.settle("unknown")
    with nothing_changes(), pytest.raises(UnitNotForSale):
        shop.swap(sim=sim, dossier=again)
    shop.settle("completed", at=LATER)
    assert shop.sim_state(sim) == UnitState.SOLD
    assert_all_sound()


SWAPS: dict[str, tuple[dict[str, object], type[Refusal]]] = {
    "no number": ({"msisdn": "12345"}, NotAMobileNumber),
    "another number": ({"msisdn": "13903710002"}, AnotherNumber),
    "no such card": ({"sim": iccid()}, UnitUnknown),
    "another price": ({"price": Money(1)}, Refusal),
}


@pytest.mark.parametrize("case", SWAPS)
def test_swaps_that_are_refused(shop: Shop, case: str) -> None:
    more, refusal = SWAPS[case]
    wanted = {"dossier": shop.file("sim_swap", LINE), "sim": shop.shelf.sim(), **more}
    with nothing_changes(), pytest.raises(refusal):
        shop.swap(**wanted)
    assert_all_sound()


def test_a_swap_needs_a_card_of_this_outlet_without_a_number(shop: Shop) -> None:
    far = shelve(shop.province, shop.province.far).sim()
    packed = shop.shelf.sim()
    held = hold_number(shop.ctx(), shop.outlet)
    resource.release(shop.ctx(), hold=held.hold)
    branch = shop.province.organizations["4101"]
    packs.pack(shop.province.system(), branch=branch, serials=(packed,), numbers=(held.number,))
    file = shop.file("sim_swap", LINE)
    for sim, refusal in ((far, UnitElsewhere), (packed, lines.SimHasNumber)):
        with nothing_changes(), pytest.raises(refusal):
            shop.swap(sim=sim, dossier=file)


def test_a_dossier_serves_what_it_was_opened_for_and_once(shop: Shop) -> None:
    opening = shop.file("account_opening")
    with nothing_changes(), pytest.raises(lines.DossierForOther):
        shop.cancel(LINE, dossier=opening)
    with nothing_changes(), pytest.raises(lines.DossierForOther):
        lines.swap_sim(
            shop.ctx(), dossier=opening, msisdn=LINE, sim=shop.shelf.sim(), price=SIM_PRICE
        )
    file = shop.file("cancellation", LINE)
    shop.cancel(LINE, dossier=file)
    with nothing_changes(), pytest.raises(DossierClosed):
        shop.cancel(LINE, dossier=file)


def test_a_dossier_without_its_customer_is_not_enough(shop: Shop) -> None:
    empty = open_dossier(shop.ctx(), outlet=shop.outlet, purpose="cancellation", number=LINE)
    with nothing_changes(), pytest.raises(DossierIncomplete):
        shop.cancel(LINE, dossier=empty)


def test_the_same_swap_sent_again_is_one(shop: Shop) -> None:
    sim, file = shop.shelf.sim(), shop.file("sim_swap", LINE)
    ctx = shop.ctx(key="twice")
    wanted = {"dossier": file, "msisdn": LINE, "sim": sim, "price": SIM_PRICE}
    first = lines.swap_sim(ctx, **wanted)
    with nothing_changes():
        assert lines.swap_sim(ctx, **wanted) == first
    shop.settle("completed")
    with nothing_changes():
        assert lines.swap_sim(ctx, **wanted) == first


def test_somebody_elses_line(shop: Shop) -> None:
    number = shop.opened()
    stranger, sim = person(name="李四"), shop.shelf.sim()
    # Who opens the dossier for no line in particular is told when it is handed in.
    files = [shop.file(purpose, who=stranger) for purpose in ("sim_swap", "cancellation")]
    with nothing_changes(), pytest.raises(NotTheOwner):
        shop.swap(number, sim=sim, dossier=files[0])
    with nothing_changes(), pytest.raises(NotTheOwner):
        shop.cancel(number, dossier=files[1])


# ---- another number ------------------------------------------------------------------------------


def test_a_line_gets_another_number_and_the_old_one_rests(shop: Shop) -> None:
    who = person()
    old = shop.opened(dossier=shop.file("account_opening", who=who))
    before = shop.balance()
    held = hold_number(shop.ctx(), shop.outlet)
    file = shop.file("number_change", old, who=who)
    sold = shop.renumber(old, held, dossier=file)
    assert sold.amount == lines.CHANGE_FEE + held.price
    assert shop.number_state(held.number) == NumberState.BOUND
    (sent,) = shop.settle("completed")
    assert sent.msisdn == old and [one.code for one in sent.items] == [held.number]
    assert shop.balance() == before - sold.debit
    assert shop.number_state(held.number) == NumberState.ACTIVE
    assert shop.number_state(old) == NumberState.CANCELLED
    assert lines_of(shop, held.number) == {held.number: "active"}
    assert customers.owner_of(old) is None
    assert_all_sound()


def test_a_change_that_the_boss_refuses_frees_the_new_number(shop: Shop) -> None:
    who = person()
    old = shop.opened(dossier=shop.file("account_opening", who=who))
    before = shop.balance()
    held = hold_number(shop.ctx(), shop.outlet)
    shop.renumber(old, held, dossier=shop.file("number_change", old, who=who))
    shop.settle("refused")
    assert shop.balance() == before
    assert shop.number_state(held.number) == NumberState.FREE
    assert shop.number_state(old) == NumberState.ACTIVE
    assert lines_of(shop, old) == {old: "active"}
    assert_all_sound()


def test_a_change_of_unknown_fate_keeps_both_numbers(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    shop.renumber(LINE, held)
    shop.settle("unknown")
    resource.expire(shop.province.system(held.until + timedelta(days=1)))
    assert shop.number_state(held.number) == NumberState.BOUND
    with nothing_changes(), pytest.raises(NumberTaken):
        resource.reserve.one(shop.ctx(), Reserve(shop.outlet, held.number))
    shop.settle("completed", at=LATER)
    assert shop.number_state(held.number) == NumberState.ACTIVE
    assert lines_of(shop, held.number) == {held.number: "active"}
    assert_all_sound()


def test_changes_that_are_refused(shop: Shop) -> None:
    held = hold_number(shop.ctx(), shop.outlet)
    file = shop.file("number_change", LINE)
    price = lines.change_price(shop.ctx(), hold=held.hold)
    wanted = {"dossier": file, "msisdn": LINE, "hold": held.hold, "price": price}
    with nothing_changes(), pytest.raises(lines.ChangePriceDiffers):
        lines.change_number(shop.ctx(), **{**wanted, "price": Money(1)})
    with nothing_changes(), pytest.raises(lines.SameNumber):
        lines.change_number(shop.ctx(), **{**wanted, "msisdn": held.number})
    with nothing_changes(), pytest.raises(HoldExpired):
        lines.change_number(shop.ctx(at=held.until), **wanted)
    far = shop.province.far
    theirs = hold_number(shop.province.context("outlet_clerk", far), far)
    with nothing_changes(), pytest.raises(HoldUnknown):
        lines.change_number(shop.ctx(), **{**wanted, "hold": theirs.hold})
    assert_all_sound()


def test_a_change_that_the_wallet_cannot_pay(shop: Shop) -> None:
    from qudao.domain.wallet import operations as wallet

    held = hold_number(shop.ctx(), shop.outlet)
    file = shop.file("number_change", LINE)
    wallet.adjust(shop.province.system(), outlet=shop.outlet, amount=-PAID_IN, reason="emptied")
    with nothing_changes(), pytest.raises(BalanceTooLow):
        shop.renumber(LINE, held, dossier=file)


# ---- the end -------------------------------------------------------------------------------------


def test_a_line_ends_and_its_number_rests_ninety_days(shop: Shop) -> None:
    who = person()
    number = shop.opened(dossier=shop.file("account_opening", who=who))
    before = shop.balance()
    sold = shop.cancel(number, dossier=shop.file("cancellation", number, who=who))
    assert sold.amount == Money(0)
    shop.settle("completed")
    assert shop.balance() == before
    assert customers.owner_of(number) is None
    assert shop.number_state(number) == NumberState.CANCELLED
    night = NOON + timedelta(hours=13)
    resource.rest(shop.province.system(night), before=night - timedelta(hours=1))
    record = numbers.number(shop.ctx(), msisdn=number)
    assert record.state == NumberState.RESTING
    assert record.until == night + timedelta(days=REST_DAYS)
    with nothing_changes(), pytest.raises(NumberTaken):
        resource.reserve.one(shop.ctx(at=night), Reserve(shop.outlet, number))
    resource.expire(shop.province.system(record.until - timedelta(seconds=1)))
    assert shop.number_state(number) == NumberState.RESTING
    resource.expire(shop.province.system(record.until))
    assert shop.number_state(number) == NumberState.FREE
    assert_all_sound()


def test_a_cancellation_that_the_boss_refuses_changes_nothing(shop: Shop) -> None:
    who = person()
    number = shop.opened(dossier=shop.file("account_opening", who=who))
    shop.cancel(number, dossier=shop.file("cancellation", number, who=who))
    shop.settle("refused")
    assert shop.number_state(number) == NumberState.ACTIVE
    assert lines_of(shop, number) == {number: "active"}
    assert_all_sound()


def test_the_end_of_a_line_makes_room_on_the_document(shop: Shop) -> None:
    who = person()
    numbers_of = [
        shop.opened(dossier=shop.file("account_opening", who=who), prepay=Money(58_00))
        for _ in range(5)
    ]
    shop.cancel(numbers_of[0], dossier=shop.file("cancellation", numbers_of[0], who=who))
    shop.settle("completed")
    shop.opened(dossier=shop.file("account_opening", who=who), prepay=Money(58_00))
    assert_all_sound()
