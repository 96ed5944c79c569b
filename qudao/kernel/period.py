"""Half-open stretches of time, and the one place that knows the market's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MARKET_ZONE: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, but not including, `end`; without `end` for ever."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        assert self.start.tzinfo is not None, self.start
        assert self.end is None or self.end > self.start, (self.start, self.end)

    def contains(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)

    def overlaps(self, other: Period) -> bool:
        return (self.end is None or other.start < self.end) and (
            other.end is None or self.start < other.end
        )


def business_date(at: datetime) -> date:
    """Return the calendar day of the market on which an instant falls."""
    global _asked
    start, end, day = _asked
    if not start <= at < end:
        day = at.astimezone(MARKET_ZONE).date()
        _asked = (_midnight(day), _midnight(day + timedelta(days=1)), day)
    return day


def month_of(day: date) -> date:
    """Return the first day of the business month that a day belongs to."""
    return day.replace(day=1)


def day_bounds(day: date, through: date | None = None) -> Period:
    """Return the business day, or the days up to and with `through`, as a period in UTC."""
    last = through or day
    return Period(_midnight(day), _midnight(last + timedelta(days=1)))


def month_bounds(day: date) -> Period:
    """Return the business month that a day belongs to, as a period in UTC."""
    first = month_of(day)
    following = (first + timedelta(days=32)).replace(day=1)
    return Period(_midnight(first), _midnight(following))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, MARKET_ZONE).astimezone(UTC)


_asked = (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), date.max)
"""The day that was asked for last, from when to when: mostly it is today, and asked for again."""
