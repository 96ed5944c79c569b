"""From a query string to a page, and from pages to everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.http import HttpRequest

from qudao.kernel.page import MAX_LIMIT, Page, PageRequest

T = TypeVar("T")

ROWS = 25


def page_request(request: HttpRequest, rows: int = ROWS) -> PageRequest:
    """The page that the address asks for; the first one if it asks for nonsense."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return PageRequest(limit=rows, offset=(max(1, number) - 1) * rows)


def every(read: Callable[[PageRequest], Page[T]], most: int) -> Iterator[T]:
    """The rows of all pages, up to `most`, for a file."""
    for offset in range(0, most, MAX_LIMIT):
        page = read(PageRequest(limit=MAX_LIMIT, offset=offset))
        yield from page.items
        if not page.has_next:
            return
