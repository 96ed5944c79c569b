"""More or less of other rules' commission, by the quality of an outlet's lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    LARGEST_COEFFICIENT,
    Gate,
    ShareBand,
    band_problems,
    by_fact,
    coefficient_problems,
    needed_problems,
    of_band,
    positive_problems,
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
from qudao.platform.lake.exact import total, whole_div, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("multiplier")
@dataclass(frozen=True, slots=True)
class Multiplier(Scheme):
    """
    The share of an outlet's recent lines that still pass the gate decides a factor.

    The named rules' commission of the month becomes so many times what it was: the line here is
    the difference. Outlets with fewer recent lines than asked are left as they are.
    """

    source: ClassVar[Source] = Source.LINES
    en: ClassVar[str] = "Quality multiplier"
    zh: ClassVar[str] = "留存质量系数"

    of: tuple[str, ...] = term(TermKind.RULES, "Of the rules", "作用于规则")
    bands: tuple[ShareBand, ...] = term(
        TermKind.ROWS, "Factor by share of lines kept", "按留存率分档系数", record=ShareBand
    )
    first_age: int = term(TermKind.COUNT, "Lines from age", "考核起始账龄", default=1, unit="month")
    last_age: int = term(
        TermKind.COUNT, "Lines up to and with age", "考核截止账龄(含)", default=3, unit="month"
    )
    least: int = term(
        TermKind.COUNT, "With lines at least", "考核户数不少于", default=1, unit="line"
    )
    gate: Gate = term(TermKind.PART, "Kept means", "留存标准", default=Gate(calls=1), record=Gate)

    def upon(self) -> tuple[str, ...]:
        return self.of

    def lines(self, facts: Facts) -> Table:
        lines = facts.subscribers
        lines = lines.filter(lines.age.between(self.first_age, self.last_age))
        kept = (self.gate.passed(lines) & (lines.state == "active")).ifelse(wide(1), wide(0))
        lines = lines.select("outlet", kept=kept)
        shares = lines.group_by("outlet").agg(all=wide(lines.count()), kept=total(lines.kept))
        shares = shares.filter(shares["all"] >= self.least)
        share = whole_div(shares.kept * wide(PPM), shares["all"])
        factors = shares.select(
            "outlet",
            rate_ppm=of_band(share, self.bands, "coefficient_ppm") - wide(PPM),
            slice=slice_of(share, self.bands),
        )
        factors = factors.filter(factors.rate_ppm != wide(0))
        paid = by_fact(facts.lines.semi_join(factors, "outlet")).inner_join(factors, "outlet")
        return paid.select(
            "fact", "origin", "outlet", "clerk", "slice", "rate_ppm", base=paid.amount
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("of", self.of)
        problems += band_problems("bands", self.bands, largest_ppm=LARGEST_COEFFICIENT)
        for row, band in enumerate(self.bands):
            problems += coefficient_problems("bands.coefficient_ppm", band.coefficient_ppm, row)
        if self.last_age < self.first_age:
            problems.append(Problem("last_age", ProblemKind.INVERTED))
        problems += positive_problems("least", self.least)
        return (*problems, *self.gate.problems("gate"))
