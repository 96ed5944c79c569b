"""
What PostgreSQL knows goes to the lake by day and branch, and ties to the orders and the ledger.

A day is written when it is over, and again when its counts or sums are not what the orders say:
then as a new version, which supersedes the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from django.db import connection, transaction

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.facts import (
    REVERSAL_ROW,
    REVERSAL_ROWS,
    REVERSALS,
    SALES,
    SALES_ROW,
    SALES_ROWS,
)
from qudao.domain.ordering.operations.overdue import OVERDUE
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.facts import OUTLET_ROW, OUTLET_ROWS, OUTLETS
from qudao.kernel.period import business_date, day_bounds, month_of
from qudao.platform.commands.context import Context
from qudao.platform.lake.copying import copied
from qudao.platform.lake.dataset import Dataset
from qudao.platform.lake.manifests import Manifest
from qudao.platform.lake.store import Lake
from qudao.platform.tables.months import months_on

LATE: Final = timedelta(days=45)
"""Orders that the BOSS completes later than this are found among those noted as overdue."""

EARLIEST: Final = date(2000, 1, 1)
"""Before all orders."""

SOURCE: Final = "postgres"


@dataclass(frozen=True, slots=True, order=True)
class Tally:
    """What a day of a branch should hold, or holds."""

    day: date
    branch: str
    rows: int
    amount: int
    debit: int


def export(
    ctx: Context,
    lake: Lake,
    *,
    first: date,
    last: date,
    branches: Collection[str] | None = None,
    again: bool = False,
    say: Callable[[str], object] = lambda text: None,
) -> list[Manifest]:
    """
    Write sales and reversals of these business days, and outlets of their months, where what the
    lake has is not what the orders say; `again` writes them in any case. Return what was written.
    """
    assert first <= last, (first, last)
    saleschannel.note_attributes(ctx)
    if overdue := ordering.note_overdue(ctx.part("overdue")):
        say(f"{overdue} more orders are open for {OVERDUE.days} days: they come when they complete")
    today = business_date(ctx.at)
    since = _unwatched_since(lake, today)
    if since is not None and (
        found := ordering.note_completed_late(ctx.part("late"), first=since, last=today)
    ):
        say(f"{found} orders completed after more than {OVERDUE.days} days, and were not noted")
    last = min(last, today)
    written = [*_outlets(ctx, lake, first, last, branches)]
    for dataset, query, row in (
        (SALES, SALES_ROWS, SALES_ROW),
        (REVERSALS, REVERSAL_ROWS, REVERSAL_ROW),
    ):
        for tally in _due(lake, dataset, query, first, last, branches, again):
            manifest = _day(ctx, lake, dataset, query, row, tally)
            say(f"{dataset.name} {tally.day} {tally.branch}: {tally.rows:,} rows")
            written.append(manifest)
    return written


def _unwatched_since(lake: Lake, today: date) -> date | None:
    """
    Return the first day on which orders may have completed late that no export had noted before;
    None if there is none: the last export was so recent that it noted all of them.

    An export is known by the files that it wrote. Of a lake without any of this month and the one
    before it is not known when it was: all days count.
    """
    months = [months_on(today, -1), month_of(today)]
    made = [
        business_date(one.made_at)
        for dataset in (SALES, REVERSALS, OUTLETS)
        for one in lake.manifests(dataset, months=months)
    ]
    newest = max(made, default=EARLIEST)
    return None if today - newest <= LATE - OVERDUE else newest


def untied(lake: Lake, *, first: date, last: date) -> list[str]:
    """
    Return in words which exported days are not what the orders and the ledger say.

    A day that was never exported is not looked at; neither is one that is not over.
    """
    found: list[str] = []
    if first > last:
        return found
    for dataset, query in ((SALES, SALES_ROWS), (REVERSALS, REVERSAL_ROWS)):
        held = _held(lake, dataset, first, last)
        exported = {(tally.branch, month_of(tally.day)) for tally in held.values()}
        asked = {(one.day, one.branch): one for one in _asked(query, first, last, None)}
        for key in sorted({*held, *asked}):
            day, branch = key
            if (branch, month_of(day)) not in exported or day > _through(held, branch):
                continue
            nothing = Tally(day, branch, 0, 0, 0)
            has, should = held.get(key, nothing), asked.get(key, nothing)
            if has != should:
                found.append(
                    f"{dataset.name} of {branch} on {day} are {has.rows} rows of {has.amount} fen"
                    f" ({has.debit} from wallets) in the lake, {should.rows} of {should.amount}"
                    f" ({should.debit}) in the orders"
                )
    return [*found, *_unposted(first, last)]


def _through(held: dict[tuple[date, str], Tally], branch: str) -> date:
    return max(day for day, code in held if code == branch)


def _day(
    ctx: Context, lake: Lake, dataset: Dataset, query: str, row: dict[str, str], tally: Tally
) -> Manifest:
    asked = _parameters(tally.day, tally.day, tally.branch)
    month = month_of(tally.day)
    with copied(lake, query, asked, row) as table:
        if dataset is REVERSALS:
            table = table.mutate(reason=table["reason"].coalesce(""))
            days = lake.engine.arrow(table.select("sale_day").distinct()).to_pylist()
            sales = lake.read(SALES, months=sorted({month_of(one["sale_day"]) for one in days}))
            table = table.left_join(sales.select("order", "fact"), "order").select(
                "fact", *table.columns
            )
        return lake.write(
            table,
            dataset,
            month=month,
            branch=tally.branch,
            day=tally.day,
            at=ctx.at,
            source=SOURCE,
        )


def _outlets(
    ctx: Context, lake: Lake, first: date, last: date, branches: Collection[str] | None
) -> Iterator[Manifest]:
    """Write the stretches of each month that is not over, or that the lake does not have so."""
    month = month_of(first)
    while month <= last:
        end = months_on(month, 1)
        for branch in _branches(month, end, branches):
            asked = {"branch": branch, "first": month, "end": end}
            with copied(lake, OUTLET_ROWS, asked, OUTLET_ROW) as table:
                newest = lake.manifests(OUTLETS, months=[month], branches=[branch])
                if newest:
                    had = lake.read(OUTLETS, months=[month], branches=[branch]).select(*OUTLET_ROW)
                    if lake.fingerprint(had) == lake.fingerprint(table):
                        continue
                yield lake.write(
                    table, OUTLETS, month=month, branch=branch, at=ctx.at, source=SOURCE
                )
        month = months_on(month, 1)


def _branches(month: date, end: date, branches: Collection[str] | None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT branch FROM saleschannel_stretch WHERE from_day < %s"
            " AND coalesce(until_day > %s, true) ORDER BY branch",
            [end, month],
        )
        found = [str(branch) for (branch,) in cursor.fetchall()]
    return [branch for branch in found if branches is None or branch in branches]


def _due(
    lake: Lake,
    dataset: Dataset,
    query: str,
    first: date,
    last: date,
    branches: Collection[str] | None,
    again: bool,
) -> Iterable[Tally]:
    """Return the days that are to be written: also those that have lost all rows."""
    held = _held(lake, dataset, first, last)
    asked = {(one.day, one.branch): one for one in _asked(query, first, last, branches)}
    for key in sorted({*asked, *held}):
        if branches is not None and key[1] not in branches:
            continue
        should = asked.get(key, Tally(*key, 0, 0, 0))
        if again or held.get(key) != should:
            yield should


def _held(lake: Lake, dataset: Dataset, first: date, last: date) -> dict[tuple[date, str], Tally]:
    months = {month_of(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    found: dict[tuple[date, str], Tally] = {}
    for manifest in lake.manifests(dataset, months=months):
        days = sorted(
            ((part.day, part) for part in manifest.parts if part.day is not None),
            key=lambda pair: pair[0],
        )
        for day, parts in groupby(days, key=lambda pair: pair[0]):
            if first <= day <= last:
                held = [part for _, part in parts]
                found[day, manifest.branch] = Tally(
                    day,
                    manifest.branch,
                    sum(part.rows for part in held),
                    sum(part.totals["amount"] for part in held),
                    sum(part.totals["debit"] for part in held),
                )
    return found


def _asked(
    query: str, first: date, last: date, branches: Collection[str] | None
) -> Iterator[Tally]:
    """Yield what the orders say of each day and branch that has any."""
    tally = f"SELECT day, count(*), sum(amount), sum(debit) FROM ({query}) rows GROUP BY day"
    for branch in _branches(first, last + timedelta(days=1), branches):
        with connection.cursor() as cursor:
            cursor.execute(tally, _parameters(first, last, branch))
            for day, rows, amount, debit in cursor.fetchall():
                yield Tally(day, branch, rows, int(amount), int(debit))


def _unposted(first: date, last: date) -> Iterator[str]:
    """Sales whose wallets did not pay, by the ledger, what the lake says they paid."""
    with transaction.atomic(), connection.cursor() as cursor:
        for branch in _branches(first, last + timedelta(days=1), None):
            cursor.execute(_LEDGER.format(rows=SALES_ROWS), _parameters(first, last, branch))
            for day, debit, paid in cursor.fetchall():
                yield f"wallets paid {paid} fen for the sales of {branch} on {day}, not {debit}"


def _parameters(first: date, last: date, branch: str) -> dict[str, Any]:
    bounds = day_bounds(first, last)
    return {
        "branch": branch,
        "first": first,
        "last": last,
        "start": bounds.start,
        "end": bounds.end,
        "ordered": first - LATE,
    }


_LEDGER = """
SELECT s.day, sum(s.debit), sum(p.amount)
FROM ({rows}) s
JOIN ordering_order o ON o.id = s."order"::uuid
    AND o.period BETWEEN date_trunc('month', %(ordered)s::date)::date AND %(last)s
JOIN ledger_posting p ON p.id = o.hold_id AND p.period = o.period AND p.home = o.home
GROUP BY s.day HAVING sum(s.debit) <> sum(p.amount)
"""
