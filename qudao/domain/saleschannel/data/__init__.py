"""Reference data that ships: the divisions of Henan and the kinds of channel (see SOURCES.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files

from qudao.domain.saleschannel.types import Division, KindRecord


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def divisions() -> tuple[Division, ...]:
    """
    Return the province, its branches and their counties, parents first.

    A development zone without a published centre gets its branch's.
    """
    found: dict[str, Division] = {}
    for row in _rows("divisions.csv"):
        longitude, latitude = row.pop("longitude"), row.pop("latitude")
        if longitude:
            place = Decimal(longitude), Decimal(latitude)
        else:
            place = found[row["parent"]].longitude, found[row["parent"]].latitude
        found[row["code"]] = Division(**row, longitude=place[0], latitude=place[1])
    return tuple(found.values())


@cache
def channel_kinds() -> tuple[KindRecord, ...]:
    """Return the kinds of channel with the positioning matrix, in the order of lists."""
    emphasis = ("image", "experience", "sales", "service")
    return tuple(
        KindRecord(
            row["code"],
            row["name_zh"],
            row["name_en"],
            row["ownership"],
            *(int(row[name]) for name in emphasis),
        )
        for row in _rows("channel_kinds.csv")
    )
