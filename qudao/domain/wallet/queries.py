"""Read wallets, statements and closings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from qudao.domain.ledger import queries as ledger
from qudao.domain.ledger.types import AccountId, AccountKind, Line
from qudao.domain.party.types import OrganizationId
from qudao.domain.wallet.models import DailyClosing, Wallet
from qudao.domain.wallet.types import Closing, WalletLevel, WalletRecord, WalletRow
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import business_date, day_bounds
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of, project


@dataclass(eq=False)
class WalletNotFound(Refusal, kind=Kind.NOT_FOUND):
    """The outlet has no wallet, or is not where the actor may look."""

    outlet: OrganizationId


def wallet(ctx: Context, *, outlet: OrganizationId) -> WalletRecord:
    """
    Return an outlet's wallet as it stands now.

    :raises NotPermitted: without `wallet.read`.
    :raises WalletNotFound: if there is none in the actor's scope.
    """
    row = _row(ctx, outlet)
    account = AccountId(row.account_id)
    held = ledger.balances([account])[account]
    today = business_date(ctx.at)
    return WalletRecord(
        outlet,
        account,
        held.balance,
        -held.floor,
        held.frozen,
        Money(row.low_balance),
        held.day_out if held.day == today else Money.zero(),
    )


def deposit_held(ctx: Context, *, outlet: OrganizationId) -> Money:
    """
    Return what an outlet has put down as its deposit and not got back.

    :raises NotPermitted: without `wallet.read`.
    :raises WalletNotFound: if it has no wallet in the actor's scope.
    """
    _row(ctx, outlet)
    account = ledger.account_of(outlet, AccountKind.DEPOSIT)
    return Money.zero() if account is None else ledger.balances([account])[account].balance


def levels(outlets: Iterable[OrganizationId]) -> dict[OrganizationId, WalletLevel]:
    """Return how much is left in the wallets of some outlets, in one query, for reactions."""
    rows = Wallet.objects.unscoped("reactions follow all wallets").filter(outlet__in=set(outlets))
    found = project(
        rows.annotate(credit_limit=-F("account__floor")),
        WalletLevel,
        outlet="outlet_id",
        balance="account__balance",
    )
    return {one.outlet: one for one in found}


def wallets(
    ctx: Context, *, page: PageRequest, text: str = "", low: bool = False, frozen: bool = False
) -> Page[WalletRow]:
    """
    Return the wallets of the actor's scope by outlet, all or those low or frozen.

    `text` is part of a name, or the beginning of an outlet's code.

    :raises NotPermitted: without `wallet.read`.
    """
    ctx.require("wallet.read")
    rows = Wallet.objects.within(ctx.scope).order_by("outlet__path")
    if text:
        rows = rows.filter(
            Q(outlet__name_zh__icontains=text)
            | Q(outlet__name_en__icontains=text)
            | Q(outlet__code__startswith=text)
        )
    if low:
        rows = rows.filter(account__balance__lt=F("low_balance") + F("account__floor"))
    if frozen:
        rows = rows.filter(account__frozen=True)
    return page_of(
        rows.annotate(credit_limit=-F("account__floor")),
        WalletRow,
        page,
        outlet="outlet_id",
        code="outlet__code",
        name_zh="outlet__name_zh",
        name_en="outlet__name_en",
        path="outlet__path",
        balance="account__balance",
        frozen="account__frozen",
    )


def statement(
    ctx: Context,
    *,
    outlet: OrganizationId,
    page: PageRequest,
    first: date | None = None,
    last: date | None = None,
    kind: str = "",
) -> Page[Line]:
    """
    Return the movements of an outlet's wallet with its balance after each, newest first.

    :raises NotPermitted: without `wallet.read`.
    :raises WalletNotFound: if there is none in the actor's scope.
    """
    account = AccountId(_row(ctx, outlet).account_id)
    return ledger.lines(account, page, first=first, last=last, kind=kind)


def closings(ctx: Context, *, outlet: OrganizationId, page: PageRequest) -> Page[Closing]:
    """
    Return the daily closings of an outlet's wallet, newest first.

    :raises NotPermitted: without `wallet.read`.
    """
    ctx.require("wallet.read")
    rows = DailyClosing.objects.within(ctx.scope).filter(outlet_id=outlet)
    return page_of(rows.order_by("-business_date"), Closing, page, outlet="outlet_id")


def accounts_of(outlets: Collection[UUID]) -> dict[UUID, AccountId]:
    """Return the accounts of outlets' wallets, as far as they have got one: for sets."""
    rows = Wallet.objects.unscoped("the caller has the outlets in scope")
    found = rows.filter(outlet__in=outlets).values_list("outlet", "account")
    return {outlet: AccountId(account) for outlet, account in found}


def unclosed(day: date) -> int:
    """Return how many wallets that there were on a business day have no closing of it, or later."""
    closed = DailyClosing.objects.unscoped("the archive takes in everybody's").filter(
        outlet=OuterRef("outlet"), business_date__gte=day
    )
    rows = Wallet.objects.unscoped("the archive takes in everybody's")
    return rows.filter(~Exists(closed), opened_at__lt=day_bounds(day).end).count()


def _row(ctx: Context, outlet: OrganizationId) -> Wallet:
    ctx.require("wallet.read")
    row = Wallet.objects.within(ctx.scope).filter(outlet_id=outlet).first()
    if row is None:
        raise WalletNotFound(outlet)
    return row
