"""A menu of some items, as the floors above would provide one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from qudao.domain.echannel import ports, queries
from qudao.domain.echannel.types import MenuItem, Pair

ITEMS: Mapping[str, MenuItem] = {
    "balance": MenuItem(Pair("话费余额", "Balance")),
    "bill": MenuItem(Pair("账单查询", "Bill")),
    "top_up": MenuItem(Pair("充值", "Top-up")),
    "plan_change": MenuItem(Pair("套餐变更", "Plan change")),
    "add_on": MenuItem(Pair("流量包", "Data pack")),
    "outlets": MenuItem(Pair("附近网点", "Outlets")),
    "language": MenuItem(Pair("语言", "Language"), ("YY", "LANG")),
    "agent": MenuItem(Pair("人工服务", "Talk to us")),
}


class Items:
    def items(self) -> Mapping[str, MenuItem]:
        return ITEMS


@pytest.fixture(autouse=True)
def items(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, MenuItem]]:
    monkeypatch.setattr(ports, "_known", [Items()])
    queries.forget()
    yield ITEMS
    queries.forget()
