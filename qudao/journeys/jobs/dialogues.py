"""Dialogues that nobody has gone on with are deleted; what was left in the middle is a contact."""

from __future__ import annotations

from typing import Final

from qudao.journeys.dialogue import contacts
from qudao.platform.commands.context import Context
from qudao.platform.dialogues import store
from qudao.platform.jobs.schedule import scheduled

AT_ONCE: Final = 2_000


@scheduled("dialogues.sweep", cron="* * * * *")
def sweep(ctx: Context) -> int:
    """Delete what has expired, set by set; returns how many."""
    total = 0
    while gone := store.expired(ctx.at, most=AT_ONCE):
        # Written down first: a crash in between is made good the next minute, under the same keys.
        contacts.record([contacts.abandoned(one) for one in gone])
        total += (dropped := store.drop(gone))
        if len(gone) < AT_ONCE or not dropped:
            break
    return total
