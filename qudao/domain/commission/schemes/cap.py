"""A limit to what other rules pay: for each outlet, or for the branch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    by_fact,
    needed_problems,
)
from qudao.domain.commission.types import (
    Facts,
    Problem,
    ProblemKind,
    Scheme,
    Source,
    TermKind,
    term,
)
from qudao.platform.lake.exact import total, whole, wide

if TYPE_CHECKING:
    from ibis import Table


class Per(StrEnum):
    """What the limit is for."""

    OUTLET = "outlet"
    BRANCH = "branch"


@schemes.register("cap")
@dataclass(frozen=True, slots=True)
class Cap(Scheme):
    """
    What the named rules pay above the limit is taken off again, from the latest facts.

    Facts count in the order of their numbers, so each keeps exactly what was paid for it.
    """

    source: ClassVar[Source] = Source.LINES
    en: ClassVar[str] = "Cap"
    zh: ClassVar[str] = "封顶"

    of: tuple[str, ...] = term(TermKind.RULES, "Of the rules", "作用于规则")
    most: int = term(TermKind.MONEY, "At most a month", "每月最高")
    per: Per = term(
        TermKind.CHOICE,
        "For each",
        "范围",
        default=Per.OUTLET,
        choices={"outlet": ("Outlet", "网点"), "branch": ("Branch (budget)", "分公司(预算)")},
    )

    def upon(self) -> tuple[str, ...]:
        return self.of

    def lines(self, facts: Facts) -> Table:
        paid = facts.lines
        if self.per is Per.OUTLET:
            sums = paid.group_by("outlet").agg(reached=total(paid.amount))
            paid = paid.semi_join(sums.filter(sums.reached > self.most), "outlet")
            order = ["fact"]
        else:
            order = ["fact", "outlet"]
        paid = by_fact(paid)
        window = ibis.cumulative_window(
            group_by="outlet" if self.per is Per.OUTLET else None, order_by=order
        )
        paid = paid.mutate(after=whole(paid.amount.sum().over(window)))
        above = ibis.greatest(paid.after - wide(self.most), wide(0))
        above_before = ibis.greatest(paid.after - paid.amount - wide(self.most), wide(0))
        return paid.select("fact", "origin", "outlet", "clerk", base=above_before - above)

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("of", self.of)
        if self.most < 0:
            problems.append(Problem("most", ProblemKind.NEGATIVE))
        return tuple(problems)
