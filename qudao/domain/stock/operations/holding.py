"""An order takes goods off the shelf: what becomes scarce is taken by a conditional update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries, rules
from qudao.domain.stock.events import GoodsTaken
from qudao.domain.stock.models import Hold, Item, Quantity, Unit
from qudao.domain.stock.types import (
    CardExpired,
    Held,
    ItemCode,
    ItemUnknown,
    QuantityInvalid,
    StockShort,
    Terms,
    UnitElsewhere,
    UnitId,
    UnitNotForSale,
    UnitRecord,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays


@command("stock.hold")
def hold(
    ctx: Context,
    *,
    outlet: OrganizationId,
    serials: Sequence[tuple[str, str]],
    order: UUID,
    prices: Sequence[Money] = (),
) -> tuple[UnitRecord, ...]:
    """
    Bind units that lie at an outlet, each by (kind, serial), to an order; all of them or none.

    `prices` are what the order asks for each, in the same order; without them the item's price.
    Returns the units in the order of `serials`.

    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    :raises QuantityInvalid: if a serial comes twice, or there is not a price for each.
    :raises UnitUnknown: if a serial was never taken in.
    :raises UnitElsewhere: if it lies at another place.
    :raises CardExpired: if its last day of use has passed.
    :raises UnitNotForSale: if it is held, sold, on its way, defective, missing.
    """
    queries.place(ctx, place=outlet)
    wanted = [(kind, rules.clean_serial(serial)) for kind, serial in serials]
    if not wanted:
        return ()
    if len(set(wanted)) < len(wanted) or len(prices) not in (0, len(wanted)):
        raise QuantityInvalid(len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD,
            {
                "kinds": arrays.texts(kind for kind, _ in wanted),
                "serials": arrays.texts(serial for _, serial in wanted),
                "prices": arrays.numbers([price.minor for price in prices] or [None] * len(wanted)),
                "outlet": outlet,
                "today": business_date(ctx.at),
                "order": order,
                "wanted": len(wanted),
            },
        )
        found = [_record(row) for row in cursor.fetchall()]
    if len(found) < len(wanted):
        for kind, serial in wanted:
            _explain(ctx, outlet, kind, serial)
        # Each is free again by now: others held it when we looked.
        raise UnitNotForSale(wanted[0][1], UnitState.HELD)
    by_serial = {(one.kind, one.serial): one for one in found}
    announce(GoodsTaken(outlet, tuple(sorted({one.item for one in found}))))
    return tuple(by_serial[one] for one in wanted)


@command("stock.hold_quantity")
def hold_quantity(
    ctx: Context,
    *,
    outlet: OrganizationId,
    item: str,
    quantity: int,
    order: UUID,
    price: Money | None = None,
    terms: str = Terms.CONSIGNMENT,
) -> Held:
    """
    Bind so many of goods without serials that lie at an outlet to an order.

    `price` is what the order asks for one; without it the item's price.

    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    :raises ItemUnknown: if there are no such goods.
    :raises QuantityInvalid: if the quantity is not positive, or such goods have serials.
    :raises StockShort: if there are not so many.
    """
    queries.place(ctx, place=outlet)
    row = Item.objects.filter(code=item).first()
    if row is None:
        raise ItemUnknown(item)
    if quantity <= 0 or row.serialised:
        raise QuantityInvalid(quantity)
    # Conditions on the row itself, without a join: only those are looked at again after a wait.
    rows = Quantity.objects.unscoped("the outlet was checked")
    here = rows.filter(place=outlet, item=item, terms=terms)
    taken = here.filter(in_stock__gte=quantity).update(
        in_stock=F("in_stock") - quantity, held=F("held") + quantity, moved_at=ctx.at
    )
    if not taken:
        raise StockShort(item, here.values_list("in_stock", flat=True).first() or 0)
    asked = row.price if price is None else price.minor
    known = Hold.objects.unscoped("the outlet was checked").filter(
        order=order, item=item, place=outlet, terms=terms
    )
    if not known.update(quantity=F("quantity") + quantity):
        Hold.objects.create(
            order=order, item_id=item, place_id=outlet, terms=terms, quantity=quantity, price=asked
        )
    announce(GoodsTaken(outlet, (item,)))
    return Held(
        outlet,
        ItemCode(item),
        row.name_zh,
        row.name_en,
        row.kind,
        quantity,
        terms,
        Money(row.price),
    )


def _record(row: tuple[Any, ...]) -> UnitRecord:
    values = list(row)
    values[0] = UnitId(values[0])
    values[14], values[15] = Money(values[14]), Money(values[15])
    return UnitRecord(*values)


def _explain(ctx: Context, place: UUID, kind: str, serial: str) -> None:
    """Say why a unit cannot be taken at a place; nothing if it can."""
    one = (
        Unit.objects.unscoped("a scanned serial is somewhere, or nowhere")
        .filter(kind=kind, serial=serial)
        .first()
    )
    if one is None:
        raise UnitUnknown(serial)
    if one.place_id != place:
        raise UnitElsewhere(serial)
    if one.state != UnitState.IN_STOCK:
        raise UnitNotForSale(serial, one.state)
    if one.expires_on is not None and one.expires_on < business_date(ctx.at):
        raise CardExpired(serial, one.expires_on)


# All or nothing, in one statement: rows are locked in the order of their ids, looked at again
# after the wait, and changed only if every one of them is still there.
_HOLD = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(kinds)s::text[], %(serials)s::text[], %(prices)s::bigint[])
        AS a(kind, serial, price)
), free AS MATERIALIZED (
    SELECT u.id, a.price FROM stock_unit u JOIN asked a USING (kind, serial)
    WHERE u.place_id = %(outlet)s AND u.state = 'in_stock'
      AND (u.expires_on IS NULL OR u.expires_on >= %(today)s)
    ORDER BY u.id FOR NO KEY UPDATE OF u
), held AS (
    UPDATE stock_unit u SET state = 'held', cause = %(order)s, price = coalesce(f.price, i.price)
    FROM free f, stock_item i
    WHERE u.id = f.id AND i.code = u.item_id AND u.state = 'in_stock'
      AND u.place_id = %(outlet)s
      AND (SELECT count(*) FROM free) = %(wanted)s
    RETURNING u.*
)
SELECT h.id, h.item_id, i.name_zh, i.name_en, h.kind, h.serial, h.imsi, h.number,
       h.place_id, o.code, o.name_zh, o.name_en, h.state, h.terms, i.price, i.wholesale,
       i.offering, h.expires_on, h.batch, h.cause, h.moved_at
FROM held h
JOIN stock_item i ON i.code = h.item_id
JOIN party_organization o ON o.id = h.place_id
"""
