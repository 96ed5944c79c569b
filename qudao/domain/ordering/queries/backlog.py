"""How much the BOSS still owes: what stands in the dispatcher's queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from django.db import connection

COUNTED: Final = 100_000
"""Open orders that are counted at most."""
FRESH: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Backlog:
    """The queue at one moment."""

    open: int
    """Orders that the BOSS owes an answer for; `COUNTED` stands for as many or more."""
    oldest_at: datetime | None
    """When the oldest of them was made; None if there is none."""

    def oldest_s(self, now: datetime) -> float:
        """How long the oldest has been waiting at a moment."""
        return 0.0 if self.oldest_at is None else max(0.0, (now - self.oldest_at).total_seconds())


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

_BACKLOG = """
SELECT (SELECT count(*) FROM (SELECT FROM ordering_dispatch LIMIT %s) d),
       (SELECT o.ordered_at FROM ordering_dispatch d JOIN ordering_order o ON o.id = d.order_id
        ORDER BY d.order_id LIMIT 1)
"""
