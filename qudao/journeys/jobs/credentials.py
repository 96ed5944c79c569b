"""Used codes and old counts are forgotten."""

from __future__ import annotations

from typing import Final

from qudao.domain.credential import operations as credential
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled

AT_ONCE: Final = 2000
"""Rows of each table that go in one transaction."""


@scheduled("credential.sweep", cron="23 * * * *")
def sweep(ctx: Context) -> int:
    """Forget what nobody needs any more, some at a time; returns how many rows it were."""
    total, found = 0, AT_ONCE
    while found >= AT_ONCE:
        found = credential.sweep(ctx.with_key(f"{ctx.request_key}:{total}"), most=AT_ONCE)
        total += found
    return total
