"""The entries of a hall's menu as the rows of a form: moved, nested, and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from qudao.domain.echannel.types import Entry, Pair

MOST_ROWS: Final = 200
LONGEST: Final = 400

_BETWEEN = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form. A folder has no item; what follows it one level deeper is in it."""

    level: int = 0
    item: str = ""
    label_zh: str = ""
    label_en: str = ""
    digit: str = ""
    keywords: str = ""
    """Separated by blanks or commas."""
    off_zh: str = ""
    off_en: str = ""


def rows_of(entries: Sequence[Entry], level: int = 0) -> list[Row]:
    """Return entries as rows."""
    found = []
    for one in entries:
        found.append(
            Row(
                level,
                one.item,
                *one.label,
                digit=one.digit,
                keywords=", ".join(one.keywords),
                off_zh=one.off.zh,
                off_en=one.off.en,
            )
        )
        found += rows_of(one.entries, level + 1)
    return found


def entries_of(rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Return the entries that rows describe; a row too deep belongs to the one before it."""
    found = []
    place = 0
    while place < len(rows):
        end = _end(rows, place)
        row = rows[place]
        found.append(
            Entry(
                item=row.item,
                label=Pair(row.label_zh, row.label_en),
                digit=row.digit,
                keywords=tuple(filter(None, _BETWEEN.split(row.keywords))),
                off=Pair(row.off_zh, row.off_en),
                entries=entries_of(rows[place + 1 : end]),
            )
        )
        place = end
    return tuple(found)


def sent(data: Mapping[str, str]) -> list[Row]:
    """Return the rows that a form carried."""
    found = []
    for n in range(MOST_ROWS):
        if f"item-{n}" not in data:
            break
        level = data.get(f"level-{n}", "0")
        found.append(
            Row(
                level=min(int(level), 9) if level.isascii() and level.isdigit() else 0,
                **{
                    name: _text(data.get(f"{name}-{n}", ""))
                    for name in (
                        "item",
                        "label_zh",
                        "label_en",
                        "digit",
                        "keywords",
                        "off_zh",
                        "off_en",
                    )
                },
            )
        )
    return found


def arranged(rows: Sequence[Row], order: str) -> tuple[list[Row], str]:
    """
    Return the rows after an order, and the order that one may want to repeat.

    `add` (at the end); `up:3`, `down:3`, `in:3`, `out:3`, `drop:3` (a row with all that
    is in it). What cannot be done changes nothing.
    """
    what, _colon, at = order.partition(":")
    now = list(rows)
    if what == "add" and len(now) < MOST_ROWS:
        return [*now, Row()], f"add:{len(now)}"
    if not (at.isascii() and at.isdigit()) or int(at) >= len(now):
        return now, ""
    place = int(at)
    end = _end(now, place)
    block = now[place:end]
    match what:
        case "drop":
            return now[:place] + now[end:], ""
        case "up":
            before = _sibling(now, place)
            if before is not None:
                return [*now[:before], *block, *now[before:place], *now[end:]], f"up:{before}"
        case "down":
            if end < len(now) and now[end].level == now[place].level:
                last = _end(now, end)
                moved = place + last - end
                return [*now[:place], *now[end:last], *block, *now[last:]], f"down:{moved}"
        case "in":
            before = _sibling(now, place)
            if before is not None and not now[before].item:
                deeper = [replace(row, level=row.level + 1) for row in block]
                return [*now[:place], *deeper, *now[end:]], f"in:{place}"
        case "out":
            if now[place].level > 0:
                parent = next(
                    n for n in range(place - 1, -1, -1) if now[n].level < now[place].level
                )
                after = _end(now, parent)
                higher = [replace(row, level=row.level - 1) for row in block]
                moved = after - len(block)
                return [*now[:place], *now[end:after], *higher, *now[after:]], f"out:{moved}"
    return now, order


def _end(rows: Sequence[Row], place: int) -> int:
    """Return where the row and all that is in it end."""
    return next(
        (n for n in range(place + 1, len(rows)) if rows[n].level <= rows[place].level), len(rows)
    )


def _sibling(rows: Sequence[Row], place: int) -> int | None:
    """Return the row before this one in the same folder."""
    for n in range(place - 1, -1, -1):
        if rows[n].level <= rows[place].level:
            return n if rows[n].level == rows[place].level else None
    return None


def _text(value: str) -> str:
    return value.strip()[:LONGEST]


def numbered(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Yield each row with its place as people say it: 1, 2, 2.1, 2.2, 3."""
    counts: list[int] = []
    for row in rows:
        del counts[row.level + 1 :]
        counts += [0] * (row.level + 1 - len(counts))
        counts[row.level] += 1
        yield ".".join(str(n) for n in counts[: row.level + 1]), row
