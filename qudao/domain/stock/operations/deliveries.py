"""Goods go from place to place: dispatched on a requisition, sent unasked, or sent back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries
from qudao.domain.stock.events import GoodsDispatched, GoodsTaken
from qudao.domain.stock.models import Requisition, RequisitionLine, Unit
from qudao.domain.stock.operations.moving import Move, Shelf
from qudao.domain.stock.operations.picking import SHELF, WORN, Wanted
from qudao.domain.stock.operations.requisitions import Document, TermsUnknown, ask
from qudao.domain.stock.queries.places import other_end
from qudao.domain.stock.types import (
    Exchanged,
    Goods,
    ItemUnknown,
    MovementKind,
    PlaceUnknown,
    QuantityInvalid,
    ReasonMissing,
    RequisitionId,
    RequisitionKind,
    RequisitionState,
    Terms,
    UnitState,
)
from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class TermsMixed(Refusal, kind=Kind.CONFLICT):
    """What an outlet has bought and what is the operator's go back separately."""


@dataclass(eq=False)
class OutletsOwn(Refusal, kind=Kind.CONFLICT):
    """What an outlet has bought leaves it by a return, which pays for it, and no other way."""


@command("stock.dispatch", subject="requisition")
def dispatch(ctx: Context, *, requisition: RequisitionId, goods: Sequence[Goods]) -> int:
    """
    Send off what was accepted, all or less of it; return how many pieces.

    Units go by serial, by ranges of consecutive serials, or the oldest of the store. They are on
    their way to the outlet from then on, and for sale nowhere.

    :raises RequisitionUnknown: if it does not ask for goods of a place in the actor's scope.
    :raises RequisitionStateWrong: if it is not accepted, or was dispatched before.
    :raises ItemUnknown: if an item was not accepted.
    :raises QuantityInvalid: if more is sent than was accepted, or nothing.
    :raises OutletsOwn: if some of it belongs to an outlet.
    :raises RangeInvalid, UnitUnknown, UnitElsewhere, UnitNotForSale, CardExpired, StockShort:
        as the shelf has it.
    """
    row = Document(ctx).at_source(requisition).in_state(RequisitionState.ACCEPTED).row
    lines = {line.item_id: line for line in RequisitionLine.objects.filter(requisition=row)}
    wanted = Wanted.of(goods)
    for one in wanted:
        line = lines.get(one.item.code)
        if line is None or not line.accepted:
            raise ItemUnknown(one.item.code)
        if one.quantity > line.accepted:
            raise QuantityInvalid(one.quantity)
        line.dispatched = one.quantity
    RequisitionLine.objects.bulk_update(lines.values(), ["dispatched"])
    return _send(ctx, row, wanted, MovementKind.DISPATCH, Terms.CONSIGNMENT)


@command("stock.transfer")
def transfer(
    ctx: Context,
    *,
    source: OrganizationId,
    target: OrganizationId,
    goods: Sequence[Goods],
    note: str = "",
) -> RequisitionId:
    """
    Send goods (调拨) from a place in the actor's scope to another one there, or to any store,
    without having been asked; the other end receives them.

    :raises PlaceUnknown: if an end is not where the actor may send, or both are the same.
    :raises OutletsOwn: if an outlet has bought some of it.
    :raises ItemUnknown, QuantityInvalid, RangeInvalid, UnitUnknown, UnitElsewhere,
        UnitNotForSale, CardExpired, StockShort: as the shelf has it.
    """
    queries.place(ctx, place=source)
    other_end(ctx, place=target)
    if source == target:
        raise PlaceUnknown(str(target))
    return _unasked(
        ctx, RequisitionKind.TRANSFER, source, target, goods, note.strip(), Terms.CONSIGNMENT
    )


@command("stock.return_goods")
def return_goods(
    ctx: Context,
    *,
    place: OrganizationId,
    goods: Sequence[Goods],
    reason: str,
    damaged: bool = False,
    target: OrganizationId | None = None,
    terms: str = Terms.CONSIGNMENT,
) -> RequisitionId:
    """
    Send goods back to the store above, or to another one, with a reason; good ones, or `damaged`.

    `terms` tells which goods without serials are meant; units bring their own. What the outlet
    had bought goes on a return of its own, and is paid back when the store receives it.

    :raises ReasonMissing: without a reason.
    :raises PlaceUnknown: if the place is not in the actor's scope, or the target is no store.
    :raises TermsMixed: if some of it was bought, and some not.
    :raises TermsUnknown: if the terms are neither consignment nor purchase.
    :raises ItemUnknown, QuantityInvalid, RangeInvalid, UnitUnknown, UnitElsewhere,
        UnitNotForSale, StockShort: as the shelf has it.
    """
    if not reason.strip():
        raise ReasonMissing
    queries.place(ctx, place=place)
    store = target or queries.store_above(ctx, place=place)
    if other_end(ctx, place=store).kind == "outlet" or store == place:
        raise PlaceUnknown(str(store))
    if terms not in set(Terms):
        raise TermsUnknown(terms)
    terms = _terms(goods, terms)
    return _unasked(
        ctx, RequisitionKind.RETURN, place, store, goods, reason.strip(), terms, damaged=damaged
    )


@command("stock.exchange")
def exchange(
    ctx: Context, *, place: OrganizationId, goods: Sequence[Goods], reason: str
) -> Exchanged:
    """
    Send defective goods back and ask for as many good ones of the same items, in one act.

    :raises ReasonMissing: without a reason.
    :raises PlaceUnknown, ItemUnknown, QuantityInvalid, RangeInvalid, UnitUnknown, UnitElsewhere,
        UnitNotForSale, StockShort: like `return_goods`.
    """
    returned = return_goods(ctx, place=place, goods=goods, reason=reason, damaged=True)
    sent = RequisitionLine.objects.filter(requisition=returned)
    asked = ask(
        ctx,
        place=place,
        goods=dict(sent.values_list("item", "dispatched")),
        note=reason,
    )
    return Exchanged(returned, asked)


def _terms(goods: Sequence[Goods], terms: str) -> str:
    """Return on which terms goods go back; units say it themselves."""
    wanted = Wanted.of(goods)
    found = _terms_of(wanted)
    if not all(one.serials for one in wanted):
        found.add(terms)
    if len(found) > 1:
        raise TermsMixed
    return found.pop() if found else terms


def _terms_of(wanted: Sequence[Wanted]) -> set[str]:
    """Return on which terms the units lie that are named by their serials."""
    rows = Unit.objects.unscoped("their place is checked when they are taken")
    found: set[str] = set()
    for one in (one for one in wanted if one.serials):
        named = rows.filter(kind=one.item.kind, serial__in=one.serials)
        found |= set(named.values_list("terms", flat=True).distinct())
    return found


def _unasked(
    ctx: Context,
    kind: RequisitionKind,
    source: OrganizationId,
    target: OrganizationId,
    goods: Sequence[Goods],
    note: str,
    terms: str,
    *,
    damaged: bool = False,
) -> RequisitionId:
    wanted = Wanted.of(goods)
    row = Requisition.objects.create(
        id=new_id(ctx.at),
        kind=kind,
        terms=terms,
        state=RequisitionState.ACCEPTED,
        source_id=source,
        target_id=target,
        damaged=damaged,
        note=note,
        asked_at=ctx.at,
        asked_by=ctx.actor,
    )
    RequisitionLine.objects.bulk_create(
        [
            RequisitionLine(
                requisition=row,
                item=one.item,
                asked=one.quantity,
                accepted=one.quantity,
                dispatched=one.quantity,
                price=one.item.wholesale,
            )
            for one in wanted
        ]
    )
    moved = MovementKind.RETURN if kind == RequisitionKind.RETURN else MovementKind.TRANSFER
    _send(ctx, row, wanted, moved, terms)
    record_subject(row.id)
    return RequisitionId(row.id)


def _send(
    ctx: Context, row: Requisition, wanted: Sequence[Wanted], kind: MovementKind, terms: str
) -> int:
    """Put goods on their way; units first, then counts, each in one order."""
    source, target = UUID(str(row.source_id)), UUID(str(row.target_id))
    move = Move(ctx, kind, source=source, target=target, cause=row.id, reason=row.note)
    states = WORN if row.kind == RequisitionKind.RETURN else SHELF
    if row.kind != RequisitionKind.RETURN and Terms.PURCHASE in _terms_of(wanted):
        raise OutletsOwn
    for one in (one for one in wanted if one.item.serialised):
        picked = one.take(
            ctx,
            source,
            state=UnitState.IN_TRANSIT,
            to=target,
            document=row.id,
            of_states=states,
            terms=terms,
            damaged=row.damaged,
        )
        move.units += picked.units
    for one in (one for one in wanted if not one.item.serialised):
        out, into = Shelf.pair(source, target, one.item.code, terms, ctx)
        # Damaged goods are those that were found so; what there is not, is still on the shelf.
        worn = min(one.quantity, out.row.defective) if row.damaged else 0
        value = paid = 0
        for quantity, state in ((worn, "defective"), (one.quantity - worn, "in_stock")):
            if quantity:
                more, owed = out.take(quantity, state)
                value, paid = value + more, paid + owed
        out.save(ctx)
        into.put(one.quantity, "in_transit", value)
        into.save(ctx)
        if paid:
            RequisitionLine.objects.filter(requisition=row, item=one.item).update(amount=paid)
        move.add(one.item.code, one.quantity, terms, value, price=0)
    Move.write(ctx, [move])
    row.state = RequisitionState.DISPATCHED
    row.dispatched_at, row.dispatched_by = ctx.at, ctx.actor
    row.save(update_fields=["state", "dispatched_at", "dispatched_by"])
    announce(GoodsTaken(OrganizationId(source), tuple(one.item.code for one in wanted)))
    announce(GoodsDispatched(RequisitionId(row.id), OrganizationId(source), OrganizationId(target)))
    return sum(one.quantity for one in wanted)
