"""One measurement, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """How fast something was."""

    name: str
    per_s: float
    """Sales per second."""
    p50_ms: float
    p99_ms: float
    """Of one request: of a whole batch where sales go in batches."""
    database_us: float
    """CPU of the database per sale."""
    server_us: float
    """CPU of the platform's own processes per sale: those that sell, or serve HTTP."""
    client_us: float
    """CPU of what asks, per sale: pgbench, wrk."""
    note: str = ""

    @property
    def cpu_us(self) -> float:
        """CPU of all of them per sale."""
        return self.database_us + self.server_us + self.client_us


HEADING = f"{'':36} {'sales/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs per sale (all)':>24}"


def line(figure: Figure) -> str:
    """The figure as a line under `HEADING`; CPU as database + server + client."""
    cpu = f"{figure.database_us:.0f} + {figure.server_us:.0f} + {figure.client_us:.0f}"
    note = f"  {figure.note}" if figure.note else ""
    return (
        f"{figure.name:36} {figure.per_s:8.0f} {figure.p50_ms:8.2f} {figure.p99_ms:8.2f}"
        f" {f'{cpu} ({figure.cpu_us:.0f})':>24}{note}"
    )


def quantile(ordered: Sequence[float], percent: int) -> float:
    """The value below which so many percent of the ordered values lie; 0 when there are none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def together(rounds: Sequence[Figure]) -> Figure:
    """One figure of several rounds of equal length: sales and CPU of all, the median wait."""
    sales = sum(one.per_s for one in rounds) or 1.0
    return Figure(
        name=rounds[0].name,
        per_s=sum(one.per_s for one in rounds) / len(rounds),
        p50_ms=median(one.p50_ms for one in rounds),
        p99_ms=median(one.p99_ms for one in rounds),
        database_us=sum(one.database_us * one.per_s for one in rounds) / sales,
        server_us=sum(one.server_us * one.per_s for one in rounds) / sales,
        client_us=sum(one.client_us * one.per_s for one in rounds) / sales,
        note="; ".join(one.note for one in rounds if one.note),
    )
