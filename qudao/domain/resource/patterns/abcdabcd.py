"""The last eight digits repeat four digits."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[:4] == tail[4:]


RULE = PatternRule(
    code="abcdabcd",
    name_zh="四位重复 ABCDABCD",
    name_en="ABCDABCD",
    description_zh="末八位为四位数的重复",
    description_en="The last eight digits repeat four digits",
    priority=50,
    grade="first",
    reach=8,
    match=match,
    examples=("13837123712", "15920132013"),
    counter_examples=("13837133712", "13837123713"),
)
patterns.register(RULE.code)(RULE)
