"""
Whose account may somebody touch?

Where people belong is known further up; the floor above tells identity whether a context reaches
an account. Until it has, nobody's account is within anybody's reach.
"""

from __future__ import annotations

from typing import Final, Protocol

from qudao.platform.commands.context import SYSTEM, Context
from qudao.platform.identity.types import UserId


class Reach(Protocol):
    """Says whether an account lies within a context's scope."""

    def __call__(self, ctx: Context, user: UserId) -> bool: ...


_reach: Final[list[Reach]] = []


def provide(reach: Reach) -> None:
    """Name the one who knows; done once, when the application starts."""
    assert not _reach, "somebody else answers already"
    _reach.append(reach)


def reaches(ctx: Context, user: UserId) -> bool:
    """Say whether the context may touch an account that is not the actor's own."""
    if ctx.actor == SYSTEM:
        return True
    return bool(_reach) and _reach[0](ctx, user)
