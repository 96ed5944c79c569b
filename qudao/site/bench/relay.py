"""`qudao bench relay`: how many orders a second reach the BOSS and come back decided."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import click

from qudao.site.bench.machine import facts_of
from qudao.site.bench.stand import FIRST_OUTLET, Stand, cpu_of, stand, tree_cpu

OUTLETS: Final = 2_000
CUSTOMERS: Final = 20_000
"""Lines at the BOSS: sales are for one after the other, so few wait for one of the same line."""
SET: Final = 256
LOAD: Final = 0.6
"""Of what the backlog was worked off with, the rate of the steady load."""
TICK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Pace:
    """One measurement."""

    name: str
    per_s: float
    """Orders decided per second."""
    p50_ms: float
    """From the moment of the sale to the moment of the BOSS's answer."""
    p99_ms: float
    database_us: float
    """CPU per order."""
    worker_us: float
    boss_us: float
    settled: int


HEADING: Final = (
    f"{'':34} {'orders/s':>9} {'p50 ms':>9} {'p99 ms':>9} {'CPU µs: db + worker + BOSS':>28}"
)


def _line(pace: Pace) -> str:
    cpu = f"{pace.database_us:.0f} + {pace.worker_us:.0f} + {pace.boss_us:.0f}"
    return f"{pace.name:34} {pace.per_s:9.0f} {pace.p50_ms:9.1f} {pace.p99_ms:9.1f} {cpu:>28}"


@click.command()
@click.option("--seconds", default=5, show_default=True, type=click.IntRange(2, 3_600))
@click.option("--orders", default=20_000, show_default=True, type=click.IntRange(1_000, 1_000_000))
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
def relay(seconds: int, orders: int, file: Path | None) -> None:
    """Orders per second that the worker brings to the BOSS and back, with batches and without.

    First a backlog of so many ORDERS is worked off in batches, then one of a quarter of them one
    by one; then orders are sold for so many SECONDS at 60 % of the first rate, and it is measured
    how long each waits for the BOSS's answer. The BOSS simulator and the worker are processes of
    their own, as `qudao run` starts them.
    """
    with stand(OUTLETS, click.echo) as made, _boss() as boss:
        bench = _Bench(made, *boss)
        click.echo(HEADING)
        paces = [
            bench.backlog("backlog, in batches", orders, 128),
            bench.backlog("backlog, one by one", orders // 4, 1),
        ]
        rate = paces[0].per_s * LOAD
        paces.append(bench.steady(f"steady load of {rate:.0f}/s", rate, seconds))
        facts = facts_of(made, seconds)
    batches, singly, steady = paces
    report: dict[str, Any] = {
        "completions_per_s": round(batches.per_s, 1),
        "completions_per_s_one_by_one": round(singly.per_s, 1),
        "steady_per_s": round(steady.per_s, 1),
        "steady_p50_ms": round(steady.p50_ms, 1),
        "steady_p99_ms": round(steady.p99_ms, 1),
        "figures": [asdict(pace) for pace in paces],
        "machine": facts,
    }
    if file is not None:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"Written to {file}")


@contextmanager
def _boss() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A BOSS simulator with its address."""
    with tempfile.TemporaryDirectory(prefix="qudao-bench-boss-") as folder:
        command = [sys.executable, "-m", "simulators.boss", "--data", folder, "--port", "0"]
        process = subprocess.Popen(
            [*command, "--customers", str(CUSTOMERS)], stdout=subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
            process.wait()


class _Bench:
    def __init__(self, made: Stand, boss: subprocess.Popen[bytes], url: str) -> None:
        from simulators.boss.people import people

        self._made, self._boss, self._url = made, boss, url
        self._lines = itertools.cycle(
            person.msisdn for person in people(1, CUSTOMERS) if person.state == "active"
        )
        self._random = Random(1)
        self._keys = itertools.count()

    def backlog(self, name: str, count: int, batch: int) -> Pace:
        """Sell first, then let a worker work it off; its start is not counted."""
        count = -(-count // SET) * SET
        for _ in range(count // SET):
            self._sell(SET)
        self._made.settle_down()
        with self._worker(batch) as worker:
            self._wait(lambda: self._open() < count)
            used, before, began = self._used(worker), self._open(), time.perf_counter()
            since = datetime.now(UTC)
            self._wait(lambda: self._open() <= count // 20)
            done, took = before - self._open(), time.perf_counter() - began
            cpu = self._spent(used, worker, done)
            self._wait(lambda: self._open() == 0)
        return self._said(Pace(name, done / took, *self._waits(since), *cpu, done))

    def steady(self, name: str, rate: float, seconds: int) -> Pace:
        """Sell evenly while a worker runs."""
        with self._worker(128) as worker:
            self._sell(1)
            self._wait(lambda: self._open() == 0)
            used, sold = self._used(worker), 0
            began, since = time.perf_counter(), datetime.now(UTC)
            while (passed := time.perf_counter() - began) < seconds:
                due = min(SET, int(rate * passed) - sold)
                if due > 0:
                    self._sell(due)
                    sold += due
                else:
                    time.sleep(TICK_S)
            done, took = sold - self._open(), time.perf_counter() - began
            cpu = self._spent(used, worker, done)
            self._wait(lambda: self._open() == 0)
        return self._said(Pace(name, done / took, *self._waits(since), *cpu, done))

    def _sell(self, count: int) -> None:
        from qudao.domain.ordering.operations import sell
        from qudao.domain.ordering.types import Sale, Sold
        from qudao.domain.party.types import OrganizationId
        from qudao.kernel.money import Money
        from qudao.kernel.scope import EVERYWHERE
        from qudao.platform.commands.context import Context

        at = datetime.now(UTC)
        pairs = []
        for _ in range(count):
            number = FIRST_OUTLET + self._random.randrange(self._made.outlets)
            key, grants = f"relay-{next(self._keys)}", frozenset({"ordering.sell"})
            clerk = UUID(f"00000000-0000-7002-8000-{number}")
            outlet = OrganizationId(UUID(f"00000000-0000-7000-8000-{number}"))
            amount = Money(100 * self._random.randint(10, 100))
            sale = Sale(outlet, "TOPUP", next(self._lines), amount)
            pairs.append((Context(clerk, "api", at, key, grants, EVERYWHERE), sale))
        assert all(isinstance(answer, Sold) for answer in sell(pairs))

    @contextmanager
    def _worker(self, batch: int) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "qudao.site.cli", "worker"],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
                "QUDAO_BOSS_URL": self._url,
                "QUDAO_BOSS_BATCH": str(batch),
                "QUDAO_LOG_LEVEL": "WARNING",
            },
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

    def _open(self) -> int:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ordering_dispatch")
            return int(cursor.fetchone()[0])

    def _wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 600
        while not until():
            if time.monotonic() > deadline:
                raise RuntimeError("the worker does not get on")
            time.sleep(TICK_S)

    def _waits(self, since: datetime) -> tuple[float, float]:
        """How long the orders that were decided since then waited: median and 99th, in ms."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(_WAITS, [since])
            p50, p99 = cursor.fetchone()[0]
        return p50 * 1000, p99 * 1000

    def _used(self, worker: subprocess.Popen[bytes]) -> tuple[float, float, float]:
        return self._made.cpu_s(), tree_cpu(worker.pid), cpu_of(self._boss.pid)

    def _spent(
        self, before: tuple[float, float, float], worker: subprocess.Popen[bytes], orders: int
    ) -> tuple[float, float, float]:
        """CPU of database, worker and BOSS since then, in µs per order."""
        database, own, boss = (
            (b - a) * 1e6 / max(1, orders) for a, b in zip(before, self._used(worker), strict=True)
        )
        return database, own, boss

    def _said(self, pace: Pace) -> Pace:
        click.echo(_line(pace))
        return pace


_WAITS: Final = """
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
    ORDER BY extract(epoch FROM settled_at - ordered_at)::float8)
FROM ordering_order WHERE settled_at >= %s
"""
