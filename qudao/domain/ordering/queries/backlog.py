"""How much the BOSS still owes: what stands in the dispatcher's queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from django.db import connection

from qudao.domain.ordering.models import Pace, Runner

COUNTED: Final = 100_000
"""Open orders that are counted at most."""
FRESH: Final = timedelta(seconds=1)
ALIVE: Final = timedelta(seconds=30)
"""A dispatcher says every second that it lives; clocks may differ by some."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """The queue at one moment."""

    open: int
    """Orders that the BOSS owes an answer for; `COUNTED` stands for as many or more."""
    unknown: int
    """Of these, the ones whose answer was lost, and that wait to be asked for."""
    oldest_at: datetime | None
    """When the oldest of them was made; None if there is none."""

    def oldest_s(self, now: datetime) -> float:
        """How long the oldest has been waiting at a moment."""
        return 0.0 if self.oldest_at is None else max(0.0, (now - self.oldest_at).total_seconds())


@dataclass(frozen=True, slots=True)
class PaceRecord:
    """Ten seconds of the dispatchers' work."""

    at: datetime
    open: int
    unknown: int
    oldest_s: int
    completed: int
    refused: int


def backlog(at: datetime) -> Backlog:
    """
    Return how the queue stands at a moment; at most a second old, for all who ask in this process.

    It is nobody's orders in particular: no scope is asked for.
    """
    global _known
    with _lock:
        if _known is None or not _known[0] <= at < _known[0] + FRESH:
            with connection.cursor() as cursor:
                cursor.execute(_BACKLOG, [COUNTED])
                _known = at, Backlog(*cursor.fetchone())
        return _known[1]


_lock = Lock()
_known: tuple[datetime, Backlog] | None = None

_BACKLOG = "SELECT open, unknown, oldest_at FROM ordering_backlog(%s)"


def pace(at: datetime) -> tuple[PaceRecord, ...]:
    """Return how the dispatchers got on in the hour up to a moment, oldest first."""
    rows = Pace.objects.filter(at__gt=at - timedelta(hours=1), at__lte=at).order_by("at")
    return tuple(PaceRecord(*row) for row in rows.values_list(*PaceRecord.__slots__))


def runners(at: datetime) -> tuple[str, ...]:
    """Return for each dispatcher that was alive a moment ago how its breaker to the BOSS stands."""
    rows = Runner.objects.filter(seen_at__gt=at - ALIVE).order_by("breaker")
    return tuple(rows.values_list("breaker", flat=True))
