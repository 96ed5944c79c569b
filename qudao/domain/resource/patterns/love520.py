"""The last three digits are 520 or 521, which sound like: I love you."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail in ("520", "521")


RULE = PatternRule(
    code="love520",
    name_zh="我爱你 520",
    name_en="520 and 521",
    description_zh="末三位为 520 或 521（我爱你）",
    description_en="The last three digits are 520 or 521, which sound like: I love you",
    priority=200,
    grade="third",
    reach=3,
    match=match,
    examples=("13837199520", "15920177521"),
    counter_examples=("13837199522", "13852019987"),
)
patterns.register(RULE.code)(RULE)
