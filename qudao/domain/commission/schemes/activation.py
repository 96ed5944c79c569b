"""A fee for a line that was activated, once it passed a gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qudao.domain.commission.schemes import schemes
from qudao.domain.commission.terms import (
    DistrictWeight,
    Gate,
    StarWeight,
    positive_problems,
    weight,
    weight_problems,
)
from qudao.domain.commission.types import Facts, Problem, Scheme, Source, TermKind, term
from qudao.platform.lake.exact import wide

if TYPE_CHECKING:
    from ibis import Table


@schemes.register("activation")
@dataclass(frozen=True, slots=True)
class Activation(Scheme):
    """Paid in the month of activation, if the line passed the gate in that month."""

    source: ClassVar[Source] = Source.SUBSCRIBERS
    en: ClassVar[str] = "Activation fee"
    zh: ClassVar[str] = "开户激活酬金"

    fee: int = term(TermKind.MONEY, "Fee for each line", "每户酬金")
    gate: Gate | None = term(TermKind.PART, "Gate", "激活门槛", default=Gate(calls=1), record=Gate)
    stars: tuple[StarWeight, ...] = term(
        TermKind.ROWS, "Coefficients by star", "星级系数", default=(), record=StarWeight
    )
    districts: tuple[DistrictWeight, ...] = term(
        TermKind.ROWS, "Coefficients by district", "区县系数", default=(), record=DistrictWeight
    )

    def lines(self, facts: Facts) -> Table:
        lines = facts.subscribers
        lines = lines.filter(
            lines.activated_day >= facts.from_day, lines.activated_day < facts.until_day
        )
        if self.gate is not None:
            lines = lines.filter(self.gate.passed(lines))
        return lines.select(
            "origin",
            "outlet",
            fact=lines.subscriber,
            base=wide(self.fee),
            **weight(lines, self.stars, self.districts),
        )

    def problems(self) -> tuple[Problem, ...]:
        return (
            *positive_problems("fee", self.fee),
            *(self.gate.problems("gate") if self.gate else ()),
            *weight_problems(self.stars, self.districts),
        )
