"""The last four digits repeat two digits."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail[0] != tail[1] and tail[:2] == tail[2:]


RULE = PatternRule(
    code="abab",
    name_zh="两重复 ABAB",
    name_en="ABAB",
    description_zh="末四位为两位数的重复",
    description_en="The last four digits repeat two digits",
    priority=160,
    grade="second",
    reach=4,
    match=match,
    examples=("13837196868", "15920175959"),
    counter_examples=("13837196869", "13837168681"),
)
patterns.register(RULE.code)(RULE)
