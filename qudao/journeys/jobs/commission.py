"""Every night: what the month has earned so far, and the month before until it is approved."""

from __future__ import annotations

from datetime import timedelta

from qudao.journeys import settling
from qudao.kernel.period import business_date, month_of
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled


@scheduled("commission.accrue", cron="40 18 * * *")
def accrue(ctx: Context) -> int:
    """Have the running month computed, and the one before while it is open; return how many."""
    yesterday = business_date(ctx.at) - timedelta(days=1)
    running = month_of(yesterday)
    months = [month_of(running - timedelta(days=1)), running]
    return sum(
        settling.accrue(ctx, province=province, month=month)
        for province in settling.provinces(ctx)
        for month in months
    )
