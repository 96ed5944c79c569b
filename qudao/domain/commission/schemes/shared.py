"""One commission for a sale of an e-channel, shared with the outlet that guided the customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    needed_problems,
    rate_problems,
    together,
)
from qudao.domain.commission.types import (
    GUIDED,
    PPM,
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


@schemes.register("shared")
@dataclass(frozen=True, slots=True)
class Shared(Scheme):
    """
    For sales of e-channels: the rule's selector is about the outlet of the sale.

    The guide gets its share, the e-channel's outlet the rest; without a guide all.
    """

    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Credit shared with a guide"
    zh: ClassVar[str] = "电子渠道引导共享酬金"

    businesses: tuple[str, ...] = term(TermKind.BUSINESSES, "Businesses", "业务")
    rate_ppm: int = term(TermKind.RATE, "Share of the amount", "金额比例")
    guide_ppm: int = term(TermKind.RATE, "Of it the guide's", "引导网点所得", default=PPM // 2)

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def lines(self, facts: Facts) -> Table:
        found = facts.verdicts
        found = found.filter(found.kind == GUIDED, found.fact.notnull())
        guides = found.group_by("fact").agg(guide=found.outlet.min())
        own_sales = facts.sales.select("fact", "outlet", "clerk", "amount")
        sales = own_sales.left_join(guides, "fact")
        own = (sales.guide.isnull()).ifelse(wide(PPM), wide(PPM - self.guide_ppm))
        guided = own_sales.inner_join(guides, "fact")
        return together(
            [
                sales.select(
                    "fact",
                    "outlet",
                    "clerk",
                    origin=sales.fact,
                    base=sales.amount,
                    slice=wide(0),
                    rate_ppm=wide(self.rate_ppm),
                    coefficient_ppm=own,
                ),
                guided.select(
                    "fact",
                    outlet=guided.guide,
                    clerk=ibis.literal(0, "int32"),
                    origin=guided.fact,
                    base=guided.amount,
                    slice=wide(1),
                    rate_ppm=wide(self.rate_ppm),
                    coefficient_ppm=wide(self.guide_ppm),
                ),
            ]
        )

    def problems(self) -> tuple[Problem, ...]:
        return (
            *needed_problems("businesses", self.businesses),
            *rate_problems("rate_ppm", self.rate_ppm),
            *rate_problems("guide_ppm", self.guide_ppm),
        )
