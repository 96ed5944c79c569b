"""Read counts and what they found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import models
from qudao.domain.stock.types import CountLine, CountRow, CountState
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of, project

_PATHS: Final = {
    "place": "place_id",
    "place_code": "place__code",
    "place_name_zh": "place__name_zh",
    "place_name_en": "place__name_en",
    "item": "item_id",
    "expected": "sum_expected",
    "counted": "sum_counted",
}


@dataclass(eq=False)
class CountUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such count where the actor may look."""

    count: UUID


def counts(
    ctx: Context, *, page: PageRequest, place: OrganizationId | None = None, state: str = ""
) -> Page[CountRow]:
    """
    Return the counts of the actor's scope, newest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = models.Count.objects.within(ctx.scope)
    if place is not None:
        rows = rows.filter(place=place)
    if state:
        rows = rows.filter(state=state)
    return page_of(_summed(rows).order_by("-opened_at", "-id"), CountRow, page, **_PATHS)


def count(ctx: Context, *, count: UUID) -> CountRow:
    """
    Return one count.

    :raises NotPermitted: without `stock.read`.
    :raises CountUnknown: if there is none in the actor's scope.
    """
    ctx.require("stock.read")
    found = project(
        _summed(models.Count.objects.within(ctx.scope).filter(id=count)), CountRow, **_PATHS
    )
    if not found:
        raise CountUnknown(count)
    return found[0]


def open_count_at(ctx: Context, *, place: OrganizationId) -> CountRow | None:
    """
    Return the count that is under way at a place, if there is one.

    :raises NotPermitted: without `stock.read`.
    """
    found = counts(ctx, page=PageRequest(1), place=place, state=CountState.OPEN)
    return found.items[0] if found.items else None


def count_lines(
    ctx: Context, *, count: UUID, page: PageRequest, differences: bool = False
) -> Page[CountLine]:
    """
    Return what was written down in a count; of a closed one also what was not found.

    `differences` leaves out what was right.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    seen = models.Count.objects.within(ctx.scope).filter(id=count).values("id")
    rows = models.CountLine.objects.filter(count__in=seen).order_by("item", "serial", "id")
    if differences:
        rows = rows.exclude(finding__in=["", "right"])
    return page_of(
        rows,
        CountLine,
        page,
        item="item_id",
        item_name_zh="item__name_zh",
        item_name_en="item__name_en",
    )


def _summed(rows: QuerySet[models.Count]) -> QuerySet[models.Count]:
    lost = Sum("lines__expected", default=0, filter=Q(lines__finding="short")) - Sum(
        "lines__counted", default=0, filter=Q(lines__finding="short")
    )
    more = Sum("lines__counted", default=0, filter=Q(lines__finding="over")) - Sum(
        "lines__expected", default=0, filter=Q(lines__finding="over")
    )
    return rows.annotate(
        sum_expected=Sum("lines__expected", default=0),
        sum_counted=Sum("lines__counted", default=0),
        short=lost,
        over=more,
    )
