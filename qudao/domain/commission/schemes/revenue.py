"""A share of what a customer's line paid, in bands, for its first months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    REACHES,
    DistrictWeight,
    Gate,
    RateBand,
    Reach,
    StarWeight,
    band_problems,
    of_band,
    slice_of,
    together,
    weight,
    weight_problems,
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
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("revenue")
@dataclass(frozen=True, slots=True)
class Revenue(Scheme):
    """Months are counted from the opening: the month of the opening is age 0."""

    source: ClassVar[Source] = Source.SUBSCRIBERS
    en: ClassVar[str] = "Share of collected revenue"
    zh: ClassVar[str] = "实收收入分成"

    first_age: int = term(TermKind.COUNT, "From age", "起始账龄", unit="month")
    last_age: int = term(TermKind.COUNT, "Up to and with age", "截止账龄(含)", unit="month")
    bands: tuple[RateBand, ...] = term(
        TermKind.ROWS, "Share by collected revenue", "按当月实收分档比例", record=RateBand
    )
    reach: Reach = term(TermKind.CHOICE, "Bands", "分档方式", default=Reach.WHOLE, choices=REACHES)
    gate: Gate | None = term(TermKind.PART, "Gate", "活跃门槛", default=Gate(calls=1), record=Gate)
    stars: tuple[StarWeight, ...] = term(
        TermKind.ROWS, "Coefficients by star", "星级系数", default=(), record=StarWeight
    )
    districts: tuple[DistrictWeight, ...] = term(
        TermKind.ROWS, "Coefficients by district", "区县系数", default=(), record=DistrictWeight
    )

    def lines(self, facts: Facts) -> Table:
        lines = facts.subscribers
        lines = lines.filter(lines.age.between(self.first_age, self.last_age), lines.collected > 0)
        if self.gate is not None:
            lines = lines.filter(self.gate.passed(lines))
        coefficient = weight(lines, self.stars, self.districts)
        if self.reach is Reach.WHOLE:
            return lines.select(
                "origin",
                "outlet",
                fact=lines.subscriber,
                base=lines.collected,
                slice=slice_of(lines.collected, self.bands),
                rate_ppm=of_band(lines.collected, self.bands, "rate_ppm"),
                **coefficient,
            )
        parts = []
        for number, band in enumerate(self.bands):
            top = lines.collected
            if band.below is not None:
                top = ibis.least(top, wide(band.below))
            parts.append(
                lines.filter(lines.collected > band.least).select(
                    "origin",
                    "outlet",
                    fact=lines.subscriber,
                    base=top - wide(band.least),
                    slice=wide(number),
                    rate_ppm=wide(band.rate_ppm),
                    **coefficient,
                )
            )
        return together(parts)

    def problems(self) -> tuple[Problem, ...]:
        problems = band_problems("bands", self.bands, may_be_zero=False)
        if self.first_age < 0:
            problems.append(Problem("first_age", ProblemKind.NEGATIVE))
        if self.last_age < self.first_age:
            problems.append(Problem("last_age", ProblemKind.INVERTED))
        if self.gate is not None:
            problems += self.gate.problems("gate")
        return (*problems, *weight_problems(self.stars, self.districts))
