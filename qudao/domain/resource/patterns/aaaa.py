"""The last four digits are the same."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail == tail[0] * 4


RULE = PatternRule(
    code="aaaa",
    name_zh="四连 AAAA",
    name_en="AAAA",
    description_zh="末四位相同",
    description_en="The last four digits are the same",
    priority=20,
    grade="premium",
    reach=4,
    match=match,
    examples=("13837128888", "15937130000"),
    counter_examples=("13837122888", "13888881234"),
)
patterns.register(RULE.code)(RULE)
