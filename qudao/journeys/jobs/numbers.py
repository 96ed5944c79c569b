"""What time does to numbers: holds end, cancelled ones rest, new rules grade, all are counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from qudao.domain.resource import operations as resource
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

AT_ONCE: Final = 1000
"""Numbers that change in one transaction: nobody waits long for a number."""


@scheduled("resource.expire", cron="* * * * *")
def expire(ctx: Context) -> int:
    """Return to the pool whatever has been held, paid for or resting long enough."""
    returned = 0
    while moved := resource.expire(ctx, most=AT_ONCE):
        returned += moved
        if moved < AT_ONCE:
            break
    return returned


@scheduled("resource.rest", cron="10 17 * * *")
def rest(ctx: Context) -> int:
    """Lay to rest, at night, what was cancelled before today."""
    rested = 0
    before = ctx.at - timedelta(hours=1)
    while moved := resource.rest(ctx, before=before, most=AT_ONCE):
        rested += moved
        if moved < AT_ONCE:
            break
    return rested


@scheduled("resource.regrade", cron="*/5 * * * *")
def regrade(ctx: Context) -> int:
    """Grade anew what was graded before the rules changed, segment by segment."""
    graded = 0
    while resource.regrade_stale(ctx, most=1):
        graded += 1
    return graded


@scheduled("resource.count", cron="*/10 * * * *")
def count(ctx: Context) -> int:
    """Count the numbers by pool, state and pattern, for lists and previews."""
    return resource.count(ctx)
