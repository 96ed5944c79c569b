"""What a month takes back of closed months, and adds to them: they themselves never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import ibis

from qudao.domain.commission.computing.branch import Plan
from qudao.domain.commission.computing.lines import union
from qudao.domain.commission.computing.month import (
    Computed,
    Made,
    computed,
    lake_branches,
    own_rules,
    pin,
    written,
)
from qudao.domain.commission.computing.sessions import CORRECTIONS, LATE, UNDONE, sessions
from qudao.domain.commission.types import LINES, Rule
from qudao.platform.lake.exact import whole_div, wide
from qudao.platform.lake.manifests import Input, Inputs, Manifest, inputs_of

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import IntegerValue

    from qudao.platform.lake.store import Lake

REVERSED = "reversed"
OF_ALL_BRANCHES = frozenset({"outlets", "reversals"})
"""Datasets of which a branch's month is computed from the files of every branch."""
EVERYWHERE = "*"


@dataclass(frozen=True)
class Closed:
    """A closed month: by which rules it was computed, of what, and the lines that were paid."""

    month: date
    rules: tuple[Rule, ...]
    inputs: Inputs
    lines: Inputs
    past: Mapping[int, str] = field(default_factory=dict)


def adjust(
    lake: Lake,
    month: date,
    closed: Sequence[Closed],
    *,
    at: datetime,
    branches: Sequence[str] | None = None,
) -> Computed:
    """
    Write the month's `adjustments` as new versions, and return their sums.

    Lines whose sale was taken back in this month come back as their exact negatives, whatever the
    rules are today. Closed months whose facts changed since (a late or corrected file) are computed
    again by the rules of then: what differs from what was paid is taken back, or added.
    """
    read = lake.pin(month, names=["reversals"])
    made: list[Made] = []
    sold = _sold(lake, month)
    found = {one for each in closed for one in lake_branches(each.inputs, each.month)}
    changed = [(one, _changed(one, pin(lake, one.month, one.rules))) for one in closed]
    for branch in branches or sorted(found):
        late = [one for one, where in changed if where & {branch, EVERYWHERE}]
        parts = [_reversed_lines(lake, month, closed, branch, sold)]
        parts += [_kept_corrections(lake, month, one, branch) for one in late]
        try:
            made.append(written(lake, union(parts), "adjustments", month, branch, read, at))
        finally:
            for one in late:
                lake.engine.drop(_name(one.month))
    return computed(month, read, made)


def touched(lake: Lake, month: date, closed: Sequence[Closed], branch: str) -> Inputs:
    """
    Return which closed months' files have lines that go back to sales taken back in this month.

    A sale's number tells its day and branch; of each closed file of lines it is written down once
    of which days and branches the sales are that its lines go back to.
    """
    return _touched(lake, closed, branch, _sold(lake, month))


def _touched(
    lake: Lake, closed: Sequence[Closed], branch: str, sold: frozenset[tuple[int, int]]
) -> Inputs:
    if not sold:
        return inputs_of([])
    lines = {
        manifest.month: manifest
        for one in closed
        for manifest in lake.manifests(
            "lines", months=[one.month], branches=[branch], versions=one.lines
        )
    }
    origins = _origins(lake, branch, lines)
    rows = lake.engine.arrow(origins.select("month", "sale_day", "sale_branch")).to_pylist()
    found = {row["month"] for row in rows if (row["sale_day"], row["sale_branch"]) in sold}
    return inputs_of(Input(lines[one].version, lines[one].digest) for one in sorted(found))


def _origins(lake: Lake, branch: str, lines: Mapping[date, Manifest]) -> Table:
    """Return to what these files' lines go back, written down now where it is not yet."""
    known = {one.month: one for one in lake.manifests("origins", branches=[branch])}
    for month, manifest in lines.items():
        if month in known and known[month].lineage == (manifest.digest,):
            continue
        pinned = inputs_of([Input(manifest.version, manifest.digest)])
        table = lake.read("lines", versions=pinned)
        table = table.filter(table.origin != wide(0)).select(**_place(table.origin))
        known[month] = lake.write(
            table.group_by("sale_day", "sale_branch").agg(lines=wide(table.count())),
            "origins",
            month=month,
            branch=branch,
            at=manifest.made_at,
            source="commission",
            lineage=(manifest.digest,),
        )
    wanted = [known[month] for month in lines]
    return lake.read(
        "origins", versions=inputs_of(Input(one.version, one.digest) for one in wanted)
    )


def _sold(lake: Lake, month: date) -> frozenset[tuple[int, int]]:
    """Return the days and branches of the sales that were taken back in a month."""
    back = lake.read("reversals", months=[month])
    rows = lake.engine.arrow(back.select(**_place(back.fact)).distinct()).to_pylist()
    return frozenset((row["sale_day"], row["sale_branch"]) for row in rows)


def _place(fact: IntegerValue) -> dict[str, IntegerValue]:
    """The day and the branch that sales' numbers tell; see `dataset.fact_number`."""
    return {
        "sale_day": whole_div(fact, 1 << 42).cast("int32"),
        "sale_branch": (whole_div(fact, 1 << 28) & wide((1 << 14) - 1)).cast("int32"),
    }


def _changed(closed: Closed, now: Inputs) -> set[str]:
    """Return the branches whose facts of a closed month are not those it was computed from."""
    different = {*closed.inputs.versions} ^ {*now.versions}
    return {
        EVERYWHERE if one.version.dataset in OF_ALL_BRANCHES else one.version.branch
        for one in different
    }


def _reversed_lines(
    lake: Lake,
    month: date,
    closed: Sequence[Closed],
    branch: str,
    sold: frozenset[tuple[int, int]],
) -> Table:
    """
    Return the exact negatives of all that was ever paid for sales taken back in this month.

    `types.LINES`, `of_month` and `why`.
    """
    back = lake.read("reversals", months=[month])
    lines = lake.read("lines", versions=_touched(lake, closed, branch, sold))
    since = [one for one in lake.months("adjustments") if one < month] if sold else []
    later = lake.read("adjustments", months=since, branches=[branch])
    later = later.filter(
        later.why.isin(CORRECTIONS), later.of_month.isin([one.month for one in closed])
    )
    every = lines.select(*LINES, of_month=lines.month).union(later.select(*LINES, "of_month"))
    return _negative(every.semi_join(back, every.origin == back.fact), REVERSED)


def _kept_corrections(lake: Lake, month: date, closed: Closed, branch: str) -> Table:
    """
    Compute a closed month of a branch again, and keep what differs from what was paid.

    Sales taken back since are left out: all that was paid for them comes back by itself.
    """
    rules = own_rules(closed.rules, closed.month, branch)
    until = [one for one in lake.months("reversals") if closed.month < one <= month]
    back = lake.read("reversals", months=until)
    with sessions(lake, Plan(closed.month, rules, closed.past), 1) as (session,):
        read = pin(lake, closed.month, rules)
        session.computing.run(session.sources(read, branch))
        now = _of_month(session.computing.lines, closed.month)
        lines, added, undone = _paid(lake, month, closed, branch)
        paid = union([lines, added]).difference(_taken(undone), distinct=False)
        now = now.anti_join(back, now.origin == back.fact)
        paid = paid.anti_join(back, paid.origin == back.fact)
        more = now.difference(paid, distinct=False).mutate(why=ibis.literal(LATE))
        less = _negative(paid.difference(now, distinct=False), UNDONE)
        return lake.engine.keep(union([more, less]), _name(closed.month))


def _paid(lake: Lake, month: date, closed: Closed, branch: str) -> tuple[Table, Table, Table]:
    """Return a closed month's lines, and what was added to it and undone since."""
    lines = lake.read("lines", months=[closed.month], branches=[branch], versions=closed.lines)
    since = [one for one in lake.months("adjustments") if closed.month < one < month]
    later = lake.read("adjustments", months=since, branches=[branch])
    later = later.filter(later.of_month == closed.month)
    added, undone = later.filter(later.why == LATE), later.filter(later.why == UNDONE)
    return (
        _of_month(lines, closed.month),
        added.select(*LINES, "of_month"),
        undone.select(*LINES, "of_month"),
    )


def _of_month(lines: Table, month: date) -> Table:
    return lines.select(*LINES, of_month=ibis.literal(month, "date"))


def _taken(lines: Table) -> Table:
    return lines.mutate(base=-lines.base, amount=-lines.amount)


def _negative(lines: Table, why: str) -> Table:
    return _taken(lines).mutate(why=ibis.literal(why))


def _name(month: date) -> str:
    return f"commission_late_{month:%Y_%m}"
