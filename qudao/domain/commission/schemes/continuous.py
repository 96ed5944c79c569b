"""A bonus for outlets that reach a target month after month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    needed_problems,
    rate_problems,
)
from qudao.domain.commission.types import (
    PPM,
    Facts,
    Problem,
    ProblemKind,
    Scheme,
    Source,
    TermKind,
    term,
)
from qudao.platform.lake.exact import total, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("continuous")
@dataclass(frozen=True, slots=True)
class Continuous(Scheme):
    """
    Paid on this month's transactions of outlets that reached the targets in each of the months.

    This month is one of them. Of number and amount, what is 0 is not asked.
    """

    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Continuous achievement"
    zh: ClassVar[str] = "连续达标奖励"

    businesses: tuple[str, ...] = term(TermKind.BUSINESSES, "Businesses", "业务")
    months: int = term(TermKind.COUNT, "Months in a row", "连续月数", unit="month")
    number: int = term(
        TermKind.COUNT, "Transactions a month", "每月笔数", default=0, unit="transaction"
    )
    amount: int = term(TermKind.MONEY, "Amount a month", "每月金额", default=0)
    fee: int = term(TermKind.MONEY, "Fee for each", "每笔奖励", default=0)
    rate_ppm: int = term(TermKind.RATE, "Share of the amount", "金额比例", default=0)

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def months_back(self) -> tuple[int, ...]:
        return tuple(range(1, self.months))

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales.select("fact", "outlet", "clerk", "amount")
        now = sales.group_by("outlet").agg(number=wide(sales.count()), amount=total(sales.amount))
        reached = now.filter(now.number >= self.number, now.amount >= self.amount)
        if self.months > 1:
            before = facts.totals
            before = before.filter(
                before.business.isin(self.businesses), before.back.between(1, self.months - 1)
            )
            before = before.group_by("outlet", "back").agg(
                number=total(before["count"]), amount=total(before.amount)
            )
            before = before.filter(before.number >= self.number, before.amount >= self.amount)
            before = before.group_by("outlet").agg(months=before.count())
            before = before.filter(before.months == self.months - 1)
            reached = reached.semi_join(before, "outlet")
        sales = sales.semi_join(reached, "outlet")
        return sales.select(
            "fact",
            "outlet",
            "clerk",
            origin=sales.fact,
            base=wide(self.fee) if self.fee else sales.amount,
            rate_ppm=wide(PPM if self.fee else self.rate_ppm),
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("businesses", self.businesses)
        problems += [
            Problem(name, ProblemKind.NEGATIVE)
            for name in ("number", "amount", "fee")
            if getattr(self, name) < 0
        ]
        if self.months < 1:
            problems.append(Problem("months", ProblemKind.NOT_POSITIVE))
        if not self.number and not self.amount:
            problems.append(Problem("number", ProblemKind.EMPTY))
        if not self.fee:
            problems += rate_problems("rate_ppm", self.rate_ppm)
        elif self.rate_ppm:
            problems.append(Problem("rate_ppm", ProblemKind.TWICE))
        return tuple(problems)
