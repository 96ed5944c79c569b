"""Other rules' commission, part now and the rest in later months if nothing was breached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    by_fact,
    needed_problems,
    positive_problems,
    rate_problems,
    together,
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
from qudao.platform.lake.exact import round_rate, wide

if TYPE_CHECKING:
    from ibis import Table


@dataclass(frozen=True, slots=True)
class Later:
    """A part that is paid so many months later."""

    months: int = term(TermKind.COUNT, "Months later", "延后月数", unit="month")
    share_ppm: int = term(TermKind.RATE, "Share", "比例")


@schemes.register("pool")
@dataclass(frozen=True, slots=True)
class Pool(Scheme):
    """
    What is not paid now is taken off here, fact by fact, and comes back in its month.

    An outlet with a verdict of one of the kinds since then gets nothing back. The last part pays
    what is left, so that all parts together are exactly what was taken off.
    """

    source: ClassVar[Source] = Source.LINES
    en: ClassVar[str] = "Pool paid in parts"
    zh: ClassVar[str] = "酬金池分期发放"

    of: tuple[str, ...] = term(TermKind.RULES, "Of the rules", "作用于规则")
    now_ppm: int = term(TermKind.RATE, "Paid now", "当月发放比例")
    later: tuple[Later, ...] = term(TermKind.ROWS, "Paid later", "后续发放", record=Later)
    breaches: tuple[str, ...] = term(TermKind.VERDICTS, "Forfeited by", "违约情形", default=())

    def upon(self) -> tuple[str, ...]:
        return self.of

    def months_back(self) -> tuple[int, ...]:
        return tuple(sorted({part.months for part in self.later}))

    def lines(self, facts: Facts) -> Table:
        now = by_fact(facts.lines)
        withheld = now.select(
            "fact",
            "origin",
            "outlet",
            "clerk",
            base=now.amount,
            slice=wide(0),
            rate_ppm=wide(self.now_ppm - PPM),
        )
        parts = [self._part(facts, number) for number in range(len(self.later))]
        return together([withheld, *parts])

    def _part(self, facts: Facts, number: int) -> Table:
        part = self.later[number]
        paid = facts.past.filter(facts.past.back == part.months)
        if self.breaches:
            found = facts.verdicts
            found = found.filter(found.kind.isin(self.breaches), found.back < part.months)
            paid = paid.anti_join(found, "outlet")
        paid = by_fact(paid)
        base, rate = paid.amount, part.share_ppm
        if number == len(self.later) - 1:
            base = round_rate(base, PPM - self.now_ppm, facts.rounding)
            for other in self.later[:number]:
                base = base - round_rate(paid.amount, other.share_ppm, facts.rounding)
            rate = PPM
        return paid.select(
            "fact",
            "origin",
            "outlet",
            "clerk",
            base=base,
            slice=wide(number + 1),
            rate_ppm=wide(rate),
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = [*needed_problems("of", self.of), *rate_problems("now_ppm", self.now_ppm)]
        months = [part.months for part in self.later]
        problems += needed_problems("later", months)
        if months != sorted(months):
            problems.append(Problem("later.months", ProblemKind.INVERTED))
        for number, part in enumerate(self.later):
            problems += positive_problems("later.months", part.months, number)
            problems += rate_problems("later.share_ppm", part.share_ppm, number)
        whole_ppm = self.now_ppm + sum(part.share_ppm for part in self.later)
        if self.later and whole_ppm != PPM:
            values: dict[str, int | str] = {"sum": whole_ppm, "whole": PPM}
            problems.append(Problem("later.share_ppm", ProblemKind.NOT_WHOLE, values=values))
        return tuple(problems)
