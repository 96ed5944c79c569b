"""At least three of the last four digits are 6."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail.count("6") >= 3


RULE = PatternRule(
    code="sixes",
    name_zh="多 6",
    name_en="Rich in 6",
    description_zh="末四位中至少三个 6",
    description_en="At least three of the last four digits are 6",
    priority=190,
    grade="third",
    reach=4,
    match=match,
    examples=("13837196656", "15920176966"),
    counter_examples=("13837196576", "13866616571"),
)
patterns.register(RULE.code)(RULE)
