"""Open accounts, move amounts, limit and freeze."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from qudao.domain.ledger.models import Account, AccountBalance, Posting
from qudao.domain.ledger.types import AccountId, Phase, PostingId, Transfer
from qudao.domain.party.queries import home_of
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date, month_of
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays, prepared


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
    known = prepared.fetch(_ACCOUNT, ["" if owner is None else str(owner), kind, asset])
    if known:
        return AccountId(known[0][0])
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


_ACCOUNT = """
SELECT id FROM ledger_account
WHERE owner IS NOT DISTINCT FROM nullif(%s::text, '')::uuid AND kind = %s::text AND asset = %s::text
"""


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
    day = business_date(ctx.at)
    ((outcome, account, available, posting),) = prepared.fetch(
        _POST,
        [
            str(source),
            str(target),
            str(amount.minor),
            kind,
            str(cause),
            ctx.at.isoformat(),
            day.isoformat(),
            month_of(day).isoformat(),
        ],
    )
    match outcome:
        case "posted":
            return PostingId(posting)
        case "missing":
            raise AccountNotFound(AccountId(account))
        case "frozen":
            raise AccountFrozen(AccountId(account))
    raise InsufficientFunds(AccountId(account), Money(available))


_POST = """
SELECT outcome, account, available, posting
FROM ledger_post(
    %s::uuid, %s::uuid, %s::bigint, %s::text, %s::uuid, %s::timestamptz, %s::date, %s::date)
"""


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


@command("ledger.deposit_all")
def deposit_all(ctx: Context, *, transfers: Sequence[Transfer]) -> None:
    """
    Move amounts from the operator's own accounts into accounts with a limit, many at once, each of
    these once at most; transfers of nothing are left out. Money comes into frozen ones, too.

    :raises AmountNegative: if an amount is below zero.
    :raises SameAccount: if an account is to get something twice.
    :raises AccountNotFound: if a source has a limit, a target has none, or either is not there.
    """
    wanted = [one for one in transfers if one.amount]
    seen: set[AccountId] = set()
    for one in wanted:
        if one.amount < Money.zero():
            raise AmountNegative(one.amount)
        if one.target in seen:
            raise SameAccount(one.target)
        seen.add(one.target)
    if not wanted:
        return
    sources = {one.source for one in wanted}
    known = Account.objects.filter(id__in=sources, limited=False).values_list("id", flat=True)
    for account in sources - {AccountId(one) for one in known}:
        raise AccountNotFound(account)
    day = business_date(ctx.at)
    rows = prepared.fetch(
        _DEPOSIT,
        [
            arrays.uuids(one.source for one in wanted),
            arrays.uuids(one.target for one in wanted),
            arrays.numbers(one.amount.minor for one in wanted),
            arrays.texts(one.kind for one in wanted),
            arrays.uuids(one.cause for one in wanted),
            ctx.at.isoformat(),
            day.isoformat(),
            month_of(day).isoformat(),
        ],
    )
    for account in seen - {AccountId(account) for (account,) in rows}:
        raise AccountNotFound(account)


# The rows are locked in the order of their accounts before any of them is changed.
_DEPOSIT = """
WITH wanted AS (
    SELECT w.*, a.home
    FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::uuid[])
         AS w(source, target, amount, kind, cause)
    JOIN ledger_account a ON a.id = w.target AND a.limited
), locked AS MATERIALIZED (
    SELECT b.account_id, b.home FROM ledger_balance b
    JOIN wanted w ON w.target = b.account_id AND w.home = b.home
    ORDER BY b.account_id FOR NO KEY UPDATE OF b
), moved AS (
    UPDATE ledger_balance b SET balance = b.balance + w.amount
    FROM wanted w JOIN locked l ON l.account_id = w.target
    WHERE b.account_id = l.account_id AND b.home = l.home
    RETURNING b.account_id, b.balance, b.home
)
INSERT INTO ledger_posting
    (at, business_date, period, source_id, target_id, amount, phase, kind, cause,
     target_balance, home)
SELECT %s::timestamptz, %s::date, %s::date, w.source, w.target, w.amount, 'single', w.kind,
       w.cause, m.balance, m.home
FROM moved m JOIN wanted w ON w.target = m.account_id
RETURNING target_id
"""


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
