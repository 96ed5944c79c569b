"""Lists come in pages: a caller always says how many rows it can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

MAX_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Rows `offset` to `offset + limit` of a list, in the list's own order."""

    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        assert 0 < self.limit <= MAX_LIMIT, self.limit
        assert self.offset >= 0, self.offset

    @property
    def number(self) -> int:
        """The page's number, from 1."""
        return self.offset // self.limit + 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and how many rows the whole list has."""

    items: tuple[T, ...]
    total: int
    request: PageRequest

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.request.limit))

    @property
    def has_next(self) -> bool:
        return self.request.offset + len(self.items) < self.total

    @property
    def has_previous(self) -> bool:
        return self.request.offset > 0
