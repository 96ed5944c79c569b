"""The last six digits are three pairs."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[::2] == tail[1::2] and tail[0] != tail[2] != tail[4]


RULE = PatternRule(
    code="aabbcc",
    name_zh="三对 AABBCC",
    name_en="AABBCC",
    description_zh="末六位为三个对子",
    description_en="The last six digits are three pairs",
    priority=70,
    grade="first",
    reach=6,
    match=match,
    examples=("13837112233", "15920668866"),
    counter_examples=("13837112223", "13837212237"),
)
patterns.register(RULE.code)(RULE)
