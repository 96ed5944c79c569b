"""The last five digits or more are the same."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail == tail[0] * 5


RULE = PatternRule(
    code="aaaaa",
    name_zh="五连及以上",
    name_en="Five or more alike",
    description_zh="末五位及以上相同",
    description_en="The last five digits or more are the same",
    priority=10,
    grade="premium",
    reach=5,
    match=match,
    examples=("13837188888", "15136666666"),
    counter_examples=("13837118888", "13888888889"),
)
patterns.register(RULE.code)(RULE)
