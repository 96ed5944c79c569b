"""Customers' payments that nobody has carried to their end."""

from __future__ import annotations

from typing import Final

from qudao.journeys import paying
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

AT_ONCE: Final = 50
MOST: Final = 500
"""Payments of one run: each asks whoever holds the money, who may take seconds to answer."""


@scheduled("paying.settle", cron="* * * * *")
def settle(ctx: Context) -> int:
    """Carry on what is due; returns how many payments were looked at."""
    total, found = 0, AT_ONCE
    while found >= AT_ONCE and total < MOST:
        found = paying.settle(ctx, most=AT_ONCE)
        total += found
    return total
