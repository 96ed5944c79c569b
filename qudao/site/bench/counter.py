"""`qudao bench counter`: the counter over HTTP beside pgbench and the portal's way, in one run."""

from __future__ import annotations

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from qudao.site.bench import servers, svg, wrk, yardstick
from qudao.site.bench.figures import HEADING, Figure, line, together
from qudao.site.bench.load import KINDS, pgbench_scripts
from qudao.site.bench.machine import facts_of, load_now, short
from qudao.site.bench.servers import Running
from qudao.site.bench.stand import Stand, stand

CLIENTS: Final = (1, 8, 32)
CONNECTIONS: Final = (32, 128, 512)
PORTAL: Final = (32, 128)
OUTLETS: Final = 10_000
COUNTERS: Final = 1
"""Processes of the counter: what measured best on two cores."""
RATIO_GOAL: Final = 1.6
"""Times pgbench's best one by one, at 128 connections."""
P99_GOAL_MS: Final = 50.0

Say = Callable[[str], None]


@click.command()
@click.option("--seconds", default=12, show_default=True, type=click.IntRange(1, 600))
@click.option(
    "--rounds", default=4, show_default=True, type=click.IntRange(1, 60), help="Turns of each."
)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="An SVG file.")
@click.option("--outlets", default=OUTLETS, show_default=True, type=click.IntRange(100, 100_000))
@click.option(
    "--workers", default=COUNTERS, show_default=True, type=click.IntRange(1, 64), help="Counters."
)
@click.option("--portal/--no-portal", default=True, show_default=True)
def counter(
    seconds: int,
    rounds: int,
    file: Path | None,
    chart: Path | None,
    outlets: int,
    workers: int,
    portal: bool,
) -> None:
    """The counter: sales over HTTP beside pgbench and the portal's way.

    All on one server with fsync on, by turns, each for so many SECONDS in all: pgbench calls a
    plain SQL function that makes the same writes for one sale at a time; the counter and the web
    server sell over HTTP, with all their checks, for tokens of all outlets.
    """
    loaded = load_now()
    began = time.monotonic()
    rounds = min(rounds, seconds)
    with tempfile.TemporaryDirectory(prefix="qudao-bench-") as folder:
        report = measure(seconds, rounds, outlets, workers, portal, Path(folder), click.echo)
    report["machine"]["load_before"] = loaded
    report["took_s"] = round(time.monotonic() - began)
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")
    if chart is not None:
        draw(chart, report)
        click.echo(f"Drawn in {chart}")


def measure(
    seconds: int, rounds: int, outlets: int, workers: int, portal: bool, folder: Path, say: Say
) -> dict[str, Any]:
    """Measure all of it in rounds, so that what else the machine does falls on all alike.

    Says each figure when it is complete; returns what the JSON has.
    """
    each = max(1, seconds // rounds)
    turns: dict[str, list[Figure]] = defaultdict(list)
    scripts = pgbench_scripts(outlets)
    with stand(outlets, say) as made, ExitStack() as running:
        yardstick.measure(made, scripts, 8, 1, folder)  # warm, as the others will be
        served = running.enter_context(servers.counter(folder / "counter.log", workers))
        wrk.warm_up(served.port, outlets)
        for turn in range(rounds):
            say(f"Round {turn + 1} of {rounds}")
            for clients in CLIENTS:
                made.settle_down()
                figure = yardstick.measure(made, scripts, clients, each, folder)
                turns[f"pgbench_{clients}"].append(figure)
            for connections in CONNECTIONS:
                made.settle_down()
                name = f"counter, {connections} connections"
                figure = over_http(made, served, name, connections, each, folder)
                turns[f"http_{connections}"].append(figure)
        running.close()
        if portal:
            with servers.web_server(folder / "web.log") as served:
                over_http(made, served, "", 32, min(2, seconds), folder)
                for connections in PORTAL:
                    made.settle_down()
                    name = f"portal's way, {connections} connections"
                    figure = over_http(made, served, name, connections, seconds, folder)
                    turns[f"portal_{connections}"].append(figure)
        wrong = faults()
        facts = facts_of(made, each * rounds)
    figures = {name: together(found) for name, found in turns.items()}
    say(HEADING)
    for figure in figures.values():
        say(line(figure))
    best = max((figures[f"pgbench_{clients}"] for clients in CLIENTS), key=lambda one: one.per_s)
    report = _report(figures, best)
    report["books_balance"] = not wrong
    report["counter_workers"] = workers
    report["kinds_percent"] = {kind.offering: kind.percent for kind in KINDS}
    report["figures"] = [asdict(figure) for figure in figures.values()]
    report["rounds"] = {
        name: [round(one.per_s, 1) for one in found] for name, found in turns.items()
    }
    report["machine"] = facts
    say(_verdict(report))
    say("The books balance." if not wrong else "\n".join(wrong))
    return report


def over_http(
    made: Stand, served: Running, name: str, connections: int, seconds: int, folder: Path
) -> Figure:
    """Sell over so many connections at once, each waiting for its answer before the next sale."""
    before = made.cpu_s(), served.cpu_s()
    told = wrk.sell(served.port, made.outlets, connections, seconds, folder)
    after = made.cpu_s(), served.cpu_s()
    if told.client != "wrk":
        name += f" ({told.client})"
    sales = max(1, told.sold)
    return Figure(
        name=name,
        per_s=told.sold / told.took_s,
        p50_ms=told.p50_ms,
        p99_ms=told.p99_ms,
        database_us=(after[0] - before[0]) * 1e6 / sales,
        server_us=(after[1] - before[1]) * 1e6 / sales,
        client_us=told.client_s * 1e6 / sales,
        note=told.others,
    )


def faults() -> list[str]:
    """Return what does not balance in the stand's books."""
    from django.db import connection

    from qudao.site.integrity import faults as found_by

    found = found_by()
    connection.close()
    return found


def _report(figures: dict[str, Figure], best: Figure) -> dict[str, Any]:
    report: dict[str, Any] = {
        "pgbench_best": round(best.per_s, 1),
        "pgbench_best_clients": int(best.name.split()[-2]),
    }
    for name, figure in figures.items():
        kind, _, at = name.partition("_")
        report[f"{kind}_tps_{at}"] = round(figure.per_s, 1)
        if kind != "pgbench":
            before = "" if kind == "http" else f"{kind}_"
            report[f"{before}p50_ms_{at}"] = round(figure.p50_ms, 2)
            report[f"{before}p99_ms_{at}"] = round(figure.p99_ms, 2)
    at_128 = figures["http_128"]
    at_32 = figures["pgbench_32"]
    report |= {
        "ratio": round(at_128.per_s / at_32.per_s, 3),
        "ratio_to_best": round(at_128.per_s / best.per_s, 3),
        "ratio_by_cpu": round(
            (best.database_us + best.client_us) / (at_128.database_us + at_128.server_us), 3
        ),
        "client_share_of_cpu_128": round(at_128.client_us / at_128.cpu_us, 3),
    }
    report["goal_met"] = (
        report["ratio_to_best"] >= RATIO_GOAL and report["p99_ms_128"] < P99_GOAL_MS
    )
    return report


def _verdict(report: dict[str, Any]) -> str:
    return (
        f"At 128 connections the counter sells {report['http_tps_128']:,.0f}/s, p99"
        f" {report['p99_ms_128']:.1f} ms: {report['ratio']:.2f} times pgbench at 32 clients,"
        f" {report['ratio_to_best']:.2f} times its best"
        f" ({report['pgbench_best_clients']} clients: {report['pgbench_best']:,.0f}/s)."
        f" The goal, {RATIO_GOAL:g} times the best with p99 under {P99_GOAL_MS:g} ms, is"
        f" {'met' if report['goal_met'] else 'not met'}."
    )


def draw(path: Path, report: dict[str, Any]) -> None:
    """Draw sales a second and CPU per sale."""
    figures = [Figure(**one) for one in report["figures"]]
    colours = {"pgbench": 4, "counter": 0}
    speed = [
        svg.Bar(
            figure.name,
            [figure.per_s],
            f"{svg.number(figure.per_s)}/s, p99 {svg.number(figure.p99_ms)} ms",
            colours.get(figure.name.replace(",", " ").split()[0], 1),
        )
        for figure in figures
    ]
    cpu = [
        svg.Bar(
            figure.name,
            [figure.database_us, figure.server_us, figure.client_us],
            f"{svg.number(round(figure.cpu_us))} µs",
        )
        for figure in figures
    ]
    goal = RATIO_GOAL * report["pgbench_best"]
    panels = [
        svg.bars("Sales a second", speed, mark=(goal, f"goal: {RATIO_GOAL:g} × pgbench's best")),
        svg.bars("CPU per sale, µs", cpu, ("database", "server", "client")),
    ]
    svg.write(path, "The counter beside plain PostgreSQL", short(report["machine"]), panels)
