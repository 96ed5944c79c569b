"""
Post statements, some at a time.

Each set is one transaction: the postings and the statements' new state are there together, or
neither is; so a worker that dies leaves a whole number of sets, and the next one goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from qudao.domain.commission.models.settlements import Statement, StatementClerk
from qudao.domain.commission.operations.settlements import StateUnfit, _locked
from qudao.domain.commission.types.settlements import (
    POINT,
    SettlementId,
    SettlementState,
    StatementState,
    Way,
)
from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import AccountId, Transfer
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

EXPENSE, PAYABLE, TAX = "commission_expense", "commission_payable", "commission_tax"
"""Accounts of a branch: what commission costs, what waits for the bank, what is withheld."""
POINTS, POINTS_ISSUED = "clerk_points", "points_issued"


@command("commission.post_some", subject="settlement")
def post_some(ctx: Context, *, settlement: SettlementId, most: int = 1000) -> int:
    """
    Post some of the open statements of an approved settlement; return how many there were.

    :raises SettlementNotFound: if there is none.
    :raises StateUnfit: if it is not approved.
    """
    row = _locked(ctx, settlement)
    if row.state != SettlementState.APPROVED:
        raise StateUnfit(row.state)
    rows = Statement.objects.unscoped("of a settlement in scope")
    found = list(
        rows.select_for_update(of=("self",))
        .filter(settlement=row, state=StatementState.OPEN)
        .order_by("id")[:most]
    )
    if found:
        _post_money(ctx, found)
        _post_points(ctx, row.province_id, found)
    row.done += len(found)
    row.save(update_fields=["done"])
    return len(found)


def _account(ctx: Context, kind: str, owner: UUID) -> AccountId:
    return ledger.open_account(ctx, kind=kind, owner=owner)


def _post_money(ctx: Context, found: Sequence[Statement]) -> None:
    purses = wallets.accounts_of([one.outlet_id for one in found if one.way == Way.WALLET])
    expense, payable, tax = (
        {branch: _account(ctx, kind, branch) for branch in sorted({one.branch_id for one in found})}
        for kind in (EXPENSE, PAYABLE, TAX)
    )
    into_wallets, others = [], []
    states: dict[StatementState, list[UUID]] = defaultdict(list)
    for one in found:
        source, net = expense[one.branch_id], Money(one.net)
        purse = purses.get(one.outlet_id)
        if purse is not None:
            into_wallets.append(Transfer(source, purse, net, "commission", one.id))
        else:
            others.append(Transfer(source, payable[one.branch_id], net, "commission", one.id))
        others.append(
            Transfer(source, tax[one.branch_id], Money(one.tax), "commission_tax", one.id)
        )
        states[_state(one, purse is not None)].append(one.id)
    ledger.deposit_all(ctx, transfers=into_wallets)
    ledger.post_all(ctx, transfers=others)
    rows = Statement.objects.unscoped("of a settlement in scope")
    for state, ids in states.items():
        rows.filter(id__in=ids).update(state=state)


def _state(one: Statement, into_wallet: bool) -> StatementState:
    if not one.net:
        return StatementState.CARRIED if one.carried else StatementState.PAID
    return StatementState.PAID if into_wallet else StatementState.PAYABLE


def _post_points(ctx: Context, province: UUID, found: Sequence[Statement]) -> None:
    """
    Give clerks their points, each with what it is for: the last statement of those posted together.

    What reversals take back is taken as far as it is there: points that were redeemed are gone.
    """
    rows = StatementClerk.objects.filter(statement__in=found, clerk__isnull=False, posted=False)
    points: dict[UUID, int] = defaultdict(int)
    cause: dict[UUID, UUID] = {}
    for clerk, amount, statement in rows.values_list("clerk", "points", "statement"):
        assert clerk is not None, "filtered above"
        points[clerk] += amount
        cause[clerk] = statement
    if not any(points.values()):
        return
    issued = ledger.open_account(ctx, kind=POINTS_ISSUED, owner=province, asset=POINT)
    clerks = sorted(clerk for clerk, amount in points.items() if amount)
    opened = ledger.open_accounts(ctx, kind=POINTS, owners=clerks, asset=POINT)
    own = dict(zip(clerks, opened, strict=True))
    ledger.deposit_all(
        ctx,
        transfers=[
            Transfer(issued, own[clerk], Money(amount), "points", cause[clerk])
            for clerk, amount in points.items()
            if amount > 0
        ],
    )
    owing = {clerk: -amount for clerk, amount in sorted(points.items()) if amount < 0}
    held = accounts.balances([own[clerk] for clerk in owing]) if owing else {}
    for clerk, amount in owing.items():
        if taken := min(amount, held[own[clerk]].balance.minor):
            ledger.post(
                ctx,
                source=own[clerk],
                target=issued,
                amount=Money(taken),
                kind="points",
                cause=cause[clerk],
            )
    rows.update(posted=True)
