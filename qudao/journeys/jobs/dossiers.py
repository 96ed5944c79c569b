"""Drafts of dossiers that were left are given up, and their pictures deleted."""

from __future__ import annotations

from qudao.domain.customer import operations as customer
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

AT_ONCE = 500


@scheduled("customer.expire_dossiers", cron="*/10 * * * *")
def expire(ctx: Context) -> int:
    """Give up all drafts that are due, some at a time; returns how many."""
    total, found = 0, AT_ONCE
    while found == AT_ONCE:
        found = customer.expire(ctx.with_key(f"{ctx.request_key}:{total}"), most=AT_ONCE)
        total += found
    return total
