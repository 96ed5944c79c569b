"""The last six digits repeat three digits."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[:3] == tail[3:]


RULE = PatternRule(
    code="abcabc",
    name_zh="三位重复 ABCABC",
    name_en="ABCABC",
    description_zh="末六位为三位数的重复",
    description_en="The last six digits repeat three digits",
    priority=90,
    grade="first",
    reach=6,
    match=match,
    examples=("13837168168", "15920520520"),
    counter_examples=("13837158168", "13837168169"),
)
patterns.register(RULE.code)(RULE)
