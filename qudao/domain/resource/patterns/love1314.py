"""The last four digits are 1314, which sounds like: one life, one world."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail == "1314"


RULE = PatternRule(
    code="love1314",
    name_zh="一生一世 1314",
    name_en="1314",
    description_zh="末四位为 1314（一生一世）",
    description_en="The last four digits are 1314, which sounds like: one life, one world",
    priority=140,
    grade="second",
    reach=4,
    match=match,
    examples=("13837191314", "15925201314"),
    counter_examples=("13837191315", "13813140987"),
)
patterns.register(RULE.code)(RULE)
