"""The last eight digits are a day of the years 1950 to 2029."""

from __future__ import annotations

import re
from typing import Final

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule

_DAYS: Final = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    "|02(?:0[1-9]|1[0-9]|2[0-9]))"
)
_DATE: Final = re.compile("(?:19[5-9][0-9]|20[0-2][0-9])" + _DAYS, re.ASCII)


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return _DATE.fullmatch(tail) is not None


RULE = PatternRule(
    code="birthday8",
    name_zh="生日号 YYYYMMDD",
    name_en="Birthday YYYYMMDD",
    description_zh="末八位为 1950 至 2029 年间的日期",
    description_en="The last eight digits are a day of the years 1950 to 2029",
    priority=100,
    grade="second",
    reach=8,
    match=match,
    examples=("13819880618", "15120120229"),
    counter_examples=("13819481203", "13819880631"),
)
patterns.register(RULE.code)(RULE)
