"""After midnight in the market: close the day that has ended."""

from __future__ import annotations

from datetime import timedelta

from qudao.domain.wallet import operations as wallet
from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

DAYS_BACK = 7
"""A day that no worker was there to close is closed by the next, up to a week later."""


@scheduled("wallet.closings", cron="5,35 16-23 * * *")
def close_days(ctx: Context) -> int:
    """Close the last days, oldest first; those that are closed stay as they are."""
    today = business_date(ctx.at)
    days = [today - timedelta(days=back) for back in range(DAYS_BACK, 0, -1)]
    return sum(wallet.close_day(ctx.with_key(f"{ctx.request_key}:{day}"), day=day) for day in days)
