"""The parts of `bench commission`, each run in a process of its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from qudao.kernel.money import PPM
from qudao.site.bench.commission import MONTH, USE_BEFORE

if TYPE_CHECKING:
    from ibis import Table

    from qudao.platform.lake.store import Lake

SAMPLE: Final = 200_000
"""Sales that the loop in Python looks at."""


def make(lake: Lake, facts: int) -> dict[str, Any]:
    """Make the month."""
    from qudao.site.bench.lake_month import make_month

    made = make_month(lake, MONTH, facts=facts, earlier=USE_BEFORE)
    return {"outlets": made.outlets, "subscribers": made.subscribers}


def run(lake: Lake) -> dict[str, Any]:
    """Read the columns once, then compute; both cold but for what the system keeps of files."""
    from qudao.domain.commission.computing import compute
    from qudao.site.bench.commission_rules import rules

    floor_s, floor_cpu = _timed(lambda: _floor(lake))
    own = rules()
    found: list[Any] = []
    at = datetime(2026, 11, 1, tzinfo=UTC)
    wall_s, cpu_s = _timed(lambda: found.append(compute(lake, MONTH, own, at=at)))
    computed = found[0]
    by_rule = dict.fromkeys((rule.code for rule in own), 0)
    codes = {rule.number: rule.code for rule in own}
    numbers, lines = computed.sums["rule"].to_pylist(), computed.sums["lines"].to_pylist()
    for number, count in zip(numbers, lines, strict=True):
        by_rule[codes[number]] += count
    return {
        "rules": len(own),
        "lines": computed.lines,
        "floor_s": round(floor_s, 3),
        "wall_s": round(wall_s, 3),
        "ratio": round(wall_s / floor_s, 3),
        "floor_cpu_s": round(floor_cpu, 3),
        "cpu_s": round(cpu_s, 3),
        "cpu_ratio": round(cpu_s / floor_cpu, 3),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),
        "lines_by_rule": by_rule,
    }


def _floor(lake: Lake) -> None:
    """Read the columns that the rules read, branch by branch, with one group-by of each table."""
    from qudao.domain.commission.computing.tables import earlier

    before = {back: earlier(MONTH, back) for back in range(1, USE_BEFORE + 1)}
    for branch in lake.branches("sales", MONTH):
        sales = lake.read("sales", months=[MONTH], branches=[branch])
        lines = lake.read("subscribers", months=[MONTH], branches=[branch])
        used = lake.read_months("subscribers", before, number="back", branches=[branch])
        lake.engine.keep(_once(sales, ["outlet", "business"], SALES), "floor_sales")
        lake.engine.keep(_once(lines, ["outlet"], SUBSCRIBERS), "floor_lines")
        lake.engine.keep(_once(used, ["age"], USED), "floor_used")
    for name in ("floor_sales", "floor_lines", "floor_used"):
        lake.engine.drop(name)


SALES: Final = ("fact", "day", "clerk", "amount", "quantity")
SUBSCRIBERS: Final = (
    *("subscriber", "origin", "activated_day", "age", "calls"),
    *("voice_s", "data_kb", "collected", "state"),
)
USED: Final = ("subscriber", "voice_s", "data_kb")
"""Of earlier months: what a rule asks that looks at lines' use since their opening."""


def _once(table: Table, by: list[str], columns: tuple[str, ...]) -> Table:
    return table.group_by(by).agg(**{name: table[name].max() for name in columns})


def loop(lake: Lake) -> dict[str, Any]:
    """Compute the simplest of the rules row by row in Python, as a program without a lake would."""
    from qudao.domain.commission.schemes.percentage import Percentage
    from qudao.domain.commission.schemes.transaction import Transaction
    from qudao.site.bench.commission_rules import rules

    branch = lake.branches("sales", MONTH)[0]
    sales = lake.read("sales", months=[MONTH], branches=[branch]).limit(SAMPLE)
    outlets = lake.read("outlets", months=[MONTH], branches=[branch])
    rows = lake.engine.arrow(sales).to_pylist()
    kinds = {one["outlet"]: one for one in lake.engine.arrow(outlets).to_pylist()}
    own = [rule for rule in rules() if isinstance(rule.terms, Percentage | Transaction)]
    lines = []

    def every() -> None:
        for sale in rows:
            outlet = kinds[sale["outlet"]]
            for rule in own:
                terms, wanted = rule.terms, rule.selector.ownership
                if wanted and outlet["ownership"] not in wanted:
                    continue
                if isinstance(terms, Percentage):
                    if sale["business"] not in terms.businesses:
                        continue
                    base, rate = sale["amount"], terms.rate_ppm
                elif isinstance(terms, Transaction):
                    fees = {row.business: row.fee for row in terms.fees}
                    if sale["business"] not in fees:
                        continue
                    base, rate = fees[sale["business"]], PPM
                amount = (base * rate + PPM // 2) // PPM
                line = (rule.number, sale["fact"], sale["outlet"], base, rate, amount)
                lines.append(line)

    wall_s, _ = _timed(every)
    return {
        "facts": len(rows),
        "rules": len(own),
        "lines": len(lines),
        "wall_s": round(wall_s, 3),
        "s_per_fact": wall_s / max(len(rows), 1),
    }


def content(lake: Lake) -> dict[str, Any]:
    """Return what stands for the lines, whichever engine has written them."""
    return {"content": lake.fingerprint(lake.read("lines", months=[MONTH]))}


def _timed(work: Any) -> tuple[float, float]:
    began, cpu = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began, time.process_time() - cpu


def main(what: str, folder: str, url: str, *more: str) -> None:
    """Do one part, and print what was found as JSON."""
    from qudao.site.cli import django_setup

    django_setup()
    from qudao.platform.lake.engine import connect
    from qudao.platform.lake.store import Lake

    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    engine = connect(url)
    try:
        lake = Lake(place, engine)
        if what == "make":
            found = make(lake, int(more[0]))
        else:
            found = {"run": run, "loop": loop, "content": content}[what](lake)
        print(json.dumps(found))
    finally:
        engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
