"""From rows to records without a model instance in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from django.db.models import QuerySet

from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest

R = TypeVar("R")


def project(rows: QuerySet[Any], into: type[R], **paths: str) -> tuple[R, ...]:
    """
    Return the rows as records, reading only the columns the record names.

    A field is read from the column of its own name, or from the path given for it:
    `project(agents, AgentRow, organization="organization__name")`. A field of type `Money` is
    made from fen.
    """
    return tuple(record_of(row, into) for row in rows.values_list(*columns_of(into, **paths)))


def columns_of(into: type[Any], **paths: str) -> list[str]:
    """Return what `project` reads, for a statement that is made once and run many times."""
    return [paths.get(field.name, field.name) for field in fields(into)]


def record_of(row: Sequence[Any], into: type[R]) -> R:
    """Return a row of those columns as a record."""
    makers: tuple[Callable[[Any], Any] | None, ...] = _makers(into)  # type: ignore[arg-type]
    if not makers:
        return into(*row)
    return into(*(make(value) if make else value for make, value in zip(makers, row, strict=True)))


def page_of(rows: QuerySet[Any], into: type[R], page: PageRequest, **paths: str) -> Page[R]:
    """Return one page of the rows as records, with the count of all of them."""
    items = project(rows[page.offset : page.offset + page.limit], into, **paths)
    short = 0 < len(items) < page.limit or (not items and page.offset == 0)
    total = page.offset + len(items) if short else rows.count()
    return Page(items, total, page)


@cache
def _makers(into: type[Any]) -> tuple[Callable[[Any], Any] | None, ...]:
    hints = get_type_hints(into)
    makers = tuple(
        _money if Money in (hints[field.name], *get_args(hints[field.name])) else None
        for field in fields(into)
    )
    return makers if any(makers) else ()


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money(fen)
