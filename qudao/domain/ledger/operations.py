"""Open accounts, move amounts, limit and freeze."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import F

from qudao.domain.ledger.models import Account, AccountBalance, Carried, Posting
from qudao.domain.ledger.types import AccountId, Phase, PostingId, Transfer
from qudao.domain.party.queries import home_of
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class InsufficientFunds(Refusal, kind=Kind.CONFLICT):
    """The account would fall below its floor."""

    account: AccountId
    available: Money


@dataclass(eq=False)
class AccountFrozen(Refusal, kind=Kind.CONFLICT):
    """Nothing may leave the account."""

    account: AccountId


@dataclass(eq=False)
class AccountNotFound(Refusal, kind=Kind.NOT_FOUND):
    account: AccountId


@dataclass(eq=False)
class PostingNotFound(Refusal, kind=Kind.NOT_FOUND):
    """The account has got no such posting."""

    posting: PostingId


@dataclass(eq=False)
class PostingTakenBack(Refusal, kind=Kind.CONFLICT):
    """What was moved has been moved back already."""

    posting: PostingId


@dataclass(eq=False)
class AmountNegative(Refusal, kind=Kind.INVALID):
    """What moves the other way is posted the other way."""

    amount: Money


@dataclass(eq=False)
class SameAccount(Refusal, kind=Kind.INVALID):
    """Nothing moves from an account to itself."""

    account: AccountId


@dataclass(eq=False)
class FloorAboveZero(Refusal, kind=Kind.INVALID):
    """An account may be let fall below zero, not be kept above it."""

    floor: Money


@dataclass(eq=False)
class FloorAboveBalance(Refusal, kind=Kind.CONFLICT):
    """More of the credit is in use than the new limit allows."""

    balance: Money


@command("ledger.open_account")
def open_account(
    ctx: Context, *, kind: str, owner: UUID | None, limited: bool = False, asset: str = "CNY"
) -> AccountId:
    """
    Return the owner's account of this kind, opening it if there is none.

    Its home is the branch that the owner belongs to at that moment, and stays it.
    """
    account, created = Account.objects.get_or_create(
        owner=owner,
        kind=kind,
        asset=asset,
        defaults={
            "id": new_id(ctx.at),
            "limited": limited,
            "opened_at": ctx.at,
            "home": lambda: home_of(owner),
        },
    )
    if created and limited:
        AccountBalance.objects.create(account=account, day=business_date(ctx.at), home=account.home)
    return AccountId(account.id)


@command("ledger.post")
def post(
    ctx: Context, *, source: AccountId, target: AccountId, amount: Money, kind: str, cause: UUID
) -> PostingId:
    """
    Move an amount from one account to another at once.

    :raises AmountNegative: if the amount is below zero.
    :raises SameAccount: if source and target are one.
    :raises AccountNotFound: if either account does not exist.
    :raises AccountFrozen: if the source is frozen.
    :raises InsufficientFunds: if the source would fall below its floor.
    """
    if amount < Money.zero():
        raise AmountNegative(amount)
    if source == target:
        raise SameAccount(source)
    known = {row.id: row for row in Account.objects.filter(id__in=[source, target])}
    for account in (source, target):
        if account not in known:
            raise AccountNotFound(account)
    limited = {row.id for row in known.values() if row.limited}
    _lock(limited)
    # It is filed where the account with a limit is.
    filed = known[target if target in limited and source not in limited else source]
    posting = Posting(
        source_id=source,
        target_id=target,
        amount=amount.minor,
        kind=kind,
        cause=cause,
        home=filed.home,
        period=month_of(business_date(ctx.at)),
    )
    return _write(ctx, posting, Phase.SINGLE, limited)


@command("ledger.post_all")
def post_all(ctx: Context, *, transfers: Sequence[Transfer]) -> None:
    """
    Move amounts between the operator's own accounts, many at once; transfers of nothing are left
    out.

    They have no limit and no balance row, so nothing is locked.

    :raises AmountNegative: if an amount is below zero.
    :raises SameAccount: if source and target of one are the same.
    :raises AccountNotFound: if an account does not exist, or has a limit.
    """
    wanted = [one for one in transfers if one.amount]
    for one in wanted:
        if one.amount < Money.zero():
            raise AmountNegative(one.amount)
        if one.source == one.target:
            raise SameAccount(one.source)
    named = {account for one in wanted for account in (one.source, one.target)}
    rows = Account.objects.filter(id__in=named, limited=False)
    homes = {AccountId(id): home for id, home in rows.values_list("id", "home")}
    for account in named - homes.keys():
        raise AccountNotFound(account)
    Posting.objects.bulk_create(
        [
            Posting(
                at=ctx.at,
                business_date=business_date(ctx.at),
                source_id=one.source,
                target_id=one.target,
                amount=one.amount.minor,
                phase=Phase.SINGLE,
                kind=one.kind,
                cause=one.cause,
                home=homes[one.source],
                period=month_of(business_date(ctx.at)),
            )
            for one in wanted
        ],
        batch_size=1000,
    )


@command("ledger.take_back")
def take_back(ctx: Context, *, posting: PostingId, account: AccountId) -> PostingId:
    """
    Move back, whole, what a posting moved into `account` at once; both keep the one's number.

    :raises PostingNotFound: if the account has got no such posting.
    :raises PostingTakenBack: if it was taken back before.
    :raises AccountFrozen: if the account is frozen.
    :raises InsufficientFunds: if the account would fall below its floor.
    """
    moved = Posting.objects.filter(id=posting, target=account, phase=Phase.SINGLE).first()
    if moved is None:
        raise PostingNotFound(posting)
    ends = [moved.source_id, moved.target_id]
    rows = Account.objects.filter(id__in=ends, limited=True)
    limited = set(rows.values_list("id", flat=True))
    _lock(limited)
    if Posting.objects.filter(resolves=moved).exists():
        raise PostingTakenBack(posting)
    opposite = Posting(
        source_id=moved.target_id,
        target_id=moved.source_id,
        amount=moved.amount,
        kind=moved.kind,
        cause=moved.cause,
        resolves=moved,
        home=moved.home,
        period=moved.period,
    )
    return _write(ctx, opposite, Phase.REVERSE, limited)


@command("ledger.set_floor")
def set_floor(ctx: Context, *, account: AccountId, floor: Money) -> None:
    """
    Let a limited account fall to `floor` (zero or negative) and no further.

    :raises AccountNotFound: if there is no such limited account.
    :raises FloorAboveZero: if the floor is positive.
    :raises FloorAboveBalance: if the account is already below it.
    """
    if floor > Money.zero():
        raise FloorAboveZero(floor)
    row = _locked(account)
    if row.balance < floor.minor:
        raise FloorAboveBalance(Money(row.balance))
    AccountBalance.objects.filter(account=account).update(floor=floor.minor)


@command("ledger.set_frozen")
def set_frozen(ctx: Context, *, account: AccountId, frozen: bool) -> None:
    """
    Stop, or allow again, what leaves a limited account. Money still comes in.

    :raises AccountNotFound: if there is no such limited account.
    """
    _locked(account)
    AccountBalance.objects.filter(account=account).update(frozen=frozen)


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


def _lock(accounts: set[UUID]) -> None:
    list(
        AccountBalance.objects.select_for_update(no_key=True)
        .filter(account__in=accounts)
        .order_by("account")
        .values_list("account", flat=True)
    )


def _locked(account: AccountId) -> AccountBalance:
    row = AccountBalance.objects.select_for_update(no_key=True).filter(account=account).first()
    if row is None:
        raise AccountNotFound(account)
    return row


def _write(ctx: Context, posting: Posting, phase: Phase, limited: set[UUID]) -> PostingId:
    """Move the amount between accounts whose limited ones are locked, and write the posting."""
    source, target = AccountId(posting.source_id), AccountId(posting.target_id)
    posting.at, posting.business_date, posting.phase = ctx.at, business_date(ctx.at), phase
    posting.source_balance = _move(source, -posting.amount) if source in limited else None
    posting.target_balance = _move(target, posting.amount) if target in limited else None
    posting.save(force_insert=True)
    return PostingId(posting.id)


def _move(account: AccountId, delta: int) -> int:
    """Change a locked balance and return the new one."""
    row = AccountBalance.objects.get(account=account)
    if delta < 0:
        if row.frozen:
            raise AccountFrozen(account)
        if row.balance + delta < row.floor:
            raise InsufficientFunds(account, Money(row.balance - row.floor))
    AccountBalance.objects.filter(account=account).update(balance=F("balance") + delta)
    return row.balance + delta


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
