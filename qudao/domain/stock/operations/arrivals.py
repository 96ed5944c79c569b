"""Deliveries arrive, whole or with differences; go back; or never arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from qudao.domain.stock import rules
from qudao.domain.stock.events import GoodsReceived
from qudao.domain.stock.models import Requisition, RequisitionLine, Unit
from qudao.domain.stock.operations.moving import Move, Shelf
from qudao.domain.stock.operations.packs import NumberPacked
from qudao.domain.stock.operations.requisitions import Document, RequisitionStateWrong
from qudao.domain.stock.types import (
    End,
    MovementKind,
    QuantityInvalid,
    ReasonMissing,
    Received,
    RequisitionId,
    RequisitionKind,
    RequisitionState,
    Terms,
    UnitState,
)
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

OUTCOMES = frozenset({"lost", "stayed"})


@dataclass(eq=False)
class NotInDelivery(Refusal, kind=Kind.CONFLICT):
    """What was scanned was not sent with this delivery, or has arrived before."""

    serial: str


@dataclass(eq=False)
class PurchaseUnpaid(Refusal, kind=Kind.CONFLICT):
    """Goods change their owner with this delivery: money has to move with them."""


@dataclass(eq=False)
class OutcomeUnknown(Refusal, kind=Kind.INVALID):
    """What is missing was lost, or had stayed where it was."""

    outcome: str


def _loss(ctx: Context, *, outcome: str, **_: object) -> str | None:
    return "stock.write_off" if outcome == "lost" else None


@command("stock.receive", subject="requisition")
def receive(
    ctx: Context,
    *,
    requisition: RequisitionId,
    serials: Sequence[str] = (),
    quantities: Mapping[str, int] | None = None,
    everything: bool = False,
) -> Received:
    """
    Take in what has arrived: the scanned serials, and item → how many of goods without serials;
    or `everything` as it was sent.

    What is not there is missing from then on. It may be received later the same way; or
    `settle_difference` decides that it was lost, or never left.

    :raises RequisitionUnknown: if nothing was sent to a place in the actor's scope.
    :raises RequisitionStateWrong: if it is not under way, and nothing of it is missing.
    :raises NotInDelivery: if a serial or an item was not sent with it.
    :raises QuantityInvalid: if more arrived of an item than was sent.
    :raises PurchaseUnpaid: if an outlet buys the goods, or had bought them: see `receive_bought`.
    """
    delivery = Delivery(ctx, _open(ctx, requisition))
    return delivery.arrive(None if everything else serials, quantities or {}, None)


@command("stock.receive_bought", subject="requisition")
def receive_bought(
    ctx: Context,
    *,
    requisition: RequisitionId,
    order: UUID,
    serials: Sequence[str] = (),
    quantities: Mapping[str, int] | None = None,
    everything: bool = False,
) -> Received:
    """
    Like `receive`, for a caller that moves the answer's `amount` in the same transaction: from
    the outlet that buys, or to the one that had bought and sends back.

    The outlet owns what has arrived, or the operator again what came back. `order` is the cause
    that documents and ledger show.
    """
    delivery = Delivery(ctx, _open(ctx, requisition))
    return delivery.arrive(None if everything else serials, quantities or {}, order)


@command("stock.cancel", subject="requisition")
def cancel(ctx: Context, *, requisition: RequisitionId, reason: str) -> None:
    """
    Give up a requisition. What is on its way already, its sender may call back to its shelf.

    :raises ReasonMissing: without a reason.
    :raises RequisitionUnknown: if neither end is in the actor's scope; for one under way, if
        the sender is not.
    :raises RequisitionStateWrong: if it is over.
    """
    if not reason.strip():
        raise ReasonMissing
    document = Document(ctx)
    row = document.at_either(requisition).row
    if row.state == RequisitionState.DISPATCHED:
        row = document.at_source(requisition).row
        Delivery(ctx, row).turn_back(UnitState.IN_TRANSIT, reason.strip())
    elif row.state not in {RequisitionState.ASKED, RequisitionState.ACCEPTED}:
        raise RequisitionStateWrong(row.state)
    row.state, row.answer = RequisitionState.CANCELLED, reason.strip()
    row.save(update_fields=["state", "answer"])


@command("stock.settle_difference", subject="requisition", approval=_loss)
def settle_difference(
    ctx: Context, *, requisition: RequisitionId, outcome: str, reason: str
) -> int:
    """
    Decide on all that is still missing of a delivery: `lost`, it is written off, parked for a
    second person; `stayed`, it had never left and lies on the sender's shelf. Returns how many.

    :raises ReasonMissing: without a reason.
    :raises OutcomeUnknown: if it is neither.
    :raises RequisitionUnknown: if the sender is not in the actor's scope.
    :raises RequisitionStateWrong: if nothing is missing.
    :raises NumberPacked: if a pack is lost: it is taken apart first, and its number is free.
    """
    if not reason.strip():
        raise ReasonMissing
    if outcome not in OUTCOMES:
        raise OutcomeUnknown(outcome)
    row = Document(ctx).at_source(requisition).in_state(RequisitionState.RECEIVED).row
    delivery = Delivery(ctx, row)
    pieces = delivery.lines_missing()
    if not pieces:
        raise RequisitionStateWrong(row.state)
    if outcome == "stayed":
        delivery.turn_back(UnitState.MISSING, reason.strip())
    else:
        delivery.lose(reason.strip())
    RequisitionLine.objects.filter(requisition=row).update(missing=0)
    return pieces


def _open(ctx: Context, requisition: UUID) -> Requisition:
    found = Document(ctx).at_target(requisition)
    row = found.in_state(RequisitionState.DISPATCHED, RequisitionState.RECEIVED).row
    if row.state == RequisitionState.RECEIVED and not Delivery(ctx, row).lines_missing():
        raise RequisitionStateWrong(row.state)
    return row


@dataclass(eq=False)
class Delivery:
    """A locked requisition whose goods are on their way, or missing."""

    ctx: Context
    row: Requisition

    @property
    def terms(self) -> str:
        """On which terms its counted goods lie: bought ones go back as what they are."""
        return self.row.terms if self.row.kind == RequisitionKind.RETURN else Terms.CONSIGNMENT

    def lines_missing(self) -> int:
        lines = RequisitionLine.objects.filter(requisition=self.row)
        return int(lines.aggregate(n=Sum("missing"))["n"] or 0)

    def arrive(
        self, serials: Sequence[str] | None, quantities: Mapping[str, int], order: UUID | None
    ) -> Received:
        """Take in some serials and quantities; without serials (None) everything."""
        row, ctx = self.row, self.ctx
        late = row.state == RequisitionState.RECEIVED
        waiting = UnitState.MISSING if late else UnitState.IN_TRANSIT
        lines = {
            line.item_id: line
            for line in RequisitionLine.objects.filter(requisition=row).select_related("item")
        }
        for item in sorted(quantities.keys() - lines.keys()):
            raise NotInDelivery(item)
        units = self._arrived_units(serials, waiting)
        counts: dict[str, int] = {}
        for item, line in lines.items():
            if not line.item.serialised:
                left = line.missing if late else line.dispatched
                counts[item] = left if serials is None else quantities.get(item, 0)
                if not 0 <= counts[item] <= left:
                    raise QuantityInvalid(counts[item])
        for item, quantity in sorted(counts.items()):
            shelf = Shelf.locked(UUID(str(row.target_id)), item, self.terms, ctx)
            shelf.shift(quantity, waiting, "defective" if row.damaged else "in_stock")
            if not late:
                shelf.shift(lines[item].dispatched - quantity, waiting, "missing")
            shelf.save(ctx)
        arrived = dict(counts)
        for _, item, *_rest in units:
            arrived[item] = arrived.get(item, 0) + 1
        for item, line in lines.items():
            line.received += arrived.get(item, 0)
            line.missing = line.dispatched - line.received
        RequisitionLine.objects.bulk_update(lines.values(), ["received", "missing"])
        amount = self._own(units, counts, lines, order)
        row.state, row.received_at, row.received_by = RequisitionState.RECEIVED, ctx.at, ctx.actor
        row.save(update_fields=["state", "received_at", "received_by"])
        answer = Received(
            RequisitionId(row.id),
            sum(arrived.values()),
            sum(line.missing for line in lines.values()),
            Money(amount),
        )
        announce(GoodsReceived(answer.requisition, answer.received, answer.missing))
        return answer

    def turn_back(self, waiting: str, reason: str) -> None:
        """Put what has not arrived back onto the sender's shelf."""
        row, ctx = self.row, self.ctx
        source, target = UUID(str(row.source_id)), UUID(str(row.target_id))
        move = Move(
            ctx,
            MovementKind.TURN_BACK,
            source=target,
            target=source,
            cause=row.id,
            reason=reason,
        )
        with connection.cursor() as cursor:
            cursor.execute(_TURN_BACK, [source, ctx.at, row.id, waiting])
            move.units = [id for (id,) in cursor.fetchall()]
        for line in self._counted_lines():
            left = line.missing if waiting == UnitState.MISSING else line.dispatched
            if not left:
                continue
            out, back = Shelf.pair(target, source, line.item_id, self.terms, ctx)
            value, _ = out.take(left, waiting)
            paid = rules.part_of_value(line.amount, left, line.dispatched)
            back.put(left, "defective" if row.damaged else "in_stock", value, paid)
            out.save(ctx)
            back.save(ctx)
            move.add(line.item_id, left, self.terms, value)
        Move.write(ctx, [move])

    def lose(self, reason: str) -> None:
        """Write off what is missing."""
        row, ctx = self.row, self.ctx
        target = UUID(str(row.target_id))
        move = Move(
            ctx,
            MovementKind.WRITE_OFF,
            source=target,
            target_end=End.SCRAP,
            cause=row.id,
            reason=reason,
        )
        with connection.cursor() as cursor:
            cursor.execute(_LOSE, [ctx.at, row.id])
            move.units = [id for (id,) in cursor.fetchall()]
        # The number of a pack would be bound for good.
        lost = Unit.objects.unscoped("just written off").filter(id__in=move.units)
        for number in lost.exclude(number="").values_list("number", flat=True):
            raise NumberPacked(number)
        for line in self._counted_lines():
            if line.missing:
                shelf = Shelf.locked(target, line.item_id, self.terms, ctx)
                value, _ = shelf.take(line.missing, "missing")
                shelf.save(ctx)
                move.add(line.item_id, line.missing, self.terms, value)
        Move.write(ctx, [move])

    def _counted_lines(self) -> list[RequisitionLine]:
        lines = RequisitionLine.objects.filter(requisition=self.row, item__serialised=False)
        return list(lines.order_by("item"))

    def _arrived_units(self, serials: Sequence[str] | None, waiting: str) -> list[tuple[Any, ...]]:
        clean = {rules.clean_serial(serial) for serial in serials or ()}
        with connection.cursor() as cursor:
            cursor.execute(
                _ARRIVE,
                {
                    "document": self.row.id,
                    "waiting": waiting,
                    "everything": serials is None,
                    "serials": arrays.texts(clean),
                    "at": self.ctx.at,
                },
            )
            found = list(cursor.fetchall())
            if serials is not None and len(found) < len(clean):
                raise NotInDelivery(min(clean - {row[2] for row in found}))
            cursor.execute(_MISS, [self.row.id])
        return found

    def _own(
        self,
        units: Sequence[tuple[Any, ...]],
        counts: Mapping[str, int],
        lines: Mapping[str, RequisitionLine],
        order: UUID | None,
    ) -> int:
        """Let bought goods change their owner; return what is paid for them, in fen."""
        buying = self.row.kind == RequisitionKind.REQUISITION
        ctx, place = self.ctx, UUID(str(self.row.target_id))
        kind = MovementKind.PURCHASE if buying else MovementKind.PURCHASE_RETURN
        if self.row.terms != Terms.PURCHASE or not (units or any(counts.values())):
            return 0
        if order is None:
            raise PurchaseUnpaid
        move = Move(ctx, kind, source=place, target=place, cause=order)
        rows = Unit.objects.unscoped("they have just arrived")
        amount = 0
        for item in sorted({unit[1] for unit in units}):
            ids = [
                id
                for id, code, _, terms, _ in units
                if code == item and (buying or terms == Terms.PURCHASE)
            ]
            if buying:
                rows.filter(id__in=ids).update(terms=Terms.PURCHASE, paid=lines[item].price)
                amount += lines[item].price * len(ids)
            else:
                amount += sum(unit[4] or 0 for unit in units if unit[0] in set(ids))
            move.units += ids
        for item, quantity in sorted(counts.items()):
            if not quantity or not (buying or self.terms == Terms.PURCHASE):
                continue
            line = lines[item]
            ends = sorted((str(Terms.CONSIGNMENT), str(Terms.PURCHASE)))
            shelves = {terms: Shelf.locked(place, item, terms, ctx) for terms in ends}
            own, operator = shelves[Terms.PURCHASE], shelves[Terms.CONSIGNMENT]
            out, into = (operator, own) if buying else (own, operator)
            state = "defective" if self.row.damaged else "in_stock"
            value, _ = out.take(quantity, state)
            paid = (
                line.price * quantity
                if buying
                else rules.part_of_value(line.amount, quantity, line.dispatched)
            )
            into.put(quantity, state, value, paid if buying else 0)
            out.save(ctx)
            into.save(ctx)
            move.add(item, quantity, Terms.PURCHASE, value, price=paid)
            amount += paid
        Move.write(ctx, [move])
        if not buying:
            rows.filter(id__in=move.units).update(terms=Terms.CONSIGNMENT, paid=None)
        return amount


_ARRIVE = """
WITH here AS MATERIALIZED (
    SELECT id FROM stock_unit
    WHERE document = %(document)s AND state = %(waiting)s
      AND (%(everything)s OR serial = ANY(%(serials)s::text[]))
    ORDER BY id FOR NO KEY UPDATE)
UPDATE stock_unit u
SET state = CASE WHEN u.damaged THEN 'defective' ELSE 'in_stock' END,
    document = NULL, damaged = false, moved_at = %(at)s
FROM here WHERE u.id = here.id
RETURNING u.id, u.item_id, u.serial, u.terms, u.paid
"""

_MISS = """
UPDATE stock_unit SET state = 'missing' WHERE document = %s AND state = 'in_transit'
"""

_TURN_BACK = """
UPDATE stock_unit u
SET state = CASE WHEN u.damaged THEN 'defective' ELSE 'in_stock' END, place_id = %s,
    document = NULL, damaged = false, moved_at = %s
WHERE document = %s AND state = %s
RETURNING u.id
"""

_LOSE = """
UPDATE stock_unit u SET state = 'written_off', document = NULL, moved_at = %s
WHERE document = %s AND state = 'missing'
RETURNING u.id
"""
