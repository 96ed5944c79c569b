"""What a long run looks like from outside: memory, tables, queue; and whether it stays so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, Final

from qudao.site.bench.stand import Stand
from qudao.site.processes import processes_in

TABLES: Final = (
    *("ordering_order", "ledger_posting", "commands_journal"),
    *("ledger_balance", "ordering_dispatch", "ordering_hourly_sales"),
)

_STATISTICS: Final = """
WITH part AS (
    SELECT t.name, p.relid FROM unnest(%s::text[]) t(name),
        LATERAL (SELECT t.name::regclass AS relid
                 UNION SELECT relid FROM pg_partition_tree(t.name::regclass)) p
)
SELECT part.name, sum(pg_total_relation_size(part.relid))::bigint,
       coalesce(sum(s.n_dead_tup), 0)::bigint, coalesce(sum(s.n_tup_del), 0)::bigint
FROM part LEFT JOIN pg_stat_all_tables s ON s.relid = part.relid
GROUP BY part.name
"""


def memory_mb(pids: Iterable[int], *, shared: bool = True) -> float:
    """Return what processes hold, in MiB: what several share is counted once.

    Without `shared`: only what is their own, so that a server's buffers are left out.
    """
    field = "Pss" if shared else "Pss_Anon"
    held = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since
        held += sum(int(row.split()[1]) for row in text.splitlines() if row.startswith(f"{field}:"))
    return round(held / 1024, 1)


def below(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(one for child in children for one in below(int(child)))]


def database(made: Stand) -> dict[str, Any]:
    """Return the queue's depth, and of each hot table size and dead rows."""
    with made.connect() as connection:
        rows = connection.execute(_STATISTICS, [list(TABLES)]).fetchall()
        (depth,) = connection.execute("SELECT count(*) FROM ordering_dispatch").fetchone() or (0,)
    tables = {str(name): (int(str(size)), int(str(dead))) for name, size, dead, _ in rows}
    done = next(int(str(deleted)) for name, _, _, deleted in rows if name == "ordering_dispatch")
    return {
        "queue": depth,
        "completions": done,
        "size_mb": {name: round(size / 2**20, 1) for name, (size, _) in sorted(tables.items())},
        "dead_rows": {name: dead for name, (_, dead) in sorted(tables.items())},
        "database_mb": memory_mb(processes_in(made.server.home.cluster), shared=False),
    }


@dataclass(frozen=True, slots=True)
class Trend:
    """How something moved over a run."""

    name: str
    middle: float
    """The median of the samples."""
    slope_per_hour: float
    """The median of the slopes between all pairs of samples: single spikes do not move it."""
    change: float
    """What the slope makes of the run's length, in the samples' unit."""
    flat: bool

    def __str__(self) -> str:
        said = "flat" if self.flat else "NOT FLAT"
        return (
            f"{self.name:34} median {self.middle:10,.1f}   over the run {self.change:+10,.1f}"
            f"   per hour {self.slope_per_hour:+12,.1f}   {said}"
        )


def trend(
    name: str, times: Sequence[float], values: Sequence[float], share: float, least: float
) -> Trend:
    """Return how values moved; flat: by at most `share` of their median, or by `least`.

    :param times: seconds
    """
    middle = median(values)
    slopes = [
        (later - earlier) / (after - before)
        for (before, earlier), (after, later) in combinations(zip(times, values, strict=True), 2)
    ]
    slope = median(slopes) if slopes else 0.0
    change = slope * (times[-1] - times[0])
    return Trend(name, middle, slope * 3600, change, abs(change) <= max(share * middle, least))
