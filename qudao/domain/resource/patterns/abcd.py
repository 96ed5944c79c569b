"""The last four digits go up by one."""

from __future__ import annotations

from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import PatternRule


def match(tail: str) -> bool:
    """Say whether the digits show it."""
    return tail in "0123456789"


RULE = PatternRule(
    code="abcd",
    name_zh="四连顺 ABCD",
    name_en="ABCD",
    description_zh="末四位逐位加一",
    description_en="The last four digits go up by one",
    priority=110,
    grade="second",
    reach=4,
    match=match,
    examples=("13837191234", "15920186789"),
    counter_examples=("13837190234", "13837191235"),
)
patterns.register(RULE.code)(RULE)
