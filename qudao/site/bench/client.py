"""The clients of the sale as a process: `python -m qudao.site.bench.client` with JSON on stdin.

Takes wrk's place where that is not installed, and asks beside wrk where each answer's time is
wanted by its status.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Final

import uvloop

from qudao.site.bench import load
from qudao.site.bench.figures import quantile
from qudao.site.bench.wire import Answer, Asked, Wire

_SALES: Final = 1000


def sales(outlets: int, run: str, each: bool) -> Callable[[], Asked | None]:
    """Return what makes the next sale, under a key of its own; with `each`, one of each outlet."""
    random = Random(run)
    middles = load.middles(_SALES)
    serial = 0

    def make() -> Asked | None:
        nonlocal serial
        serial += 1
        if each and serial > outlets:
            return None
        head = load.head(serial if each else load.an_outlet(random, outlets))
        line = random.randrange(100_000_000, 1_000_000_000)
        text = f"{head}{run}-{serial}{random.choice(middles)}{line}{load.END}"
        return Asked("sale", text.encode())

    return make


async def ask(wanted: dict[str, Any]) -> dict[str, Any]:
    """Sell as `wanted` says; return what the clients saw."""
    waits: Counter[str] = Counter()

    def answered(asked: Asked, answer: Answer) -> None:
        if answer.status in (429, 503):
            waits["with" if answer.retry_after is not None else "without"] += 1

    make = sales(wanted["outlets"], wanted["run"], wanted.get("each", False))
    wire = Wire(wanted["port"], wanted["connections"], wanted["rate"], make, answered)
    await wire.open()
    took_s = await wire.run(wanted["seconds"])
    counts = wire.counts
    by_status = {status: sorted(some) for (_, status), some in counts.latencies.items()}
    everything = sorted(one for some in by_status.values() for one in some)
    statuses = {str(status): count for (_, status), count in counts.statuses.items() if status}
    return {
        "took_s": took_s,
        "statuses": statuses,
        "broken": counts.statuses[("sale", 0)],
        "missed": counts.missed,
        "p50_ms": quantile(everything, 50) * 1000,
        "p99_ms": quantile(everything, 99) * 1000,
        "by_status": {
            str(status): {
                "count": len(some),
                "p50_ms": round(quantile(some, 50) * 1000, 3),
                "p99_ms": round(quantile(some, 99) * 1000, 3),
            }
            for status, some in by_status.items()
        },
        "retry_after": {"with": waits["with"], "without": waits["without"]},
    }


def many_files(wanted: int) -> None:
    """Let this process, and those it starts, have so many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


if __name__ == "__main__":
    asked_for = json.load(sys.stdin)
    many_files(asked_for["connections"] + 100)
    print(json.dumps(uvloop.run(ask(asked_for))))
