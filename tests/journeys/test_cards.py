"""Recharge cards: sold from the shelf, shown once, used once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qudao.domain.catalog import operations as catalog
from qudao.domain.ordering.operations import BalanceTooLow
from qudao.domain.ordering.types import NotAMobileNumber
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.operations import CardUsed, PinShownAlready, PinWrong
from qudao.domain.stock.types import (
    CardExpired,
    UnitElsewhere,
    UnitNotForSale,
    UnitState,
    UnitUnknown,
)
from qudao.domain.wallet import operations as wallet
from qudao.journeys import cards
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from tests.fingerprint import nothing_changes
from tests.journeys.shop import LINE, PAID_IN, Shop, assert_all_sound
from tests.province import NOON
from tests.stocked import shelve

LATER = NOON + timedelta(minutes=5)


def state(shop: Shop, serial: str) -> str:
    return shop.unit_state("recharge_card", serial)


def sold_card(shop: Shop) -> tuple[str, Secret]:
    """A card that a customer has, and its PIN."""
    serial, pin = shop.shelf.card()
    cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)
    shop.settle("completed")
    return serial, Secret(pin)


def test_a_card_is_sold_and_its_pin_shown_once(shop: Shop) -> None:
    serial, pin = shop.shelf.card()
    sold = cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)
    assert sold.amount == Money(50_00)
    assert shop.balance() == PAID_IN - sold.debit
    with nothing_changes(), pytest.raises(UnitNotForSale):
        stock.reveal_pin(shop.ctx(), serial=serial)
    (sent,) = shop.settle("completed")
    assert [(one.kind, one.code, one.amount) for one in sent.items] == [
        ("card", serial, Money(50_00))
    ]
    assert state(shop, serial) == UnitState.SOLD
    assert str.__str__(stock.reveal_pin(shop.ctx(), serial=serial)) == pin
    with nothing_changes(), pytest.raises(PinShownAlready):
        stock.reveal_pin(shop.ctx(), serial=serial)
    assert_all_sound()


def test_a_card_that_the_boss_refuses_goes_back(shop: Shop) -> None:
    serial, _ = shop.shelf.card()
    cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)
    shop.settle("refused")
    assert shop.balance() == PAID_IN
    assert state(shop, serial) == UnitState.IN_STOCK
    cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)
    assert_all_sound()


def test_a_card_of_unknown_fate_stays_held_and_hidden(shop: Shop) -> None:
    serial, pin = shop.shelf.card()
    cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)
    shop.settle("unknown")
    assert state(shop, serial) == UnitState.HELD
    with nothing_changes(), pytest.raises(UnitNotForSale):
        cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)
    with nothing_changes(), pytest.raises(UnitNotForSale):
        stock.reveal_pin(shop.ctx(), serial=serial)
    with nothing_changes(), pytest.raises(PinWrong):
        cards.redeem(shop.ctx(), outlet=shop.outlet, pin=Secret(pin), msisdn=LINE)
    shop.settle("completed", at=LATER)
    assert state(shop, serial) == UnitState.SOLD
    assert_all_sound()


def test_cards_that_are_not_for_sale(shop: Shop) -> None:
    theirs, _ = shelve(shop.province, shop.province.far).card()
    late, _ = shop.shelf.card()
    gone, _ = sold_card(shop)
    after = NOON + timedelta(days=500)
    for serial, at, refusal in (
        (theirs, NOON, UnitElsewhere),
        ("1234567890123456", NOON, UnitUnknown),
        ("not a serial", NOON, UnitUnknown),
        (gone, NOON, UnitNotForSale),
        (late, after, CardExpired),
    ):
        with nothing_changes(), pytest.raises(refusal):
            cards.sell(shop.ctx(at=at), outlet=shop.outlet, serial=serial)
    assert stock.expire_cards(shop.province.system(after)) > 0
    assert state(shop, late) == UnitState.EXPIRED
    with nothing_changes(), pytest.raises(UnitNotForSale):
        cards.sell(shop.ctx(at=after), outlet=shop.outlet, serial=late)
    assert_all_sound()


def test_a_card_that_the_catalogue_does_not_sell(shop: Shop) -> None:
    serial, _ = shop.shelf.card()
    stock.change_item(
        shop.province.system(),
        item="RC50",
        name_zh="50元充值卡",
        name_en="Recharge card 50",
        price=Money(50_00),
        wholesale=Money(49_00),
        offering="",
        active=True,
    )
    with nothing_changes(), pytest.raises(cards.NotACard):
        cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)


def test_a_card_that_is_off_the_shelf_of_the_catalogue(shop: Shop) -> None:
    serial, _ = shop.shelf.card()
    catalog.unshelve(shop.province.system(), code="RC50")
    with nothing_changes(), pytest.raises(Refusal):
        cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)


def test_a_card_that_the_wallet_cannot_pay(shop: Shop) -> None:
    serial, _ = shop.shelf.card()
    wallet.adjust(shop.province.system(), outlet=shop.outlet, amount=-PAID_IN, reason="emptied")
    with nothing_changes(), pytest.raises(BalanceTooLow):
        cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)


def test_the_same_card_sent_again_is_one_sale(shop: Shop) -> None:
    serial, _ = shop.shelf.card()
    ctx = shop.ctx(key="twice")
    first = cards.sell(ctx, outlet=shop.outlet, serial=serial)
    with nothing_changes():
        assert cards.sell(ctx, outlet=shop.outlet, serial=serial) == first
    with nothing_changes(), pytest.raises(UnitNotForSale):
        cards.sell(shop.ctx(), outlet=shop.outlet, serial=serial)


# ---- used ----------------------------------------------------------------------------------------


def test_a_card_is_used_once(shop: Shop) -> None:
    serial, pin = sold_card(shop)
    before = shop.balance()
    ctx = shop.ctx(key="redeem")
    used = cards.redeem(ctx, outlet=shop.outlet, pin=pin, msisdn=LINE)
    assert (used.amount, shop.balance()) == (Money(0), before)
    with nothing_changes():
        assert cards.redeem(ctx, outlet=shop.outlet, pin=pin, msisdn=LINE) == used
    with nothing_changes(), pytest.raises(CardUsed):
        cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    (sent,) = shop.settle("completed")
    assert [(one.kind, one.code, one.amount) for one in sent.items] == [
        ("card", serial, Money(50_00))
    ]
    assert state(shop, serial) == UnitState.USED
    with nothing_changes(), pytest.raises(CardUsed):
        cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    assert_all_sound()


def test_a_card_whose_use_the_boss_refuses_is_good_again(shop: Shop) -> None:
    serial, pin = sold_card(shop)
    cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    shop.settle("refused")
    assert state(shop, serial) == UnitState.SOLD
    cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    shop.settle("completed")
    assert state(shop, serial) == UnitState.USED
    assert_all_sound()


def test_a_card_whose_use_is_unknown_is_used_by_nobody_else(shop: Shop) -> None:
    serial, pin = sold_card(shop)
    cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    shop.settle("unknown")
    with nothing_changes(), pytest.raises(CardUsed):
        cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    shop.settle("completed", at=LATER)
    assert state(shop, serial) == UnitState.USED
    assert_all_sound()


def test_a_card_may_be_used_at_any_outlet(shop: Shop) -> None:
    serial, pin = sold_card(shop)
    far = shop.province.far
    cards.redeem(shop.province.context("outlet_clerk", far), outlet=far, pin=pin, msisdn=LINE)
    shop.settle("completed")
    assert state(shop, serial) == UnitState.USED
    assert_all_sound()


def test_pins_that_are_good_for_nothing(shop: Shop) -> None:
    _, unsold = shop.shelf.card()
    _, pin = sold_card(shop)
    for wrong in (Secret(unsold), Secret("123456789012345678"), Secret(""), Secret("x" * 40)):
        with nothing_changes(), pytest.raises(PinWrong):
            cards.redeem(shop.ctx(), outlet=shop.outlet, pin=wrong, msisdn=LINE)
    with nothing_changes(), pytest.raises(NotAMobileNumber):
        cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn="123")
    with nothing_changes(), pytest.raises(CardExpired):
        cards.redeem(
            shop.ctx(at=NOON + timedelta(days=500)), outlet=shop.outlet, pin=pin, msisdn=LINE
        )


def test_the_journal_does_not_tell_the_pin(shop: Shop) -> None:
    from qudao.platform.commands.models import JournalEntry

    serial, pin = sold_card(shop)
    stock.reveal_pin(shop.ctx(), serial=serial)
    cards.redeem(shop.ctx(), outlet=shop.outlet, pin=pin, msisdn=LINE)
    plain = str.__str__(pin)
    for entry in JournalEntry.objects.all():
        assert plain not in f"{entry.arguments}{entry.answer}{entry.events}"
    assert plain not in str(goods.card_of_pin(pin=pin))
