"""The last six digits repeat two digits three times."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[0] != tail[1] and tail == tail[:2] * 3


RULE = PatternRule(
    code="ababab",
    name_zh="三重复 ABABAB",
    name_en="ABABAB",
    description_zh="末六位为两位数的三次重复",
    description_en="The last six digits repeat two digits three times",
    priority=80,
    grade="first",
    reach=6,
    match=match,
    examples=("13837686868", "15920191919"),
    counter_examples=("13837696868", "13837686869"),
)
patterns.register(RULE.code)(RULE)
