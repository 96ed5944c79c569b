"""What was paid for suspected lines, above the share that is borne, highest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    needed_problems,
    positive_problems,
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
from qudao.platform.lake.exact import total, whole_div, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("clawback")
@dataclass(frozen=True, slots=True)
class Clawback(Scheme):
    """
    Verdicts name an outlet's suspected lines.

    When these are more than `more_than`, and more than the share that is borne of the outlet's
    lines that are as old as `months` or younger, the part above the share is taken back: the lines
    for which most was paid by the named rules first, all that was paid in this month and the
    `months` before, less what it took back of that already: a line may be named again.
    """

    source: ClassVar[Source] = Source.LINES
    en: ClassVar[str] = "Claw-back"
    zh: ClassVar[str] = "养卡套利追扣"

    of: tuple[str, ...] = term(TermKind.RULES, "What the rules paid", "追扣规则")
    kind: str = term(TermKind.VERDICT, "Verdict", "认定", default="suspected_lines")
    borne_ppm: int = term(TermKind.RATE, "Share that is borne", "容忍比例", default=100_000)
    more_than: int = term(
        TermKind.COUNT, "With more lines than", "户数超过", default=20, unit="line"
    )
    months: int = term(TermKind.COUNT, "Months back", "追溯月数", default=3, unit="month")

    def upon(self) -> tuple[str, ...]:
        return self.of

    def months_back(self) -> tuple[int, ...]:
        return tuple(range(1, self.months + 1))

    def lines(self, facts: Facts) -> Table:
        own = facts.subscribers.filter(facts.subscribers.age <= self.months)
        named = facts.verdicts
        named = named.filter(named.back == 0, named.kind == self.kind, named.subscriber.notnull())
        own = own.select(
            "outlet",
            "subscriber",
            "origin",
            line=(own.origin == wide(0)).ifelse(own.subscriber, own.origin),
        )
        suspects = own.semi_join(named, "subscriber")
        limits = self._limits(own, suspects)
        paid = self._paid(facts).semi_join(limits, "outlet")
        paid = paid.group_by("outlet", "line").agg(amount=total(paid.amount))
        before = _by_line(facts.own)
        before = before.group_by("outlet", "line").agg(taken=total(before.amount))
        suspects = suspects.inner_join(paid, ["outlet", "line"])
        suspects = suspects.left_join(before, ["outlet", "line"]).select(
            *suspects.columns, left=suspects.amount + before.taken.coalesce(wide(0))
        )
        suspects = suspects.filter(suspects.amount > wide(0)).inner_join(limits, "outlet")
        window = ibis.window(
            group_by=suspects.outlet,
            order_by=[suspects.amount.desc(), suspects.subscriber.asc()],
        )
        suspects = suspects.mutate(place=wide(ibis.row_number().over(window)))
        taken = suspects.filter(suspects.place < suspects.above, suspects.left > wide(0))
        return taken.select("outlet", "origin", fact=taken.subscriber, base=-taken.left)

    def _limits(self, own: Table, suspects: Table) -> Table:
        """Return outlet and `above`: how many of its suspected lines are above the share."""
        lines = own.group_by("outlet").agg(lines=wide(own.count()))
        counted = suspects.group_by("outlet").agg(suspects=wide(suspects.count()))
        counted = counted.filter(counted.suspects > self.more_than).inner_join(lines, "outlet")
        borne = whole_div(counted.lines * wide(self.borne_ppm), PPM)
        limits = counted.select("outlet", above=counted.suspects - borne)
        return limits.filter(limits.above > wide(0))

    def _paid(self, facts: Facts) -> Table:
        """Return outlet, line and amount of what was paid for customers' lines."""
        columns = ["outlet", "fact", "origin", "amount"]
        return _by_line(together([facts.lines.select(*columns), facts.past.select(*columns)]))

    def problems(self) -> tuple[Problem, ...]:
        problems = [*needed_problems("of", self.of), *positive_problems("months", self.months)]
        if not self.kind:
            problems.append(Problem("kind", ProblemKind.EMPTY))
        if not 0 <= self.borne_ppm <= PPM:
            kind = ProblemKind.NEGATIVE if self.borne_ppm < 0 else ProblemKind.TOO_LARGE
            problems.append(Problem("borne_ppm", kind, values={"most": PPM}))
        if self.more_than < 0:
            problems.append(Problem("more_than", ProblemKind.NEGATIVE))
        return tuple(problems)


def _by_line(lines: Table) -> Table:
    line = (lines.origin == wide(0)).ifelse(lines.fact, lines.origin)
    return lines.select("outlet", "amount", line=line)
