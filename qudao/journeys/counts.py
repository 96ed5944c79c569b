"""Close a stock count and say what it found: tried first, so that it is seen before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as shelf
from qudao.domain.stock.types import CountId, CountLine
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@dataclass(frozen=True, slots=True)
class Closed:
    """What a count found, in pieces, and its differences: the first 200 of them."""

    right: int
    short: int
    over: int
    elsewhere: int
    lines: tuple[CountLine, ...]


@command("counts.close", subject="count")
def close(ctx: Context, *, count: CountId) -> Closed:
    """
    Close a count (`stock.close_count`) and return its differences with it.

    In a dry run nothing changes: that is how differences are shown before they are confirmed.

    :raises Refusal: those of `stock.close_count`.
    """
    found = stock.close_count(ctx, count=count)
    lines = shelf.count_lines(
        ctx, count=count, page=PageRequest(limit=MAX_LIMIT), differences=True
    ).items
    return Closed(**found, lines=lines)
