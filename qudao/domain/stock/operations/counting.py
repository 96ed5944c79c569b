"""Somebody counts what lies at a place (盘点); the books follow the shelf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries, rules
from qudao.domain.stock.events import CountClosed, GoodsTaken
from qudao.domain.stock.models import Count, CountLine, Item, Quantity, Unit
from qudao.domain.stock.operations.moving import Move, Shelf
from qudao.domain.stock.queries.counts import CountUnknown
from qudao.domain.stock.types import (
    CountId,
    CountState,
    End,
    ItemUnknown,
    MovementKind,
    QuantityInvalid,
    Terms,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

LYING_THERE = frozenset({UnitState.IN_STOCK, UnitState.DEFECTIVE, UnitState.EXPIRED})
"""What a count must find. What an order holds may be over the counter already."""


@dataclass(eq=False)
class CountOpen(Refusal, kind=Kind.CONFLICT):
    """Somebody counts at this place already."""

    place: UUID


@dataclass(eq=False)
class CountOver(Refusal, kind=Kind.CONFLICT):
    """It was closed or cancelled."""

    count_state: str


@command("stock.open_count")
def open_count(ctx: Context, *, place: OrganizationId, item: str | None = None) -> CountId:
    """
    Begin to count what lies at a place: everything, or one item.

    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises ItemUnknown: if there are no such goods.
    :raises CountOpen: if a count is open there.
    """
    queries.place(ctx, place=place)
    if item is not None and not Item.objects.filter(code=item).exists():
        raise ItemUnknown(item)
    count = CountId(new_id(ctx.at))
    try:
        with transaction.atomic():
            Count.objects.create(
                id=count,
                place_id=place,
                item_id=item,
                state=CountState.OPEN,
                opened_at=ctx.at,
                opened_by=ctx.actor,
            )
    except IntegrityError as error:
        raise CountOpen(place) from error
    record_subject(count)
    return count


@command("stock.record_count", subject="count")
def record_count(
    ctx: Context,
    *,
    count: CountId,
    serials: Sequence[str] = (),
    quantities: Mapping[str, int] | None = None,
) -> int:
    """
    Write down what was found: serials as they are scanned, and item → how many of other goods.

    A serial that is scanned twice counts once; a quantity replaces the one said before. Returns
    how many serials and items were written down in all.

    :raises CountUnknown: if there is none in the actor's scope.
    :raises CountOver: if it was closed or cancelled.
    :raises UnitUnknown: if a serial was never taken in, or is not of the item that is counted.
    :raises ItemUnknown: if there are no such goods without serials, or they are not counted.
    :raises QuantityInvalid: if a quantity is below zero.
    """
    row = _open(ctx, count)
    clean = sorted({rules.clean_serial(serial) for serial in serials})
    known = {
        unit.serial: unit
        for unit in _units(row).filter(serial__in=clean).only("id", "serial", "item_id", "kind")
    }
    for serial in clean:
        if serial not in known:
            raise UnitUnknown(serial)
    wanted = dict(quantities or {})
    items = Item.objects.filter(code__in=list(wanted), serialised=False)
    if row.item_id is not None:
        items = items.filter(code=row.item_id)
    for code in wanted.keys() - set(items.values_list("code", flat=True)):
        raise ItemUnknown(code)
    for quantity in wanted.values():
        if quantity < 0:
            raise QuantityInvalid(quantity)
    lines = [
        CountLine(count=row, item_id=unit.item_id, unit=unit, serial=unit.serial, counted=1)
        for unit in known.values()
    ]
    lines += [CountLine(count=row, item_id=code, counted=n) for code, n in sorted(wanted.items())]
    CountLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["count", "item", "serial"],
        update_fields=["counted"],
    )
    return CountLine.objects.filter(count=row).count()


@command("stock.close_count", subject="count")
def close_count(ctx: Context, *, count: CountId) -> dict[str, int]:
    """
    End a count: what lies there and was not found is missing from now on, what had been missing
    and was found is back, and more of goods without serials than in the books is taken in as
    found, at their average cost. Returns findings → how many: `right`, `short`, `over`,
    `elsewhere`.

    A unit that the books have at another place stays there: send it, or receive the delivery.

    :raises CountUnknown: if there is none in the actor's scope.
    :raises CountOver: if it was closed or cancelled.
    """
    row = _open(ctx, count)
    place = UUID(str(row.place_id))
    found = {"right": 0, "short": 0, "over": 0, "elsewhere": 0}
    taken = {*_close_units(row, ctx, found), *_close_quantities(row, ctx, found)}
    row.state, row.closed_at, row.closed_by = CountState.CLOSED, ctx.at, ctx.actor
    row.save(update_fields=["state", "closed_at", "closed_by"])
    announce(CountClosed(count, found["short"], found["over"]))
    if taken:
        announce(GoodsTaken(OrganizationId(place), tuple(sorted(taken))))
    return found


@command("stock.cancel_count", subject="count")
def cancel_count(ctx: Context, *, count: CountId) -> None:
    """
    Give up a count; the books stay as they are.

    :raises CountUnknown: if there is none in the actor's scope.
    :raises CountOver: if it was closed or cancelled.
    """
    row = _open(ctx, count)
    row.state, row.closed_at, row.closed_by = CountState.CANCELLED, ctx.at, ctx.actor
    row.save(update_fields=["state", "closed_at", "closed_by"])


def _open(ctx: Context, count: UUID) -> Count:
    rows = Count.objects.within(ctx.scope).select_for_update(of=("self",), no_key=True)
    row = rows.filter(id=count).first()
    if row is None:
        raise CountUnknown(count)
    if row.state != CountState.OPEN:
        raise CountOver(row.state)
    return row


def _units(row: Count) -> QuerySet[Unit]:
    units = Unit.objects.unscoped("what is scanned lies here, whatever the books say")
    return units if row.item_id is None else units.filter(item=row.item_id)


def _close_units(row: Count, ctx: Context, found: dict[str, int]) -> set[str]:
    """Compare scanned serials with the books; return the items of which there is less."""
    place = UUID(str(row.place_id))
    scanned = {
        line.unit_id: line
        for line in CountLine.objects.filter(count=row, unit__isnull=False)
        if line.unit_id is not None
    }
    expected = list(
        _units(row)
        .filter(place=place, state__in=LYING_THERE | {UnitState.MISSING, UnitState.HELD})
        .select_for_update(of=("self",), no_key=True)
        .order_by("id")
        .values_list("id", "item_id", "serial", "state", "document")
    )
    short: list[CountLine] = []
    missing: list[UUID] = []
    back: list[UUID] = []
    less: set[str] = set()
    here = set()
    for id, item, serial, state, document in expected:
        here.add(id)
        line = scanned.get(id)
        if line is not None:
            line.expected = int(state != UnitState.MISSING)
            if state == UnitState.MISSING and document is None:
                back.append(id)
                line.finding = "over"
            else:
                line.finding = "elsewhere" if state == UnitState.MISSING else "right"
        elif state in LYING_THERE:
            missing.append(id)
            less.add(item)
            short.append(
                CountLine(
                    count=row,
                    item_id=item,
                    unit_id=id,
                    serial=serial,
                    expected=1,
                    finding="short",
                )
            )
    for id, line in scanned.items():
        if id not in here:
            line.finding = "elsewhere"
    CountLine.objects.bulk_update(scanned.values(), ["expected", "finding"], batch_size=1000)
    CountLine.objects.bulk_create(short, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(_STATE, ["missing", arrays.uuids(missing)])
        cursor.execute(_STATE, ["in_stock", arrays.uuids(back)])
    for line in [*scanned.values(), *short]:
        found[line.finding] += 1
    return less


def _close_quantities(row: Count, ctx: Context, found: dict[str, int]) -> set[str]:
    """Compare counted quantities with the books; return the items of which there is less."""
    place = UUID(str(row.place_id))
    counted = {
        line.item_id: line for line in CountLine.objects.filter(count=row, unit__isnull=True)
    }
    on_shelf = Quantity.objects.unscoped("the count's place").filter(place=place)
    if row.item_id is not None:
        on_shelf = on_shelf.filter(item=row.item_id)
    codes = set(on_shelf.filter(in_stock__gt=0).values_list("item_id", flat=True)) | set(counted)
    surplus = Move(ctx, MovementKind.FOUND, source_end=End.FOUND, target=place, cause=row.id)
    less: set[str] = set()
    for item in sorted(codes):
        shelves = [Shelf.locked(place, item, terms, ctx) for terms in sorted(Terms)]
        line = counted.get(item) or CountLine(count=row, item_id=item)
        line.expected = sum(shelf.row.in_stock + shelf.row.defective for shelf in shelves)
        difference = line.counted - line.expected
        line.finding = "short" if difference < 0 else "over" if difference > 0 else "right"
        found[line.finding] += abs(difference) or 1
        # The operator's own are missed and found first.
        if difference < 0:
            less.add(item)
            for shelf in shelves:
                lost = min(-difference, shelf.row.in_stock)
                shelf.shift(lost, "in_stock", "missing")
                difference += lost
            for shelf in shelves:
                lost = min(-difference, shelf.row.defective)
                shelf.shift(lost, "defective", "missing")
                difference += lost
        else:
            for shelf in shelves:
                back = min(difference, max(0, shelf.free_missing()))
                shelf.shift(back, "missing", "in_stock")
                difference -= back
            if difference:
                own = shelves[0]
                total = own.total
                value = own.row.value * difference // total if total else 0
                own.put(difference, "in_stock", value)
                surplus.add(item, difference, own.row.terms, value)
        for shelf in shelves:
            shelf.save(ctx)
        line.save()
    Move.write(ctx, [surplus])
    return less


_STATE = "UPDATE stock_unit SET state = %s WHERE id = ANY(%s::uuid[])"
"""The rows are locked, in the order of their ids."""
