"""Note who was shown what, and forget what nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from qudao.domain.credential import queries
from qudao.domain.credential.events import PersonalDataSeen
from qudao.domain.credential.types import Caller, Need, demand
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context

_STALE: Final = {
    "credential_code": "expires_at <= %(day)s",
    "credential_tally": "since <= %(day)s",
    "credential_line": "password = '' AND (wrong_at IS NULL OR wrong_at <= %(lock)s)"
    " AND (locked_until IS NULL OR locked_until <= %(at)s)",
}


@command("credential.note_look_up")
def note_look_up(ctx: Context, *, caller: Caller, what: str) -> None:
    """
    Write into the journal that a caller is about to see personal data of their line; `what` is the
    code of the item that shows it.

    :raises StepUpNeeded: if the caller may not, unless they prove more.
    """
    demand(caller, Need.DATA, ctx.at)
    assert caller.msisdn is not None
    announce(PersonalDataSeen(caller.msisdn, what, caller.way))


@command("credential.sweep")
def sweep(ctx: Context, *, most: int) -> int:
    """
    Forget codes and counts of yesterday, and wrong tries of lines without a password that lock
    nothing any more; at most so many of each. Returns how many were forgotten.
    """
    times: dict[str, datetime | int] = {
        "at": ctx.at,
        "day": ctx.at - timedelta(days=1),
        "lock": ctx.at - timedelta(hours=queries.policy().lock_h),
        "most": most,
    }
    forgotten = 0
    with connection.cursor() as cursor:
        for table, stale in _STALE.items():
            cursor.execute(
                # As an array it is read once: a join may ask for the first so many again and again.
                f"DELETE FROM {table} WHERE id = ANY (ARRAY(SELECT id FROM {table} WHERE {stale}"
                " ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED))",
                times,
            )
            forgotten += cursor.rowcount
    return forgotten
