"""What belongs to no other rule."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return True


RULE = PatternRule(
    code="plain",
    name_zh="普通",
    name_en="Plain",
    description_zh="不属于其他任何规则",
    description_en="What belongs to no other rule",
    priority=1000,
    grade="ordinary",
    reach=1,
    match=match,
    examples=("13837190582", "15920170639"),
    counter_examples=(),
)
patterns.register(RULE.code)(RULE)
