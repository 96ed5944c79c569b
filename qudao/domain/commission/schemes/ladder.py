"""A ladder by number of transactions: marginal, or on the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    REACHES,
    CountBand,
    Reach,
    band_problems,
    needed_problems,
    of_band,
    slice_of,
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
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("ladder")
@dataclass(frozen=True, slots=True)
class Ladder(Scheme):
    """
    An outlet's transactions of the month are counted in the order of their numbers.

    A band from 100 up to and with 300 is for the 101st to the 300th (marginal), or for an outlet
    that reaches 101 to 300 (whole). It pays a fee for each, or a share of each amount.
    """

    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Ladder by number"
    zh: ClassVar[str] = "笔数阶梯酬金"

    businesses: tuple[str, ...] = term(TermKind.BUSINESSES, "Businesses", "业务")
    bands: tuple[CountBand, ...] = term(TermKind.ROWS, "Bands", "阶梯", record=CountBand)
    reach: Reach = term(
        TermKind.CHOICE, "Pays", "计酬方式", default=Reach.MARGINAL, choices=REACHES
    )

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales.select("fact", "outlet", "clerk", "amount")
        if self.reach is Reach.WHOLE:
            counts = sales.group_by("outlet").agg(place=wide(sales.count()) - wide(1))
            sales = sales.inner_join(counts, "outlet")
        else:
            window = ibis.window(group_by="outlet", order_by="fact")
            sales = sales.mutate(place=wide(ibis.row_number().over(window)))
        rate = of_band(sales.place, self.bands, "rate_ppm")
        fee = of_band(sales.place, self.bands, "fee")
        return sales.select(
            "fact",
            "outlet",
            "clerk",
            origin=sales.fact,
            base=(rate == wide(0)).ifelse(fee, sales.amount),
            slice=slice_of(sales.place, self.bands),
            rate_ppm=(rate == wide(0)).ifelse(wide(PPM), rate),
        )

    def problems(self) -> tuple[Problem, ...]:
        both = [
            Problem("bands.rate_ppm", ProblemKind.TWICE, row)
            for row, band in enumerate(self.bands)
            if band.fee and band.rate_ppm
        ]
        return (
            *needed_problems("businesses", self.businesses),
            *band_problems("bands", self.bands, may_be_zero=False),
            *both,
        )
