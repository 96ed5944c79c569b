"""
Find free numbers among millions while somebody types.

A search becomes a few runs, each a range of one index of `sql/search.sql`: the most selective wish
drives, the others filter. The list begins at a place chosen by chance and goes round, so that two
who search alike do not see the same numbers; a page ends with where the next one begins.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import rules
from qudao.domain.resource.models import Grade
from qudao.domain.resource.patterns import patterns as registry
from qudao.domain.resource.types import (
    NumberPage,
    NumberRecord,
    NumberSearch,
    NumberState,
    SearchInvalid,
)
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

TAILS: Final = 10**8
"""Endings of eight digits."""
_DIGITS: Final = {"suffix": (1, 8), "anywhere": (3, 6), "starts": (1, 11)}


@dataclass(frozen=True, slots=True)
class _Run:
    """A range [low, high) of an index."""

    kind: str
    low: int
    high: int
    pattern: int = 0
    place: int = 0
    """Where the digits looked for must first occur; 0: it does not matter here."""


def search(
    ctx: Context,
    *,
    outlet: OrganizationId,
    search: NumberSearch,
    after: str | None = None,
    limit: int = 20,
) -> NumberPage:
    """
    Return free numbers of the branch of an outlet, with what they cost now.

    The first page begins anywhere among those that fit; `after` continues where a page of the
    same search has ended. Numbers that are taken meanwhile are left out.

    :raises NotPermitted: without `resource.read`.
    :raises OutletUnknown: if the outlet is not in the actor's scope.
    :raises SearchInvalid: for digits that are none, too few or too many, an unknown pattern or
        grade, or a price range that ends before it begins.
    """
    ctx.require("resource.read")
    assert 0 < limit <= MAX_LIMIT, limit
    _check(search)
    counter = _counter(outlet, ctx.at)
    if counter is None or not ctx.scope.covers(counter.path):
        raise OutletUnknown(str(outlet))
    pool, terms = counter.pool, counter.terms
    wanted = _patterns(search, terms)
    runs = [] if pool is None else _runs(search, wanted, terms, pool)
    if pool is None or not runs:
        return NumberPage((), None)
    start, arcs, behind = _arcs(runs, after)
    rows = _find(pool, arcs, behind, search, wanted, limit + 1)
    shown = rows[:limit]
    items = tuple(
        _record(number, counter.branch, terms[pattern], has4, at)
        for _arc, _key, number, pattern, has4, at in shown
    )
    if len(rows) <= limit:
        return NumberPage(items, None)
    arc, key, number = shown[-1][:3]
    place = len(runs) + 1 - len(arcs) + arc - 1
    return NumberPage(items, ".".join(map(str, (*start, place, key, number))))


@dataclass(frozen=True, slots=True)
class _Term:
    """What numbers of one pattern cost."""

    id: int
    pattern: str
    grade: str
    price: Money
    monthly_floor: Money


@dataclass(frozen=True, slots=True)
class _Counter:
    """What a search must know of the outlet that asks."""

    path: str
    branch: OrganizationId
    pool: int | None
    terms: dict[int, _Term]
    """By the key of the pattern."""


def _counter(outlet: OrganizationId, at: datetime) -> _Counter | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM resource_at_outlet(%s, %s)", [outlet, at])
        rows = cursor.fetchall()
    if not rows:
        return None
    path, branch, pool = rows[0][:3]
    found = {
        id: _Term(id, pattern, grade, Money(price), Money(monthly_floor))
        for *_, id, pattern, grade, price, monthly_floor in rows
        if id is not None
    }
    return _Counter(path, branch, pool, found)


def _check(search: NumberSearch) -> None:
    for field, (fewest, most) in _DIGITS.items():
        digits = getattr(search, field)
        if digits and not (digits.isascii() and digits.isdigit() and fewest <= len(digits) <= most):
            raise SearchInvalid(field)
    if search.pattern and search.pattern not in registry:
        raise SearchInvalid("pattern")
    if search.grade and not Grade.objects.filter(code=search.grade).exists():
        raise SearchInvalid("grade")
    low, high = search.price_min, search.price_max
    if low is not None and high is not None and high < low:
        raise SearchInvalid("price_max")


def _patterns(search: NumberSearch, terms: dict[int, _Term]) -> list[int] | None:
    """Return the keys of the patterns that pattern, grade and price leave; None: any."""
    low, high = search.price_min, search.price_max
    if not (search.pattern or search.grade or low is not None or high is not None):
        return None
    return sorted(
        term.id
        for term in terms.values()
        if (not search.pattern or term.pattern == search.pattern)
        and (not search.grade or term.grade == search.grade)
        and (low is None or term.price >= low)
        and (high is None or term.price <= high)
    )


def _runs(
    search: NumberSearch, wanted: list[int] | None, terms: dict[int, _Term], pool: int
) -> list[_Run]:
    """Return the ranges to look through: of the wish that leaves the fewest numbers."""
    if wanted is not None and not wanted:
        return []
    suffix, anywhere, starts = search.suffix, search.anywhere, search.starts
    by_tail = _tails(suffix)
    share = 10.0 ** -len(suffix)
    choices: list[tuple[float, list[_Run]]] = [(share, [_Run("tail", *by_tail)])]
    if search.without4:
        choices.append((share * 0.4, [_Run("without4", *by_tail)]))
    if wanted is not None:
        portion = sum(rules.share_of(terms[pattern].pattern) for pattern in wanted)
        by_pattern = [_Run("pattern", *by_tail, pattern) for pattern in wanted]
        choices.append((share * portion, by_pattern))
    if anywhere:
        places = 9 - len(anywhere)
        choices.append((places * 10.0 ** -len(anywhere), _windows(anywhere)))
    if starts:
        segments, share = _segments(starts, pool)
        if not segments:
            return []
        choices.append((share, segments))
    return min(choices, key=lambda choice: choice[0])[1]


def _tails(suffix: str) -> tuple[int, int]:
    """Return the range of reversed endings that begin with the reversed suffix."""
    width = 10 ** (8 - len(suffix))
    low = int(suffix[::-1] or 0) * width
    return low, low + width


def _windows(digits: str) -> list[_Run]:
    """Return a run for each place at which digits can stand among the last eight."""
    runs = []
    for place in range(1, 10 - len(digits)):
        left = 9 - place
        if left == 3:
            runs.append(_Run("tail", *_tails(digits), place=place))
        else:
            width = 10 ** (left - len(digits))
            low = int(digits) * width
            runs.append(_Run(f"last{left}", low, low + width, place=place))
    return runs


def _segments(starts: str, pool: int) -> tuple[list[_Run], float]:
    """Return a run for each segment of a pool that first digits leave, and their share of all."""
    low, high = _numbers(starts)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prefix, count(*) OVER () FROM resource_segment WHERE pool_id = %s"
            " ORDER BY prefix",
            [pool],
        )
        rows = cursor.fetchall()
    runs = [
        _Run("number", max(low, prefix * 10_000), min(high, (prefix + 1) * 10_000))
        for prefix, _ in rows
        if prefix * 10_000 < high and low < (prefix + 1) * 10_000
    ]
    width = sum(run.high - run.low for run in runs)
    return runs, width / (10_000 * max(1, len(rows)))


def _numbers(starts: str) -> tuple[int, int]:
    width = 10 ** (11 - len(starts))
    return int(starts) * width, (int(starts) + 1) * width


def _arcs(runs: Sequence[_Run], after: str | None) -> tuple[tuple[int, int], list[_Run], int]:
    """
    Return where the circle begins (run and key), its arcs that are still to be looked through,
    and behind which number in the first of them.
    """
    values = _cursor(after)
    if values is not None:
        first, key, place, last_key, last_number = values
        if first < len(runs) and place <= len(runs):
            circle = _circle(runs, first, key)[place:]
            if _holds(runs[first], key) and _holds(circle[0], last_key):
                low = last_key + (circle[0].kind == "number")
                return (first, key), [replace(circle[0], low=low), *circle[1:]], last_number
    first = random.randrange(len(runs))
    key = random.randrange(runs[first].low, runs[first].high)
    return (first, key), _circle(runs, first, key), 0


def _circle(runs: Sequence[_Run], first: int, key: int) -> list[_Run]:
    """Return the runs from a key of one of them on, round to what of it lies before the key."""
    at = runs[first]
    return [replace(at, low=key), *runs[first + 1 :], *runs[:first], replace(at, high=key)]


def _holds(run: _Run, key: int) -> bool:
    return run.low <= key < run.high


def _cursor(after: str | None) -> tuple[int, int, int, int, int] | None:
    """Read where a page has ended; what cannot be read begins anew."""
    parts = (after or "").split(".")
    if len(parts) != 5 or not all(
        part.isascii() and part.isdigit() and len(part) <= 11 for part in parts
    ):
        return None
    first, key, place, last_key, last_number = map(int, parts)
    return first, key, place, last_key, last_number


_Row = tuple[int, int, int, int, bool, datetime]


def _find(
    pool: int,
    arcs: Sequence[_Run],
    behind: int,
    search: NumberSearch,
    wanted: Sequence[int] | None,
    most: int,
) -> list[_Row]:
    low, high = _numbers(search.starts) if search.starts else (None, None)
    tail_low, tail_high = _tails(search.suffix) if search.suffix else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            _SEARCH,
            [
                pool,
                arrays.texts(run.kind for run in arcs),
                # Runs by number begin behind their low: a number is its own key.
                arrays.numbers(run.low - (run.kind == "number") for run in arcs),
                arrays.numbers(run.high for run in arcs),
                arrays.numbers(run.pattern for run in arcs),
                arrays.numbers(run.place for run in arcs),
                behind,
                most,
                None if wanted is None else arrays.numbers(wanted),
                search.without4,
                low,
                high,
                tail_low,
                tail_high,
                search.anywhere or None,
            ],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


_SEARCH = """
SELECT run, key, number, pattern, has4, at FROM resource_search(
    %s::smallint, %s::text[], %s::bigint[], %s::bigint[], %s::smallint[], %s::int[], %s::bigint,
    %s::int, %s::smallint[], %s::boolean, %s::bigint, %s::bigint, %s::int, %s::int, %s::text)
"""


def _record(
    number: int, branch: OrganizationId, term: _Term, has4: bool, at: datetime
) -> NumberRecord:
    return NumberRecord(
        number=str(number),
        branch=branch,
        pattern=term.pattern,
        without4=not has4,
        grade=term.grade,
        price=term.price,
        monthly_floor=term.monthly_floor,
        state=NumberState.FREE,
        holder=None,
        hold=None,
        until=None,
        cause=None,
        packed=False,
        changed_at=at,
    )
