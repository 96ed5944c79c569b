"""Forget sessions that are over."""

from __future__ import annotations

from qudao.fronts.ussd import sessions
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled


@scheduled("ussd.forget", cron="*/10 * * * *")
def forget(ctx: Context) -> dict[str, int]:
    """Run every ten minutes; return how many sessions went."""
    return {"sessions": sessions.forget(ctx.at)}
