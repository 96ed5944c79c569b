"""The last five digits or more go up by one."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail in "0123456789"


RULE = PatternRule(
    code="abcde",
    name_zh="五连顺 ABCDE",
    name_en="ABCDE",
    description_zh="末五位及以上逐位加一",
    description_en="The last five digits or more go up by one",
    priority=30,
    grade="premium",
    reach=5,
    match=match,
    examples=("13837112345", "13700123456"),
    counter_examples=("13837092345", "13837134568"),
)
patterns.register(RULE.code)(RULE)
