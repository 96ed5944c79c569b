"""What becomes of goods that orders hold: handed over, or given back; brought back, replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries, rules
from qudao.domain.stock.models import Hold, MovementLine, Unit
from qudao.domain.stock.operations.moving import Move, Shelf
from qudao.domain.stock.types import (
    End,
    MovementId,
    MovementKind,
    QuantityInvalid,
    ReasonMissing,
    UnitId,
    UnitNotForSale,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

CONDITIONS = frozenset({"good", "defective"})


@dataclass(eq=False)
class NotSoldByOrder(Refusal, kind=Kind.CONFLICT):
    """The order did not sell this, or not so much of it."""

    serial: str


@dataclass(eq=False)
class ConditionUnknown(Refusal, kind=Kind.INVALID):
    """Goods are good or defective."""

    condition: str


@command("stock.hand_over")
def hand_over(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """
    Give the customers what completed orders hold; return how many pieces.

    Each order leaves a document with the order as its cause, and its cost in the ledger; for
    goods that the outlet owns the operator has no cost. An order that holds nothing (any more)
    is left alone.
    """
    moves: dict[tuple[UUID, UUID], Move] = {}

    def move(order: UUID, place: UUID) -> Move:
        return moves.setdefault(
            (order, place),
            Move(ctx, MovementKind.SALE, source=place, target_end=End.CUSTOMER, cause=order),
        )

    for row in _settle(_HAND_OVER, orders, ctx):
        id, item, place, terms, cost, price, order = row
        owned = terms != "consignment"
        move(order, place).add(item, 1, terms, cost, unit=id, price=0 if owned else price or 0)
    pieces = sum(len(one.lines) for one in moves.values())
    for held in _holds(orders):
        shelf = Shelf.locked(held.place_id, held.item_id, held.terms, ctx)
        value, _ = shelf.take(held.quantity, "held")
        shelf.save(ctx)
        price = held.price * held.quantity if held.terms == "consignment" else 0
        move(held.order, held.place_id).add(
            held.item_id, held.quantity, held.terms, value, price=price
        )
        pieces += held.quantity
    _forget(orders)
    Move.write(ctx, list(moves.values()))
    return pieces


@command("stock.give_back")
def give_back(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """
    Put back onto the shelf what failed orders hold; return how many pieces.

    An order that holds nothing (any more) is left alone.
    """
    pieces = len(_settle(_GIVE_BACK, orders, ctx))
    for held in _holds(orders):
        shelf = Shelf.locked(held.place_id, held.item_id, held.terms, ctx)
        shelf.shift(held.quantity, "held", "in_stock")
        shelf.save(ctx)
        pieces += held.quantity
    _forget(orders)
    return pieces


@command("stock.take_back", subject="order")
def take_back(
    ctx: Context,
    *,
    outlet: OrganizationId,
    order: UUID,
    kind: str,
    serial: str,
    condition: str,
    reason: str,
) -> MovementId:
    """
    Take back what a customer brings, to the outlet that sold it: `good` for the shelf again, or
    `defective`. Its cost goes back into the stock's value.

    A recharge card whose PIN was shown is never good again.

    :raises ReasonMissing: without a reason.
    :raises ConditionUnknown: if it is neither good nor defective.
    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    :raises UnitUnknown: if the serial was never taken in.
    :raises NotSoldByOrder: if another order, or no order, sold it here.
    :raises UnitNotForSale: if it is not with a customer: a used card, for one.
    """
    _check(ctx, outlet, condition, reason)
    row = _sold(outlet, order, kind, serial)
    row.state = (
        UnitState.DEFECTIVE
        if condition == "defective" or row.pin_shown_at is not None
        else UnitState.IN_STOCK
    )
    move = Move(
        ctx,
        MovementKind.CUSTOMER_RETURN,
        source_end=End.CUSTOMER,
        target=outlet,
        cause=order,
        reason=reason.strip(),
    )
    price = (row.price or 0) if row.terms == "consignment" else 0
    move.add(row.item_id, 1, row.terms, row.cost, unit=row.id, price=price)
    row.cause, row.price, row.moved_at = None, None, ctx.at
    row.save(update_fields=["state", "cause", "price", "moved_at"])
    Move.write(ctx, [move])
    return MovementId(move.id)


@command("stock.take_back_quantity", subject="order")
def take_back_quantity(
    ctx: Context,
    *,
    outlet: OrganizationId,
    order: UUID,
    item: str,
    quantity: int,
    condition: str,
    reason: str,
) -> MovementId:
    """
    Take back goods without serials that an order sold here, all or some, at the cost they had.

    :raises ReasonMissing: without a reason.
    :raises ConditionUnknown: if they are neither good nor defective.
    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    :raises QuantityInvalid: if the quantity is not positive.
    :raises NotSoldByOrder: if the order did not sell so many that are still with the customer.
    """
    _check(ctx, outlet, condition, reason)
    if quantity <= 0:
        raise QuantityInvalid(quantity)
    lines = MovementLine.objects.filter(movement__cause=order, item=item, unit__isnull=True)
    sale = (
        lines.filter(movement__kind=MovementKind.SALE, movement__source=outlet)
        .select_for_update()
        .select_related("movement")
        .order_by("id")
        .first()
    )
    back = lines.filter(movement__kind=MovementKind.CUSTOMER_RETURN)
    done = back.aggregate(n=Sum("quantity"), value=Sum("value"), price=Sum("price"))
    left = 0 if sale is None else sale.quantity - (done["n"] or 0)
    if sale is None or left < quantity:
        raise NotSoldByOrder(item)
    value = rules.part_of_value(sale.value - (done["value"] or 0), quantity, left)
    price = rules.part_of_value(sale.price - (done["price"] or 0), quantity, left)
    shelf = Shelf.locked(outlet, item, sale.terms, ctx)
    shelf.put(quantity, "in_stock" if condition == "good" else "defective", value)
    shelf.save(ctx)
    move = Move(
        ctx,
        MovementKind.CUSTOMER_RETURN,
        source_end=End.CUSTOMER,
        target=outlet,
        cause=order,
        reason=reason.strip(),
    )
    move.add(item, quantity, sale.terms, value, price=price)
    Move.write(ctx, [move])
    return MovementId(move.id)


@command("stock.replace", subject="order")
def replace(
    ctx: Context,
    *,
    outlet: OrganizationId,
    order: UUID,
    kind: str,
    old: str,
    new: str,
    reason: str,
) -> UnitId:
    """
    Give the customer of an order another unit of the same kind for one that is defective, from
    the shelf of the outlet that sold it; return the new one.

    :raises ReasonMissing: without a reason.
    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    :raises UnitUnknown: if a serial was never taken in, or the new one does not lie here.
    :raises NotSoldByOrder: if the order did not sell the old one here.
    :raises UnitNotForSale: if the old one is not with a customer, or the new one not for sale.
    """
    _check(ctx, outlet, "defective", reason)
    rows = Unit.objects.within(ctx.scope).filter(place=outlet, kind=kind)
    pair = [rules.clean_serial(old), rules.clean_serial(new)]
    # Both are locked in the order of their ids, like everywhere.
    list(rows.filter(serial__in=pair).select_for_update(of=("self",)).order_by("id"))
    worn = _sold(outlet, order, kind, old)
    fresh = rows.filter(serial=pair[1]).first()
    if fresh is None:
        raise UnitUnknown(new)
    if fresh.state != UnitState.IN_STOCK:
        raise UnitNotForSale(new, fresh.state)
    back = Move(
        ctx,
        MovementKind.REPLACE,
        source_end=End.CUSTOMER,
        target=outlet,
        cause=order,
        reason=reason.strip(),
    )
    out = Move(
        ctx,
        MovementKind.REPLACE,
        source=outlet,
        target_end=End.CUSTOMER,
        cause=order,
        reason=reason.strip(),
    )
    back.add(worn.item_id, 1, worn.terms, worn.cost, unit=worn.id)
    out.add(fresh.item_id, 1, fresh.terms, fresh.cost, unit=fresh.id)
    fresh.state, fresh.cause, fresh.price = UnitState.SOLD, order, worn.price
    fresh.number = fresh.number or worn.number
    worn.state, worn.cause, worn.price, worn.number = UnitState.DEFECTIVE, None, None, ""
    for row in (worn, fresh):
        row.moved_at = ctx.at
        row.save(update_fields=["state", "cause", "price", "number", "moved_at"])
    Move.write(ctx, [back, out])
    record_subject(order)
    return UnitId(fresh.id)


def _check(ctx: Context, outlet: OrganizationId, condition: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    if condition not in CONDITIONS:
        raise ConditionUnknown(condition)
    queries.place(ctx, place=outlet)


def _sold(outlet: OrganizationId, order: UUID, kind: str, serial: str) -> Unit:
    """Return a unit that an order has sold at an outlet, locked."""
    rows = Unit.objects.unscoped("the outlet was checked")
    row = (
        rows.select_for_update(no_key=True)
        .filter(kind=kind, serial=rules.clean_serial(serial))
        .first()
    )
    if row is None:
        raise UnitUnknown(serial)
    if row.place_id != outlet or row.cause != order:
        raise NotSoldByOrder(serial)
    if row.state != UnitState.SOLD:
        raise UnitNotForSale(serial, row.state)
    return row


def _settle(statement: str, orders: Sequence[UUID], ctx: Context) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"orders": arrays.uuids(orders), "at": ctx.at})
        return list(cursor.fetchall())


def _holds(orders: Sequence[UUID]) -> list[Hold]:
    """Return what orders hold of goods without serials, locked, in the order of the shelves."""
    rows = Hold.objects.unscoped("the orders were settled").filter(order__in=orders)
    return list(rows.select_for_update().order_by("place_id", "item_id", "terms", "id"))


def _forget(orders: Sequence[UUID]) -> None:
    Hold.objects.unscoped("the orders were settled").filter(order__in=orders).delete()


_HAND_OVER = """
WITH wanted AS MATERIALIZED (
    SELECT id FROM stock_unit WHERE cause = ANY(%(orders)s::uuid[]) AND state = 'held'
    ORDER BY id FOR NO KEY UPDATE)
UPDATE stock_unit u SET state = 'sold', moved_at = %(at)s
FROM wanted w WHERE u.id = w.id AND u.state = 'held'
RETURNING u.id, u.item_id, u.place_id, u.terms, u.cost, u.price, u.cause
"""

_GIVE_BACK = """
WITH wanted AS MATERIALIZED (
    SELECT id FROM stock_unit WHERE cause = ANY(%(orders)s::uuid[]) AND state = 'held'
    ORDER BY id FOR NO KEY UPDATE)
UPDATE stock_unit u SET state = 'in_stock', cause = NULL, price = NULL
FROM wanted w WHERE u.id = w.id AND u.state = 'held'
RETURNING u.id
"""
