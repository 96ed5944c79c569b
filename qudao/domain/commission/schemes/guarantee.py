"""At least so much for an outlet and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    needed_problems,
    positive_problems,
)
from qudao.domain.commission.types import (
    Facts,
    Problem,
    Scheme,
    Source,
    TermKind,
    term,
)
from qudao.platform.lake.exact import total, wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("guarantee")
@dataclass(frozen=True, slots=True)
class Guarantee(Scheme):
    """For outlets that are active on the month's last day: what the named rules pay less."""

    source: ClassVar[Source] = Source.LINES
    en: ClassVar[str] = "Guarantee"
    zh: ClassVar[str] = "保底"

    of: tuple[str, ...] = term(TermKind.RULES, "Of the rules", "作用于规则")
    least: int = term(TermKind.MONEY, "At least a month", "每月最低")

    def upon(self) -> tuple[str, ...]:
        return self.of

    def lines(self, facts: Facts) -> Table:
        paid = facts.lines
        sums = paid.group_by("outlet").agg(paid=total(paid.amount))
        outlets = facts.outlets
        outlets = outlets.filter(outlets.own, outlets["last"], outlets.state == "active")
        outlets = outlets.select("outlet")
        sums = outlets.left_join(sums, "outlet")
        missing = wide(self.least) - sums.paid.coalesce(wide(0))
        missing = ibis.greatest(missing, wide(0))
        return sums.select("outlet", fact=wide(0), origin=wide(0), base=missing)

    def problems(self) -> tuple[Problem, ...]:
        return (*needed_problems("of", self.of), *positive_problems("least", self.least))
