"""`qudao bench commission`: settle a province's month, beside reading the same columns once."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

MONTH: Final = date(2026, 10, 1)
GOAL_RATIO: Final = 4.0
GOAL_GIB: Final = 4.0
USE_BEFORE: Final = 3
"""Earlier months of which the use of customers' lines is made: instalments look at three."""


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--facts",
    default=60_000_000,
    show_default=True,
    type=click.IntRange(100_000, 200_000_000),
    help="How many sales the month has; outlets and customers' lines in proportion.",
)
@click.option("--memory", default="3GiB", show_default=True, help="Limit of the engine's memory.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the month is written, about 15 octets a sale, and the lines; it is removed after.",
)
@click.option("--growth/--no-growth", default=True, help="Also a month of a tenth, to compare.")
@click.option("--loop/--no-loop", default=True, help="Also a loop in Python over a sample.")
@click.option("--spark", help="Also by Spark, such as local[2], over the month of a tenth.")
@click.option(
    "--spark-workers",
    default=0,
    type=click.IntRange(0, 64),
    help="Also by a cluster of so many worker processes, started here, over the month of a tenth.",
)
def commission(
    file: Path | None,
    facts: int,
    memory: str,
    folder: Path | None,
    growth: bool,
    loop: bool,
    spark: str | None,
    spark_workers: int,
) -> None:
    """Commission: a province's month by 25 rules, against reading its columns once.

    Makes a month of so many FACTS, reads the columns that the rules read with one group-by (the
    floor), then computes all rules, writes every line and sums them by outlet. --json FILE writes
    the figures down.
    """
    report: dict[str, Any] = {"facts": facts, "memory_limit": memory, **_machine()}
    with tempfile.TemporaryDirectory(prefix="qudao-commission-", dir=folder) as place:
        whole = _month(Path(place) / "whole", facts, click.echo)
        report |= whole | _run(Path(place) / "whole", f"duckdb://?memory={memory}", click.echo)
        if growth or spark or spark_workers:
            _month(Path(place) / "tenth", facts // 10, click.echo)
        if growth:
            tenth = _run(Path(place) / "tenth", f"duckdb://?memory={memory}", click.echo, True)
            report["tenth"] = tenth
            report["growth"] = round(report["wall_s"] / tenth["wall_s"], 2)
        if spark:
            report["spark"] = _run(Path(place) / "tenth", f"spark://{spark}", click.echo, True)
        if spark_workers:
            from qudao.site.bench.spark_cluster import cluster

            with cluster(spark_workers) as url:
                report["spark_cluster"] = _run(Path(place) / "tenth", url, click.echo, True)
        if loop:
            report["loop"] = _child("loop", Path(place) / "whole", f"duckdb://?memory={memory}")
            report["loop"]["whole_s"] = round(facts * report["loop"]["s_per_fact"])
    click.echo(
        f"{report['lines']:,} lines of {facts:,} facts by {report['rules']} rules in"
        f" {report['wall_s']:.1f} s; the floor {report['floor_s']:.1f} s; ratio"
        f" {report['ratio']:.2f} (goal: {GOAL_RATIO:g}); peak {report['peak_gib']:.2f} GiB"
        f" (goal: {GOAL_GIB:g})."
    )
    if growth:
        click.echo(f"Ten times the facts take {report['growth']:.1f} times as long.")
    if loop:
        one = report["loop"]
        click.echo(
            f"A loop in Python over {one['facts']:,} facts by {one['rules']} of the rules:"
            f" {one['wall_s']:.1f} s; over all of them it would take {one['whole_s']:,} s."
        )
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        click.echo(f"Written to {file}")


def _month(folder: Path, facts: int, say: Callable[[str], None]) -> dict[str, Any]:
    began = time.monotonic()
    made = _child("make", folder, "duckdb://?memory=3GiB", str(facts))
    made["made_s"] = round(time.monotonic() - began, 1)
    octets = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    made["octets"] = octets
    say(f"Made a month of {facts:,} sales in {made['made_s']:.0f} s, {octets / 2**30:.2f} GiB.")
    return made


def _run(
    folder: Path, url: str, say: Callable[[str], None], compared: bool = False
) -> dict[str, Any]:
    """Run the floor and the rules; `compared`: also what stands for the lines' content."""
    found = _child("run", folder, url)
    say(
        f"{url.partition(':')[0]}: floor {found['floor_s']:.2f} s,"
        f" {found['lines']:,} lines in {found['wall_s']:.2f} s."
    )
    if compared:
        found |= _child("content", folder, "duckdb://")
        say(f"What stands for these lines: {found['content']}")
    shutil.rmtree(folder / "lines", ignore_errors=True)
    return found


def _child(what: str, folder: Path, url: str, *more: str) -> dict[str, Any]:
    """Run one part in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "qudao.site.bench.commission_run", what, str(folder), url]
    done = subprocess.run([*command, *more], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }
