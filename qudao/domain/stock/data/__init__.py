"""Articles that ship: names and prices of common goods, fictional brands of handsets."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Final

from qudao.domain.stock.types import ItemCode, ItemRecord
from qudao.kernel.money import Money

_FILE: Final = "items.csv"


def items() -> tuple[ItemRecord, ...]:
    """Return the articles of `items.csv`; prices there are in yuan."""
    text = (files(__name__) / _FILE).read_text(encoding="utf-8")
    return tuple(
        ItemRecord(
            ItemCode(row["code"]),
            row["kind"],
            row["name_zh"],
            row["name_en"],
            row["serialised"] == "1",
            Money.parse(row["price"]),
            Money.parse(row["wholesale"]),
            row["offering"],
            True,
        )
        for row in csv.DictReader(text.splitlines())
    )
