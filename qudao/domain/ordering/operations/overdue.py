"""Orders that the BOSS leaves open for weeks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db import connection

from qudao.kernel.period import business_date, day_bounds
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

OVERDUE: Final = timedelta(days=30)
"""After so long an order is looked for by its id, and no longer by its date alone."""


@command("ordering.note_overdue")
def note_overdue(ctx: Context) -> int:
    """Write down which orders have been open for `OVERDUE`, once each; return how many came."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"at": ctx.at, "before": business_date(ctx.at) - OVERDUE})
        return int(cursor.rowcount)


@command("ordering.note_completed_late")
def note_completed_late(ctx: Context, *, first: date, last: date) -> int:
    """
    Write down which orders completed on these days after they had been open for `OVERDUE`, as
    far as nobody did while they were; return how many came. Looks through all earlier months.

    From a first day after the last one, and from days to come, nothing comes.
    """
    if first > last:
        return 0
    bounds = day_bounds(first, last)
    asked = {"start": bounds.start, "end": bounds.end, "last": last - OVERDUE}
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_COMPLETED, {"at": ctx.at, "days": OVERDUE.days, **asked})
        return int(cursor.rowcount)


_NOTE = """
INSERT INTO ordering_overdue ("order", period, home, business_date, noted_at)
SELECT o.id, o.period, o.home, o.business_date, %(at)s
FROM ordering_dispatch d
JOIN ordering_order o ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
WHERE o.business_date < %(before)s
ON CONFLICT ("order") DO NOTHING
"""

_NOTE_COMPLETED = """
INSERT INTO ordering_overdue ("order", period, home, business_date, noted_at)
SELECT id, period, home, business_date, %(at)s
FROM ordering_order
WHERE settled_at >= %(start)s AND settled_at < %(end)s AND period <= %(last)s
  AND business_date < (settled_at AT TIME ZONE 'Asia/Shanghai')::date - %(days)s
ON CONFLICT ("order") DO NOTHING
"""
