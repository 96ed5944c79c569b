"""The benchmark of numbers asks what it says it asks, and finds what was held twice."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection
from psycopg import Connection, connect

from qudao.domain.party import queries as organizations
from qudao.domain.resource import operations
from qudao.domain.resource.types import Held, HoldId
from qudao.site import reference
from qudao.site.bench import numbers_load, numbers_picks, numbers_search
from qudao.site.bench.stand import Stand, fill
from tests.database import dsn
from tests.province import Province

OUTLETS = 12


@pytest.fixture
def counters(db: None) -> None:
    """Outlets as the stand has them, the first of which lie in Zhengzhou, and numbers there."""
    for _ in reference.load():
        pass
    with connection.cursor() as cursor:
        for script in fill(OUTLETS):
            cursor.execute(script)
    system = Province({}, *(None,) * 3).system  # type: ignore[arg-type]
    for division, prefixes in numbers_load.prefixes(1).items():
        branch = organizations.organization_by_code(system(), division)
        assert branch is not None
        operations.load_segments(system(), branch=branch.id, prefixes=prefixes)


def test_every_kind_of_search_is_measured(counters: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers_search, "ROUNDS", 3)
    said: list[str] = []
    figures = numbers_search.measure(OUTLETS, said.append)
    assert [one.kind for one in figures] == list(numbers_search.kinds())
    assert len(said) == len(figures) + 1
    assert figures[0].found > 0 and figures[0].database_p50_ms > figures[0].search_p50_ms > 0


def test_picks_are_of_numbers_that_were_found(counters: None) -> None:
    pairs = numbers_picks.wanted(range(OUTLETS), 100, seed=3)
    answers = operations.reserve(pairs)
    held = sum(isinstance(answer, Held) for answer in answers)
    assert held > 80
    assert len({ctx.request_key for ctx, _ in pairs}) == 100


def test_prefixes_are_real_and_spread_over_the_branches() -> None:
    chosen = numbers_load.prefixes(100)
    assert len(chosen) == 17 and {len(some) for some in chosen.values()} == {5, 6}
    everything = [prefix for some in chosen.values() for prefix in some]
    assert len(set(everything)) == 100


@pytest.mark.django_db
def test_what_is_dropped_for_a_load_is_made_anew() -> None:
    def names() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'resource_number'")
            return {row[0] for row in cursor.fetchall()}

    before = names()
    searching = {name for name in before if name.startswith("resource_free_")}
    assert len(numbers_load._indexes()) == len(searching) == 9
    with connection.cursor() as cursor:
        for name in searching:
            cursor.execute(f"DROP INDEX {name}")
        for statement in numbers_load._indexes():
            cursor.execute(statement)
    assert names() == before


class _Here(Stand):
    """A stand whose server is the tests' own."""

    def connect(self) -> Connection[tuple[object, ...]]:
        return connect(dsn(), autocommit=True)


@pytest.mark.django_db(transaction=True)
def test_double_holds_are_counted_past_the_platform(committed_province: Province) -> None:
    province = committed_province
    operations.load_reference(province.system())
    operations.load_segments(
        province.system(), branch=province.organizations["4101"], prefixes=["1383711"]
    )
    from qudao.domain.resource.types import Reserve

    held = [
        operations.reserve.one(province.clerk(), Reserve(province.agent, f"1383711{n:04d}"))
        for n in range(3)
    ]
    here = _Here(None, 0)  # type: ignore[arg-type]
    assert numbers_picks.double_holds(here, held) == 0
    twin = replace(held[0], hold=HoldId(UUID(int=1)))
    assert numbers_picks.double_holds(here, [*held, twin]) == 2
    assert numbers_picks.double_holds(here, [replace(held[1], number="13837119999")]) == 1
