"""A sum for a shop and month: towards rent, staff or decoration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    positive_problems,
)
from qudao.domain.commission.types import (
    Facts,
    Problem,
    ProblemKind,
    Scheme,
    Source,
    TermKind,
    following,
    term,
)
from qudao.platform.lake.exact import total, whole_div, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("subsidy")
@dataclass(frozen=True, slots=True)
class Subsidy(Scheme):
    """
    Paid by days: for those of the month on which the outlet was active and one of the rule's.

    Without a fraction of a fen. Where a target is set, the outlet must reach it in the month.
    """

    source: ClassVar[Source] = Source.OUTLETS
    en: ClassVar[str] = "Shop subsidy"
    zh: ClassVar[str] = "门店补贴"

    sum: int = term(TermKind.MONEY, "A month", "每月补贴")
    businesses: tuple[str, ...] = term(
        TermKind.BUSINESSES, "Businesses that count", "达标业务", default=()
    )
    number: int = term(
        TermKind.COUNT, "Transactions at least", "笔数不少于", default=0, unit="transaction"
    )
    amount: int = term(TermKind.MONEY, "Amount at least", "金额不少于", default=0)

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def lines(self, facts: Facts) -> Table:
        outlets = facts.outlets.filter(facts.outlets.own, facts.outlets.state == "active")
        begin, end = ibis.literal(facts.from_day, "date"), ibis.literal(facts.until_day, "date")
        first, until = ibis.greatest(outlets.from_day, begin), ibis.least(outlets.until_day, end)
        days = ibis.greatest(wide(until.delta(first, unit="day")), wide(0))
        open_days = outlets.group_by("outlet").agg(days=total(days))
        if self.businesses:
            sales = facts.sales
            sums = sales.group_by("outlet").agg(
                number=wide(sales.count()), amount=total(sales.amount)
            )
            reached = sums.filter(sums.number >= self.number, sums.amount >= self.amount)
            open_days = open_days.semi_join(reached, "outlet")
        length = (following(facts.month) - facts.month).days
        return open_days.select(
            "outlet",
            fact=wide(0),
            origin=wide(0),
            base=whole_div(wide(self.sum) * open_days.days, length),
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = positive_problems("sum", self.sum)
        problems += [
            Problem(name, ProblemKind.NEGATIVE)
            for name in ("number", "amount")
            if getattr(self, name) < 0
        ]
        if bool(self.businesses) != bool(self.number or self.amount):
            name = "number" if self.businesses else "businesses"
            problems.append(Problem(name, ProblemKind.EMPTY))
        return tuple(problems)
