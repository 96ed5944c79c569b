"""Reference data that ships: offerings, discounts and the fit matrix (see README.md)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from qudao.domain.catalog import rules
from qudao.domain.catalog.types import FitCell, FitLevel, VersionDraft
from qudao.kernel.money import Money

EPOCH: Final = datetime(2019, 12, 31, 16, tzinfo=UTC)
"""From when what ships is valid: 2020-01-01 in the market, before any sale that is recorded."""


@dataclass(frozen=True, slots=True)
class ShippedOffering:
    code: str
    business: str
    version: VersionDraft


def offerings() -> Iterator[ShippedOffering]:
    """Return the offerings with their first versions."""
    money = ("price", "minimum", "maximum", "step")
    for row in json.loads(_text("offerings.json")):
        code, business = row.pop("code"), row.pop("business")
        for name in money:
            if name in row:
                row[name] = Money(row[name])
        row["chips"] = tuple(Money(chip) for chip in row.get("chips", ()))
        row["eligibility"] = rules.eligibility(row.get("eligibility", {}))
        yield ShippedOffering(code, business, VersionDraft(**row))


def discounts() -> Iterator[tuple[str, str, int]]:
    """Return the wholesale discounts that are not nothing: business, kind of channel, ppm."""
    for row in _rows("discounts.csv"):
        yield row["business"], row["channel_kind"], int(row["rate_ppm"])


def fits() -> Iterator[FitCell]:
    """Return the cells of the fit matrix."""
    for row in _rows("fit.csv"):
        for market in ("city", "rural"):
            yield FitCell(row["business"], row["channel_kind"], market, FitLevel(row[market]))


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _rows(name: str) -> Iterator[dict[str, Any]]:
    yield from csv.DictReader(_text(name).splitlines())
