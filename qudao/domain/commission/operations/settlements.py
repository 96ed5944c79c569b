"""
A settlement from draft to closed.

What takes long is done by jobs between two commands: the first says that it runs, the second
records what came out. Who computes or checks a month does not approve it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from qudao.domain.commission.events.settlements import (
    SettlementApproved,
    SettlementClosed,
    SettlementSentBack,
)
from qudao.domain.commission.models.settlements import Settlement, Statement
from qudao.domain.commission.queries import conservation
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.types import ReasonMissing, SamePerson
from qudao.domain.commission.types.settlements import (
    SETTLED,
    Running,
    SettlementId,
    SettlementNotFound,
    SettlementState,
    StatementState,
)
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context

EARLIEST = date(2000, 1, 1)

OPEN = frozenset({SettlementState.DRAFT, SettlementState.COMPUTED, SettlementState.CHECKED})
"""It may be computed anew."""


@dataclass(eq=False)
class ProvinceExpected(Refusal, kind=Kind.INVALID):
    """A settlement is that of a province."""

    organization: UUID


@dataclass(eq=False)
class MonthUnfit(Refusal, kind=Kind.INVALID):
    """The month has not begun, or lies before all our history."""

    month: date


@dataclass(eq=False)
class MonthNotOver(Refusal, kind=Kind.CONFLICT):
    """A month is checked after its last day."""

    month: date


@dataclass(eq=False)
class StateUnfit(Refusal, kind=Kind.CONFLICT):
    """The settlement is not where this can be done with it."""

    state: str


@dataclass(eq=False)
class StillRunning(Refusal, kind=Kind.CONFLICT):
    """A worker is at it."""

    running: str


@dataclass(eq=False)
class EarlierMonthOpen(Refusal, kind=Kind.CONFLICT):
    """The month before is posted first: what it carries belongs to this one."""

    month: date


@dataclass(eq=False)
class BudgetExceeded(Refusal, kind=Kind.CONFLICT):
    """Policies cost more than they may."""

    policies: list[str]
    over: Money


@dataclass(eq=False)
class PaymentsOutstanding(Refusal, kind=Kind.CONFLICT):
    """The bank has not answered all payments."""

    count: int


@dataclass(eq=False)
class BooksUnequal(Refusal, kind=Kind.CONFLICT):
    """Lines, statements and postings do not agree."""

    problems: list[str]


@command("commission.open_settlement", subject="province")
def open_settlement(ctx: Context, *, province: OrganizationId, month: date) -> SettlementId:
    """
    Return the settlement of a month, made as a draft if there is none.

    :raises ProvinceExpected: if there is no such province in the actor's scope.
    :raises MonthUnfit: if the month has not begun, or lies before all our history.
    """
    row = organizations.organization(ctx, province)
    if row is None or row.kind != "province":
        raise ProvinceExpected(province)
    first = month_of(month)
    if not EARLIEST <= first <= business_date(ctx.at):
        raise MonthUnfit(first)
    known = Settlement.objects.within(ctx.scope).filter(province=province, month=first).first()
    if known is not None:
        return SettlementId(known.id)
    made = Settlement.objects.create(
        id=new_id(ctx.at), province_id=province, month=first, made_at=ctx.at, made_by=ctx.actor
    )
    return SettlementId(made.id)


@command("commission.start_computing", subject="settlement")
def start_computing(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Say that a settlement is being computed, or computed anew.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it was approved.
    :raises StillRunning: if a worker is at it.
    """
    _start(ctx, settlement, Running.COMPUTING, OPEN)


@command("commission.start_checking", subject="settlement")
def start_checking(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Say that a computed settlement is being checked.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it was not computed, or approved already.
    :raises StillRunning: if a worker is at it.
    :raises MonthNotOver: if the month has not ended.
    :raises EarlierMonthOpen: if the month before was computed and not posted.
    """
    row = _start(
        ctx, settlement, Running.CHECKING, {SettlementState.COMPUTED, SettlementState.CHECKED}
    )
    if business_date(ctx.at) <= _last_day(row.month):
        raise MonthNotOver(row.month)
    before = _before(row)
    if before is not None and before.state not in {SettlementState.POSTED, SettlementState.CLOSED}:
        raise EarlierMonthOpen(before.month)


@command("commission.start_posting", subject="settlement")
def start_posting(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Say that an approved settlement is being posted. Starting again goes on where it stopped.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it is not approved.
    :raises StillRunning: if a worker is at it.
    """
    _start(ctx, settlement, Running.POSTING, {SettlementState.APPROVED})


@command("commission.approve_settlement", subject="settlement")
def approve_settlement(ctx: Context, *, settlement: SettlementId) -> None:
    """
    Let a checked settlement be posted: by another person than who computed and checked it.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it is not checked.
    :raises StillRunning: if a worker is at it.
    :raises SamePerson: if the actor computed or checked it.
    :raises BudgetExceeded: if policies cost more than they may; they are named.
    """
    row = _fit(_locked(ctx, settlement), {SettlementState.CHECKED})
    if ctx.actor in {row.computed_by, row.checked_by}:
        raise SamePerson
    over = queries.over_budget(row.id, row.month)
    if over:
        raise BudgetExceeded(
            [policy for policy, _ in over], Money(sum(amount for _, amount in over))
        )
    row.state, row.approved_at, row.approved_by = SettlementState.APPROVED, ctx.at, ctx.actor
    row.remark = ""
    row.save(update_fields=["state", "approved_at", "approved_by", "remark"])
    announce(SettlementApproved(SettlementId(row.id), row.month, Money(row.net)))


@command("commission.send_back_settlement", subject="settlement")
def send_back_settlement(ctx: Context, *, settlement: SettlementId, reason: str) -> None:
    """
    Make a computed or checked settlement a draft again, with a reason.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it is a draft, or approved.
    :raises StillRunning: if a worker is at it.
    :raises ReasonMissing: without a reason.
    """
    if not reason.strip():
        raise ReasonMissing
    row = _fit(_locked(ctx, settlement), {SettlementState.COMPUTED, SettlementState.CHECKED})
    row.state, row.remark = SettlementState.DRAFT, reason.strip()
    row.save(update_fields=["state", "remark"])
    announce(SettlementSentBack(SettlementId(row.id), row.month, reason.strip()))


@command("commission.close_settlement", subject="settlement")
def close_settlement(ctx: Context, *, settlement: SettlementId) -> None:
    """
    End a posted settlement: from now on only adjustments of later months correct it.

    :raises SettlementNotFound: if there is none in the actor's scope.
    :raises StateUnfit: if it is not posted.
    :raises StillRunning: if a worker is at it.
    :raises PaymentsOutstanding: if the bank has not answered all that was sent to it.
    :raises BooksUnequal: if lines, statements, postings and payouts do not agree.
    """
    row = _fit(_locked(ctx, settlement), {SettlementState.POSTED})
    sent = Statement.objects.unscoped("all of the settlement").filter(
        settlement=row, state=StatementState.SENT
    )
    if count := sent.count():
        raise PaymentsOutstanding(count)
    problems = conservation.faults_of(SettlementId(row.id))
    if problems:
        raise BooksUnequal(problems[:20])
    row.state, row.closed_at = SettlementState.CLOSED, ctx.at
    row.save(update_fields=["state", "closed_at"])
    announce(SettlementClosed(SettlementId(row.id), row.month))


def _locked(ctx: Context, settlement: UUID) -> Settlement:
    """Return a settlement in the actor's scope, locked."""
    rows = Settlement.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(id=settlement).first()
    if row is None:
        raise SettlementNotFound(settlement)
    return row


def _month_for_adjustments(ctx: Context, province: UUID, corrects: date) -> date:
    """Return the first month after another that is not approved, as a draft if it was computed."""
    rows = Settlement.objects.unscoped("of the province of a row in scope")
    # nobody approves a month, or makes its statements count, until the adjustment is there
    later = rows.select_for_update(of=("self",)).filter(province=province, month__gt=corrects)
    settled = [one.month for one in later.order_by("month") if one.state in SETTLED]
    month = _last_day(max([corrects, *settled])) + timedelta(days=1)
    rows.filter(
        province=province,
        month=month,
        state__in=[SettlementState.COMPUTED, SettlementState.CHECKED],
    ).update(state=SettlementState.DRAFT)
    return month


def _last_day(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _start(
    ctx: Context, settlement: SettlementId, running: Running, states: frozenset[str] | set[str]
) -> Settlement:
    row = _fit(_locked(ctx, settlement), states)
    row.running, row.done, row.total, row.problem = running, 0, 0, ""
    if running == Running.COMPUTING:
        row.computed_by = ctx.actor
    if running == Running.CHECKING:
        row.checked_by = ctx.actor
    row.save()
    return row


def _fit(row: Settlement, states: frozenset[str] | set[str]) -> Settlement:
    if row.running:
        raise StillRunning(row.running)
    if row.state not in states:
        raise StateUnfit(row.state)
    return row


def _before(row: Settlement) -> Settlement | None:
    """Return the settlement of the month before, if there is one."""
    month = month_of(row.month - timedelta(days=1))
    rows = Settlement.objects.unscoped("of the same province")
    return rows.filter(province=row.province_id, month=month).first()
