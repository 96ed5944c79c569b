"""The last three digits are the same."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail == tail[0] * 3


RULE = PatternRule(
    code="aaa",
    name_zh="三连 AAA",
    name_en="AAA",
    description_zh="末三位相同",
    description_en="The last three digits are the same",
    priority=130,
    grade="second",
    reach=3,
    match=match,
    examples=("13837195888", "15920187000"),
    counter_examples=("13837195889", "13837188895"),
)
patterns.register(RULE.code)(RULE)
