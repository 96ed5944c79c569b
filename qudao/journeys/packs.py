"""Pre-opened packs (成卡): a SIM card and a number that are sold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.stock import operations as stock
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

MOST = 500
"""Packs of one request."""


@dataclass(eq=False)
class PacksUneven(Refusal, kind=Kind.INVALID):
    """There is one number for each card, at most `most`."""

    cards: int
    numbers: int
    most: int


@command("packs.pack", subject="branch")
def pack(
    ctx: Context, *, branch: OrganizationId, serials: tuple[str, ...], numbers: tuple[str, ...]
) -> int:
    """
    Put SIM cards together with free numbers of a branch, the first with the first; return how
    many packs were made. All or none.

    :raises PacksUneven: if there are not as many numbers as cards, none, or too many.
    :raises NumberTaken: if a number is not free.
    :raises NumberElsewhere: if it belongs to another branch.
    :raises Refusal: those of `stock.pack`.
    """
    if not 0 < len(serials) == len(numbers) <= MOST:
        raise PacksUneven(len(serials), len(numbers), MOST)
    resource.pack(ctx, numbers=numbers, branch=branch)
    for serial, number in _sorted(serials, numbers):
        stock.pack(ctx, serial=serial, number=number)
    return len(serials)


@command("packs.unpack")
def unpack(ctx: Context, *, serials: tuple[str, ...]) -> int:
    """
    Take packs apart that lie in the actor's scope: cards and numbers are free again.

    :raises Refusal: those of `stock.unpack`.
    """
    numbers = [stock.unpack(ctx, serial=serial) for serial in sorted(set(serials))]
    resource.unpack(ctx, numbers=[number for number in numbers if number])
    return len(numbers)


def _sorted(serials: Sequence[str], numbers: Sequence[str]) -> list[tuple[str, str]]:
    """Cards are locked in one order everywhere."""
    return sorted(zip(serials, numbers, strict=True))
