"""Read requisitions, transfers and returns, from both ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import QuerySet, Sum

from qudao.domain.stock import models
from qudao.domain.stock.queries.movements import ENDS
from qudao.domain.stock.types import (
    RequisitionLine,
    RequisitionRecord,
    RequisitionRow,
    RequisitionSearch,
)
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project
from qudao.platform.tables.scoped import within

_SUMS: Final = ("asked", "accepted", "dispatched", "received", "missing")


@dataclass(eq=False)
class RequisitionUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such requisition with an end where the actor may look."""

    requisition: UUID


def requisitions(
    ctx: Context, *, search: RequisitionSearch, page: PageRequest
) -> Page[RequisitionRow]:
    """
    Return requisitions, transfers and returns with an end in the actor's scope, newest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _within(ctx.scope)
    if search.source is not None:
        rows = rows.filter(source=search.source)
    if search.target is not None:
        rows = rows.filter(target=search.target)
    if search.kinds:
        rows = rows.filter(kind__in=search.kinds)
    if search.states:
        rows = rows.filter(state__in=search.states)
    if search.below:
        below = Scope.of([search.below])
        rows = rows.filter(within("source__path", below) | within("target__path", below))
    if search.with_differences:
        short = models.RequisitionLine.objects.filter(missing__gt=0).values("requisition")
        rows = rows.filter(id__in=short)
    total = rows.count()
    ids = rows.order_by("-asked_at", "-id").values_list("id", flat=True)
    shown = _rows(list(ids[page.offset : page.offset + page.limit]))
    return Page(shown, total, page)


def requisition(ctx: Context, *, requisition: UUID) -> RequisitionRecord:
    """
    Return one with its lines.

    :raises NotPermitted: without `stock.read`.
    :raises RequisitionUnknown: if neither end is in the actor's scope.
    """
    ctx.require("stock.read")
    if not _within(ctx.scope).filter(id=requisition).exists():
        raise RequisitionUnknown(requisition)
    (row,) = _rows([requisition])
    lines = models.RequisitionLine.objects.filter(requisition=requisition).order_by("item")
    return RequisitionRecord(
        row,
        project(
            lines,
            RequisitionLine,
            item="item_id",
            item_name_zh="item__name_zh",
            item_name_en="item__name_en",
            kind="item__kind",
            serialised="item__serialised",
        ),
    )


def _rows(ids: list[UUID]) -> tuple[RequisitionRow, ...]:
    rows = models.Requisition.objects.unscoped("rows found in scope").filter(id__in=ids)
    sums = {f"sum_{name}": Sum(f"lines__{name}", default=0) for name in _SUMS}
    return project(
        rows.annotate(**sums).order_by("-asked_at", "-id"),
        RequisitionRow,
        **ENDS,
        **{name: f"sum_{name}" for name in _SUMS},
    )


def _within(scope: Scope) -> QuerySet[models.Requisition]:
    rows = models.Requisition.objects.unscoped("either end may be the actor's")
    return rows.filter(within("source__path", scope) | within("target__path", scope))
