"""How long the database, and the caller, take to find free numbers, by kind of search."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from qudao.site.bench.figures import quantile
from qudao.site.bench.stand import FIRST_OUTLET

if TYPE_CHECKING:
    from qudao.domain.party.types import OrganizationId
    from qudao.domain.resource.types import NumberSearch

ROUNDS: Final = 200
HEADING: Final = (
    f"{'':32} {'found':>6} {'database ms: p50':>17} {'p99':>8} {'of it the search: p50':>22}"
    f" {'p99':>8} {'caller ms: p50':>15} {'p99':>8}"
)


@dataclass(frozen=True, slots=True)
class SearchFigure:
    """One kind of search; milliseconds."""

    kind: str
    found: float
    """Numbers on a page, on average."""
    database_p50_ms: float
    """Planning and execution of all statements of a search."""
    database_p99_ms: float
    search_p50_ms: float
    """Of the statement alone that looks for numbers."""
    search_p99_ms: float
    caller_p50_ms: float
    """What a caller waits in Python, round trips included."""
    caller_p99_ms: float


def line(figure: SearchFigure) -> str:
    """The figure as a line under `HEADING`."""
    return (
        f"{figure.kind:32} {figure.found:6.1f} {figure.database_p50_ms:17.3f}"
        f" {figure.database_p99_ms:8.3f} {figure.search_p50_ms:22.3f} {figure.search_p99_ms:8.3f}"
        f" {figure.caller_p50_ms:15.3f} {figure.caller_p99_ms:8.3f}"
    )


def kinds() -> dict[str, Callable[[Random], NumberSearch]]:
    """The searches, each made anew by chance."""
    from qudao.domain.resource.types import NumberSearch
    from qudao.kernel.money import Money

    def digits(random: Random, count: int) -> str:
        return f"{random.randrange(10**count):0{count}d}"

    grades = ("premium", "first", "second", "third")
    patterns = ("aaa", "aabb", "abab", "aa", "abba", "birthday6", "abcd")
    return {
        "no wish": lambda r: NumberSearch(),
        "without 4": lambda r: NumberSearch(without4=True),
        "suffix, 1 digit": lambda r: NumberSearch(suffix=digits(r, 1)),
        "suffix, 2 digits": lambda r: NumberSearch(suffix=digits(r, 2)),
        "suffix, 4 digits": lambda r: NumberSearch(suffix=digits(r, 4)),
        "suffix, 6 digits": lambda r: NumberSearch(suffix=digits(r, 6)),
        "suffix, 8 digits": lambda r: NumberSearch(suffix=digits(r, 8)),
        "anywhere, 3 digits": lambda r: NumberSearch(anywhere=digits(r, 3)),
        "anywhere, 4 digits": lambda r: NumberSearch(anywhere=digits(r, 4)),
        "anywhere, 5 digits": lambda r: NumberSearch(anywhere=digits(r, 5)),
        "anywhere, 6 digits": lambda r: NumberSearch(anywhere=digits(r, 6)),
        "first digits, 3": lambda r: NumberSearch(starts=f"13{r.randrange(5, 10)}"),
        "first digits, 7": lambda r: NumberSearch(starts=f"13{r.randrange(5, 10)}{digits(r, 4)}"),
        "pattern": lambda r: NumberSearch(pattern=r.choice(patterns)),
        "pattern, without 4": lambda r: NumberSearch(pattern=r.choice(patterns), without4=True),
        "pattern and suffix": lambda r: NumberSearch(pattern="aa", suffix=str(r.randrange(10)) * 2),
        "grade": lambda r: NumberSearch(grade=r.choice(grades)),
        "grade and anywhere, 3 digits": lambda r: NumberSearch(
            grade=r.choice(grades), anywhere=digits(r, 3)
        ),
        "price range": lambda r: NumberSearch(price_min=Money(100_00), price_max=Money(900_00)),
        "price range, without 4, suffix 1": lambda r: NumberSearch(
            price_max=Money(0), without4=True, suffix=digits(r, 1)
        ),
    }


def measure(outlets: int, say: Callable[[str], None]) -> list[SearchFigure]:
    """Search at outlets taken by chance; every kind `ROUNDS` times, each at another place."""
    say(HEADING)
    figures = []
    for kind, make in kinds().items():
        figures.append(_measure(kind, make, outlets, Random(kind)))
        say(line(figures[-1]))
    return figures


def _measure(
    kind: str, make: Callable[[Random], NumberSearch], outlets: int, random: Random
) -> SearchFigure:
    from django.db import connection

    from qudao.domain.resource import queries

    asked = [
        (_outlet(random.randrange(FIRST_OUTLET, FIRST_OUTLET + outlets)), make(random))
        for _ in range(ROUNDS)
    ]
    found, caller = 0, []
    for outlet, search in asked:
        ctx = _context()
        before = time.perf_counter()
        page = queries.search(ctx, outlet=outlet, search=search)
        caller.append(time.perf_counter() - before)
        found += len(page.items)
    whole, alone = [], []
    for outlet, search in asked:
        spent = _Explained()
        with connection.execute_wrapper(spent):
            queries.search(_context(), outlet=outlet, search=search)
        whole.append(sum(spent.times.values()))
        alone.append(sum(ms for sql, ms in spent.times.items() if "resource_search" in sql))
    for times in (caller, whole, alone):
        times.sort()
    return SearchFigure(
        kind,
        found / ROUNDS,
        *(quantile(times, percent) for times in (whole, alone) for percent in (50, 99)),
        *(quantile(caller, percent) * 1000 for percent in (50, 99)),
    )


class _Explained:
    """Asks the database how long it plans and executes each statement."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        cursor = context["cursor"]
        execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params, many, context)
        (told,) = cursor.fetchone()[0]
        self.times[sql] = told["Planning Time"] + told["Execution Time"]
        return execute(sql, params, many, context)


def _outlet(number: int) -> OrganizationId:
    from qudao.domain.party.types import OrganizationId

    return OrganizationId(UUID(f"00000000-0000-7000-8000-{number}"))


def _context() -> Any:
    from qudao.kernel.scope import EVERYWHERE
    from qudao.platform.commands.context import Context

    grants = frozenset({"resource.read"})
    return Context(UUID(int=1), "api", datetime.now(UTC), "bench", grants, EVERYWHERE)
