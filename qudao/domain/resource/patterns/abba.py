"""The last four digits read the same backwards."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[0] != tail[1] and tail == tail[::-1]


RULE = PatternRule(
    code="abba",
    name_zh="对称 ABBA",
    name_en="ABBA",
    description_zh="末四位对称",
    description_en="The last four digits read the same backwards",
    priority=170,
    grade="third",
    reach=4,
    match=match,
    examples=("13837196886", "15920172552"),
    counter_examples=("13837196887", "13837168862"),
)
patterns.register(RULE.code)(RULE)
