"""One measurement, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
    client_us: float
    """CPU of the processes that sell, per sale: pgbench, Python, the web server."""
    note: str = ""


HEADING = f"{'':44} {'sales/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs per sale':>18}"


def line(figure: Figure) -> str:
    """The figure as a line under `HEADING`; CPU as database + client."""
    cpu = f"{figure.database_us:.0f} + {figure.client_us:.0f}"
    note = f"  {figure.note}" if figure.note else ""
    return (
        f"{figure.name:44} {figure.per_s:8.0f} {figure.p50_ms:8.2f} {figure.p99_ms:8.2f}"
        f" {cpu:>18}{note}"
    )


def quantile(ordered: Sequence[float], percent: int) -> float:
    """The value below which so many percent of the ordered values lie; 0 when there are none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
