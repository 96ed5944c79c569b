"""The last five digits or more go down by one."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail in "9876543210"


RULE = PatternRule(
    code="edcba",
    name_zh="五连降 EDCBA",
    name_en="EDCBA",
    description_zh="末五位及以上逐位减一",
    description_en="The last five digits or more go down by one",
    priority=40,
    grade="first",
    reach=5,
    match=match,
    examples=("13837165432", "13700987654"),
    counter_examples=("13837105432", "13837154322"),
)
patterns.register(RULE.code)(RULE)
