"""
Who holds which role where.

The organization is known further up; the floor above tells. Until it has, nobody holds any role,
so that nobody may do a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from qudao.platform.commands.context import Context
from qudao.platform.processes.types import Recipient, Seat


class People(Protocol):
    """Somebody who knows the organization's members."""

    def seats(self, ctx: Context) -> Sequence[Seat]:
        """Return the roles that the actor holds now, and where."""
        ...

    def holders(self, ctx: Context, role: str, path: str) -> Sequence[Recipient]:
        """Return who holds a role now at the organization of a path or above it."""
        ...


_people: Final[list[People]] = []


def provide(people: People) -> None:
    """Name the one who knows; done once, when the application starts."""
    assert not _people, "somebody else answers already"
    _people.append(people)


def seats(ctx: Context) -> Sequence[Seat]:
    """Return the roles that the actor holds now, and where."""
    return _people[0].seats(ctx) if _people else ()


def holders(ctx: Context, role: str, path: str) -> Sequence[Recipient]:
    """Return who holds a role now at the organization of a path or above it."""
    return _people[0].holders(ctx, role, path) if _people else ()


def holds(ctx: Context, role: str, path: str) -> bool:
    """Say whether the actor holds a role for a path, and the path lies in the actor's scope."""
    return ctx.scope.covers(path) and any(
        seat.role == role and (path == seat.path or path.startswith(f"{seat.path}."))
        for seat in seats(ctx)
    )
