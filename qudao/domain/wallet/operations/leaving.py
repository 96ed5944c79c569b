"""Money that stands behind an outlet, and what it is paid when it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import AccountId, AccountKind, PostingId
from qudao.domain.party.types import OrganizationId
from qudao.domain.wallet.events import DepositReceived, DepositReturned, WalletPaidOut
from qudao.domain.wallet.operations.wallets import (
    AmountNotPositive,
    ReasonMissing,
    _balance,
    _branch,
    _wallet,
)
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class ReferenceMissing(Refusal, kind=Kind.INVALID):
    """A transfer has the bank's number, and this one has none."""


@dataclass(eq=False)
class DepositShort(Refusal, kind=Kind.CONFLICT):
    """No more can be kept back than is held."""

    held: Money


@dataclass(eq=False)
class WalletOverdrawn(Refusal, kind=Kind.CONFLICT):
    """The outlet owes us what it has drawn on credit: that comes in first."""

    balance: Money


@command("wallet.receive_deposit", subject="outlet")
def receive_deposit(
    ctx: Context, *, outlet: OrganizationId, amount: Money, reference: str
) -> PostingId:
    """
    Book a deposit (保证金) that came in on the branch's bank account; it is added to what is held.

    It is the outlet's money, kept apart from its wallet: nothing is sold on it.

    :raises WalletNotFound: if there is no wallet in the actor's scope.
    :raises AmountNotPositive: if there is nothing to book.
    :raises ReferenceMissing: without the bank's number of the transfer.
    """
    if amount <= Money.zero():
        raise AmountNotPositive(amount)
    _demand_reference(reference)
    _wallet(ctx, outlet)
    posting = ledger.post(
        ctx,
        source=_bank(ctx, outlet),
        target=_deposit(ctx, outlet),
        amount=amount,
        kind="deposit",
        cause=new_id(ctx.at),
    )
    announce(DepositReceived(outlet, amount, reference.strip()))
    return posting


@command("wallet.return_deposit", subject="outlet")
def return_deposit(
    ctx: Context, *, outlet: OrganizationId, withheld: Money, reason: str, reference: str
) -> Money:
    """
    Pay back the deposit, less what is kept for damage or breach; return what was paid back.

    Nothing is held afterwards. An outlet without a deposit gets nothing, and needs no reference.

    :raises WalletNotFound: if there is no wallet in the actor's scope.
    :raises AmountNotPositive: if a negative amount is to be kept back.
    :raises DepositShort: if more is to be kept back than is held.
    :raises ReasonMissing: if something is kept back, and nothing says why.
    :raises ReferenceMissing: if something is paid back, without the bank's number of the transfer.
    """
    _wallet(ctx, outlet)
    account = _deposit(ctx, outlet)
    held = accounts.balances([account])[account].balance
    if withheld < Money.zero():
        raise AmountNotPositive(withheld)
    if withheld > held:
        raise DepositShort(held)
    if withheld and not reason.strip():
        raise ReasonMissing
    back = held - withheld
    cause = new_id(ctx.at)
    if withheld:
        kept = ledger.open_account(ctx, kind=AccountKind.ADJUSTMENT, owner=_branch(ctx, outlet))
        ledger.post(
            ctx,
            source=account,
            target=kept,
            amount=withheld,
            kind="deposit_withheld",
            cause=cause,
        )
    if back:
        _demand_reference(reference)
        ledger.post(
            ctx,
            source=account,
            target=_bank(ctx, outlet),
            amount=back,
            kind="deposit_return",
            cause=cause,
        )
    announce(DepositReturned(outlet, back, withheld, reason.strip(), reference.strip()))
    return back


@command("wallet.pay_out", subject="outlet")
def pay_out(ctx: Context, *, outlet: OrganizationId, reference: str) -> Money:
    """
    Pay an outlet all that its wallet holds, from the branch's bank account; return how much.

    An empty wallet needs no reference.

    :raises WalletNotFound: if there is none in the actor's scope.
    :raises WalletOverdrawn: if the outlet has drawn on credit.
    :raises AccountFrozen: if the wallet is frozen.
    :raises ReferenceMissing: without the bank's number of the transfer.
    """
    wallet = _wallet(ctx, outlet)
    balance = _balance(wallet)
    if balance < Money.zero():
        raise WalletOverdrawn(balance)
    if balance:
        _demand_reference(reference)
        ledger.post(
            ctx,
            source=AccountId(wallet.account_id),
            target=_bank(ctx, outlet),
            amount=balance,
            kind="pay_out",
            cause=new_id(ctx.at),
        )
        announce(WalletPaidOut(outlet, balance, reference.strip()))
    return balance


def _bank(ctx: Context, outlet: OrganizationId) -> AccountId:
    return ledger.open_account(ctx, kind=AccountKind.BANK, owner=_branch(ctx, outlet))


def _deposit(ctx: Context, outlet: OrganizationId) -> AccountId:
    return ledger.open_account(ctx, kind=AccountKind.DEPOSIT, owner=outlet, limited=True)


def _demand_reference(reference: str) -> None:
    if not reference.strip():
        raise ReferenceMissing
