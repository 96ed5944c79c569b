"""A month of all branches: read the lake, compute, write the lines back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from qudao.domain.commission.computing.branch import Plan
from qudao.domain.commission.computing.sessions import Session, sessions, side_by_side
from qudao.domain.commission.computing.tables import earlier, months_back
from qudao.domain.commission.types import Rule, Source, following
from qudao.platform.lake.exact import total, wide
from qudao.platform.lake.manifests import Input, Inputs, Manifest, inputs_of

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.store import Lake

FACTS: Final = ("sales", "subscribers", "outlets", "verdicts")


SAMPLE: Final = 200_000
"""Sales that are looked at, to see of which businesses most are."""


@dataclass(frozen=True)
class Made:
    """A file of lines that was written."""

    manifest: Manifest
    sums: pa.Table
    """As `Computed.sums`."""


@dataclass(frozen=True)
class Computed:
    """What a month earned: kept in the lake, and its sums."""

    month: date
    inputs: Inputs
    """Exactly what was read."""
    outputs: Inputs
    """The versions of `lines`, or of `adjustments`, that were written."""
    sums: pa.Table
    """branch, rule, outlet, lines, amount."""
    lines: int

    @property
    def amount(self) -> int:
        """The sum of all lines, of whatever unit."""
        return sum(self.sums["amount"].to_pylist())


def compute(
    lake: Lake,
    month: date,
    rules: Sequence[Rule],
    *,
    at: datetime,
    branches: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    past: Mapping[int, str] | None = None,
    progress: Callable[[str], None] = lambda branch: None,
) -> Computed:
    """
    Compute a month by all rules in one go, and write its lines as new versions.

    The same inputs and rules make the same lines, byte for byte on one engine, on any engine the
    same rows. `inputs` computes from pinned versions; `past` gives the codes of the rules of
    closed months, by number. `progress` is told each branch when it is done.

    :raises AmountTooLarge: if an amount of the facts is beyond what the arithmetic keeps exact.
    """
    for rule in rules:
        assert not rule.terms.problems(), (rule.code, rule.terms.problems())
    read = inputs or pin(lake, month, rules)
    made: list[Made] = []
    for own, places in _by_rules(rules, month, branches or lake_branches(read, month)).items():
        places = _largest_first(lake, month, places, read)
        plan = Plan(month, own, past or {}, _dense(lake, month, places[0], read))
        with sessions(lake, plan, len(places)) as opened:

            def one(session: Session, branch: str) -> Made:
                return _branch(session, month, branch, read, at)

            for branch, lines in side_by_side(opened, places, one):
                made.append(lines)
                progress(branch)
    return computed(month, read, made)


def _branch(session: Session, month: date, branch: str, read: Inputs, at: datetime) -> Made:
    session.computing.run(session.sources(read, branch))
    try:
        return written(
            session.lake, session.computing.lines, "lines", month, branch, read, at, as_given=True
        )
    finally:
        session.computing.forget()


def _largest_first(lake: Lake, month: date, branches: Sequence[str], read: Inputs) -> list[str]:
    """Begin with what takes longest, so that all are done at about the same time."""
    rows = {
        one.branch: one.rows
        for one in lake.manifests("sales", months=[month], branches=branches, versions=read)
    }
    return sorted(branches, key=lambda branch: (-rows.get(branch, 0), branch))


def _dense(lake: Lake, month: date, branch: str, read: Inputs) -> frozenset[str]:
    """Return the businesses of which most sales are, by some of a branch's."""
    sales = lake.read("sales", months=[month], branches=[branch], versions=read).limit(SAMPLE)
    found = lake.engine.arrow(sales.group_by("business").agg(sales=sales.count())).to_pylist()
    many = sum(row["sales"] for row in found) // len(found) if found else 0
    dense = {row["business"]: row["sales"] for row in found if row["sales"] > many}
    worth_it = sum(dense.values()) * 2 > many * len(found)
    return frozenset(dense) if worth_it else frozenset()


def written(
    lake: Lake,
    lines: Table,
    dataset: str,
    month: date,
    branch: str,
    read: Inputs,
    at: datetime,
    as_given: bool = False,
) -> Made:
    """Write lines, and return what was written, with its sums."""
    sums: list[pa.Table] = []
    manifest = lake.write(
        lines,
        dataset,
        month=month,
        branch=branch,
        at=at,
        source="commission",
        lineage=(read.digest,),
        as_given=as_given,
        by=("rule", "outlet"),
        tell=sums.append,
    )
    return Made(manifest, _sums([(branch, each) for each in sums]))


def computed(month: date, read: Inputs, made: Sequence[Made]) -> Computed:
    """Return what was written, with its sums."""
    return Computed(
        month=month,
        inputs=read,
        outputs=inputs_of(Input(one.manifest.version, one.manifest.digest) for one in made),
        sums=_whole([one.sums for one in made]),
        lines=sum(one.manifest.rows for one in made),
    )


def _by_rules(
    rules: Sequence[Rule], month: date, branches: Sequence[str]
) -> dict[tuple[Rule, ...], list[str]]:
    """Return the branches in which the same rules are valid."""
    found: dict[tuple[Rule, ...], list[str]] = {}
    for branch in branches:
        if own := own_rules(rules, month, branch):
            found.setdefault(own, []).append(branch)
    return found


def own_rules(rules: Sequence[Rule], month: date, branch: str) -> tuple[Rule, ...]:
    """Return the rules that are valid in a month and branch."""
    return tuple(one for one in rules if not _elsewhere(one, branch) and _valid(one, month))


def pin(lake: Lake, month: date, rules: Sequence[Rule]) -> Inputs:
    """Return the newest versions of everything that computing a month by these rules reads."""
    _write_totals(lake, [earlier(month, back) for back in months_back(rules, Source.SALES)])
    read = lake.pin(month, names=FACTS)
    since = max(months_back(rules, Source.LINES), default=0)
    read |= lake.pin(*(earlier(month, back) for back in range(1, since + 1)), names=["verdicts"])
    until = [one for one in lake.months("reversals") if one <= month]
    read |= lake.pin(*until, names=["reversals"])
    for name, source in (
        ("subscribers", Source.SUBSCRIBERS),
        ("totals", Source.SALES),
        ("lines", Source.LINES),
    ):
        months = [earlier(month, back) for back in months_back(rules, source)]
        read |= lake.pin(*months, names=[name])
    # what months since then have corrected of the lines
    read |= lake.pin(*(earlier(month, back) for back in range(1, since)), names=["adjustments"])
    return read


def _write_totals(lake: Lake, months: Sequence[date]) -> None:
    """See that the totals of months that rules look back at are those of their newest sales."""
    for month in months:
        known = {one.branch: one.lineage for one in lake.manifests("totals", months=[month])}
        for sales in lake.manifests("sales", months=[month]):
            if known.get(sales.branch) == (sales.digest,):
                continue
            table = lake.read("sales", months=[month], branches=[sales.branch])
            back = lake.read("reversals", months=[month])
            table = table.anti_join(back, "fact")
            totals = table.group_by("outlet", "business").agg(
                count=wide(table.count()), amount=total(table.amount)
            )
            lake.write(
                totals,
                "totals",
                month=month,
                branch=sales.branch,
                at=sales.made_at,
                source="commission",
                lineage=(sales.digest,),
            )


def lake_branches(read: Inputs, month: date) -> list[str]:
    """Return the branches that have facts of the month."""
    return sorted(
        {
            one.version.branch
            for one in read.versions
            if one.version.month == month and one.version.dataset in FACTS
        }
    )


def _elsewhere(rule: Rule, branch: str) -> bool:
    return bool(rule.selector.branches) and branch not in rule.selector.branches


def _valid(rule: Rule, month: date) -> bool:
    return rule.from_day < following(month) and rule.until_day > month


_SUMS: Final = {
    "branch": "string",
    "rule": "int32",
    "outlet": "int32",
    "lines": "int64",
    "amount": "int64",
}


def _sums(parts: Sequence[tuple[str, pa.Table]]) -> pa.Table:
    schema = ibis.schema(_SUMS).to_pyarrow()
    found = [
        pa.table(
            {
                "branch": pa.repeat(branch, len(part)),
                "rule": part["rule"],
                "outlet": part["outlet"],
                "lines": part["rows"],
                "amount": part["amount"],
            }
        ).cast(schema)
        for branch, part in parts
    ]
    return pa.concat_tables([schema.empty_table(), *found])


def _whole(parts: Sequence[pa.Table]) -> pa.Table:
    whole = pa.concat_tables([_sums([]), *parts])
    return whole.sort_by([("branch", "ascending"), ("rule", "ascending"), ("outlet", "ascending")])
