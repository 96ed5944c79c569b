"""A few facts entered by hand, computed as a month is: for test cases, examples and what-if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from qudao.domain.commission.computing.branch import Computing, Plan
from qudao.domain.commission.computing.tables import (
    OUTLETS,
    PAST,
    SALES,
    SUBSCRIBERS,
    TOTALS,
    USAGE,
    VERDICTS,
    Sources,
)
from qudao.domain.commission.types import Rule, following

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.engine import Engine

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """
    Rows of each table; columns that a row does not name are 0, "" or, for days, the month's first.

    An outlet that has no row in `outlets` is there all month, with star 0 and tier 1.
    """

    sales: Sequence[Row] = ()
    subscribers: Sequence[Row] = ()
    outlets: Sequence[Row] = ()
    reversals: Sequence[Row] = ()
    """`fact` and `sale_day`."""
    verdicts: Sequence[Row] = ()
    usage: Sequence[Row] = ()
    totals: Sequence[Row] = ()
    past: Sequence[Row] = ()
    codes: Mapping[int, str] = field(default_factory=dict)
    """Codes of the rules of closed months, by number."""


def compute_sample(
    engine: Engine, sample: Sample, month: date, rules: Sequence[Rule]
) -> list[dict[str, int]]:
    """Return the sample's lines, ordered by rule, fact, outlet and slice, as `types.LINES` are."""
    computing = Computing(engine, Plan(month, tuple(rules), sample.codes))
    try:
        return run_sample(engine, computing, sample, month)
    finally:
        computing.close()


def run_sample(
    engine: Engine, computing: Computing, sample: Sample, month: date
) -> list[dict[str, int]]:
    """Return the same by a plan that was made ready before: many samples by the same rules."""
    computing.run(_sources(sample, month))
    found: list[dict[str, int]] = engine.arrow(engine.prepare(computing.lines)).to_pylist()
    return sorted(
        found, key=lambda line: [line[name] for name in ("rule", "fact", "outlet", "slice")]
    )


def _sources(sample: Sample, month: date) -> Sources:
    known = {row["outlet"] for row in sample.outlets}
    named = {
        row["outlet"] for rows in (sample.sales, sample.subscribers, sample.past) for row in rows
    }
    outlets = [*sample.outlets, *({"outlet": outlet} for outlet in sorted(named - known))]
    whole = {"from_day": month, "until_day": following(month), "tier": 1, "state": "active"}
    stretches = _table(outlets, {**OUTLETS, "branch": "string"}, whole)
    return Sources(
        sales=_table(sample.sales, SALES, {"day": month, "quantity": 1}),
        reversals=_table(
            sample.reversals, {"fact": "int64", "sale_day": "date"}, {"sale_day": month}
        ),
        subscribers=_table(
            sample.subscribers,
            SUBSCRIBERS,
            {"opened_day": month, "activated_day": None, "state": "active"},
        ),
        outlets=stretches,
        own_outlets=stretches,
        verdicts=_table(
            sample.verdicts,
            VERDICTS,
            {"from_day": month, "until_day": following(month), "fact": None, "subscriber": None},
        ),
        usage=_table(sample.usage, USAGE, {"state": "active"}),
        totals=_table(sample.totals, TOTALS, {"back": 1}),
        past=_table(
            sample.past, PAST, {"back": 1, "rate_ppm": 1_000_000, "coefficient_ppm": 1_000_000}
        ),
    )


def _table(rows: Sequence[Row], types: Mapping[str, str], usual: Row) -> Table:
    schema = ibis.schema(dict(types)).to_pyarrow()
    empty = {name: "" if type == "string" else 0 for name, type in types.items()}
    empty |= {name: False for name, type in types.items() if type == "boolean"}
    full = [{**empty, **usual, **row} for row in rows]
    columns = {name: [row[name] for row in full] for name in types}
    return ibis.memtable(pa.table(columns, schema=schema))
