"""Disputes by line, their answers, and the adjustments that correct a settled month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from qudao.domain.commission.events.settlements import DisputeAnswered, LineDisputed
from qudao.domain.commission.models.settlements import Adjustment, Dispute, Statement
from qudao.domain.commission.operations.settlements import (
    StateUnfit,
    _month_for_adjustments,
)
from qudao.domain.commission.queries import book
from qudao.domain.commission.queries.effective import rules_by_number
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import (
    SETTLED,
    AdjustmentId,
    DisputeId,
    DisputeNotFound,
    DisputeState,
    LineKey,
    LineNotFound,
    Source,
    StatementId,
    StatementNotFound,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context

DAYS_TO_ANSWER: Final = 7
DAYS_TO_DISPUTE: Final = 90
"""After the month's last day."""
LONGEST_CLAIM: Final = 1000


@dataclass(eq=False)
class DisputeOpen(Refusal, kind=Kind.CONFLICT):
    """The line is disputed already."""


@dataclass(eq=False)
class DisputeTooLate(Refusal, kind=Kind.CONFLICT):
    """The month is too long ago."""

    until: date


@dataclass(eq=False)
class DisputeOver(Refusal, kind=Kind.CONFLICT):
    """It was answered or withdrawn."""

    state: str


@dataclass(eq=False)
class ClaimMissing(Refusal, kind=Kind.INVALID):
    """A dispute says what is wrong, and an answer why."""


@dataclass(eq=False)
class CorrectionUnfit(Refusal, kind=Kind.INVALID):
    """What is declined corrects nothing."""


@dataclass(eq=False)
class AdjustmentEmpty(Refusal, kind=Kind.INVALID):
    """An adjustment of nothing."""


@dataclass(eq=False)
class MonthNotSettled(Refusal, kind=Kind.CONFLICT):
    """A month that is not approved is computed anew, not adjusted."""

    month: date


@command("commission.dispute_line", subject="statement")
def dispute_line(ctx: Context, *, statement: StatementId, line: LineKey, claim: str) -> DisputeId:
    """
    Say that a line of a settled month is wrong, and why.

    :raises StatementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if the month is not approved yet.
    :raises DisputeTooLate: if it ended too long ago.
    :raises ClaimMissing: without words.
    :raises LineNotFound: if the statement has no such line.
    :raises DisputeOpen: if the line is disputed already.
    """
    rows = Statement.objects.within(ctx.scope).select_related("settlement")
    row = rows.select_for_update(of=("self",)).filter(id=statement).first()
    if row is None:
        raise StatementNotFound(statement)
    if row.settlement.state not in SETTLED:
        raise StateUnfit(row.settlement.state)
    end = (row.settlement.month + timedelta(days=32)).replace(day=1)
    until = end + timedelta(days=DAYS_TO_DISPUTE - 1)
    today = business_date(ctx.at)
    if today > until:
        raise DisputeTooLate(until)
    if not claim.strip():
        raise ClaimMissing
    found = book.lines_at(row.settlement.versions, row.number, line)
    if not found:
        raise LineNotFound(line.rule, line.fact)
    rule = rules_by_number([line.rule]).get(line.rule)
    disputes = Dispute.objects.unscoped("of a statement in scope")
    open_one = disputes.filter(
        statement=row, rule=line.rule, fact=line.fact, slice=line.slice, state=DisputeState.OPEN
    )
    if open_one.exists():
        raise DisputeOpen
    made = Dispute.objects.create(
        id=new_id(ctx.at),
        statement=row,
        outlet_id=row.outlet_id,
        rule=line.rule,
        fact=line.fact,
        slice=line.slice,
        amount=0 if rule is not None and rule.unit == Unit.POINT else sum(x.amount for x in found),
        claim=claim.strip()[:LONGEST_CLAIM],
        due_on=today + timedelta(days=DAYS_TO_ANSWER),
        opened_at=ctx.at,
        opened_by=ctx.actor,
    )
    dispute = DisputeId(made.id)
    announce(LineDisputed(dispute, OrganizationId(row.outlet_id), row.settlement.month))
    return dispute


@command("commission.withdraw_dispute", subject="dispute")
def withdraw_dispute(ctx: Context, *, dispute: DisputeId) -> None:
    """
    Take a dispute back.

    :raises DisputeNotFound: if there is none in the actor's scope.
    :raises DisputeOver: if it was answered or withdrawn.
    """
    row = _open(ctx, dispute)
    row.state, row.answered_at, row.answered_by = DisputeState.WITHDRAWN, ctx.at, ctx.actor
    row.save(update_fields=["state", "answered_at", "answered_by"])


def _correction_needs_checker(ctx: Context, *, correction: Money, **_: object) -> str | None:
    return "commission.correction" if correction else None


@command(
    "commission.answer_dispute", subject="dispute", approval=_correction_needs_checker, led=True
)
def answer_dispute(
    ctx: Context, *, dispute: DisputeId, accepted: bool, answer: str, correction: Money
) -> AdjustmentId | None:
    """
    Answer a dispute; a correction is counted in the first month that is not approved yet.

    One that moves money is parked for a second person.

    :raises DisputeNotFound: if there is none in the actor's scope.
    :raises DisputeOver: if it was answered or withdrawn.
    :raises ClaimMissing: without words.
    :raises CorrectionUnfit: if it is declined with a correction.
    """
    row = _open(ctx, dispute)
    if not answer.strip():
        raise ClaimMissing
    if correction and not accepted:
        raise CorrectionUnfit
    row.state = DisputeState.ACCEPTED if accepted else DisputeState.DECLINED
    row.answer, row.correction = answer.strip()[:LONGEST_CLAIM], correction.minor
    row.answered_at, row.answered_by = ctx.at, ctx.actor
    row.save()
    outlet = OrganizationId(row.outlet_id)
    announce(DisputeAnswered(dispute, outlet, accepted, correction))
    if not correction:
        return None
    settlement = row.statement.settlement
    made = Adjustment.objects.create(
        id=new_id(ctx.at),
        outlet_id=outlet,
        month=_month_for_adjustments(ctx, settlement.province_id, settlement.month),
        corrects=settlement.month,
        rule=row.rule,
        fact=row.fact,
        amount=correction.minor,
        reason=row.answer,
        source=Source.DISPUTE,
        dispute=row,
        made_at=ctx.at,
        made_by=ctx.actor,
    )
    return AdjustmentId(made.id)


def _always(ctx: Context, **_: object) -> str | None:
    return "commission.adjustment"


@command("commission.adjust", subject="statement", approval=_always)
def adjust(ctx: Context, *, statement: StatementId, amount: Money, reason: str) -> AdjustmentId:
    """
    Correct a settled month of an outlet by hand, in the first month that is not approved yet.

    Always parked for a second person.

    :raises StatementNotFound: if there is none in the actor's scope.
    :raises MonthNotSettled: if its month is not approved.
    :raises AdjustmentEmpty: if the amount is zero.
    :raises ClaimMissing: without a reason.
    """
    rows = Statement.objects.within(ctx.scope).select_related("settlement")
    row = rows.filter(id=statement).first()
    if row is None:
        raise StatementNotFound(statement)
    if not amount:
        raise AdjustmentEmpty
    if not reason.strip():
        raise ClaimMissing
    if row.settlement.state not in SETTLED:
        raise MonthNotSettled(row.settlement.month)
    made = Adjustment.objects.create(
        id=new_id(ctx.at),
        outlet_id=row.outlet_id,
        month=_month_for_adjustments(ctx, row.settlement.province_id, row.settlement.month),
        corrects=row.settlement.month,
        amount=amount.minor,
        reason=reason.strip()[:LONGEST_CLAIM],
        source=Source.HAND,
        made_at=ctx.at,
        made_by=ctx.actor,
    )
    return AdjustmentId(made.id)


def _open(ctx: Context, dispute: DisputeId) -> Dispute:
    rows = Dispute.objects.within(ctx.scope).select_related("statement__settlement")
    row = rows.select_for_update(of=("self",)).filter(id=dispute).first()
    if row is None:
        raise DisputeNotFound(dispute)
    if row.state != DisputeState.OPEN:
        raise DisputeOver(row.state)
    return row
