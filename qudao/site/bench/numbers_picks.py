"""Sixty-four clients that pick numbers at a steady rate, and what became of the numbers."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final
from uuid import UUID

from qudao.site.bench.figures import quantile
from qudao.site.bench.stand import FIRST_OUTLET, Stand

if TYPE_CHECKING:
    from qudao.domain.resource.types import Held, Reserve
    from qudao.kernel.refusals import Refusal
    from qudao.platform.commands.context import Context

CLIENTS: Final = 64
RIVALRY: Final = 0.05
"""The share of picks that go for a few numbers that all clients want."""
SPARE: Final = 0.02
"""What is asked beyond the rivals' share, so that the rate is that of the numbers held."""
HOT: Final = 50
HEADING: Final = (
    f"{'':28} {'asked/s':>8} {'picks/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'p99.9':>8}"
    f" {'taken':>6} {'double holds':>13} {'mean batch':>11} {'CPU µs database + client':>25}"
)

Pair = tuple["Context", "Reserve"]
Answer = "Held | Refusal"


@dataclass(frozen=True, slots=True)
class PicksFigure:
    """One way of picking."""

    name: str
    asked_per_s: float
    picks_per_s: float
    p50_ms: float
    """From the moment a pick was due to its answer."""
    p99_ms: float
    p999_ms: float
    picks: int
    taken: int
    """Refused because somebody else was faster."""
    double_holds: int
    mean_batch: float
    database_us: float
    client_us: float


def line(figure: PicksFigure) -> str:
    """The figure as a line under `HEADING`."""
    cpu = f"{figure.database_us:.0f} + {figure.client_us:.0f}"
    return (
        f"{figure.name:28} {figure.asked_per_s:8.0f} {figure.picks_per_s:8.0f}"
        f" {figure.p50_ms:8.2f} {figure.p99_ms:8.2f} {figure.p999_ms:8.2f} {figure.taken:6}"
        f" {figure.double_holds:13} {figure.mean_batch:11.1f} {cpu:>25}"
    )


@dataclass
class _Tally:
    latencies: list[float] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    began: float = 0.0
    ended: float = 0.0

    def add(self, latency: float, answer: Held | Refusal) -> None:
        from qudao.domain.resource.types import Held

        self.latencies.append(latency)
        self.ended = time.perf_counter()
        if isinstance(answer, Held):
            self.held.append(answer)
        else:
            self.refused[answer.code] += 1


def wanted(outlets: range, picks: int, seed: int) -> list[Pair]:
    """
    Return picks of numbers that searches have found, each outlet's from its own branch.

    Some go for the same few numbers of a branch, as when everybody wants the best.
    """
    from qudao.domain.party.types import OrganizationId
    from qudao.domain.resource import queries
    from qudao.domain.resource.types import NumberSearch, Reserve
    from qudao.kernel.scope import EVERYWHERE
    from qudao.platform.commands.context import Context

    random = Random(seed)
    at = datetime.now(UTC)
    grants = frozenset({"resource.read", "resource.reserve"})
    hot: dict[object, list[str]] = {}
    pairs: list[Pair] = []
    for place in outlets:
        serial = FIRST_OUTLET + place
        outlet = OrganizationId(UUID(f"00000000-0000-7000-8000-{serial}"))
        clerk = UUID(f"00000000-0000-7002-8000-{serial}")
        ctx = Context(clerk, "api", at, "search", grants, EVERYWHERE)
        page = queries.search(ctx, outlet=outlet, search=NumberSearch(), limit=15)
        if not page.items:
            continue  # of Jiyuan, no prefix is known
        favourites = hot.setdefault(page.items[0].branch, [])
        for item in page.items:
            if len(favourites) < HOT:
                favourites.append(item.number)
            number = random.choice(favourites) if random.random() < RIVALRY else item.number
            key = ctx.with_key(f"{seed}-{len(pairs)}")
            pairs.append((key, Reserve(outlet, number)))
    random.shuffle(pairs)
    assert len(pairs) >= picks, (len(pairs), picks)
    return pairs[:picks]


def asked(rate: int) -> int:
    """How many picks are asked for a second so that so many are held."""
    return round(rate / (1 - RIVALRY - SPARE))


def together(stand: Stand, outlets: range, rate: int, seconds: float) -> PicksFigure:
    """
    Clients whose picks go to the database together.

    What arrives while a set is under way is committed as the next one; there is no timer. They ask
    for so many a second that `rate` of them can be had.
    """
    rate = asked(rate)
    pairs = wanted(outlets, round(rate * seconds), seed=1)
    return _measure(stand, "in sets", seconds, lambda tally: asyncio.run(_sets(pairs, rate, tally)))


async def _sets(pairs: Sequence[Pair], rate: int, tally: _Tally) -> None:
    """Clients that each send a pick when it is due, one after the other."""
    from qudao.domain.resource.operations import reserve

    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1)
    await loop.run_in_executor(thread, _warm_up, pairs[0])
    waiting: list[tuple[Pair, asyncio.Future[Held | Refusal]]] = []
    arrived = asyncio.Event()

    async def commit() -> None:
        while True:
            await arrived.wait()
            arrived.clear()
            batch, waiting[:] = waiting[:256], waiting[256:]
            if waiting:
                arrived.set()
            answers = await loop.run_in_executor(thread, reserve, [pair for pair, _ in batch])
            tally.batches += 1
            for (_, future), answer in zip(batch, answers, strict=True):
                future.set_result(answer)

    async def client(place: int) -> None:
        for nth in range(place, len(pairs), CLIENTS):
            due = start + nth / rate
            await asyncio.sleep(due - time.perf_counter())
            future: asyncio.Future[Held | Refusal] = loop.create_future()
            waiting.append((pairs[nth], future))
            arrived.set()
            answer = await future
            tally.add(time.perf_counter() - due, answer)

    committer = asyncio.create_task(commit())
    start = tally.began = time.perf_counter() + 0.05
    await asyncio.gather(*(client(place) for place in range(CLIENTS)))
    committer.cancel()
    await loop.run_in_executor(thread, _close)
    thread.shutdown()


def one_by_one(stand: Stand, outlets: range, rate: int, seconds: float) -> PicksFigure:
    """Clients that are threads, each with a connection and a transaction for every pick."""
    pairs = wanted(outlets, round(asked(rate) * seconds), seed=2)
    name = f"one by one, {CLIENTS} threads"
    return _measure(stand, name, seconds, lambda tally: _singles(pairs, seconds, tally))


def _singles(pairs: Sequence[Pair], seconds: float, tally: _Tally) -> None:
    from qudao.domain.resource.operations import reserve

    ready = threading.Barrier(CLIENTS)

    def client(place: int) -> None:
        _warm_up(pairs[0])
        ready.wait()
        tally.began = tally.began or time.perf_counter()
        stop = tally.began + seconds
        for nth in range(place, len(pairs), CLIENTS):
            before = time.perf_counter()
            if before > stop:
                break
            (answer,) = reserve([pairs[nth]])
            tally.add(time.perf_counter() - before, answer)
            tally.batches += 1
        _close()

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(client, range(CLIENTS)))


def _measure(stand: Stand, name: str, seconds: float, run: Callable[[_Tally], None]) -> PicksFigure:
    tally = _Tally()
    gc.collect()
    gc.freeze()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # the thread that commits and the clients share one lock
    database, own = stand.cpu_s(), time.process_time()
    try:
        run(tally)
    finally:
        sys.setswitchinterval(interval)
        gc.unfreeze()
    took = tally.ended - tally.began
    own = time.process_time() - own
    database = stand.cpu_s() - database
    unexpected = {code for code in tally.refused if code != "resource.number_taken"}
    assert not unexpected, tally.refused
    latencies = sorted(tally.latencies)
    count = len(latencies)
    return PicksFigure(
        name=name,
        asked_per_s=count / took,
        picks_per_s=len(tally.held) / took,
        p50_ms=quantile(latencies, 50) * 1000,
        p99_ms=quantile(latencies, 99) * 1000,
        p999_ms=latencies[min(count - 1, count * 999 // 1000)] * 1000,
        picks=len(tally.held),
        taken=tally.refused["resource.number_taken"],
        double_holds=double_holds(stand, tally.held),
        mean_batch=count / max(1, tally.batches),
        database_us=database * 1e6 / count,
        client_us=own * 1e6 / count,
    )


def double_holds(stand: Stand, held: Sequence[Held]) -> int:
    """
    Count the numbers that went to two, by two accounts that do not know of each other: the
    answers that clients got, and the rows of the table, read past the platform.

    Nothing was released and no hold is over, so each number may stand in one answer, and the
    table must name the same outlet and the same hold.
    """
    answered = Counter(one.number for one in held)
    twice = sum(count - 1 for count in answered.values())
    with stand.connect() as connection:
        rows = connection.execute(
            "SELECT number::text, hold, holder_id FROM resource_number WHERE state = 'reserved'"
        ).fetchall()
    stored = {row[0]: (row[1], row[2]) for row in rows}
    return twice + sum(stored.get(one.number) != (one.hold, one.outlet) for one in held)


def _warm_up(pair: Pair) -> None:
    """Open the thread's connection and let it plan: as counters stand that have sold before."""
    from qudao.domain.resource.operations import reserve
    from qudao.domain.resource.types import NumberUnknown

    ctx, wanted = pair
    (answer,) = reserve([(ctx, replace(wanted, number="19999999999"))])
    assert isinstance(answer, NumberUnknown), answer


def _close() -> None:
    from django.db import connection

    connection.close()
