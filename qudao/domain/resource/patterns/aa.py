"""The last two digits are the same."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[0] == tail[1]


RULE = PatternRule(
    code="aa",
    name_zh="对子 AA",
    name_en="AA",
    description_zh="末两位相同",
    description_en="The last two digits are the same",
    priority=220,
    grade="third",
    reach=2,
    match=match,
    examples=("13837190588", "15920170633"),
    counter_examples=("13837190586", "13837188057"),
)
patterns.register(RULE.code)(RULE)
