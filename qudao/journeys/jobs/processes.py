"""Every minute: what the clock has to do in processes: timers, reminders, escalations."""

from __future__ import annotations

from typing import Final

from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled
from qudao.platform.processes import operations, queries
from qudao.platform.processes.telling import worded

AT_ONCE: Final = 500


@scheduled("processes.advance", cron="* * * * *")
def advance(ctx: Context) -> int:
    """Advance the instances that are due, each in a transaction of its own; return how many."""
    found = queries.due(ctx.at, most=AT_ONCE)
    for instance in found:
        mine = ctx.part(str(instance))
        try:
            operations.advance(mine, instance=instance)
        except Refusal as refusal:
            operations.note_problem(
                mine.part("refused"),
                instance=instance,
                code=refusal.code,
                words=worded(refusal),
            )
    return len(found)
