"""Open wallets, put money in, limit, freeze, close the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import AccountId, AccountKind, PostingId
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import Ownership
from qudao.domain.wallet.events import (
    WalletCredited,
    WalletFrozen,
    WalletTakenFrom,
    WalletUnfrozen,
)
from qudao.domain.wallet.models import Wallet
from qudao.domain.wallet.queries import WalletNotFound
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import day_bounds
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context
from qudao.platform.tables import prepared

LOW_BALANCE = Money(200_00)
"""When a new wallet warns."""

CREDIT_WITHOUT_CHECKER = Money(5_000_00)
"""A credit limit above it needs a second pair of eyes."""


@dataclass(eq=False)
class AmountNotPositive(Refusal, kind=Kind.INVALID):
    amount: Money


@dataclass(eq=False)
class PayInNotFound(Refusal, kind=Kind.NOT_FOUND):
    """Nothing was paid into this wallet for it."""

    cause: UUID


@dataclass(eq=False)
class MoneySpent(Refusal, kind=Kind.CONFLICT):
    """The wallet does not hold the money any more."""

    balance: Money


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """This needs a reason."""


@dataclass(eq=False)
class DayNotOver(Refusal, kind=Kind.CONFLICT):
    """A day is closed after it has ended."""

    day: date


def _credit_needs_checker(ctx: Context, *, limit: Money, **_: object) -> str | None:
    return "wallet.credit_limit_high" if limit > CREDIT_WITHOUT_CHECKER else None


def _always(ctx: Context, **_: object) -> str | None:
    return "wallet.adjustment"


@command("wallet.open", subject="outlet")
def open(ctx: Context, *, outlet: OrganizationId) -> AccountId:
    """
    Give an outlet its wallet, with nothing in it; return its account. Opening again is harmless.

    That of an electronic channel does not warn: what customers pay goes through it and leaves
    nothing behind.

    :raises WalletNotFound: if the outlet is not in the actor's scope.
    """
    branch = _branch(ctx, outlet)
    account = ledger.open_account(ctx, kind=AccountKind.WALLET, owner=outlet, limited=True)
    known = Wallet.objects.unscoped("is it open already?").filter(outlet_id=outlet).exists()
    if not known:
        Wallet.objects.create(
            outlet_id=outlet,
            account_id=account,
            home=accounts.home_of(account),
            in_flight_id=ledger.open_account(ctx, kind=AccountKind.IN_FLIGHT, owner=branch),
            collected_id=ledger.open_account(ctx, kind=AccountKind.COLLECTED, owner=branch),
            low_balance=_warns_below(outlet).minor,
            opened_at=ctx.at,
        )
    return account


@command("wallet.credit", subject="outlet")
def credit(
    ctx: Context, *, outlet: OrganizationId, source: AccountId, amount: Money, cause: UUID
) -> PostingId:
    """
    Put money that was received on `source` (cash, card, bank) into a wallet.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises AmountNotPositive: if there is nothing to put in.
    """
    if amount <= Money.zero():
        raise AmountNotPositive(amount)
    found = prepared.fetch(_ACCOUNT, [str(outlet)])
    if not found or not ctx.scope.covers(found[0][1]):
        raise WalletNotFound(outlet)
    account = AccountId(found[0][0])
    posting = ledger.post(
        ctx, source=source, target=account, amount=amount, kind="pay_in", cause=cause
    )
    announce(WalletCredited(outlet, amount, accounts.balances([account])[account].balance))
    return posting


_ACCOUNT = """
SELECT w.account_id, o.path FROM wallet_wallet w
JOIN party_organization o ON o.id = w.outlet_id WHERE w.outlet_id = %s::uuid
"""


@command("wallet.take_back", subject="outlet")
def take_back(ctx: Context, *, outlet: OrganizationId, cause: UUID) -> PostingId:
    """
    Take a pay-in out of a wallet again, by the exact opposite of its posting.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises PayInNotFound: if nothing was paid into this wallet for the cause.
    :raises PostingTakenBack: if it was taken back before.
    :raises AccountFrozen: if the wallet is frozen.
    :raises MoneySpent: if the wallet does not hold the money any more; credit is no money.
    """
    wallet = _wallet(ctx, outlet)
    own = AccountId(wallet.account_id)
    paid_in = accounts.postings_of([cause], "pay_in").get(cause)
    if paid_in is None:
        raise PayInNotFound(cause)
    try:
        posting = ledger.take_back(ctx, posting=paid_in, account=own)
    except ledger.PostingNotFound as error:
        raise PayInNotFound(cause) from error
    except ledger.InsufficientFunds as error:
        raise MoneySpent(_balance(wallet)) from error
    left = _balance(wallet)
    if left < Money.zero():
        raise MoneySpent(left + accounts.amount_of(posting))
    announce(WalletTakenFrom(outlet, accounts.amount_of(posting), left))
    return posting


@command("wallet.adjust", subject="outlet", approval=_always)
def adjust(ctx: Context, *, outlet: OrganizationId, amount: Money, reason: str) -> PostingId:
    """
    Correct a wallet by hand: a positive amount comes in, a negative one goes out.

    Always parked for a second person.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises AmountNotPositive: if the amount is zero.
    :raises ReasonMissing: without a reason.
    :raises InsufficientFunds: if the wallet holds less than is to go out.
    """
    if not reason.strip():
        raise ReasonMissing
    if not amount:
        raise AmountNotPositive(amount)
    wallet = _wallet(ctx, outlet)
    branch = _branch(ctx, outlet)
    other = ledger.open_account(ctx, kind=AccountKind.ADJUSTMENT, owner=branch)
    own = AccountId(wallet.account_id)
    inward = amount > Money.zero()
    return ledger.post(
        ctx,
        source=other if inward else own,
        target=own if inward else other,
        amount=amount if inward else -amount,
        kind="adjustment",
        cause=new_id(ctx.at),
    )


@command("wallet.set_credit_limit", subject="outlet", approval=_credit_needs_checker)
def set_credit_limit(ctx: Context, *, outlet: OrganizationId, limit: Money) -> None:
    """
    Let a wallet fall to minus `limit`.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises AmountNotPositive: if the limit is negative.
    :raises FloorAboveBalance: if more of the credit is in use than the new limit allows.
    """
    if limit < Money.zero():
        raise AmountNotPositive(limit)
    ledger.set_floor(ctx, account=AccountId(_wallet(ctx, outlet).account_id), floor=-limit)


@command("wallet.set_low_balance", subject="outlet")
def set_low_balance(ctx: Context, *, outlet: OrganizationId, amount: Money) -> None:
    """
    Warn when less than this is available; zero for no warning.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises AmountNotPositive: if the amount is negative.
    """
    if amount < Money.zero():
        raise AmountNotPositive(amount)
    wallet = _wallet(ctx, outlet)
    wallet.low_balance = amount.minor
    wallet.save(update_fields=["low_balance"])


@command("wallet.freeze", subject="outlet")
def freeze(ctx: Context, *, outlet: OrganizationId, reason: str) -> None:
    """
    Let nothing leave a wallet; money still comes in.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises ReasonMissing: without a reason.
    """
    if not reason.strip():
        raise ReasonMissing
    wallet = _wallet(ctx, outlet)
    ledger.set_frozen(ctx, account=AccountId(wallet.account_id), frozen=True)
    announce(WalletFrozen(outlet, reason.strip()))


@command("wallet.refund", subject="outlet")
def refund(ctx: Context, *, outlet: OrganizationId, amount: Money, cause: UUID) -> PostingId:
    """
    Pay an outlet back what it had paid for goods that it has returned, out of its branch's takings.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises AmountNotPositive: if there is nothing to pay back.
    """
    if amount <= Money.zero():
        raise AmountNotPositive(amount)
    wallet = _wallet(ctx, outlet)
    return ledger.post(
        ctx,
        source=AccountId(wallet.collected_id),
        target=AccountId(wallet.account_id),
        amount=amount,
        kind="goods_return",
        cause=cause,
    )


@command("wallet.unfreeze", subject="outlet")
def unfreeze(ctx: Context, *, outlet: OrganizationId) -> None:
    """
    Let a frozen wallet pay again.

    :raises WalletNotFound: if there is none in the actor's scope.
    """
    wallet = _wallet(ctx, outlet)
    ledger.set_frozen(ctx, account=AccountId(wallet.account_id), frozen=False)
    announce(WalletUnfrozen(outlet))


@command("wallet.rehome", subject="outlet")
def rehome(ctx: Context, *, outlet: OrganizationId) -> None:
    """
    Let an outlet's next sales count for the branch it belongs to now, after a move.

    Sales in flight are resolved where they were taken.

    :raises WalletNotFound: if there is none in the actor's scope.
    """
    wallet = _wallet(ctx, outlet)
    branch = _branch(ctx, outlet)
    wallet.in_flight_id = ledger.open_account(ctx, kind=AccountKind.IN_FLIGHT, owner=branch)
    wallet.collected_id = ledger.open_account(ctx, kind=AccountKind.COLLECTED, owner=branch)
    wallet.save(update_fields=["in_flight", "collected"])


@command("wallet.close_day")
def close_day(ctx: Context, *, day: date) -> int:
    """
    Write the closing of one business day for every wallet that has none yet.

    Returns how many were written. What a sale of that day becomes later belongs to the day on
    which it becomes it.

    :raises DayNotOver: if the day has not ended.
    """
    end = day_bounds(day).end
    if end is None or ctx.at < end:
        raise DayNotOver(day)
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, {"day": day, "at": ctx.at})
        return int(cursor.rowcount)


def _warns_below(outlet: OrganizationId) -> Money:
    point = outlets.selling_points_now([outlet]).get(outlet)
    passes = point is not None and outlets.kind(point.kind).ownership == Ownership.ELECTRONIC
    return Money.zero() if passes else LOW_BALANCE


def _wallet(ctx: Context, outlet: OrganizationId) -> Wallet:
    wallet = Wallet.objects.within(ctx.scope).filter(outlet_id=outlet).first()
    if wallet is None:
        raise WalletNotFound(outlet)
    return wallet


def _branch(ctx: Context, outlet: OrganizationId) -> OrganizationId:
    """Return the branch, or for an outlet directly below it the province, that keeps accounts."""
    above = organizations.ancestors(ctx, outlet)
    for row in reversed(above):
        if row.kind in {"branch", "province"}:
            return row.id
    raise WalletNotFound(outlet)


def _balance(wallet: Wallet) -> Money:
    account = AccountId(wallet.account_id)
    return accounts.balances([account])[account].balance


_CLOSE = """
WITH line AS (
    SELECT p.source_id AS account, p.id, p.business_date, p.kind, p.phase,
           -p.amount AS amount, p.source_balance AS balance
    FROM ledger_posting p WHERE p.source_balance IS NOT NULL AND p.business_date = %(day)s
      AND p.period <= %(day)s
    UNION ALL
    SELECT p.target_id, p.id, p.business_date, p.kind, p.phase, p.amount, p.target_balance
    FROM ledger_posting p WHERE p.target_balance IS NOT NULL AND p.business_date = %(day)s
      AND p.period <= %(day)s
), total AS (
    SELECT account,
           coalesce(sum(amount) FILTER (WHERE kind = 'pay_in'), 0) AS paid_in,
           coalesce(-sum(amount) FILTER (WHERE phase = 'pending'), 0) AS sold,
           coalesce(sum(amount) FILTER (WHERE kind = 'goods_return'
                    OR (phase IN ('void', 'reverse') AND kind <> 'pay_in')), 0) AS returned,
           coalesce(sum(amount) FILTER (WHERE phase = 'single'
                    AND kind NOT IN ('pay_in', 'goods_return')), 0) AS adjusted,
           count(*) AS lines,
           sum(amount) AS net
    FROM line GROUP BY account
)
INSERT INTO wallet_closing
    (outlet_id, business_date, opening, paid_in, sold, returned, adjusted, closing, lines,
     closed_at)
SELECT w.outlet_id, %(day)s, before.balance, coalesce(t.paid_in, 0),
       coalesce(t.sold, 0), coalesce(t.returned, 0), coalesce(t.adjusted, 0),
       before.balance + coalesce(t.net, 0), coalesce(t.lines, 0), %(at)s
FROM wallet_wallet w
LEFT JOIN total t ON t.account = w.account_id
LEFT JOIN LATERAL (
    SELECT c.closing, c.business_date FROM wallet_closing c
    WHERE c.outlet_id = w.outlet_id AND c.business_date < %(day)s
    ORDER BY c.business_date DESC LIMIT 1
) last ON true
CROSS JOIN LATERAL (
    -- Days that were never closed, such as those before the first closing, count all the same.
    SELECT coalesce(last.closing, 0) + CASE
        WHEN last.business_date = %(day)s - 1 THEN 0
        ELSE coalesce((
            SELECT sum(p.amount) FROM ledger_posting p
            WHERE p.target_id = w.account_id AND p.target_balance IS NOT NULL AND p.home = w.home
              AND p.period <= %(day)s AND p.business_date < %(day)s
              AND p.business_date > coalesce(last.business_date, '-infinity')), 0)
        - coalesce((
            SELECT sum(p.amount) FROM ledger_posting p
            WHERE p.source_id = w.account_id AND p.source_balance IS NOT NULL AND p.home = w.home
              AND p.period <= %(day)s AND p.business_date < %(day)s
              AND p.business_date > coalesce(last.business_date, '-infinity')), 0)
        END AS balance
) before
ON CONFLICT (outlet_id, business_date) DO NOTHING
"""
