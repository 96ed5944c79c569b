"""Identifiers: unique, in the order of time, and repeatable where that is asked for."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qudao.kernel.ids import new_id, seeded

NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_an_id_is_a_version_7_uuid_of_its_millisecond(at: datetime) -> None:
    made = new_id(at)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert made.int >> 80 == (at - epoch) // timedelta(milliseconds=1)


def test_ids_sort_by_time_and_differ() -> None:
    times = [NOON + timedelta(milliseconds=n) for n in range(1000)]
    made = [new_id(at) for at in times]
    assert made == sorted(made)
    assert len({new_id(NOON) for _ in range(10_000)}) == 10_000


def test_a_seed_makes_them_repeatable_inside_the_block_only() -> None:
    def some(seed: int) -> list[object]:
        with seeded(seed):
            return [new_id(NOON) for _ in range(5)]

    assert some(1) == some(1) != some(2)
    assert new_id(NOON) not in some(1)
