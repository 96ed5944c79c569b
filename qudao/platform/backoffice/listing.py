"""Columns, places in the menu, and how a request asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from qudao.kernel.refusals import Kind
from qudao.platform.backoffice.values import Cell, Text
from qudao.platform.commands.context import Context

STATUS = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.CONFLICT: 409,
    Kind.UNAVAILABLE: 503,
}
COUNTED = 10_000
"""Longer lists are not counted to their end: nobody reads them to it."""


class Asking(Protocol):
    """What the web middleware adds to a request."""

    def ctx_for(self, request_key: str | None = None, dry_run: bool = False) -> Context: ...


def typed(text: str | None, longest: int = 100) -> str:
    """Return what somebody typed into an address or a search box, fit to be looked for."""
    return "".join(one for one in (text or "")[:longest] if one.isprintable()).strip()


def context_of(
    request: HttpRequest, request_key: str | None = None, *, dry_run: bool = False
) -> Context:
    """Return who asks, and under which request key."""
    return cast(Asking, request).ctx_for(request_key, dry_run)


def mark_of(request: HttpRequest) -> str:
    """Return a mark of what a form was filled in with: who changes it has to look again."""
    ignored = {"csrfmiddlewaretoken", "seen", "preview"}
    sent = [(name, request.POST.getlist(name)) for name in request.POST if name not in ignored]
    return sha256(repr(sorted(sent)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list."""

    label: Text
    value: Callable[[Any], Cell]
    order: str = ""
    """Database column to sort by; without it the list cannot be sorted by it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a screen stands in the menu."""

    group: str
    """`sales`, `channels`, `people`, `customers`, `care`, `numbers`, `goods`, `catalogue`, `halls`,
    `processes`, `money`, `control`"""
    position: int
    icon: str


class CountedPaginator(Paginator[Any]):
    """Counts no further than `COUNTED` rows."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return int(rows.order_by()[: COUNTED + 1].count())


def drawn(column: Column) -> Callable[[Any], Cell]:
    """Return a column as Django's change list takes one."""

    def value(row: Any) -> Cell:
        return column.value(row)

    value.short_description = column.label  # type: ignore[attr-defined]
    if column.order:
        value.admin_order_field = column.order  # type: ignore[attr-defined]
    return value
