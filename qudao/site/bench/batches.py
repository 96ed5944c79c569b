"""What the operation does: `sell`, in batches, from one process and from two."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from random import Random
from typing import Final
from uuid import UUID

from qudao.site.bench.figures import Figure, quantile
from qudao.site.bench.stand import FIRST_OUTLET, Stand, cpu_of

ENOUGH: Final = 200_000
"""Requests that are kept ready at most."""


def measure(stand: Stand, size: int, processes: int, seconds: float) -> Figure:
    """Let processes sell batches of one size; each sells for outlets of its own."""
    command = [sys.executable, "-m", "qudao.site.bench.batches"]
    sellers = [
        subprocess.Popen(
            [*command, *map(str, (size, seconds, stand.outlets, processes, place))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for place in range(processes)
    ]
    for seller in sellers:
        _said(seller, "ready")
    database, own = stand.cpu_s(), sum(cpu_of(seller.pid) for seller in sellers)
    for seller in sellers:
        assert seller.stdin is not None
        seller.stdin.write("go\n")
        seller.stdin.flush()
    for seller in sellers:
        _said(seller, "done")
    database = stand.cpu_s() - database
    own = sum(cpu_of(seller.pid) for seller in sellers) - own
    answers = []
    for seller in sellers:
        assert seller.stdout is not None
        answers.append(json.loads(seller.stdout.read()))
        seller.wait()
    latencies = sorted(latency for answer in answers for latency in answer["latencies"])
    sales = sum(answer["sales"] for answer in answers)
    return Figure(
        name=f"sell, batches of {size}, {processes} process{'es' if processes > 1 else ''}",
        per_s=sum(answer["sales"] / answer["seconds"] for answer in answers),
        p50_ms=quantile(latencies, 50) * 1000,
        p99_ms=quantile(latencies, 99) * 1000,
        database_us=database * 1e6 / sales,
        server_us=own * 1e6 / sales,
        client_us=0.0,
    )


def _said(seller: subprocess.Popen[str], word: str) -> None:
    assert seller.stdout is not None
    said = seller.stdout.readline().strip()
    assert said == word, f"a seller said {said!r}"


def sell_on(size: int, seconds: float, outlets: int, processes: int, place: int) -> None:
    """The child: sell batches until the time is over, and say how it went."""
    from qudao.site.cli import django_setup

    django_setup()
    from qudao.domain.ordering.operations import sell
    from qudao.domain.ordering.types import Sale, Sold
    from qudao.domain.party.types import OrganizationId
    from qudao.kernel.money import Money
    from qudao.kernel.scope import EVERYWHERE
    from qudao.platform.commands.context import Context

    random = Random(place)
    mine = range(FIRST_OUTLET + place, FIRST_OUTLET + outlets, processes)
    shops = [
        (
            OrganizationId(UUID(f"00000000-0000-7000-8000-{n}")),
            UUID(f"00000000-0000-7002-8000-{n}"),
        )
        for n in mine
    ]
    grants = frozenset({"ordering.sell"})
    began = time.time_ns()
    serial = 0

    def batch() -> list[tuple[Context, Sale]]:
        nonlocal serial
        at = datetime.now(UTC)
        pairs = []
        for outlet, clerk in random.choices(shops, k=size):
            serial += 1
            key = f"{began}-{place}-{serial}"
            line = f"138{random.randrange(100_000_000):08}"
            amount = Money(100 * random.randrange(10, 101))
            ctx = Context(clerk, "api", at, key, grants, EVERYWHERE)
            pairs.append((ctx, Sale(outlet, "TOPUP", line, amount)))
        return pairs

    for _ in range(3):
        assert all(isinstance(answer, Sold) for answer in sell(batch()))
    # Requests are made by whoever calls: ready before the clock runs, as far as may be needed.
    made = [batch() for _ in range(round(min(ENOUGH, 12_000 * seconds) / size / processes) + 1)]
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    sys.stdin.readline()
    latencies = []
    sales = 0
    start = now = time.perf_counter()
    while now - start < seconds:
        wanted = made.pop() if made else batch()
        before = time.perf_counter()
        answers = sell(wanted)
        now = time.perf_counter()
        latencies.append(now - before)
        sales += sum(isinstance(answer, Sold) for answer in answers)
    print("done", flush=True)
    print(json.dumps({"sales": sales, "seconds": now - start, "latencies": latencies}))


if __name__ == "__main__":
    sell_on(int(sys.argv[1]), float(sys.argv[2]), *(int(argument) for argument in sys.argv[3:6]))
