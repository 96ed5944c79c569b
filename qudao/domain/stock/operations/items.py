"""Articles: what can lie on a shelf."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from qudao.domain.stock.models import Item
from qudao.domain.stock.types import GoodsKind, ItemCode, ItemUnknown
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

ALWAYS_SERIALISED = frozenset({GoodsKind.SIM, GoodsKind.RECHARGE_CARD, GoodsKind.HANDSET})


@dataclass(eq=False)
class ItemCodeTaken(Refusal, kind=Kind.CONFLICT):
    item: str


@dataclass(eq=False)
class ItemInvalid(Refusal, kind=Kind.INVALID):
    """Names are missing, the code or kind is none, or a price is below zero."""

    item: str


@command("stock.create_item")
def create_item(
    ctx: Context,
    *,
    code: str,
    kind: str,
    name_zh: str,
    name_en: str,
    price: Money,
    wholesale: Money,
    serialised: bool = True,
    offering: str = "",
) -> ItemCode:
    """
    Add an article. SIM cards, recharge cards and handsets always have serials.

    :raises ItemInvalid: if code, kind, names or prices cannot be.
    :raises ItemCodeTaken: if there is one with this code.
    """
    fine = code.isascii() and code.replace("-", "").isalnum() and code == code.upper()
    fine = fine and 0 < len(code) <= 32 and not code.startswith("-")
    fine = fine and kind in set(GoodsKind) and bool(name_zh.strip() and name_en.strip())
    if not fine or price < Money.zero() or wholesale < Money.zero():
        raise ItemInvalid(code)
    try:
        with transaction.atomic():
            Item.objects.create(
                code=code,
                kind=kind,
                name_zh=name_zh.strip(),
                name_en=name_en.strip(),
                serialised=serialised or kind in ALWAYS_SERIALISED,
                price=price.minor,
                wholesale=wholesale.minor,
                offering=offering.strip(),
                created_at=ctx.at,
            )
    except IntegrityError as error:
        raise ItemCodeTaken(code) from error
    return ItemCode(code)


@command("stock.change_item")
def change_item(
    ctx: Context,
    *,
    item: str,
    name_zh: str | None = None,
    name_en: str | None = None,
    price: Money | None = None,
    wholesale: Money | None = None,
    offering: str | None = None,
    active: bool | None = None,
) -> None:
    """
    Change what is given of an article; what lies on shelves keeps its cost.

    :raises ItemUnknown: if there is none.
    :raises ItemInvalid: if a name is empty or a price is below zero.
    """
    row = Item.objects.select_for_update().filter(code=item).first()
    if row is None:
        raise ItemUnknown(item)
    for name in (name_zh, name_en):
        if name is not None and not name.strip():
            raise ItemInvalid(item)
    for amount in (price, wholesale):
        if amount is not None and amount < Money.zero():
            raise ItemInvalid(item)
    row.name_zh = row.name_zh if name_zh is None else name_zh.strip()
    row.name_en = row.name_en if name_en is None else name_en.strip()
    row.price = row.price if price is None else price.minor
    row.wholesale = row.wholesale if wholesale is None else wholesale.minor
    row.offering = row.offering if offering is None else offering.strip()
    row.active = row.active if active is None else active
    row.save()
