"""Every day: the next months are there before they begin."""

from __future__ import annotations

from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled
from qudao.platform.tables import months


@scheduled("tables.ensure_months", cron="25 17 * * *")
def ensure_months(ctx: Context) -> int:
    """Make the present month and the next ones of all tables that are kept so; returns how many."""
    return len(months.ensure(business_date(ctx.at)))
