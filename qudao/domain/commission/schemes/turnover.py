"""A ladder by amount: marginal, or on the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    REACHES,
    RateBand,
    Reach,
    band_problems,
    needed_problems,
    of_band,
    slice_of,
    together,
)
from qudao.domain.commission.types import (
    Facts,
    Problem,
    Scheme,
    Source,
    TermKind,
    term,
)
from qudao.platform.lake.exact import total, whole, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("turnover")
@dataclass(frozen=True, slots=True)
class Turnover(Scheme):
    """
    An outlet's amounts of the month are added up in the order of the sales' numbers.

    Marginal: a sale that passes the edge of a band has a line in each band. Sales of nothing or
    less do not count.
    """

    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Ladder by amount"
    zh: ClassVar[str] = "金额阶梯酬金"

    businesses: tuple[str, ...] = term(TermKind.BUSINESSES, "Businesses", "业务")
    bands: tuple[RateBand, ...] = term(TermKind.ROWS, "Bands", "阶梯", record=RateBand)
    reach: Reach = term(
        TermKind.CHOICE, "Pays", "计酬方式", default=Reach.MARGINAL, choices=REACHES
    )

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales.select("fact", "outlet", "clerk", "amount")
        sales = sales.filter(sales.amount > 0)
        if self.reach is Reach.WHOLE:
            sums = sales.group_by("outlet").agg(reached=total(sales.amount))
            sales = sales.inner_join(sums, "outlet")
            return sales.select(
                "fact",
                "outlet",
                "clerk",
                origin=sales.fact,
                base=sales.amount,
                slice=slice_of(sales.reached, self.bands),
                rate_ppm=of_band(sales.reached, self.bands, "rate_ppm"),
            )
        window = ibis.cumulative_window(group_by="outlet", order_by="fact")
        sales = sales.mutate(after=whole(sales.amount.sum().over(window)))
        sales = sales.mutate(before=sales.after - sales.amount)
        return together([self._part(sales, number) for number in range(len(self.bands))])

    def _part(self, sales: Table, number: int) -> Table:
        band = self.bands[number]
        inside = sales.filter(sales.after > band.least)
        top = inside.after
        if band.below is not None:
            inside = inside.filter(inside.before < band.below)
            top = ibis.least(inside.after, wide(band.below))
        return inside.select(
            "fact",
            "outlet",
            "clerk",
            origin=inside.fact,
            base=top - ibis.greatest(inside.before, wide(band.least)),
            slice=wide(number),
            rate_ppm=wide(band.rate_ppm),
        )

    def problems(self) -> tuple[Problem, ...]:
        return (
            *needed_problems("businesses", self.businesses),
            *band_problems("bands", self.bands, may_be_zero=False),
        )
