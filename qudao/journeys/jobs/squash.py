"""At night: fold old postings into the sums of the operator's own accounts."""

from __future__ import annotations

from datetime import timedelta

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as postings
from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.jobs.schedule import scheduled


@scheduled("ledger.squash", cron="20 18 * * *")
def squash(ctx: Context) -> None:
    """Fold all postings up to the day before yesterday: nothing of them is still being written."""
    upto = postings.last_posting_before(business_date(ctx.at) - timedelta(days=1))
    if upto is not None:
        ledger.squash(ctx, upto=upto)
