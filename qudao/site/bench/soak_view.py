"""How a soak went: what stayed flat, and the drawing of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qudao.site.bench import svg
from qudao.site.bench.machine import short
from qudao.site.bench.samples import Trend, trend

Pick = Callable[[dict[str, Any]], float]


def _inside(group: str, name: str) -> Pick:
    """Return what picks one of a group out of a sample."""

    def pick(sample: dict[str, Any]) -> float:
        return float(sample[group][name])

    return pick


def trends_of(taken: list[dict[str, Any]], watched: list[str]) -> list[Trend]:
    """Return how throughput, p99 and the memory of each process moved."""
    settled = taken[len(taken) // 10 :] or taken  # what is cached at first is left out
    times = [one["at"] for one in settled]

    def of(name: str, pick: Pick, share: float, least: float) -> Trend:
        return trend(name, times, [pick(one) for one in settled], share, least)

    found = [
        of("sales a second", lambda one: one["sales_per_s"], 0.05, 1),
        of("p99 of a sale, ms", lambda one: one["p99_ms"], 0.25, 10),
    ]
    for name in [*watched, "database"]:
        if name != "BOSS":
            found.append(of(f"memory of {name}, MiB", _inside("memory_mb", name), 0.10, 32))
    return found


def _failed(checks: dict[str, str]) -> str:
    failed = sum(bool(wrong) for wrong in checks.values())
    return (
        f"{failed} of {len(checks)} checks failed" if failed else f"all {len(checks)} checks passed"
    )


def draw(path: Path, report: dict[str, Any]) -> None:
    """Draw the run over its minutes."""
    taken = report["samples"]
    xs = [one["at"] / 60 for one in taken]

    def over(pick: Pick) -> list[float]:
        return [pick(one) for one in taken]

    panels = [
        svg.lines(
            "Sales a second",
            xs,
            [
                ("acknowledged", over(lambda one: one["sales_per_s"])),
                ("completed", over(lambda one: one["completions_per_s"])),
            ],
        ),
        svg.lines(
            "Latency of a sale, ms",
            xs,
            [
                ("p99", over(lambda one: one["p99_ms"])),
                ("p50", over(lambda one: one["p50_ms"])),
            ],
        ),
        svg.lines(
            "Memory, MiB (database: without its buffers)",
            xs,
            [(name, over(_inside("memory_mb", name))) for name in taken[0]["memory_mb"]],
        ),
        svg.lines("Orders that wait for the BOSS", xs, [("", over(lambda one: one["queue"]))]),
        svg.lines(
            "Dead rows",
            xs,
            [
                (name, over(_inside("dead_rows", name)))
                for name in ("ledger_balance", "ordering_dispatch", "ordering_order")
            ],
        ),
        svg.lines(
            "Size with indexes, MiB",
            xs,
            [
                (name, over(_inside("size_mb", name)))
                for name in ("ordering_order", "ledger_posting", "commands_journal")
            ],
        ),
    ]
    title = (
        f"{report['minutes']:g} minutes at {report['sales_per_s']:,.0f} sales a second:"
        f" {'flat' if report['flat'] else 'not flat'}, {_failed(report['checks'])}"
    )
    svg.write(path, title, short(report["machine"]), panels)
