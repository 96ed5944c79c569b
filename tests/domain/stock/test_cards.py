"""Recharge cards: the PIN seen once, used once, not after the last day; where to bring them."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import CardExpired, UnitNotForSale, UnitUnknown
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Secret
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.models import JournalEntry
from tests.domain.stock.stand import Stand, pin, pin_of
from tests.province import NOON

pytestmark = pytest.mark.django_db

SALE, USE = UUID(int=1), UUID(int=2)


def sold(stand: Stand, **more: object) -> str:
    p = stand.province
    (serial,) = stand.cards(1, p.agent, **more)
    stock.hold(p.system(), outlet=p.agent, serials=[("recharge_card", serial)], order=SALE)
    stock.hand_over(p.system(), orders=[SALE])
    return serial


def state(stand: Stand, serial: str) -> str:
    p = stand.province
    return queries.unit(p.clerk(), kind="recharge_card", serial=serial).state


def test_a_pin_is_shown_once(stand: Stand) -> None:
    p = stand.province
    (on_shelf,) = stand.cards(1, p.agent)
    with pytest.raises(UnitNotForSale):
        stock.reveal_pin(p.clerk(), serial=on_shelf)
    serial = sold(stand)
    once = p.clerk(key="lost-connection")
    shown = stock.reveal_pin(once, serial=serial)
    assert str.__str__(shown) == str.__str__(pin_of(serial))
    assert str.__str__(stock.reveal_pin(once, serial=serial)) == "•••"
    with pytest.raises(stock.PinShownAlready):
        stock.reveal_pin(p.clerk(), serial=serial)
    with pytest.raises(AwaitingApproval):
        stock.reveal_pin_again(p.clerk(), serial=serial, reason="paper jam")
    stock.reveal_pin_again(p.system(), serial=serial, reason="paper jam")
    assert stock.reveal_pin(p.clerk(), serial=serial) == pin_of(serial)
    with pytest.raises(UnitUnknown):
        stock.reveal_pin(p.context("outlet_clerk", p.far), serial=serial)
    journal = str(list(JournalEntry.objects.values_list("arguments", "answer", "events")))
    assert str.__str__(pin_of(serial)) not in journal


def test_a_card_is_used_once(stand: Stand) -> None:
    p = stand.province
    serial = sold(stand)
    used = stock.use_card(p.system(), pin=pin_of(serial), order=USE)
    assert (used.serial, used.state, used.offering) == (serial, "used", "RC50")
    with pytest.raises(stock.CardUsed):
        stock.use_card(p.system(), pin=pin_of(serial), order=UUID(int=3))
    assert stock.unuse_cards(p.system(), orders=[USE]) == 1
    assert state(stand, serial) == "sold"
    stock.use_card(p.system(), pin=pin_of(serial), order=UUID(int=3))
    (on_shelf,) = stand.cards(1, p.agent)
    for wrong in (pin_of(on_shelf), Secret(pin(10**6)), Secret("")):
        with pytest.raises(stock.PinWrong):
            stock.use_card(p.system(), pin=wrong, order=USE)
    assert queries.unsound() == []


def test_an_expired_card_is_neither_sold_nor_used(stand: Stand) -> None:
    p = stand.province
    today = NOON.date()
    late = NOON + timedelta(days=6)
    serial = sold(stand, expires_on=today + timedelta(days=5))
    (on_shelf,) = stand.cards(1, p.agent, expires_on=today + timedelta(days=5))
    wanted = [("recharge_card", on_shelf)]
    with pytest.raises(CardExpired):
        stock.hold(p.system(late), outlet=p.agent, serials=wanted, order=USE)
    with pytest.raises(CardExpired):
        stock.use_card(p.system(late), pin=pin_of(serial), order=USE)
    stock.use_card(p.system(NOON + timedelta(days=5)), pin=pin_of(serial), order=USE)
    assert stock.expire_cards(p.system(late)) == 1
    assert state(stand, on_shelf) == "expired"
    with pytest.raises(UnitNotForSale):
        stock.hold(p.system(late), outlet=p.agent, serials=wanted, order=USE)
    assert queries.unsound() == []


def test_a_returned_card_whose_pin_was_seen_is_defective(stand: Stand) -> None:
    p = stand.province
    fresh = sold(stand)
    stock.take_back(
        p.system(),
        outlet=p.agent,
        order=SALE,
        kind="recharge_card",
        serial=fresh,
        condition="good",
        reason="wrong value",
    )
    assert state(stand, fresh) == "in_stock"
    seen = sold(stand)
    stock.reveal_pin(p.clerk(), serial=seen)
    with pytest.raises(stock.NotSoldByOrder):
        stock.take_back(
            p.system(),
            outlet=p.agent,
            order=USE,
            kind="recharge_card",
            serial=seen,
            condition="good",
            reason="wrong value",
        )
    stock.take_back(
        p.system(),
        outlet=p.agent,
        order=SALE,
        kind="recharge_card",
        serial=seen,
        condition="good",
        reason="wrong value",
    )
    assert state(stand, seen) == "defective"
    assert queries.unsound() == []


def test_what_will_not_be_sold_is_brought_where_it_will(stand: Stand) -> None:
    p = stand.province
    soon = date(2026, 12, 10)
    stand.cards(10, p.agent, expires_on=soon)
    stand.cards(40, p.far, expires_on=soon)  # another branch
    for n, serial in enumerate(stand.cards(6, p.hall), start=100):
        order = UUID(int=n)
        wanted = [("recharge_card", serial)]
        stock.hold(p.system(), outlet=p.hall, serials=wanted, order=order)
        stock.hand_over(p.system(), orders=[order])
    keeper = p.context("stock_keeper", p.organizations["4101"])
    rows = queries.expiring(keeper, page=PageRequest()).items
    assert [(row.place, row.quantity, row.expires_on) for row in rows] == [(p.agent, 10, soon)]
    (one,) = queries.proposals(keeper, page=PageRequest()).items
    # The hall sells 6 in 30 days: 4 in the 20 days that are left.
    assert (one.source, one.target, one.item, one.quantity) == (p.agent, p.hall, "RC50", 4)


def test_packs(stand: Stand) -> None:
    p = stand.province
    one, two = stand.sims(2, p.agent)
    stock.pack(p.system(), serial=one, number="13403710001")
    with pytest.raises(stock.NumberPacked):
        stock.pack(p.system(), serial=two, number="13403710001")
    with pytest.raises(stock.NumberPacked):
        stock.pack(p.system(), serial=one, number="13403710002")
    assert queries.by_numbers(numbers=["13403710001"])["13403710001"].serial == one
    assert stock.unpack(p.system(), serial=one) == "13403710001"
    stock.pack(p.system(), serial=two, number="13403710001")
