"""Test cases: what one cannot say, how old lines are, and whether what came out was expected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final

from qudao.domain.commission.types import GUIDED, PPM, Case, CaseFact, CaseLine, CaseRow, Unit

MOST_CASES: Final = 20
MOST_ROWS: Final = 200
MOST_FACTS: Final = 5_000
"""Of one case, counting how often each row stands."""
LARGEST: Final = 10**12
LARGEST_USE: Final = 10**8
LONGEST_NAME: Final = 100
MONTHS_BACK: Final = 24
_KIND: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


def case_problem(
    case: Case, branches: Collection[str], kinds: Collection[str], businesses: Collection[str]
) -> tuple[int, str] | None:
    """Return the first row (from 1; 0: the case itself) of which something cannot be, and what."""
    if not case.rows:
        return 0, "no_rows"
    if len(case.rows) > MOST_ROWS or len(case.name) > LONGEST_NAME:
        return 0, "too_many_rows"
    for wrong, problem in (
        (case.month.day != 1 or not 2003 <= case.month.year < 2100, "month_unusable"),
        (case.branch not in branches, "branch_unknown"),
        (case.kind not in kinds, "kind_unknown"),
        (case.star not in range(6), "star_unknown"),
        (case.tier not in range(1, 5), "tier_unknown"),
        (abs(case.for_outlet.minor) > LARGEST, "too_large"),
    ):
        if wrong:
            return 0, problem
    for place, row in enumerate(case.rows, 1):
        for problem in (*_figures(row), *_ROWS[row.what](case, place, row, businesses)):
            return place, problem
    if sum(row.times for row in case.rows) > MOST_FACTS:
        return 0, "too_many_facts"
    return None


def _figures(row: CaseRow) -> Iterator[str]:
    use = (row.calls, row.voice_min, row.data_mb)
    if min(use) < 0 or row.back < 0 or row.line < 0 or row.of < 0 or row.amount.minor < 0:
        yield "negative"
    money = max(row.amount.minor, abs(row.expected.minor))
    if max(use) > LARGEST_USE or money > LARGEST or max(row.back, row.line) > MONTHS_BACK * 100:
        yield "too_large"
    if not 1 <= row.times <= MOST_FACTS:
        yield "times_outside"


def _sale(case: Case, place: int, row: CaseRow, businesses: Collection[str]) -> Iterator[str]:
    if row.business not in businesses:
        yield "business_unknown"
    if not 0 <= age(row.day, case.month) <= MONTHS_BACK:
        yield "day_outside"


def _line(case: Case, place: int, row: CaseRow, businesses: Collection[str]) -> Iterator[str]:
    if row.back > MONTHS_BACK or age(row.day, case.month) < row.back:
        yield "opened_later"
    if row.of:
        opening = _named(case, row, CaseFact.SALE)
        if opening is None:
            yield "opening_unknown"
        elif opening.times < row.times:
            yield "named_fewer"
    for other in case.rows[: place - 1] if row.line else ():
        if other.what is CaseFact.LINE and other.line == row.line:
            if other.back == row.back:
                yield "line_twice"
            if (other.day, other.of, other.times) != (row.day, row.of, row.times):
                yield "line_differs"


def _reversal(case: Case, place: int, row: CaseRow, businesses: Collection[str]) -> Iterator[str]:
    sale = _named(case, row, CaseFact.SALE)
    if sale is None:
        yield "reversed_unknown"
        return
    if row.day < sale.day or age(row.day, case.month) < 0:
        yield "reversed_outside"
    if sale.times < row.times:
        yield "named_fewer"
    earlier = case.rows[: place - 1]
    if any(one.what is CaseFact.REVERSAL and one.of == row.of for one in earlier):
        yield "reversed_twice"


def _verdict(case: Case, place: int, row: CaseRow, businesses: Collection[str]) -> Iterator[str]:
    if not _KIND.fullmatch(row.verdict):
        yield "verdict_unnamed"
    if not 0 <= row.share_ppm <= PPM:
        yield "share_outside"
    if not 0 <= age(row.day, case.month) <= MONTHS_BACK:
        yield "found_outside"
    found = _named(case, row, CaseFact.SALE, CaseFact.LINE)
    if row.of and found is None:
        yield "verdict_of_unknown"
    elif found is not None and found.times < row.times:
        yield "named_fewer"
    if row.verdict == GUIDED and (found is None or found.what is not CaseFact.SALE):
        yield "guided_no_sale"


_ROWS: Final = {
    CaseFact.SALE: _sale,
    CaseFact.LINE: _line,
    CaseFact.REVERSAL: _reversal,
    CaseFact.VERDICT: _verdict,
}


def _named(case: Case, row: CaseRow, *whats: CaseFact) -> CaseRow | None:
    """Return the row that a row is about, if there is one, and it is such a fact."""
    if not 0 < row.of <= len(case.rows):
        return None
    found = case.rows[row.of - 1]
    return found if found.what in whats else None


def age(opened: date, month: date) -> int:
    """Return the whole months from the month of a day to another month."""
    return (month.year - opened.year) * 12 + month.month - opened.month


def earned(lines: Iterable[CaseLine]) -> Counter[int]:
    """Return how much money came out for each row; 0 is the outlet as such."""
    sums: Counter[int] = Counter()
    for line in lines:
        if line.unit == Unit.FEN:
            sums[line.row] += line.amount * line.times
    return sums


def first_difference(case: Case, lines: Iterable[CaseLine]) -> tuple[int, int, int] | None:
    """Return the first row that earned otherwise than expected: row, expected, computed."""
    sums = earned(lines)
    wanted = {0: case.for_outlet.minor}
    wanted |= {place: row.expected.minor for place, row in enumerate(case.rows, 1)}
    for place, expected in sorted(wanted.items(), key=lambda one: one[0] or MOST_ROWS + 1):
        if sums[place] != expected:
            return place, expected, sums[place]
    return None
