"""Read documents: what moved from where to where."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from qudao.domain.stock.models import Movement, MovementLine
from qudao.domain.stock.types import MovementLineRow, MovementRow, MovementSearch
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of
from qudao.platform.tables.scoped import within

ENDS: Final = {
    f"{end}{suffix}": f"{end}{path}"
    for end in ("source", "target")
    for suffix, path in (
        ("", "_id"),
        ("_code", "__code"),
        ("_name_zh", "__name_zh"),
        ("_name_en", "__name_en"),
    )
}


def movements(ctx: Context, *, search: MovementSearch, page: PageRequest) -> Page[MovementRow]:
    """
    Return documents with an end in the actor's scope, newest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _within(ctx.scope)
    if search.place is not None:
        rows = rows.filter(Q(source=search.place) | Q(target=search.place))
    if search.below:
        below = Scope.of([search.below])
        rows = rows.filter(within("source__path", below) | within("target__path", below))
    if search.kinds:
        rows = rows.filter(kind__in=search.kinds)
    if search.first is not None:
        rows = rows.filter(business_date__gte=search.first)
    if search.last is not None:
        rows = rows.filter(business_date__lte=search.last)
    if search.cause is not None:
        rows = rows.filter(cause=search.cause)
    if search.movement is not None:
        rows = rows.filter(id=search.movement)
    if search.item:
        lines = MovementLine.objects.filter(item=search.item).values("movement")
        rows = rows.filter(id__in=lines)
    ids = rows.order_by("-at", "-id")
    total = ids.count()
    wanted = list(ids.values_list("id", flat=True)[page.offset : page.offset + page.limit])
    shown = Movement.objects.unscoped("rows found above").filter(id__in=wanted)
    summed = shown.annotate(quantity=Sum("lines__quantity")).order_by("-at", "-id")
    found = page_of(summed, MovementRow, PageRequest(page.limit), **ENDS)
    return Page(found.items, total, page)


def movement(ctx: Context, *, movement: UUID, page: PageRequest) -> Page[MovementLineRow]:
    """
    Return the lines of a document with an end in the actor's scope; none of any other.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    seen = _within(ctx.scope).filter(id=movement).values("id")
    rows = MovementLine.objects.filter(movement__in=seen).order_by("item", "unit__serial", "id")
    return page_of(
        rows,
        MovementLineRow,
        page,
        item="item_id",
        item_name_zh="item__name_zh",
        item_name_en="item__name_en",
        serial="unit__serial",
    )


def _within(scope: Scope) -> QuerySet[Movement]:
    rows = Movement.objects.unscoped("either end may be the actor's")
    return rows.filter(within("source__path", scope) | within("target__path", scope))
