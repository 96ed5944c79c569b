"""Read articles."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from qudao.domain.stock.models import Item
from qudao.domain.stock.types import ItemRecord, ItemUnknown
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of, project


def items(
    ctx: Context,
    *,
    page: PageRequest,
    kinds: Collection[str] = (),
    text: str = "",
    active: bool | None = True,
) -> Page[ItemRecord]:
    """
    Return articles by kind and code; `text` is part of a name or the beginning of a code.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = Item.objects.order_by("kind", "code")
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if active is not None:
        rows = rows.filter(active=active)
    if text.strip():
        part = text.strip()
        rows = rows.filter(
            Q(name_zh__icontains=part) | Q(name_en__icontains=part) | Q(code__istartswith=part)
        )
    return page_of(rows, ItemRecord, page)


def item(ctx: Context, *, item: str) -> ItemRecord:
    """
    Return one article, in use or not.

    :raises NotPermitted: without `stock.read`.
    :raises ItemUnknown: if there is none.
    """
    ctx.require("stock.read")
    found = project(Item.objects.filter(code=item), ItemRecord)
    if not found:
        raise ItemUnknown(item)
    return found[0]
