"""Orders of the businesses that move numbers, cards and lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from qudao.domain.ordering.ports import BossOrder, BossParty
from qudao.domain.ordering.types import ItemKind, OrderId, OrderItem
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from simulators.boss.sims import Sim

NOW = datetime(2026, 1, 15, 4, tzinfo=UTC)


def party(document: str, **changes: Any) -> BossParty:
    whole = BossParty(
        name=Personal("赵小燕"),
        document_kind="resident_id",
        document=Personal(document),
        address=Personal("郑州市金水区花园路1号"),
        phone=Personal("13900139000"),
    )
    return replace(whole, **changes)


def order(business: str, msisdn: str, amount: int, *items: OrderItem, **more: Any) -> BossOrder:
    bare = BossOrder(
        order=OrderId(uuid4()),
        business=business,
        msisdn=msisdn,
        amount=Money(amount),
        product_code="",
        ordered_at=NOW,
        outlet_code="A00001",
        items=items,
    )
    return replace(bare, **more)


def number_item(msisdn: str, amount: int = 0) -> OrderItem:
    return OrderItem(ItemKind.NUMBER, msisdn, Money(amount))


def sim_item(card: Sim, amount: int = 0) -> OrderItem:
    return OrderItem(ItemKind.SIM, card.iccid, Money(amount), attributes={"imsi": card.imsi})


def card_item(serial: str, value: int) -> OrderItem:
    return OrderItem(ItemKind.CARD, serial, Money(value))


def opening(
    msisdn: str,
    card: Sim,
    document: str,
    *add_ons: str,
    plan: str = "DGDD28",
    number: int = 20_000,
    fee: int = 1_000,
    prepay: int = 5_000,
) -> BossOrder:
    """A line with a plan that costs nothing, and add-ons for 5 yuan each."""
    items = [
        number_item(msisdn, number),
        sim_item(card, fee),
        OrderItem(ItemKind.PLAN, plan),
        *(OrderItem(ItemKind.ADD_ON, code, Money(500)) for code in add_ons),
        OrderItem(ItemKind.PREPAY, "", Money(prepay)),
    ]
    amount = number + fee + prepay + 500 * len(add_ons)
    return order("account_opening", msisdn, amount, *items, party=party(document))


def swap(msisdn: str, card: Sim, amount: int = 0, replaced: str = "") -> BossOrder:
    return order("sim_swap", msisdn, amount, sim_item(card, amount), replaced=replaced)


def change(msisdn: str, number: str, prepayment: int = 0, fee: int = 0) -> BossOrder:
    return order("number_change", msisdn, prepayment + fee, number_item(number, prepayment))


def cancel(msisdn: str) -> BossOrder:
    return order("cancellation", msisdn, 0)


def card_sale(serial: str, value: int = 5_000, msisdn: str = "") -> BossOrder:
    return order("recharge_card", msisdn, value, card_item(serial, value), product_code="RC50")


def card_recharge(msisdn: str, serial: str, value: int = 5_000, amount: int = 0) -> BossOrder:
    """The customer pays nothing for it: the card was paid for."""
    return order("card_recharge", msisdn, amount, card_item(serial, value))
