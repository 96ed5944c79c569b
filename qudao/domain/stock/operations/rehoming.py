"""A part of the organization moves to another branch: the value of its goods moves along."""

from __future__ import annotations

from django.db import connection

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import Transfer
from qudao.domain.party.types import OrganizationId
from qudao.domain.stock.operations.moving import VALUE
from qudao.domain.stock.queries.audit import VALUES_OF_BRANCHES
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@command("stock.rehome")
def rehome(ctx: Context, *, organization: OrganizationId) -> int:
    """
    Let the ledger follow goods to the branch that keeps their books since an organization moved.

    Whatever one branch has booked too much, another has too little: the difference of each to
    what lies there is moved, so that a repetition moves nothing. Returns how many branches were
    put right.
    """
    record_subject(organization)
    with connection.cursor() as cursor:
        # Documents that are written meanwhile post on their own; one such correction at a time.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('stock.rehome', 0))")
        cursor.execute(VALUES_OF_BRANCHES)
        rows = cursor.fetchall()
    more, less = [], []
    for branch, _, value in rows:
        account = accounts.account_of(branch, VALUE)
        booked = 0 if account is None else accounts.derived_balance(account).minor
        if booked > value:
            less.append([branch, booked - int(value)])
        elif booked < value:
            more.append([branch, int(value) - booked])
    cause, transfers = new_id(ctx.at), []
    for source in less:
        for target in more:
            amount = min(source[1], target[1])
            if amount:
                transfers.append(
                    Transfer(
                        ledger.open_account(ctx, kind=VALUE, owner=source[0]),
                        ledger.open_account(ctx, kind=VALUE, owner=target[0]),
                        Money(amount),
                        "stock_rehome",
                        cause,
                    )
                )
                source[1] -= amount
                target[1] -= amount
    ledger.post_all(ctx, transfers=transfers)
    return len({transfer.source for transfer in transfers})
