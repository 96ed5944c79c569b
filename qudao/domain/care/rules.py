"""Pure rules: numbers of complaints, what may be done to one, slots of a day."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from qudao.domain.care.types import ComplaintState
from qudao.domain.saleschannel.types import OpeningHours
from qudao.kernel.numbers import luhn_digit, luhn_ok
from qudao.kernel.period import MARKET_ZONE

REOPENED_WITHIN: Final = timedelta(days=30)
"""After the answer."""
SILENT: Final = timedelta(days=7)
"""A customer who says nothing for so long is content with the answer."""
BOOKED_AHEAD: Final = timedelta(days=14)
"""Appointments begin within so long."""
GRACE: Final = timedelta(hours=2)
"""After the end of an appointment, in which it may still be said that the customer came."""
PATIENCE: Final = timedelta(hours=4)
"""Nobody waits longer for an agent."""

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "take": frozenset({ComplaintState.ACKNOWLEDGED}),
    "release": frozenset({ComplaintState.IN_PROGRESS}),
    "note": frozenset({ComplaintState.ACKNOWLEDGED, ComplaintState.IN_PROGRESS}),
    "answer": frozenset({ComplaintState.IN_PROGRESS}),
    "close": frozenset({ComplaintState.RESOLVED}),
    "reopen": frozenset({ComplaintState.RESOLVED, ComplaintState.CLOSED}),
    "withdraw": frozenset({ComplaintState.ACKNOWLEDGED, ComplaintState.IN_PROGRESS}),
}
"""Verb → states in which it may be done."""


def complaint_number(serial: int) -> str:
    """Return the number that a customer is told: a serial and a check digit (Luhn)."""
    digits = f"{serial:07d}"
    return digits + luhn_digit(digits)


def read_complaint_number(text: str) -> str | None:
    """Return the number that somebody typed or said, without blanks; None if it is none."""
    typed = unicodedata.normalize("NFKC", text)
    number = "".join(one for one in typed if not one.isspace() and one not in "-–—.#")
    return number if 8 <= len(number) <= 19 and luhn_ok(number) else None


def slots(hours: OpeningHours, day: date, minutes: int) -> tuple[tuple[datetime, datetime], ...]:
    """
    Return the times of a day, in UTC, for which a desk may be booked: one after the other from
    each opening on, as long as a whole one fits.
    """
    length = timedelta(minutes=minutes)
    found = []
    for opens, closes in hours.get(_WEEKDAYS[day.weekday()], []):
        begin, end = _moment(day, opens), _moment(day, closes)
        while begin + length <= end:
            found.append((begin, begin + length))
            begin += length
    return tuple(found)


def _moment(day: date, text: str) -> datetime:
    if text == "24:00":
        day, text = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, time.fromisoformat(text), MARKET_ZONE)
    return local.astimezone(UTC)
