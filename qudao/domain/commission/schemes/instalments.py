"""Sums paid when a line reaches given ages, if it was kept alive until then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    FeeBand,
    Gate,
    band_problems,
    needed_problems,
    of_band,
    slice_of,
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

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("instalments")
@dataclass(frozen=True, slots=True)
class Instalments(Scheme):
    """
    Paid in the months in which a line has one of the ages, by the band of what it paid that month.

    `active` are ages in which the line must have passed the gate, too: 1, 2 and 3 for a sum that
    is paid in month 4. A month of which nothing is known was not passed.
    """

    source: ClassVar[Source] = Source.SUBSCRIBERS
    en: ClassVar[str] = "Instalments by age"
    zh: ClassVar[str] = "分期酬金"

    ages: tuple[int, ...] = term(TermKind.MONTHS, "Paid at age", "发放账龄", unit="month")
    bands: tuple[FeeBand, ...] = term(
        TermKind.ROWS, "Fee by collected revenue", "按当月实收分档酬金", record=FeeBand
    )
    gate: Gate | None = term(TermKind.PART, "Gate", "活跃门槛", default=Gate(calls=1), record=Gate)
    active: tuple[int, ...] = term(
        TermKind.MONTHS,
        "Active in the months of age",
        "须活跃的账龄",
        default=(),
        unit="month",
        help=(
            "Earlier months in which the line must have passed the gate",
            "此前各月须达到活跃门槛",
        ),
    )

    def months_back(self) -> tuple[int, ...]:
        return tuple(
            sorted({age - past for age in self.ages for past in self.active if past < age})
        )

    def lines(self, facts: Facts) -> Table:
        lines = facts.subscribers
        lines = lines.filter(lines.age.isin(self.ages), lines.collected >= 0)
        if self.gate is not None:
            lines = lines.filter(self.gate.passed(lines))
            if self.active:
                usage = facts.usage
                usage = usage.filter(usage.age.isin(self.active), self.gate.passed(usage))
                kept = usage.group_by("subscriber").agg(months=usage.age.nunique())
                kept = kept.filter(kept.months == len(self.active))
                lines = lines.select("subscriber", "origin", "outlet", "collected")
                lines = lines.semi_join(kept, "subscriber")
        lines = lines.select(
            "origin",
            "outlet",
            fact=lines.subscriber,
            base=of_band(lines.collected, self.bands, "fee"),
            slice=slice_of(lines.collected, self.bands),
        )
        return lines

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("ages", self.ages)
        problems += band_problems("bands", self.bands, may_be_zero=False)
        if any(age < 0 for age in self.ages):
            problems.append(Problem("ages", ProblemKind.NEGATIVE))
        if self.gate is not None:
            problems += self.gate.problems("gate")
        elif self.active:
            problems.append(Problem("gate", ProblemKind.EMPTY))
        if self.active:
            problems += [problem for problem in needed_problems("active", self.active)]
            if min(self.active) < 0:
                problems.append(Problem("active", ProblemKind.NEGATIVE))
            if self.ages and max(self.active) >= min(self.ages):
                most = min(self.ages) - 1
                problems.append(Problem("active", ProblemKind.TOO_LARGE, values={"most": most}))
        return tuple(problems)
