"""
Reference data that ships: what complaints are about, and within how many hours they are answered.

The hours are a goal of ours. The law leaves 15 days: Measures for Handling Complaints of
Telecommunications Users (电信用户申诉处理办法, MIIT Order 35 of 2016).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path


@cache
def categories() -> tuple[tuple[str, str, str, int], ...]:
    """Return code, both names and hours of each category, in the order of lists."""
    with Path(__file__).with_name("categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (row["code"], row["name_zh"], row["name_en"], int(row["answer_h"]))
            for row in csv.DictReader(file)
        )
