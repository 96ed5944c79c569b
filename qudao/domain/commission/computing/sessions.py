"""Branches side by side: what one of them does alone, the others make use of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

import ibis

from qudao.domain.commission.computing.branch import Computing, Plan
from qudao.domain.commission.computing.lines import union
from qudao.domain.commission.computing.tables import Sources, earlier, months_back
from qudao.domain.commission.types import LINES, Source
from qudao.platform.lake.manifests import Inputs
from qudao.platform.lake.store import Lake

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.engine import Prepared

T = TypeVar("T")

SIDE_BY_SIDE: Final = 2
"""Branches at a time: more would need more memory, and hardly less time."""

LINES_THEN: Final = "commission_lines_then"
SINCE_THEN: Final = "commission_since_then"
"""Closed months' lines, and what months since have made of them."""

LATE: Final = "late"
UNDONE: Final = "undone"
CORRECTIONS: Final = (LATE, UNDONE)
"""Why an adjustment corrects a line: its facts came late. Reversals take back all by themselves."""


@dataclass
class Session:
    """A session of the lake's engine, and the plan made ready for it."""

    lake: Lake
    computing: Computing
    plan: Plan
    _of_all: dict[str, Table] = field(default_factory=dict)
    _prepared_past: Prepared | None = None

    def sources(self, read: Inputs, branch: str) -> Sources:
        """Return one branch's month as tables of the lake."""
        lake, month, rules = self.lake, self.plan.month, self.plan.rules

        def of(name: str) -> Table:
            return lake.read(name, months=[month], branches=[branch], versions=read)

        def back(name: str, steps: Sequence[int]) -> Table:
            return self._back(name, steps, read, branch)

        if not self._of_all:
            until = {one.version.month for one in read.versions if one.version.month <= month}
            self._of_all = {
                "reversals": lake.read("reversals", months=sorted(until), versions=read),
                "outlets": lake.read("outlets", months=[month], versions=read),
            }
        reversals = self._of_all["reversals"]
        since = months_back(rules, Source.LINES)
        return Sources(
            sales=of("sales"),
            reversals=reversals,
            subscribers=of("subscribers"),
            outlets=self._of_all["outlets"],
            own_outlets=of("outlets"),
            verdicts=back("verdicts", range(max(since, default=0) + 1)),
            usage=back("subscribers", months_back(rules, Source.SUBSCRIBERS)),
            totals=back("totals", months_back(rules, Source.SALES)),
            past=self._past(read, branch, since) if since else back("lines", ()),
        )

    def _past(self, read: Inputs, branch: str, steps: Sequence[int]) -> Prepared:
        """
        Return lines of earlier months, with what the months since have corrected of them.

        Those of sales that were taken back since are left out.
        """
        lines = self._back("lines", steps, read, branch)
        since = self._back("adjustments", range(1, max(steps)), read, branch)
        self.lake.engine.view(lines, LINES_THEN)
        self.lake.engine.view(since, SINCE_THEN)
        if self._prepared_past is None:  # for each branch again it would take longer than to read
            lines = ibis.table(lines.schema(), name=LINES_THEN)
            since = ibis.table(since.schema(), name=SINCE_THEN)
            since = since.filter(since.why.isin(CORRECTIONS))
            parts = [lines.select(*LINES, "back")]
            for step in steps:
                of_month = since.filter(since.of_month == earlier(self.plan.month, step))
                parts.append(of_month.select(*LINES, back=ibis.literal(step, "int16")))
            past, reversals = union(parts), self._of_all["reversals"]
            past = past.anti_join(reversals, past.origin == reversals.fact)
            self._prepared_past = self.lake.engine.prepare(past)
        return self._prepared_past

    def _back(self, dataset: str, steps: Sequence[int], read: Inputs, branch: str) -> Table:
        """Return a dataset's rows of earlier months, with `back`."""
        months = {step: earlier(self.plan.month, step) for step in steps}
        return self.lake.read_months(
            dataset, months, number="back", branches=[branch], versions=read
        )


@contextmanager
def sessions(lake: Lake, plan: Plan, branches: int) -> Iterator[list[Session]]:
    """Open as many sessions as so many branches can use: at least one, on the lake's engine."""
    with lake.engine.sessions(min(SIDE_BY_SIDE, branches)) as engines:
        first = Computing(lake.engine, plan)
        opened = [Session(lake, first, plan)]
        opened += [
            Session(Lake(lake.root, engine), first.beside(engine), plan) for engine in engines[1:]
        ]
        try:
            yield opened
        finally:
            first.close()


def side_by_side(
    opened: Sequence[Session], branches: Sequence[str], work: Callable[[Session, str], T]
) -> Iterator[tuple[str, T]]:
    """
    Do the work for each branch, in this order, as sessions become free; yield what is done.

    What one of them raises, this does: branches that were not begun by then are left out.
    """
    free = SimpleQueue[Session]()
    for session in opened:
        free.put(session)

    def one(branch: str) -> tuple[str, T]:
        session = free.get()
        try:
            return branch, work(session, branch)
        finally:
            free.put(session)

    pool = ThreadPoolExecutor(len(opened), thread_name_prefix="commission")
    try:
        for done in as_completed([pool.submit(one, branch) for branch in branches]):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)
