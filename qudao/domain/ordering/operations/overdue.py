"""Orders that the BOSS leaves open for weeks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection

from qudao.kernel.period import business_date
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


_NOTE = """
INSERT INTO ordering_overdue ("order", period, home, business_date, noted_at)
SELECT o.id, o.period, o.home, o.business_date, %(at)s
FROM ordering_dispatch d
JOIN ordering_order o ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
WHERE o.business_date < %(before)s
ON CONFLICT ("order") DO NOTHING
"""
