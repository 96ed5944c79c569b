"""Load and grade millions of numbers, by the operation that loads them in production."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, zip_longest
from pathlib import Path
from random import Random
from typing import Final

import psycopg

from qudao.site.bench.stand import Stand

PROCESSES: Final = 2
AT_ONCE: Final = 20
"""Segments in one command."""
SEARCH: Final = Path(__file__).parents[2] / "domain/resource/sql/search.sql"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How long it took."""

    numbers: int
    load_s: float
    """Grading and inserting, keys and checks included."""
    index_s: float
    """Building the search indexes and checking the foreign keys."""

    @property
    def total_s(self) -> float:
        return self.load_s + self.index_s


def load(stand: Stand, numbers: int, say: Callable[[str], None]) -> Loaded:
    """
    Fill the tables with so many numbers of Henan's real prefixes, over all its branches.

    For a load of this size the search indexes and the foreign keys are dropped before and made
    anew after it; the operation itself does without.
    """
    with stand.connect() as connection:
        references = _drop(connection)
    began = time.monotonic()
    command = [sys.executable, "-m", "qudao.site.bench.numbers_load", str(numbers // 10_000)]
    loaders = [
        subprocess.Popen([*command, str(place)], stdout=subprocess.PIPE, text=True)
        for place in range(PROCESSES)
    ]
    loaded = sum(int(loader.communicate()[0]) for loader in loaders)
    assert all(loader.returncode == 0 for loader in loaders)
    load_s = time.monotonic() - began
    say(f"Loaded and graded {loaded} numbers in {load_s:.1f} s; building the indexes")
    began = time.monotonic()
    statements = [*_indexes(), *references]
    with ThreadPoolExecutor(PROCESSES) as threads:
        list(threads.map(lambda statement: _build(stand, statement), statements))
    with stand.connect() as connection:
        connection.execute("VACUUM (ANALYZE) resource_number")
    index_s = time.monotonic() - began
    say(f"Built and analysed in {index_s:.1f} s")
    return Loaded(loaded, load_s, index_s)


def _indexes() -> list[str]:
    """The statements that make the search indexes."""
    lines = [line for line in SEARCH.read_text("utf-8").splitlines() if not line.startswith("--")]
    return [one.strip() for one in " ".join(lines).split(";") if one.strip()]


def _drop(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Drop what is made anew after the load; return the statements that make the keys."""
    for statement in _indexes():
        name = statement.partition("EXISTS ")[2].split()[0]
        connection.execute(f"DROP INDEX {name}")
    rows = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'resource_number'::regclass AND contype = 'f'"
    ).fetchall()
    for key, _ in rows:
        connection.execute(f"ALTER TABLE resource_number DROP CONSTRAINT {key}")
    return [f"ALTER TABLE resource_number ADD CONSTRAINT {name} {rule}" for name, rule in rows]


def _build(stand: Stand, statement: str) -> None:
    with stand.connect() as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET max_parallel_maintenance_workers = 0")
        connection.execute(statement)


def prefixes(segments: int) -> dict[str, list[str]]:
    """Return so many prefixes by the division code of their branch, as even as may be."""
    from qudao.domain.resource.queries import known_prefixes

    random = Random(7)
    known = known_prefixes()
    divisions = list(known)
    rows = zip_longest(*(random.sample(one, len(one)) for one in known.values()))
    turns = (
        (division, prefix)
        for row in rows
        for division, prefix in zip(divisions, row, strict=True)
        if prefix is not None
    )
    chosen: dict[str, list[str]] = {}
    for division, prefix in islice(turns, segments):
        chosen.setdefault(division, []).append(prefix)
    return chosen


def _portions(wanted: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(wanted), AT_ONCE):
        yield wanted[begin : begin + AT_ONCE]


def load_on(segments: int, place: int) -> None:
    """The child: load the segments of every second branch, and say how many numbers they were."""
    from qudao.site.cli import django_setup

    django_setup()
    from qudao.domain.party import queries as organizations
    from qudao.domain.resource import operations
    from qudao.platform.identity.roles import system_context

    at = datetime.now(UTC)
    loaded = 0
    for division, wanted in list(prefixes(segments).items())[place::PROCESSES]:
        branch = organizations.organization_by_code(system_context(at, "look"), division)
        assert branch is not None, division
        for portion in _portions(wanted):
            ctx = system_context(at, f"load-{portion[0]}", channel="console")
            loaded += operations.load_segments(ctx, branch=branch.id, prefixes=portion)
    print(loaded)


if __name__ == "__main__":
    load_on(int(sys.argv[1]), int(sys.argv[2]))
