"""Keep the books short: fold postings into sums, carry forward what lies in the archive."""

from __future__ import annotations

from datetime import date

from django.db import connection

from qudao.domain.ledger.models import Carried
from qudao.domain.ledger.types import PostingId
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("ledger.squash")
def squash(ctx: Context, *, upto: PostingId) -> None:
    """
    Fold the postings up to `upto` into one sum per unlimited account.

    The caller chooses a posting below which nothing is in flight any more (its transaction is
    older than the oldest that runs).
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQUASH, {"upto": upto})


@command("ledger.carry")
def carry(ctx: Context, *, month: date) -> int:
    """
    Carry forward what accounts hold of a month that is being detached; return in how many rows.

    The caller lets nobody write into the month until its transaction ends, and takes the postings
    out of the table in the same one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_carry(%s)", [month])
        (rows,) = cursor.fetchone() or (0,)
    return int(rows)


@command("ledger.uncarry")
def uncarry(ctx: Context, *, month: date) -> None:
    """Take out what was carried of a month: its postings come back in the same transaction."""
    Carried.objects.filter(period=month).delete()


# Whatever is not above the highest posting that was ever folded in, has been: also of accounts
# that have not moved since, or were opened later.
_SQUASH = """
WITH moved AS (
    SELECT account, sum(amount) AS amount FROM (
        SELECT p.source_id AS account, -p.amount AS amount, p.id FROM ledger_posting p
        UNION ALL
        SELECT p.target_id, p.amount, p.id FROM ledger_posting p
    ) leg
    JOIN ledger_account a ON a.id = leg.account AND NOT a.limited
    WHERE leg.id <= %(upto)s AND leg.id > (SELECT coalesce(max(s.upto), 0) FROM ledger_squash s)
    GROUP BY account
)
INSERT INTO ledger_squash (account_id, upto, balance)
SELECT account, %(upto)s, amount FROM moved
ON CONFLICT (account_id) DO UPDATE
SET upto = excluded.upto, balance = ledger_squash.balance + excluded.balance
"""
