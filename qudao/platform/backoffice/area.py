"""
What lies in an actor's area: parts of the organization, and the people who act in it.

The organization is known further up; the floor above tells the screens of the platform and of its
neighbours. Until it has, there is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import QuerySet

from qudao.platform.backoffice.values import Cell
from qudao.platform.commands.context import Context


class Area(Protocol):
    """Somebody who knows the organization."""

    def parts(self, ctx: Context) -> Sequence[tuple[str, Cell]]:
        """Return the parts below the actor's own that a list may be narrowed to: (path, shown)."""
        ...

    def actors(self, ctx: Context) -> QuerySet[Any]:
        """Return the ids of the accounts that act, or acted, inside the scope."""
        ...

    def names(self, ctx: Context, keys: Sequence[UUID]) -> Mapping[UUID, Cell]:
        """Return what the organizations of the scope among some ids are called."""
        ...


_area: Final[list[Area]] = []


def provide(area: Area) -> None:
    """Name the one who knows; done once, when the application starts."""
    assert not _area, "somebody else answers already"
    _area.append(area)


def parts(ctx: Context) -> Sequence[tuple[str, Cell]]:
    """Return the parts of the actor's area: (path, shown)."""
    return _area[0].parts(ctx) if _area else ()


def names(ctx: Context, keys: Sequence[UUID]) -> Mapping[UUID, Cell]:
    """Return what the organizations of the actor's area among some ids are called."""
    return _area[0].names(ctx, keys) if _area and keys else {}


def actors(ctx: Context) -> QuerySet[Any] | tuple[()]:
    """Return the ids of the accounts of the actor's area."""
    return _area[0].actors(ctx) if _area else ()
