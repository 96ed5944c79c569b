"""Cash drawers of hall clerks: opened with a float, counted, closed with the difference."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger.types import AccountKind
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import queries, rules
from qudao.domain.payment.events import CashDrawerClosed
from qudao.domain.payment.models import Count, Drawer
from qudao.domain.payment.types import (
    AmountInvalid,
    DifferenceUnexplained,
    DrawerAlreadyOpen,
    DrawerClosed,
    DrawerCount,
    DrawerId,
    DrawerNotFound,
    NotOwnDrawer,
    ReasonMissing,
)
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

DIFFERENCES = "cash_difference"
"""Kind of the ledger account, one per hall, that takes what is missing or too much."""


@command("payment.open_drawer")
def open_drawer(ctx: Context, *, hall: OrganizationId, opening_float: Money) -> DrawerId:
    """
    Start a session of the actor at a cash drawer of a hall, with change in it.

    :raises OutletUnknown: if the hall is not in the actor's scope.
    :raises NotAHall: if it is not the operator's own.
    :raises DrawerAlreadyOpen: if the actor has an open drawer.
    :raises AmountInvalid: if the float is negative or implausible.
    """
    queries.own_hall(ctx, hall=hall)
    _cash(opening_float)
    row = Drawer(
        id=new_id(ctx.at),
        hall_id=hall,
        clerk=ctx.actor,
        state="open",
        opened_at=ctx.at,
        opening_float=opening_float.minor,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        present = queries.own_drawer(ctx)
        if present is None:
            raise
        raise DrawerAlreadyOpen(present.opened_at) from error
    record_subject(row.id)
    return DrawerId(row.id)


@command("payment.count_drawer", subject="drawer")
def count_drawer(ctx: Context, *, drawer: DrawerId, counted: Money) -> DrawerCount:
    """
    Record a count of one's open drawer; it goes on.

    :raises DrawerNotFound: if there is none in the actor's scope.
    :raises NotOwnDrawer: if it is somebody else's.
    :raises DrawerClosed: if the session is over.
    :raises AmountInvalid: if the count is negative or implausible.
    """
    row = _open(ctx, drawer)
    if row.clerk != ctx.actor:
        raise NotOwnDrawer
    result = _count(row, counted)
    Count.objects.create(
        drawer=row, at=ctx.at, expected=result.expected.minor, counted=counted.minor
    )
    return result


@command("payment.close_drawer", subject="drawer")
def close_drawer(
    ctx: Context, *, drawer: DrawerId, counted: Money, remark: str = ""
) -> DrawerCount:
    """
    End one's session at a drawer with the final count; the difference is posted.

    :raises DrawerNotFound: if there is none in the actor's scope.
    :raises NotOwnDrawer: if it is somebody else's.
    :raises DrawerClosed: if the session is over.
    :raises AmountInvalid: if the count is negative or implausible.
    :raises DifferenceUnexplained: if much is missing or too much, without a remark.
    """
    row = _open(ctx, drawer)
    if row.clerk != ctx.actor:
        raise NotOwnDrawer
    return _close(ctx, row, counted, remark)


@command("payment.close_drawer_of_another", subject="drawer")
def close_drawer_of_another(
    ctx: Context, *, drawer: DrawerId, counted: Money, remark: str
) -> DrawerCount:
    """
    End the session that a clerk left open, with a count and the reason.

    :raises DrawerNotFound: if there is none in the actor's scope.
    :raises DrawerClosed: if the session is over.
    :raises AmountInvalid: if the count is negative or implausible.
    :raises ReasonMissing: without a remark.
    """
    row = _open(ctx, drawer)
    if not remark.strip():
        raise ReasonMissing
    return _close(ctx, row, counted, remark)


def _open(ctx: Context, drawer: DrawerId) -> Drawer:
    # The lock holds off payments into this drawer until its count stands.
    row = Drawer.objects.within(ctx.scope).select_for_update(of=("self",)).filter(id=drawer).first()
    if row is None:
        raise DrawerNotFound(drawer)
    if row.closed_at is not None:
        raise DrawerClosed(row.closed_at)
    return row


def _count(row: Drawer, counted: Money) -> DrawerCount:
    _cash(counted)
    expected = Money(row.opening_float) + queries.cash_received(DrawerId(row.id))
    return DrawerCount(DrawerId(row.id), expected, counted, counted - expected)


def _close(ctx: Context, row: Drawer, counted: Money, remark: str) -> DrawerCount:
    result = _count(row, counted)
    if abs(result.difference.minor) >= rules.EXPLAIN_FROM.minor and not remark.strip():
        raise DifferenceUnexplained(result.difference)
    row.state, row.closed_at, row.closed_by = "closed", ctx.at, ctx.actor
    row.expected, row.counted = result.expected.minor, counted.minor
    row.remark = remark.strip()
    row.save()
    if result.difference:
        cash = ledger.open_account(ctx, kind=AccountKind.CASH, owner=row.hall_id)
        other = ledger.open_account(ctx, kind=DIFFERENCES, owner=row.hall_id)
        # Cash pays into wallets, so its balance is minus the cash in hand: what is missing comes
        # back to it, what is too much goes out of it.
        missing = result.difference < Money.zero()
        ledger.post(
            ctx,
            source=other if missing else cash,
            target=cash if missing else other,
            amount=-result.difference if missing else result.difference,
            kind="cash_difference",
            cause=row.id,
        )
    announce(CashDrawerClosed(DrawerId(row.id), OrganizationId(row.hall_id), result.difference))
    return result


def _cash(amount: Money) -> None:
    if not Money.zero() <= amount <= rules.LARGEST:
        raise AmountInvalid(amount, rules.LARGEST)
