"""Lines: how a scheme's rows become them, and in which order they are written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final, cast

from ibis.expr import operations

from qudao.domain.commission.types import LINES, PPM, Rule
from qudao.platform.lake.exact import round_rate, wide

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import IntegerValue


def rule_lines(number: int) -> str:
    """Return the name under which a rule's lines are read."""
    return f"commission_rule_{number}"


def finished(table: Table, rule: Rule) -> Table:
    """
    Return a scheme's rows as lines: with the rule, what the scheme left out, and the amount.

    What pays nothing is no line.
    """
    fixed = {"clerk": 0, "slice": 0, "rate_ppm": PPM, "coefficient_ppm": PPM}
    columns = {name: wide(value) for name, value in fixed.items()}
    columns |= {name: table[name] for name in table.columns}
    rated, weighted = "rate_ppm" in table.columns, "coefficient_ppm" in table.columns
    table = table.select(**columns, rule=wide(rule.number))
    paying = [table.base != wide(0)]
    if rated:
        paying.append(table.rate_ppm != wide(0))
    if weighted:
        paying.append(table.coefficient_ppm != wide(0))
    table = table.filter(*paying)
    base, rate = cast("IntegerValue", table.base), cast("IntegerValue", table.rate_ppm)
    coefficient = cast("IntegerValue", table.coefficient_ppm)
    if weighted:
        amount = round_rate(base, rate, rule.rounding, coefficient)
    else:
        amount = round_rate(base, rate, rule.rounding) if rated else base
    return table.select(
        **{
            name: (amount if name == "amount" else table[name]).cast(type)
            for name, type in LINES.items()
        }
    )


_SHUFFLING: Final = (
    operations.Aggregate,
    operations.Distinct,
    operations.JoinChain,
    operations.WindowFunction,
)


def in_order(lines: Table) -> Table:
    """
    Return lines in the order in which they are written.

    What a rule only selects and computes is in the order of the facts. What it groups or joins
    comes as an engine's threads make it, otherwise each time, so it is sorted.
    """
    shuffled = lines.op().find(_SHUFFLING)
    return lines.order_by("outlet", "fact", "slice") if shuffled else lines


def union(parts: Sequence[Table]) -> Table:
    return reduce(lambda one, other: one.union(other), parts)
