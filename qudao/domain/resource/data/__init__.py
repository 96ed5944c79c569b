"""Reference data that ships: network codes, prefixes and areas of Henan, grades (see README.md)."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from qudao.kernel.money import Money

SATELLITE: Final = "1349"
"""A block inside the operator's 134 that is not the operator's."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where a branch's numbers are at home."""

    division: str
    area_code: str
    hlr: str


@dataclass(frozen=True, slots=True)
class ShippedGrade:
    code: str
    name_zh: str
    name_en: str
    position: int
    price: Money
    monthly_floor: Money


@cache
def networks() -> frozenset[str]:
    """Return the operator's network codes: the first three digits of its numbers."""
    return frozenset(row["network"] for row in _rows("networks.csv"))


@cache
def areas() -> dict[str, Area]:
    """Return the areas by division code."""
    return {row["division"]: Area(**row) for row in _rows("areas.csv")}


def is_prefix(prefix: str) -> bool:
    """Say whether seven digits can begin numbers of the operator."""
    return (
        len(prefix) == 7
        and prefix.isascii()
        and prefix.isdigit()
        and prefix[:3] in networks()
        and not prefix.startswith(SATELLITE)
    )


def hlr_of(prefix: str) -> str | None:
    """Return the HLR that a prefix is assigned to; None for one that is not listed."""
    firsts, lasts, homes = _ranges()
    place = bisect_right(firsts, int(prefix)) - 1
    if place < 0 or int(prefix) > lasts[place]:
        return None
    return areas()[homes[place]].hlr


def prefixes(division: str) -> Iterator[str]:
    """Return the listed prefixes of a city, in order."""
    for first, last, home in zip(*_ranges(), strict=True):
        if home == division:
            yield from map(str, range(first, last + 1))


@cache
def grades() -> tuple[ShippedGrade, ...]:
    """Return the grades, the best first."""
    return tuple(
        ShippedGrade(
            row["code"],
            row["name_zh"],
            row["name_en"],
            int(row["position"]),
            Money(int(row["price"])),
            Money(int(row["monthly_floor"])),
        )
        for row in _rows("grades.csv")
    )


@cache
def _ranges() -> tuple[list[int], list[int], list[str]]:
    rows = sorted((int(r["first"]), int(r["last"]), r["area"]) for r in _rows("prefixes.csv"))
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
