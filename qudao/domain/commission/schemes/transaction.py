"""A fee for each transaction, by business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    DistrictWeight,
    StarWeight,
    needed_problems,
    positive_problems,
    weight,
    weight_problems,
)
from qudao.domain.commission.types import Facts, Problem, Scheme, Source, TermKind, term
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@dataclass(frozen=True, slots=True)
class BusinessFee:
    """A business and the fee for one transaction of it."""

    business: str = term(TermKind.BUSINESS, "Business", "业务")
    fee: int = term(TermKind.MONEY, "Fee for each", "每笔酬金")


@schemes.register("transaction")
@dataclass(frozen=True, slots=True)
class Transaction(Scheme):
    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Fee for each transaction"
    zh: ClassVar[str] = "按笔酬金"

    fees: tuple[BusinessFee, ...] = term(
        TermKind.ROWS, "Fees by business", "各业务每笔酬金", record=BusinessFee
    )
    stars: tuple[StarWeight, ...] = term(
        TermKind.ROWS, "Coefficients by star", "星级系数", default=(), record=StarWeight
    )
    districts: tuple[DistrictWeight, ...] = term(
        TermKind.ROWS, "Coefficients by district", "区县系数", default=(), record=DistrictWeight
    )

    def concerns(self) -> tuple[str, ...]:
        return tuple(row.business for row in self.fees)

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales
        fees = [(sales.business == row.business, wide(row.fee)) for row in self.fees]
        return sales.select(
            "fact",
            "outlet",
            "clerk",
            origin=sales.fact,
            base=ibis.cases(*fees[:-1], else_=fees[-1][1]) if fees[1:] else fees[0][1],
            **weight(sales, self.stars, self.districts),
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("fees", [row.business for row in self.fees])
        for number, row in enumerate(self.fees):
            problems += positive_problems("fees.fee", row.fee, number)
        return (*problems, *weight_problems(self.stars, self.districts))
