"""Read payouts, disputes, adjustments, points, and how a month stands with each branch."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from qudao.domain.commission.models.payouts import Payout, PayoutTerms, PointReward, Redemption
from qudao.domain.commission.models.settlements import Adjustment, Dispute, Statement
from qudao.domain.commission.queries.settlements import READ
from qudao.domain.commission.queries.settlements import settlement as _settlement
from qudao.domain.commission.types.settlements import (
    POINT,
    UNPAID,
    AdjustmentRecord,
    BranchBalance,
    DisputeId,
    DisputeNotFound,
    DisputeRecord,
    DisputeState,
    Payee,
    PayoutId,
    PayoutNotFound,
    PayoutRecord,
    PayoutTermsRecord,
    PointsRecord,
    Reward,
    SettlementId,
    StatementId,
    TakenReward,
    Unsettled,
    Way,
)
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import AccountId
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of, project, record_of

TAKEN = 50
"""Rewards that a clerk is shown to have taken."""

_DISPUTE = {
    "statement": "statement_id",
    "outlet": "outlet_id",
    "outlet_code": "outlet__code",
    "outlet_name_zh": "outlet__name_zh",
    "outlet_name_en": "outlet__name_en",
    "month": "statement__settlement__month",
}
_PAYOUT = {
    "branch": "branch_id",
    "branch_name_zh": "branch__name_zh",
    "branch_name_en": "branch__name_en",
    "month": "settlement__month",
}


def disputes(
    ctx: Context,
    *,
    page: PageRequest,
    outlet: OrganizationId | None = None,
    statement: StatementId | None = None,
    open_only: bool = False,
) -> Page[DisputeRecord]:
    """
    Return disputes, newest first.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = Dispute.objects.within(ctx.scope)
    if outlet is not None:
        rows = rows.filter(outlet=outlet)
    if statement is not None:
        rows = rows.filter(statement=statement)
    if open_only:
        rows = rows.filter(state="open")
    return page_of(rows.order_by("-opened_at", "id"), DisputeRecord, page, **_DISPUTE)


def dispute(ctx: Context, *, dispute: DisputeId) -> DisputeRecord:
    """
    Return a dispute.

    :raises NotPermitted: without `commission.read`.
    :raises DisputeNotFound: if there is none in the actor's scope.
    """
    ctx.require(READ)
    found = project(Dispute.objects.within(ctx.scope).filter(id=dispute), DisputeRecord, **_DISPUTE)
    if not found:
        raise DisputeNotFound(dispute)
    return found[0]


def unsettled(ctx: Context, *, outlet: OrganizationId) -> Unsettled:
    """
    Return what is not settled of an outlet's commission: for who lets it leave.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    statements = Statement.objects.within(ctx.scope).filter(outlet=outlet)
    newest = statements.order_by("-settlement__month").select_related("settlement").first()
    unpaid = statements.filter(state__in=UNPAID).aggregate(sum=Sum("net", default=0))["sum"]
    open_ones = Dispute.objects.within(ctx.scope).filter(outlet=outlet, state=DisputeState.OPEN)
    return Unsettled(
        Money(unpaid),
        open_ones.count(),
        None if newest is None else newest.settlement.month,
    )


def adjustments(
    ctx: Context, *, outlet: OrganizationId, month: date
) -> tuple[AdjustmentRecord, ...]:
    """
    Return the corrections of earlier months that count in an outlet's month.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = Adjustment.objects.within(ctx.scope).filter(outlet=outlet, month=month)
    return project(
        rows.order_by("made_at", "id"),
        AdjustmentRecord,
        outlet="outlet_id",
        dispute="dispute_id",
    )


def payout_terms(ctx: Context, *, outlet: OrganizationId) -> PayoutTermsRecord:
    """
    Return where an outlet's commission goes; of the account's number its last four digits.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    row = PayoutTerms.objects.within(ctx.scope).filter(outlet=outlet).first()
    if row is None:
        return PayoutTermsRecord(outlet, Way.WALLET, Payee.INDIVIDUAL, "", "", "")
    number = f"•••• {row.account_number[-4:]}" if row.account_number else ""
    return PayoutTermsRecord(outlet, row.way, row.payee, row.account_name, number, row.bank_code)


def payouts(
    ctx: Context, *, page: PageRequest, settlement: SettlementId | None = None
) -> Page[PayoutRecord]:
    """
    Return files for the bank, newest first.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = Payout.objects.within(ctx.scope)
    if settlement is not None:
        rows = rows.filter(settlement=settlement)
    return page_of(rows.order_by("-made_at", "id"), PayoutRecord, page, **_PAYOUT)


def payout_file(ctx: Context, *, payout: PayoutId) -> tuple[str, str]:
    """
    Return the name and the content of a file for the bank.

    :raises NotPermitted: without `commission.make_payout`: it has the accounts' numbers in clear.
    :raises PayoutNotFound: if there is none in the actor's scope.
    """
    ctx.require("commission.make_payout")
    row = Payout.objects.within(ctx.scope).filter(id=payout).first()
    if row is None:
        raise PayoutNotFound(payout)
    return f"{row.number}.xml", row.content


def rewards() -> tuple[Reward, ...]:
    """Return what can be had for points, the cheapest first."""
    return project(PointReward.objects.filter(offered=True).order_by("points", "code"), Reward)


def own_points(ctx: Context) -> PointsRecord:
    """Return the actor's own points, what they can be had for, and what was taken for them."""
    rows = Redemption.objects.unscoped("the actor's own").filter(clerk=ctx.actor)
    taken = project(
        rows.order_by("-at")[:TAKEN],
        TakenReward,
        name_zh="reward__name_zh",
        name_en="reward__name_en",
    )
    return PointsRecord(ctx.actor, points_of(ctx.actor), rewards(), taken)


def points_of(user: UUID) -> int:
    """Return a clerk's points; the caller may see them."""
    account = accounts.account_of(user, "clerk_points", POINT)
    if account is None:
        return 0
    return accounts.balances([account])[AccountId(account)].balance.minor


def reconciliation(ctx: Context, *, settlement: SettlementId) -> tuple[BranchBalance, ...]:
    """
    Return how a month stands with each branch in scope: accrued, approved, paid, disputed.

    :raises NotPermitted: without `commission.read`.
    :raises SettlementNotFound: if there is none in the actor's scope, or that it lies in.
    """
    ctx.require(READ)
    month = _settlement(ctx, settlement=settlement)
    with connection.cursor() as cursor:
        cursor.execute(_RECONCILED, [month.id])
        return tuple(record_of(row, BranchBalance) for row in cursor.fetchall())


_RECONCILED = """
SELECT b.id, b.code, b.name_zh, b.name_en, count(*),
       sum(t.earned)::bigint, sum(t.adjusted)::bigint, sum(t.brought)::bigint,
       sum(t.carried)::bigint, sum(t.tax)::bigint,
       coalesce(sum(t.net) FILTER (WHERE t.state = 'paid' AND i.id IS NULL), 0)::bigint,
       coalesce(sum(t.net) FILTER (WHERE t.state = 'payable'), 0)::bigint,
       coalesce(sum(t.net) FILTER (WHERE t.state = 'sent'), 0)::bigint,
       coalesce(sum(t.net) FILTER (WHERE t.state = 'paid' AND i.id IS NOT NULL), 0)::bigint,
       coalesce(sum(d.amount), 0)::bigint, coalesce(sum(d.disputes), 0)::bigint
FROM commission_statement t
JOIN commission_settlement c ON (c.id, c.edition) = (t.settlement_id, t.edition)
JOIN party_organization b ON b.id = t.branch_id
LEFT JOIN commission_payout_item i ON i.statement_id = t.id AND i.state = 'paid'
LEFT JOIN (SELECT statement_id, sum(amount) AS amount, count(*) AS disputes
           FROM commission_dispute WHERE state = 'open' GROUP BY statement_id) d
       ON d.statement_id = t.id
WHERE t.settlement_id = %s
GROUP BY b.id, b.code, b.name_zh, b.name_en
ORDER BY b.code
"""
