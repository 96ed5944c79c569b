"""What happens on a shelf: goods break, turn up, are written off; how low they may run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries
from qudao.domain.stock.events import GoodsTaken
from qudao.domain.stock.models import Item, Threshold, Unit
from qudao.domain.stock.operations.moving import Move, Shelf
from qudao.domain.stock.operations.packs import NumberPacked
from qudao.domain.stock.operations.picking import Wanted
from qudao.domain.stock.types import (
    End,
    Goods,
    ItemUnknown,
    MovementId,
    MovementKind,
    QuantityInvalid,
    ReasonMissing,
    StockShort,
    Terms,
    UnitState,
)
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

WRITABLE: Final = frozenset(
    {UnitState.IN_STOCK, UnitState.DEFECTIVE, UnitState.MISSING, UnitState.EXPIRED}
)
COUNTABLE: Final = frozenset({UnitState.IN_STOCK, UnitState.DEFECTIVE, UnitState.MISSING})


@dataclass(eq=False)
class StateUnknown(Refusal, kind=Kind.INVALID):
    """Goods without serials are on the shelf, defective or missing."""

    unit_state: str


def _always(ctx: Context, **_: object) -> str | None:
    return "stock.write_off"


@command("stock.write_off", approval=_always)
def write_off(
    ctx: Context,
    *,
    place: OrganizationId,
    goods: Sequence[Goods],
    reason: str,
    state: str = UnitState.DEFECTIVE,
    terms: str = Terms.CONSIGNMENT,
) -> MovementId:
    """
    Write off (报损) what is defective, missing, expired, or for another reason no good any more;
    its cost becomes the branch's loss. Always parked for a second person.

    `state` and `terms` tell which goods without serials are meant; units bring their own.

    :raises ReasonMissing: without a reason.
    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises StateUnknown: if goods cannot be written off from this state.
    :raises NumberPacked: if a SIM card is part of a pack: it is taken apart first.
    :raises ItemUnknown, QuantityInvalid, RangeInvalid, UnitUnknown, UnitElsewhere,
        UnitNotForSale, StockShort: as the shelf has it.
    """
    if not reason.strip():
        raise ReasonMissing
    if state not in WRITABLE:
        raise StateUnknown(state)
    queries.place(ctx, place=place)
    move = Move(
        ctx,
        MovementKind.WRITE_OFF,
        source=place,
        target_end=End.SCRAP,
        reason=reason.strip(),
    )
    wanted = Wanted.of(goods)
    for one in (one for one in wanted if one.item.serialised):
        states = WRITABLE if one.serials else {state}
        picked = one.take(ctx, place, state=UnitState.WRITTEN_OFF, of_states=states, to=place)
        # The number of a pack would be bound for good.
        packed = Unit.objects.unscoped("just taken").filter(id__in=picked.units).exclude(number="")
        for number in packed.values_list("number", flat=True):
            raise NumberPacked(number)
        move.units += picked.units
    for one in (one for one in wanted if not one.item.serialised):
        if state not in COUNTABLE:
            raise StateUnknown(state)
        shelf = _shelf(ctx, place, one, terms, state)
        value, _ = shelf.take(one.quantity, state)
        shelf.save(ctx)
        move.add(one.item.code, one.quantity, terms, value)
    Move.write(ctx, [move])
    record_subject(move.id)
    announce(GoodsTaken(place, tuple(one.item.code for one in wanted)))
    return MovementId(move.id)


@command("stock.mark_defective", subject="place")
def mark_defective(
    ctx: Context,
    *,
    place: OrganizationId,
    goods: Sequence[Goods],
    reason: str,
    terms: str = Terms.CONSIGNMENT,
) -> None:
    """
    Take broken goods off the shelf; they wait to be sent back or written off.

    :raises ReasonMissing: without a reason.
    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises ItemUnknown, QuantityInvalid, RangeInvalid, UnitUnknown, UnitElsewhere,
        UnitNotForSale, StockShort: as the shelf has it.
    """
    if not reason.strip():
        raise ReasonMissing
    queries.place(ctx, place=place)
    wanted = Wanted.of(goods)
    _change(ctx, place, wanted, terms, "in_stock", "defective")
    announce(GoodsTaken(place, tuple(one.item.code for one in wanted)))


@command("stock.mark_found", subject="place")
def mark_found(
    ctx: Context,
    *,
    place: OrganizationId,
    goods: Sequence[Goods],
    reason: str,
    terms: str = Terms.CONSIGNMENT,
) -> None:
    """
    Put back onto the shelf what a count had missed and what has turned up since.

    :raises ReasonMissing: without a reason.
    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises ItemUnknown, QuantityInvalid, RangeInvalid, UnitUnknown, UnitElsewhere,
        UnitNotForSale, StockShort: if it is not missing here.
    """
    if not reason.strip():
        raise ReasonMissing
    queries.place(ctx, place=place)
    _change(ctx, place, Wanted.of(goods), terms, "missing", "in_stock")


@command("stock.set_threshold", subject="place")
def set_threshold(ctx: Context, *, place: OrganizationId, item: str, low: int) -> None:
    """
    Warn when a place has less of an item than this; zero for no warning.

    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises ItemUnknown: if there are no such goods.
    :raises QuantityInvalid: if it is below zero.
    """
    queries.place(ctx, place=place)
    if not Item.objects.filter(code=item).exists():
        raise ItemUnknown(item)
    if not 0 <= low <= 1_000_000:
        raise QuantityInvalid(low)
    rows = Threshold.objects.within(ctx.scope)
    if low == 0:
        rows.filter(place=place, item=item).delete()
        return
    rows.bulk_create(
        [Threshold(place_id=place, item_id=item, low=low)],
        update_conflicts=True,
        unique_fields=["place", "item"],
        update_fields=["low"],
    )


def _change(
    ctx: Context,
    place: OrganizationId,
    wanted: Sequence[Wanted],
    terms: str,
    source: str,
    target: str,
) -> None:
    for one in (one for one in wanted if one.item.serialised):
        one.take(ctx, place, state=target, of_states={source})
    for one in (one for one in wanted if not one.item.serialised):
        shelf = _shelf(ctx, place, one, terms, source)
        shelf.shift(one.quantity, source, target)
        shelf.save(ctx)


def _shelf(ctx: Context, place: OrganizationId, one: Wanted, terms: str, state: str) -> Shelf:
    shelf = Shelf.locked(place, one.item.code, terms, ctx)
    if state == UnitState.MISSING and shelf.free_missing() < one.quantity:
        raise StockShort(one.item.code, shelf.free_missing())
    return shelf
