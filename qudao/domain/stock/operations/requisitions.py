"""An outlet asks for goods; the store above it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries
from qudao.domain.stock.events import RequisitionAsked, RequisitionDecided
from qudao.domain.stock.models import Item, Requisition, RequisitionLine
from qudao.domain.stock.queries.deliveries import RequisitionUnknown
from qudao.domain.stock.queries.places import other_end
from qudao.domain.stock.types import (
    ItemUnknown,
    PlaceUnknown,
    QuantityInvalid,
    ReasonMissing,
    RequisitionId,
    RequisitionKind,
    RequisitionState,
    Terms,
)
from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

MOST: int = 100_000
"""Pieces of one item in one requisition."""


@dataclass(eq=False)
class RequisitionStateWrong(Refusal, kind=Kind.CONFLICT):
    """This cannot be done with it in the state that it has got to."""

    requisition_state: str


@dataclass(eq=False)
class TermsUnknown(Refusal, kind=Kind.INVALID):
    terms: str


@command("stock.ask")
def ask(
    ctx: Context,
    *,
    place: OrganizationId,
    goods: Mapping[str, int],
    terms: str = Terms.CONSIGNMENT,
    source: OrganizationId | None = None,
    note: str = "",
) -> RequisitionId:
    """
    Ask for goods (卡品申领): item → how many; from the branch above the place, or another store.

    On `purchase` terms the outlet buys what it receives, at the wholesale prices of today.

    :raises PlaceUnknown: if the place is not in the actor's scope, or the source is no store.
    :raises TermsUnknown: if the terms are neither consignment nor purchase.
    :raises ItemUnknown: if there are no such goods.
    :raises QuantityInvalid: if nothing is asked for, or too much.
    """
    home = queries.place(ctx, place=place)
    if terms not in set(Terms):
        raise TermsUnknown(terms)
    store = source or queries.store_above(ctx, place=place)
    if other_end(ctx, place=store).kind == "outlet" or store == home.id:
        raise PlaceUnknown(str(store))
    if not goods:
        raise QuantityInvalid(0)
    items = {row.code: row for row in Item.objects.filter(code__in=list(goods), active=True)}
    for item, quantity in goods.items():
        if item not in items:
            raise ItemUnknown(item)
        if not 0 < quantity <= MOST:
            raise QuantityInvalid(quantity)
    row = Requisition.objects.create(
        id=new_id(ctx.at),
        kind=RequisitionKind.REQUISITION,
        terms=terms,
        state=RequisitionState.ASKED,
        source_id=store,
        target_id=place,
        note=note.strip(),
        asked_at=ctx.at,
        asked_by=ctx.actor,
    )
    RequisitionLine.objects.bulk_create(
        [
            RequisitionLine(
                requisition=row, item_id=item, asked=quantity, price=items[item].wholesale
            )
            for item, quantity in sorted(goods.items())
        ]
    )
    record_subject(row.id)
    requisition = RequisitionId(row.id)
    announce(RequisitionAsked(requisition, store, place))
    return requisition


@command("stock.decide", subject="requisition")
def decide(
    ctx: Context,
    *,
    requisition: RequisitionId,
    accepted: Mapping[str, int],
    reason: str = "",
) -> None:
    """
    Accept all of what was asked for, part of it, or nothing: item → how many. An item that is
    not named is not accepted; less than all needs a reason.

    :raises RequisitionUnknown: if it does not ask for goods of a place in the actor's scope.
    :raises RequisitionStateWrong: if it was decided or cancelled.
    :raises ItemUnknown: if an item was not asked for.
    :raises QuantityInvalid: if more is accepted than was asked for, or less than nothing.
    :raises ReasonMissing: if less is accepted, without a reason.
    """
    row = Document(ctx).at_source(requisition).in_state(RequisitionState.ASKED).row
    lines = list(RequisitionLine.objects.filter(requisition=row).order_by("item"))
    for item in accepted.keys() - {line.item_id for line in lines}:
        raise ItemUnknown(item)
    for line in lines:
        line.accepted = accepted.get(line.item_id, 0)
        if not 0 <= line.accepted <= line.asked:
            raise QuantityInvalid(line.accepted)
    granted, asked = sum(line.accepted for line in lines), sum(line.asked for line in lines)
    if granted < asked and not reason.strip():
        raise ReasonMissing
    RequisitionLine.objects.bulk_update(lines, ["accepted"])
    row.state = RequisitionState.ACCEPTED if granted else RequisitionState.DECLINED
    row.answer, row.decided_at, row.decided_by = reason.strip(), ctx.at, ctx.actor
    row.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    announce(RequisitionDecided(requisition, granted, asked))


@dataclass(eq=False)
class Document:
    """Finds a requisition, transfer or return for somebody who acts at one of its ends."""

    ctx: Context

    def at_source(self, requisition: UUID) -> Found:
        return self._found(requisition, source=True)

    def at_target(self, requisition: UUID) -> Found:
        return self._found(requisition, target=True)

    def at_either(self, requisition: UUID) -> Found:
        return self._found(requisition, source=True, target=True)

    def _found(self, requisition: UUID, *, source: bool = False, target: bool = False) -> Found:
        rows = Requisition.objects.unscoped("either end may be the actor's: compared below")
        row = (
            rows.select_for_update(of=("self",), no_key=True)
            .select_related("source", "target")
            .filter(id=requisition)
            .first()
        )
        scope = self.ctx.scope
        if row is None or not (
            (source and scope.covers(row.source.path)) or (target and scope.covers(row.target.path))
        ):
            raise RequisitionUnknown(requisition)
        return Found(row)


@dataclass(eq=False)
class Found:
    """A locked requisition."""

    row: Requisition

    def in_state(self, *states: str) -> Found:
        """
        :raises RequisitionStateWrong: if it is in none of them.
        """
        if self.row.state not in states:
            raise RequisitionStateWrong(self.row.state)
        return self
