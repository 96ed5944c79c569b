"""`qudao bench numbers`: load, search and pick among millions of numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from qudao.site.bench import numbers_load, numbers_picks, numbers_search
from qudao.site.bench.machine import facts_of
from qudao.site.bench.stand import stand

P99_GOAL_MS: Final = 10.0
LOAD_GOAL_S: Final = 180.0


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--numbers",
    default=10_000_000,
    show_default=True,
    type=click.IntRange(100_000, 90_000_000),
    help="How many numbers to load.",
)
@click.option("--seconds", default=10, show_default=True, type=click.IntRange(1, 600))
@click.option("--rate", default=1500, show_default=True, type=click.IntRange(1, 20_000))
def numbers(file: Path | None, numbers: int, seconds: int, rate: int) -> None:
    """Numbers: loading and grading, searching, picking without double holds.

    Loads real prefixes over all branches, measures each kind of search, then lets 64 clients pick
    RATE numbers a second for so many SECONDS, first in sets, then one by one, and counts by an
    independent look at the table what was held twice. --json FILE writes the figures down.
    """
    began = time.monotonic()
    report = _numbers(numbers, seconds, rate, click.echo)
    report["took_s"] = round(time.monotonic() - began)
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")


def _numbers(numbers: int, seconds: int, rate: int, say: Callable[[str], None]) -> dict[str, Any]:
    # Fifteen picks each, of the twenty that an outlet may hold: in sets, and one by one; and some
    # more, for those in Jiyuan have no numbers.
    outlets = max(200, 2 * numbers_picks.asked(rate) * seconds // 12)
    with stand(outlets, say) as made:
        loaded = numbers_load.load(made, numbers, say)
        made.settle_down()
        searches = numbers_search.measure(outlets, say)
        say(numbers_picks.HEADING)
        made.settle_down()
        sets = numbers_picks.together(made, range(outlets // 2), rate, seconds)
        say(numbers_picks.line(sets))
        made.settle_down()
        singles = numbers_picks.one_by_one(made, range(outlets // 2, outlets), rate, seconds)
        say(numbers_picks.line(singles))
        faults = _faults()
        facts = facts_of(made, seconds)
    say(
        f"Loaded, graded and indexed {loaded.numbers} numbers in {loaded.total_s:.0f} s"
        f" (goal: ten million in {LOAD_GOAL_S:.0f} s)."
        f" p99 of a pick at {rate}/s: {sets.p99_ms:.2f} ms (goal: {P99_GOAL_MS:g})."
        f" Double holds: {sets.double_holds + singles.double_holds}."
    )
    say("The numbers are sound." if not faults else "\n".join(faults))
    return {
        "numbers": loaded.numbers,
        "load_s": round(loaded.load_s, 1),
        "index_s": round(loaded.index_s, 1),
        "load_and_grade_s": round(loaded.total_s, 1),
        "picks_per_s": round(sets.picks_per_s, 1),
        "asked_per_s": round(sets.asked_per_s, 1),
        "p50_ms": round(sets.p50_ms, 3),
        "p99_ms": round(sets.p99_ms, 3),
        "double_holds": sets.double_holds + singles.double_holds,
        "search_ms": {
            one.kind: {"p50": round(one.search_p50_ms, 3), "p99": round(one.search_p99_ms, 3)}
            for one in searches
        },
        "rate": rate,
        "clients": numbers_picks.CLIENTS,
        "sound": not faults,
        "picks": [asdict(sets), asdict(singles)],
        "searches": [asdict(one) for one in searches],
        "machine": facts,
    }


def _faults() -> list[str]:
    from django.db import connection

    from qudao.domain.resource.queries import unsound

    found = unsound()
    connection.close()
    return found
