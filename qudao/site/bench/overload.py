"""`qudao bench overload`: three times of what the counter can do, and what it does then."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from qudao.site.bench import servers, svg, wrk
from qudao.site.bench.client import many_files
from qudao.site.bench.counter import COUNTERS, OUTLETS, faults
from qudao.site.bench.load import KINDS
from qudao.site.bench.machine import facts_of, load_now, short
from qudao.site.bench.servers import Running
from qudao.site.bench.stand import Stand, stand

CONNECTIONS: Final = 4096
PROBES_PER_S: Final = 100
PROBE_CONNECTIONS: Final = 512
GOAL: Final = 0.9
"""Of the peak must still be sold."""

Say = Callable[[str], None]


@click.command()
@click.option("--seconds", default=15, show_default=True, type=click.IntRange(1, 600))
@click.option(
    "--times", default=3.0, show_default=True, type=click.FloatRange(1, 20), help="The peak."
)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="An SVG file.")
@click.option("--outlets", default=OUTLETS, show_default=True, type=click.IntRange(100, 100_000))
@click.option("--workers", default=COUNTERS, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--connections", default=CONNECTIONS, show_default=True, type=click.IntRange(64, 30_000)
)
def overload(
    seconds: int,
    times: float,
    file: Path | None,
    chart: Path | None,
    outlets: int,
    workers: int,
    connections: int,
) -> None:
    """Three times the peak: how much is sold, how much refused, how soon and how.

    Finds the peak with 128 connections, then sends TIMES as many sales a second, answered or not.
    Beside that load a few clients ask at a slow steady rate: their waits are those of anybody.
    Clients share the machine's cores with the server, so the goodput is also given per second of
    CPU that the clients left over.
    """
    loaded = load_now()
    many_files(connections + PROBE_CONNECTIONS + 200)
    with tempfile.TemporaryDirectory(prefix="qudao-bench-") as folder:
        report = _overload(seconds, times, outlets, workers, connections, Path(folder), click.echo)
    report["machine"]["load_before"] = loaded
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")
    if chart is not None:
        draw(chart, report)
        click.echo(f"Drawn in {chart}")


def _overload(
    seconds: int,
    times: float,
    outlets: int,
    workers: int,
    connections: int,
    folder: Path,
    say: Say,
) -> dict[str, Any]:
    with stand(outlets, say) as made, servers.counter(folder / "counter.log", workers) as served:
        wrk.warm_up(served.port, outlets)
        made.settle_down()
        calm = _phase(made, served, 128, seconds, folder, 0)
        say(f"Peak: {calm['sold_per_s']:,.0f} sales a second, p99 {calm['p99_ms']:.1f} ms")
        made.settle_down()
        rate = times * calm["sold_per_s"]
        crowded = _phase(made, served, connections, seconds, folder, rate)
        made.settle_down()
        after = _phase(made, served, 128, seconds, folder, 0)
        wrong = faults()
        facts = facts_of(made, seconds)
    probes = crowded.pop("probes")
    refused = sum(
        count for status, count in crowded["statuses"].items() if status in ("429", "503")
    )
    answered = sum(crowded["statuses"].values())
    refusal = probes["by_status"].get("503", {"count": 0, "p50_ms": 0.0, "p99_ms": 0.0})
    goodput = crowded["sold_per_s"] / calm["sold_per_s"]
    by_cpu = crowded["sold_per_server_cpu_s"] / calm["sold_per_server_cpu_s"]
    report = {
        "peak_per_s": calm["sold_per_s"],
        "offered_times_the_peak": round(crowded["sent_per_s"] / calm["sold_per_s"], 2),
        "wanted_times_the_peak": times,
        "sold_per_s": crowded["sold_per_s"],
        "goodput": round(goodput, 3),
        "goodput_by_cpu": round(by_cpu, 3),
        "goal_met": goodput >= GOAL,
        "refused_share": round(refused / max(1, answered), 4),
        "refused_p50_ms": refusal["p50_ms"],
        "refused_p99_ms": refusal["p99_ms"],
        "sold_p50_ms": probes["by_status"].get("201", refusal)["p50_ms"],
        "sold_p99_ms": probes["by_status"].get("201", refusal)["p99_ms"],
        "retry_after": probes["retry_after"],
        "statuses": crowded["statuses"],
        "broken": crowded["broken"],
        "peak_after_per_s": after["sold_per_s"],
        "books_balance": not wrong,
        "kinds_percent": {kind.offering: kind.percent for kind in KINDS},
        "phases": {"peak": calm, "overload": crowded, "after": after},
        "probes": probes,
        "machine": facts,
    }
    for text in _said(report):
        say(text)
    say("The books balance." if not wrong else "\n".join(wrong))
    return report


def _phase(
    made: Stand, served: Running, connections: int, seconds: int, folder: Path, rate: float
) -> dict[str, Any]:
    """Sell for so long; with a rate, beside probes whose answers are timed by their status."""
    before = made.cpu_s(), served.cpu_s(), time.monotonic()
    probing = _probes(served.port, made.outlets, seconds) if rate else None
    told = wrk.sell(served.port, made.outlets, connections, seconds, folder, rate=rate, apart=True)
    database, server = made.cpu_s() - before[0], served.cpu_s() - before[1]
    phase: dict[str, Any] = {
        "client": told.client,
        "connections": connections,
        "took_s": round(told.took_s, 2),
        "sold_per_s": round(told.sold / told.took_s, 1),
        "answered_per_s": round(told.answered / told.took_s, 1),
        "p50_ms": round(told.p50_ms, 2),
        "p99_ms": round(told.p99_ms, 2),
        "statuses": {str(status): count for status, count in sorted(told.statuses.items())},
        "broken": told.broken,
        "missed": told.missed,
        "sent_per_s": round(max(told.answered / told.took_s, rate - told.missed / told.took_s), 1),
        "sold_per_server_cpu_s": round(told.sold / max(0.01, database + server), 1),
        "cpu_share": {
            "database": round(database / (time.monotonic() - before[2]), 3),
            "server": round(server / (time.monotonic() - before[2]), 3),
            "client": round(told.client_s / (time.monotonic() - before[2]), 3),
        },
    }
    if probing is not None:
        output, _ = probing.communicate()
        phase["probes"] = json.loads(output)
    return phase


def _probes(port: int, outlets: int, seconds: int) -> subprocess.Popen[str]:
    wanted = {
        "port": port,
        "outlets": outlets,
        "connections": PROBE_CONNECTIONS,
        "seconds": seconds,
        "rate": PROBES_PER_S,
        "run": f"probe-{time.time_ns():x}",
    }
    probing = subprocess.Popen(
        [sys.executable, "-m", "qudao.site.bench.client"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert probing.stdin is not None
    probing.stdin.write(json.dumps(wanted))
    probing.stdin.close()
    probing.stdin = None
    return probing


def _said(report: dict[str, Any]) -> list[str]:
    share = report["phases"]["overload"]["cpu_share"]["client"]
    waits = report["retry_after"]
    return [
        f"Offered {report['offered_times_the_peak']:.1f} times the peak"
        f" ({report['wanted_times_the_peak']:.1f} wanted): {report['sold_per_s']:,.0f} sales a"
        f" second, {report['goodput']:.0%} of the peak (goal: {GOAL:.0%}); per second of CPU that"
        f" the clients, who took {share:.2f} cores, left: {report['goodput_by_cpu']:.0%}",
        f"Refused {report['refused_share']:.0%}, p50 {report['refused_p50_ms']:.1f} ms, p99"
        f" {report['refused_p99_ms']:.1f} ms; sold: p50 {report['sold_p50_ms']:.1f} ms, p99"
        f" {report['sold_p99_ms']:.1f} ms; Retry-After on {waits['with']} of"
        f" {waits['with'] + waits['without']} refusals that were looked at",
        "Answers by status: "
        + ", ".join(f"{status}: {count:,}" for status, count in report["statuses"].items())
        + f"; broken: {report['broken']}; afterwards {report['peak_after_per_s']:,.0f} a second",
    ]


def draw(path: Path, report: dict[str, Any]) -> None:
    """Draw what was sold and refused before, during and after, and how long it took."""
    names = {"peak": "the peak", "overload": f"{report['offered_times_the_peak']:g} × the peak"}
    rows = [
        svg.Bar(
            names.get(name, "afterwards"),
            [one["sold_per_s"], one["answered_per_s"] - one["sold_per_s"]],
            f"{svg.number(round(one['sold_per_s']))} sold",
        )
        for name, one in report["phases"].items()
    ]
    waits = [
        svg.Bar(
            f"{'sold' if status == '201' else status}, {part}",
            [one[f"{part}_ms"]],
            f"{svg.number(one[f'{part}_ms'])} ms",
        )
        for status, one in sorted(report["probes"]["by_status"].items())
        for part in ("p50", "p99")
    ]
    panels = [
        svg.bars("Answers a second", rows, ("sold", "refused")),
        svg.bars("How long an answer takes under overload, ms", waits),
    ]
    svg.write(path, "More than the counter can do", short(report["machine"]), panels)
