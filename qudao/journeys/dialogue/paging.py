"""A screen in parts that a small display holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qudao.journeys.dialogue.types import Choice, Line, plain_text

Block = Line | Choice
Part = tuple[Block, ...]


def split(
    blocks: Sequence[Block],
    moves: Callable[[bool, bool], tuple[Choice, ...]],
    *,
    fits: Callable[[str], bool] | None,
    most_choices: int | None,
) -> tuple[Part, ...]:
    """
    Return a screen's lines and choices in parts that fit, in their order; at least one part.

    `moves(first, last)` are the ways to move about that a part carries besides. A line that
    alone is too long goes over several parts, a choice that is too long is cut.
    """
    if fits is None and most_choices is None:
        return (tuple(blocks),)
    whole = tuple(blocks)
    if _holds(whole, moves(True, True), fits, most_choices):
        return (whole,)
    # As if more came behind it: of the ways to move about, a part in the middle has most.
    extra = moves(False, False)
    parts: list[Part] = []
    current: Part = ()
    rest = list(blocks)
    while rest:
        block = rest.pop(0)
        if _holds((*current, block), extra, fits, most_choices):
            current = (*current, block)
            continue
        if current:
            parts.append(current)
            current = ()
            rest.insert(0, block)
            continue
        head, tail = _cut(block, extra, fits)
        parts.append((head,))
        if tail is not None:
            rest.insert(0, tail)
    if current:
        parts.append(current)
    return tuple(parts)


def _holds(
    part: Part,
    moves: tuple[Choice, ...],
    fits: Callable[[str], bool] | None,
    most_choices: int | None,
) -> bool:
    lines = tuple(one for one in part if isinstance(one, Line))
    choices = tuple(one for one in part if isinstance(one, Choice))
    if most_choices is not None and len(choices) > most_choices:
        return False
    return fits is None or fits(plain_text(lines, (*choices, *moves)))


def _cut(
    block: Block, moves: tuple[Choice, ...], fits: Callable[[str], bool] | None
) -> tuple[Block, Block | None]:
    """Return as much of a block as fits alone, and the rest of it."""
    text = block.text if isinstance(block, Line) else block.label

    def shortened(length: int) -> Block:
        if isinstance(block, Line):
            return replace(block, text=text[:length])
        return replace(block, label=text[:length])

    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _holds((shortened(middle),), moves, fits, None):
            low = middle
        else:
            high = middle - 1
    if isinstance(block, Line) and low < len(text):
        return shortened(low), replace(block, text=text[low:], label="")
    return shortened(low), None
