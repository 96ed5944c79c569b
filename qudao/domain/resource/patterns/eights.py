"""At least three of the last four digits are 8."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail.count("8") >= 3


RULE = PatternRule(
    code="eights",
    name_zh="多 8",
    name_en="Rich in 8",
    description_zh="末四位中至少三个 8",
    description_en="At least three of the last four digits are 8",
    priority=180,
    grade="second",
    reach=4,
    match=match,
    examples=("13837198858", "15920188898"),
    counter_examples=("13837198578", "13888818571"),
)
patterns.register(RULE.code)(RULE)
