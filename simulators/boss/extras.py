"""What a line has used this month, and its points: functions of the line and the day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from simulators.boss.catalogue import catalogue

SORTS: Final = (
    ("data", "MB", "国内流量", "Data"),
    ("voice", "MIN", "国内通话", "Calls"),
    ("sms", "SMS", "短信", "Messages"),
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What plan and add-ons include in a month, and what is used of it."""

    sort: str
    unit: str
    name_zh: str
    name_en: str
    included: int
    used: int


@dataclass(frozen=True, slots=True)
class Points:
    balance: int
    expiring: int
    """Of these, those that expire first."""
    expires: date


def allowances(msisdn: str, plan: str, add_ons: Sequence[str], day: date) -> Iterator[Allowance]:
    """Each sort that the line has something of; it is used up steadily, by some not wholly."""
    entry = catalogue().plan(plan)
    assert entry is not None, plan
    extra = [one for one in map(catalogue().add_on, add_ons) if one is not None]
    included = {
        "data": entry.data_mb + sum(one.data_mb for one in extra),
        "voice": entry.voice_minutes,
        "sms": entry.sms + sum(one.sms for one in extra),
    }
    days = monthrange(day.year, day.month)[1]
    for sort, unit, name_zh, name_en in SORTS:
        if included[sort]:
            pace = Random(f"{msisdn}:{day:%Y-%m}:{sort}").randrange(20, 130)
            used = included[sort] * day.day * pace // (days * 100)
            total = included[sort]
            yield Allowance(sort, unit, name_zh, name_en, total, min(used, total))


def points(msisdn: str, since: date, day: date) -> Points:
    """Points of a line: so many a month since it was opened; the oldest end with the year."""
    random = Random(f"{msisdn}:points")
    months = max(0, (day.year - since.year) * 12 + day.month - since.month)
    balance = months * random.randrange(10, 300)
    return Points(balance, balance * random.randrange(0, 40) // 100, date(day.year, 12, 31))
