"""Terminals and accessories: a fee for each piece, by its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    FeeBand,
    band_problems,
    needed_problems,
    of_band,
    slice_of,
)
from qudao.domain.commission.types import (
    Facts,
    Problem,
    Scheme,
    Source,
    TermKind,
    term,
)
from qudao.platform.lake.exact import whole_div, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("goods")
@dataclass(frozen=True, slots=True)
class Goods(Scheme):
    """The price of a piece is the sale's amount by its pieces, without a fraction of a fen."""

    source: ClassVar[Source] = Source.SALES
    en: ClassVar[str] = "Fee for each piece sold"
    zh: ClassVar[str] = "终端及配件销售酬金"

    businesses: tuple[str, ...] = term(TermKind.BUSINESSES, "Businesses", "业务")
    bands: tuple[FeeBand, ...] = term(
        TermKind.ROWS, "Fee by price of the piece", "按单价分档每件酬金", record=FeeBand
    )

    def concerns(self) -> tuple[str, ...]:
        return self.businesses

    def lines(self, facts: Facts) -> Table:
        sales = facts.sales.filter(facts.sales.amount >= 0, facts.sales.quantity > 0)
        price = whole_div(sales.amount, sales.quantity)
        return sales.select(
            "fact",
            "outlet",
            "clerk",
            origin=sales.fact,
            base=of_band(price, self.bands, "fee") * wide(sales.quantity),
            slice=slice_of(price, self.bands),
        )

    def problems(self) -> tuple[Problem, ...]:
        return (
            *needed_problems("businesses", self.businesses),
            *band_problems("bands", self.bands, may_be_zero=False),
        )
