"""The last four digits are two pairs."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[0] != tail[2] and tail[::2] == tail[1::2]


RULE = PatternRule(
    code="aabb",
    name_zh="两对 AABB",
    name_en="AABB",
    description_zh="末四位为两个对子",
    description_en="The last four digits are two pairs",
    priority=150,
    grade="second",
    reach=4,
    match=match,
    examples=("13837196688", "15920172299"),
    counter_examples=("13837196678", "13837166885"),
)
patterns.register(RULE.code)(RULE)
