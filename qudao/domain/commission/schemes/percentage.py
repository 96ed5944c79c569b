"""A share of the amount of payments, top-ups and other sales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    DistrictWeight,
    StarWeight,
    needed_problems,
    rate_problems,
    weight,
    weight_problems,
)
from qudao.domain.commission.types import Facts, Problem, Scheme, Source, TermKind, term
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("percentage")
@dataclass(frozen=True, slots=True)
class Percentage(Scheme):
    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Share of the amount"
    zh: ClassVar[str] = "按金额比例酬金"

    businesses: tuple[str, ...] = term(TermKind.BUSINESSES, "Businesses", "业务")
    rate_ppm: int = term(TermKind.RATE, "Share", "比例")
    stars: tuple[StarWeight, ...] = term(
        TermKind.ROWS, "Coefficients by star", "星级系数", default=(), record=StarWeight
    )
    districts: tuple[DistrictWeight, ...] = term(
        TermKind.ROWS, "Coefficients by district", "区县系数", default=(), record=DistrictWeight
    )

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales
        return sales.select(
            "fact",
            "outlet",
            "clerk",
            origin=sales.fact,
            base=sales.amount,
            rate_ppm=wide(self.rate_ppm),
            **weight(sales, self.stars, self.districts),
        )

    def problems(self) -> tuple[Problem, ...]:
        return (
            *needed_problems("businesses", self.businesses),
            *rate_problems("rate_ppm", self.rate_ppm),
            *weight_problems(self.stars, self.districts),
        )
