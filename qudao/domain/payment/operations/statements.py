"""Take in bank statements, all of a file or nothing of it."""

from __future__ import annotations

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import queries, rules
from qudao.domain.payment.events import StatementTaken
from qudao.domain.payment.models import BankLine, BankStatement
from qudao.domain.payment.types import (
    LineDecided,
    LineId,
    LineNotFound,
    LineState,
    ReasonMissing,
    StatementId,
    StatementInvalid,
)
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

ERRORS_TOLD = 50
"""Errors of a file that a refusal carries; the preview has all of them."""


@command("payment.take_statement")
def take_statement(
    ctx: Context, *, branch: OrganizationId, format: str, file_name: str, content: bytes
) -> StatementId:
    """
    Store the credits of a branch's bank statement; all of them wait.

    :raises BranchExpected: if there is no such branch in the actor's scope.
    :raises FormatUnknown: if no such format is registered.
    :raises StatementInvalid: if any row is wrong, or was imported before.
    """
    with connection.cursor() as cursor:
        # Two files of one branch are taken one after the other: each sees the other's references.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"payment.take:{branch}"]
        )
    parsed, errors = queries.read_statement(ctx, branch, format, content)
    if errors:
        raise StatementInvalid(errors[:ERRORS_TOLD], len(errors))
    row = BankStatement.objects.create(
        id=new_id(ctx.at),
        branch_id=branch,
        format=format,
        file_name=file_name[-120:],
        account=parsed.account,
        imported_at=ctx.at,
        imported_by=ctx.actor,
        lines=len(parsed.lines),
        total=rules.total(line.amount for line in parsed.lines).minor,
    )
    BankLine.objects.unscoped("new rows of a statement in scope").bulk_create(
        [
            BankLine(
                id=new_id(ctx.at),
                statement=row,
                branch_id=branch,
                account=parsed.account,
                row=line.row,
                booked_on=line.booked_on,
                amount=line.amount.minor,
                reference=line.reference,
                remittance=line.remittance,
                payer=line.payer,
                state=LineState.WAITING,
            )
            for line in parsed.lines
        ],
        batch_size=1000,
    )
    record_subject(row.id)
    statement = StatementId(row.id)
    announce(StatementTaken(statement, branch, len(parsed.lines)))
    return statement


@command("payment.set_aside_line", subject="line")
def set_aside_line(ctx: Context, *, line: LineId, reason: str) -> None:
    """
    Decide that a waiting line is no outlet's pay-in.

    :raises LineNotFound: if there is none in the actor's scope.
    :raises LineDecided: if it does not wait any more.
    :raises ReasonMissing: without a reason.
    """
    row = BankLine.objects.within(ctx.scope).select_for_update(of=("self",)).filter(id=line).first()
    if row is None:
        raise LineNotFound(line)
    if row.state != LineState.WAITING:
        raise LineDecided(row.state)
    if not reason.strip():
        raise ReasonMissing
    row.state, row.remark = LineState.SET_ASIDE, reason.strip()
    row.decided_at, row.decided_by = ctx.at, ctx.actor
    row.save(update_fields=["state", "remark", "decided_at", "decided_by"])
