"""The last six digits are two threes."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[0] != tail[3] and tail == tail[0] * 3 + tail[3] * 3


RULE = PatternRule(
    code="aaabbb",
    name_zh="三连对 AAABBB",
    name_en="AAABBB",
    description_zh="末六位为两个三连",
    description_en="The last six digits are two threes",
    priority=60,
    grade="first",
    reach=6,
    match=match,
    examples=("13837666888", "15920111222"),
    counter_examples=("13837668888", "13837666788"),
)
patterns.register(RULE.code)(RULE)
