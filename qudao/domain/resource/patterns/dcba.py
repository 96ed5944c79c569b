"""The last four digits go down by one."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail in "9876543210"


RULE = PatternRule(
    code="dcba",
    name_zh="四连降 DCBA",
    name_en="DCBA",
    description_zh="末四位逐位减一",
    description_en="The last four digits go down by one",
    priority=120,
    grade="third",
    reach=4,
    match=match,
    examples=("13837194321", "15920103210"),
    counter_examples=("13837194322", "13837190988"),
)
patterns.register(RULE.code)(RULE)
