"""`qudao bench sales`: the operation in batches beside pgbench and the HTTP API."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from qudao.site.bench import batches, counter, servers, yardstick
from qudao.site.bench.figures import HEADING, Figure, line
from qudao.site.bench.load import pgbench_scripts
from qudao.site.bench.machine import facts_of
from qudao.site.bench.stand import stand

CLIENTS: Final = (1, 8, 32)
BATCHES: Final = ((1, 1), (1, 2), (16, 1), (16, 2), (256, 1), (256, 2), (256, 4), (256, 8))
"""(sales in a batch, processes)"""
CONNECTIONS: Final = (32, 128)
OUTLETS: Final = 2_000
WANTED: Final = 3.0
"""How many times as fast as pgbench's one by one batches of 256 are meant to be."""


@click.command()
@click.option("--seconds", default=4, show_default=True, type=click.IntRange(1, 600))
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--outlets", default=OUTLETS, show_default=True, type=click.IntRange(100, 100_000))
@click.option("--http/--no-http", default=True, show_default=True, help="Measure the API as well.")
def sales(seconds: int, file: Path | None, outlets: int, http: bool) -> None:
    """Sales per second: pgbench, the operation in batches, the HTTP API.

    All on one server, one after the other, each for so many SECONDS: compare the figures of one
    run with one another. pgbench calls a plain SQL function that makes the same writes for one
    sale. --json FILE writes the figures down.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qudao-bench-") as folder:
        report = _sales(seconds, outlets, http, Path(folder), click.echo)
    report["took_s"] = round(time.monotonic() - began)
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")


def _sales(
    seconds: int, outlets: int, http: bool, folder: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    figures: list[Figure] = []

    def add(figure: Figure) -> Figure:
        figures.append(figure)
        say(line(figure))
        return figure

    with stand(outlets, say) as made:
        scripts = pgbench_scripts(outlets)
        say(HEADING)
        one_by_one = []
        for clients in CLIENTS:
            made.settle_down()
            one_by_one.append(add(yardstick.measure(made, scripts, clients, seconds, folder)))
        by_size: dict[int, list[Figure]] = {}
        for size, processes in BATCHES:
            made.settle_down()
            figure = add(batches.measure(made, size, processes, seconds))
            by_size.setdefault(size, []).append(figure)
        over_http: dict[int, Figure] = {}
        if http:
            with servers.web_server(folder / "web.log") as web:
                for connections in CONNECTIONS:
                    made.settle_down()
                    name = f"HTTP API, {connections} connections"
                    over_http[connections] = add(
                        counter.over_http(made, web, name, connections, seconds, folder)
                    )
        faults = counter.faults()
        facts = facts_of(made, seconds)
    best = {size: max(some, key=lambda figure: figure.per_s) for size, some in by_size.items()}
    yard = max(one_by_one, key=lambda figure: figure.per_s)
    ratio = best[256].per_s / yard.per_s
    yard_us = min(figure.cpu_us for figure in one_by_one)
    batch_us = best[256].cpu_us
    say(
        f"Batches of 256 sell {ratio:.2f} times what pgbench does one by one"
        f" ({best[256].name}: {best[256].per_s:.0f}/s, {yard.name}: {yard.per_s:.0f}/s);"
        f" the goal is {WANTED:g}. By CPU per sale: {yard_us / batch_us:.2f} times."
    )
    say("The books balance." if not faults else "\n".join(faults))
    report: dict[str, Any] = {
        "pgbench_tps": round(yard.per_s, 1),
        **{f"batch_{size}_tps": round(figure.per_s, 1) for size, figure in best.items()},
        "ratio": round(ratio, 3),
        "ratio_by_cpu": round(yard_us / batch_us, 3),
        "batch_256_processes": next(
            processes
            for (size, processes), figure in zip(BATCHES, figures[len(CLIENTS) :], strict=False)
            if figure is best[256]
        ),
        "books_balance": not faults,
    }
    for connections, figure in over_http.items():
        report |= {
            f"http_tps_{connections}": round(figure.per_s, 1),
            f"http_p50_ms_{connections}": round(figure.p50_ms, 2),
            f"http_p99_ms_{connections}": round(figure.p99_ms, 2),
        }
    report["figures"] = [asdict(figure) for figure in figures]
    report["machine"] = facts
    return report
