"""
The lines of a settled or computed month, as they lie in the lake.

A settlement keeps which versions of the lines it was made from (`versions`, pinned inputs as JSON);
whatever is written later, its lines stay the same ones. Who reads loads the engine: not every
process that knows settlements does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from qudao.domain.commission.queries.effective import rules_by_number
from qudao.domain.commission.rules.amounts import amount_of
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import (
    ClerkSum,
    FactRecord,
    LineKey,
    LineRecord,
    OutletSum,
    RuleTotal,
)
from qudao.kernel.money import Money, Rounding
from qudao.kernel.page import Page, PageRequest
from qudao.platform.lake.dataset import branch_of, day_of
from qudao.platform.lake.manifests import inputs_from

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.store import Lake

_LINE = (
    "rule",
    "fact",
    "origin",
    "outlet",
    "clerk",
    "base",
    "slice",
    "rate_ppm",
    "coefficient_ppm",
    "amount",
    "of_month",
    "why",
)
_DATASETS = ("lines", "adjustments")


def point_rules(versions: str) -> frozenset[int]:
    """Return which of the lines' rules give points."""
    with _lines(versions) as (lake, lines):
        return _points(lake, lines)


def outlets(versions: str) -> list[int]:
    """Return the numbers of the outlets that have lines."""
    with _lines(versions) as (lake, lines):
        return [row["outlet"] for row in _rows(lake, lines.select("outlet").distinct())]


def sums(
    versions: str, points: Collection[int], of: tuple[int, int] | None = None
) -> Iterator[OutletSum]:
    """
    Yield what each outlet has of each rule, with the branch that the lines are of.

    `points` are those of `point_rules`: nothing is asked of the database meanwhile. `of` are the
    first and the last number of some outlets; None: all.
    """
    with _lines(versions, of) as (lake, lines):
        found = lines.group_by("outlet", "branch", "rule").agg(
            lines=lines.count(), base=_total(lines.base), amount=_total(lines.amount)
        )
        for row in _rows(lake, found):
            unit = Unit.POINT if row["rule"] in points else Unit.FEN
            yield OutletSum(unit=unit, **row)


def clerk_sums(
    versions: str, points: Collection[int], of: tuple[int, int] | None = None
) -> Iterator[ClerkSum]:
    """Yield what each clerk has at each outlet, in fen and in points; as `sums` does."""
    with _lines(versions, of) as (lake, lines):
        is_point = lines.rule.isin(sorted(points) or [-1])
        lines = lines.mutate(
            fen=is_point.ifelse(0, lines.amount).cast("int64"),
            point=is_point.ifelse(lines.amount, 0).cast("int64"),
        )
        found = lines.group_by("outlet", "clerk").agg(
            lines=lines.count(), amount=_total(lines.fen), points=_total(lines.point)
        )
        for row in _rows(lake, found):
            yield ClerkSum(**row)


def totals(versions: str) -> tuple[RuleTotal, ...]:
    """Add up all lines by branch and rule."""
    with _lines(versions) as (lake, lines):
        points = _points(lake, lines)
        found = lines.group_by("branch", "rule").agg(
            lines=lines.count(), base=_total(lines.base), amount=_total(lines.amount)
        )
        return tuple(
            RuleTotal(unit=Unit.POINT if row["rule"] in points else Unit.FEN, **row)
            for row in _rows(lake, found.order_by("branch", "rule"))
        )


def wrong(versions: str, outlets: Collection[int]) -> tuple[LineRecord, ...]:
    """
    Compute the amounts of some outlets' lines again, one by one and in Python's whole numbers, and
    look up the sales that they name, of months that the lake has; return the lines that come out
    otherwise.
    """
    with _lines(versions) as (lake, lines):
        lines = lines.filter(lines.outlet.isin(sorted(outlets))).select(*_LINE)
        found = [LineRecord(**row) for row in _rows(lake, lines)]
        rules = rules_by_number({one.rule for one in found})
        named = {one.origin for one in found if one.origin}
        missing = _held(lake, named) - _sales(lake, sorted(named)).keys()
        return tuple(
            one
            for one in found
            if one.rule not in rules
            or one.amount
            != amount_of(
                one.base,
                one.rate_ppm,
                one.coefficient_ppm,
                Rounding(rules[one.rule].rounding),
            )
            or one.origin in missing
        )


def lines(
    versions: str, outlet: int, page: PageRequest, *, rule: int | None = None
) -> Page[LineRecord]:
    """Return an outlet's lines, by rule and in the order of their facts."""
    with _lines(versions) as (lake, table):
        table = table.filter(table.outlet == outlet)
        if rule is not None:
            table = table.filter(table.rule == rule)
        count = int(lake.engine.arrow(table.aggregate(n=table.count()))["n"][0].as_py())
        shown = table.order_by("rule", "fact", "slice", "amount").limit(
            page.limit, offset=page.offset
        )
        items = tuple(LineRecord(**row) for row in _rows(lake, shown.select(*_LINE)))
        return Page(items, count, page)


def every_line(versions: str, outlet: int) -> Iterator[LineRecord]:
    """Yield all lines of an outlet for a file, by rule and in the order of their facts."""
    with _lines(versions) as (lake, table):
        table = table.filter(table.outlet == outlet)
        table = table.order_by("rule", "fact", "slice", "of_month", "amount")
        for row in _rows(lake, table.select(*_LINE)):
            yield LineRecord(**row)


def lines_at(versions: str, outlet: int, key: LineKey) -> tuple[LineRecord, ...]:
    """
    Return an outlet's lines of one key, its own first.

    That is one, but where a month has taken something back of a fact and paid it otherwise.
    """
    with _lines(versions) as (lake, table):
        table = table.filter(
            table.outlet == outlet,
            table.rule == key.rule,
            table.fact == key.fact,
            table.slice == key.slice,
        )
        found = [LineRecord(**row) for row in _rows(lake, table.select(*_LINE))]
    return tuple(sorted(found, key=lambda one: (one.of_month or date.min, one.amount)))


def facts(numbers: Sequence[int]) -> dict[int, FactRecord]:
    """Return the sales behind lines by number; other facts (lines of customers) have none."""
    from qudao.platform.lake.open import lake as opened

    with opened() as lake:
        return _sales(lake, numbers)


def _sales(lake: Lake, numbers: Sequence[int]) -> dict[int, FactRecord]:
    if not numbers:
        return {}
    sales = lake.read(
        "sales",
        months={day_of(one).replace(day=1) for one in numbers},
        branches={branch_of(one) for one in numbers},
    )
    sales = sales.filter(sales.fact.isin(numbers))
    return {
        row["fact"]: FactRecord(
            fact=row["fact"],
            day=row["day"],
            business=row["business"],
            offering=row["offering"],
            amount=Money(row["amount"]),
            debit=Money(row["debit"]),
            order=_order(row["order"]),
            clerk=row["clerk"],
        )
        for row in _rows(lake, sales)
    }


def _held(lake: Lake, numbers: Collection[int]) -> set[int]:
    """Return those of the sales' numbers whose month and branch the lake has."""
    months = {day_of(one).replace(day=1) for one in numbers}
    held = {(one.month, one.branch) for one in lake.manifests("sales", months=months)}
    return {one for one in numbers if (day_of(one).replace(day=1), branch_of(one)) in held}


def _order(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def mark(versions: str) -> str:
    """Return what stands for pinned versions where a text must be short."""
    return sha256(versions.encode()).hexdigest()


def readable(versions: bytes, *, inputs: bool = False) -> bool:
    """Say whether something is pinned versions of lines, or of whatever they were computed from."""
    try:
        found = inputs_from(versions).versions
    except (msgspec.MsgspecError, ValueError):
        return False
    return inputs or all(one.version.dataset in _DATASETS for one in found)


@contextmanager
def _lines(versions: str, of: tuple[int, int] | None = None) -> Iterator[tuple[Lake, Table]]:
    """Open the lake and the pinned lines, with those that correct the months before."""
    import ibis

    from qudao.platform.lake.open import lake as opened

    pinned = inputs_from(versions)
    with opened() as lake:
        own = lake.read("lines", versions=pinned)
        own = own.mutate(of_month=ibis.null("date"), why=ibis.literal(""))
        added = lake.read("adjustments", versions=pinned).select(*own.columns)
        lines = own.union(added)
        yield lake, lines if of is None else lines.filter(lines.outlet.between(*of))


def _total(column: Any) -> Any:
    from qudao.platform.lake import exact

    return exact.total(column)


def _points(lake: Lake, lines: Table) -> frozenset[int]:
    numbers = [row["rule"] for row in _rows(lake, lines.select("rule").distinct())]
    found = rules_by_number(numbers)
    return frozenset(number for number, rule in found.items() if rule.unit == Unit.POINT)


def _rows(lake: Lake, table: Table) -> Iterator[dict[str, Any]]:
    for batch in lake.engine.batches(table):
        yield from batch.to_pylist()
