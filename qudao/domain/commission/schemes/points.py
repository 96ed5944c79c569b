"""Points for the clerk who sold, to be redeemed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    needed_problems,
    positive_problems,
)
from qudao.domain.commission.types import (
    Facts,
    Problem,
    Scheme,
    Source,
    TermKind,
    term,
)
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@dataclass(frozen=True, slots=True)
class BusinessPoints:
    """A business and the points for one transaction of it."""

    business: str = term(TermKind.BUSINESS, "Business", "业务")
    points: int = term(TermKind.COUNT, "Points for each", "每笔积分", unit="point")


@schemes.register("points")
@dataclass(frozen=True, slots=True)
class Points(Scheme):
    """For a rule whose unit is points; sales without a clerk earn none."""

    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Clerk points"
    zh: ClassVar[str] = "店员积分"

    points: tuple[BusinessPoints, ...] = term(
        TermKind.ROWS, "Points by business", "各业务每笔积分", record=BusinessPoints
    )

    def concerns(self) -> tuple[str, ...]:
        return tuple(row.business for row in self.points)

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales.filter(facts.sales.clerk != 0)
        points = [(sales.business == row.business, wide(row.points)) for row in self.points]
        return sales.select(
            "fact",
            "outlet",
            "clerk",
            origin=sales.fact,
            base=ibis.cases(*points[:-1], else_=points[-1][1]) if points[1:] else points[0][1],
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("points", [row.business for row in self.points])
        for number, row in enumerate(self.points):
            problems += positive_problems("points.points", row.points, number)
        return tuple(problems)
