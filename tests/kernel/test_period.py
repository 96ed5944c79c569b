"""Half-open periods, and the market's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.kernel.period import Period, business_date, day_bounds, month_bounds

NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANTS = st.datetimes(
    datetime(1950, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)


def test_a_period_has_its_start_and_not_its_end() -> None:
    period = Period(NOON, NOON + HOUR)
    inside = [period.contains(NOON + n * HOUR / 2) for n in (-1, 0, 1, 2)]
    assert inside == [False, True, True, False]
    assert Period(NOON).contains(NOON + timedelta(days=10_000))


@pytest.mark.parametrize("end", [NOON, NOON - HOUR])
def test_a_period_is_not_empty(end: datetime) -> None:
    with pytest.raises(AssertionError):
        Period(NOON, end)
    with pytest.raises(AssertionError):
        Period(NOON.replace(tzinfo=None))


def test_neighbours_do_not_overlap() -> None:
    first, second = Period(NOON, NOON + HOUR), Period(NOON + HOUR, NOON + 2 * HOUR)
    assert not first.overlaps(second) and not second.overlaps(first)
    assert first.overlaps(Period(NOON + HOUR / 2)) and Period(NOON - HOUR).overlaps(first)
    assert not first.overlaps(Period(NOON + 2 * HOUR))


def test_the_business_day_turns_at_midnight_in_the_market() -> None:
    midnight = datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert business_date(midnight - timedelta(microseconds=1)) == date(2026, 3, 31)
    assert business_date(midnight) == date(2026, 4, 1)


@given(INSTANTS)
def test_every_instant_lies_in_its_day_and_in_its_month(at: datetime) -> None:
    day = business_date(at)
    bounds, month = day_bounds(day), month_bounds(day)
    assert bounds.contains(at) and month.contains(at)
    assert bounds.end is not None and month.end is not None
    assert business_date(bounds.end) == day + timedelta(days=1)
    assert business_date(month.start).day == business_date(month.end).day == 1


def test_several_days_are_one_period() -> None:
    days = day_bounds(date(2026, 2, 27), date(2026, 3, 1))
    assert days.end is not None and days.end - days.start == timedelta(days=3)
    assert month_bounds(date(2026, 12, 31)).end == datetime(2026, 12, 31, 16, tzinfo=UTC)
