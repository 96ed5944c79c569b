"""Every day: what expires is taken off the shelves, and warned of; old files are deleted."""

from __future__ import annotations

from datetime import timedelta

from qudao.domain.party import queries as party
from qudao.domain.stock import operations as stock
from qudao.journeys.reactions import low_stock
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

DAYS_BEFORE = 30
KEPT = timedelta(days=7)
"""A file that was not loaded within a week is deleted."""


@scheduled("stock.expire", cron="10,40 16-20 * * *")
def expire(ctx: Context) -> int:
    """After midnight in the market, take what has passed its last day off the shelves."""
    return stock.expire_cards(ctx)


@scheduled("stock.warn_expiring", cron="0 1-4 * * *")
def warn_expiring(ctx: Context) -> int:
    """
    In the morning, tell the keepers of each branch what expires within a month there: once a day.
    """
    told, page = 0, PageRequest(MAX_LIMIT)
    found = party.organizations(ctx, page, kinds=["branch"])
    for branch in found.items:
        key = f"low_stock.warn_expiring:{branch.id}:{business_date(ctx.at)}"
        told += low_stock.warn_expiring(ctx.with_key(key), place=branch.id, days=DAYS_BEFORE)
    return told


@scheduled("stock.sweep_files", cron="50 19 * * *")
def sweep_files(ctx: Context) -> int:
    """Delete files that were sent a week ago and not loaded."""
    return stock.sweep_files(ctx, before=ctx.at - KEPT)
