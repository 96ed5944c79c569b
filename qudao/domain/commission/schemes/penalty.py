"""Fines, and commission withheld, by verdict: warning, downgrade, suspension, exit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    by_fact,
    needed_problems,
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
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@dataclass(frozen=True, slots=True)
class Step:
    """What a kind of verdict costs."""

    kind: str = term(TermKind.VERDICT, "Verdict", "认定")
    fine: int = term(TermKind.MONEY, "Fine for each", "每次扣款", default=0)
    share_ppm: int = term(TermKind.RATE, "Commission withheld", "扣发比例", default=0)


@schemes.register("penalty")
@dataclass(frozen=True, slots=True)
class Penalty(Scheme):
    """
    Each verdict of the month costs its fine.

    Of the named rules' commission the highest share is withheld that any of the verdicts asks.
    """

    source: ClassVar[Source] = Source.LINES
    en: ClassVar[str] = "Penalty"
    zh: ClassVar[str] = "违规扣罚"

    steps: tuple[Step, ...] = term(TermKind.ROWS, "Verdicts", "扣罚阶梯", record=Step)
    of: tuple[str, ...] = term(TermKind.RULES, "Withheld from the rules", "扣发规则", default=())

    def upon(self) -> tuple[str, ...]:
        return self.of

    def lines(self, facts: Facts) -> Table:
        found = facts.verdicts.filter(facts.verdicts.back == 0)
        found = found.semi_join(facts.outlets, "outlet")
        parts = []
        for number, step in enumerate(self.steps):
            of_kind = found.filter(found.kind == step.kind)
            counted = of_kind.group_by("outlet").agg(times=wide(of_kind.count()))
            parts.append(
                counted.select(
                    "outlet",
                    fact=wide(0),
                    origin=wide(0),
                    clerk=wide(0).cast("int32"),
                    base=counted.times * wide(-step.fine),
                    slice=wide(number),
                    rate_ppm=wide(PPM),
                )
            )
        if self.of:
            parts.append(self._withheld(facts, found))
        return together(parts)

    def _withheld(self, facts: Facts, found: Table) -> Table:
        shares = [(found.kind == step.kind, wide(step.share_ppm)) for step in self.steps]
        found = found.mutate(share=ibis.cases(*shares, else_=wide(0)))
        highest = found.group_by("outlet").agg(share=found.share.max())
        paid = by_fact(facts.lines.semi_join(highest, "outlet")).inner_join(highest, "outlet")
        return paid.select(
            "outlet",
            "fact",
            "origin",
            "clerk",
            base=paid.amount,
            slice=wide(len(self.steps)),
            rate_ppm=-paid.share,
        )

    def problems(self) -> tuple[Problem, ...]:
        problems = needed_problems("steps", [step.kind for step in self.steps])
        if len(set(self.of)) < len(self.of):
            problems.append(Problem("of", ProblemKind.TWICE))
        for row, step in enumerate(self.steps):
            if step.fine < 0:
                problems.append(Problem("steps.fine", ProblemKind.NEGATIVE, row))
            if not 0 <= step.share_ppm <= PPM:
                kind = ProblemKind.NEGATIVE if step.share_ppm < 0 else ProblemKind.TOO_LARGE
                problems.append(Problem("steps.share_ppm", kind, row, {"most": PPM}))
            if step.share_ppm and not self.of:
                problems.append(Problem("of", ProblemKind.EMPTY))
        return tuple(problems)
