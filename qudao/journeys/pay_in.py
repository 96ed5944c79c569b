"""An outlet pays in: what is received goes into its wallet, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import operations as payment_operations
from qudao.domain.payment import queries as payments
from qudao.domain.payment.types import (
    LineId,
    OutletNotInBranch,
    PaymentId,
    Received,
    StatementId,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletNotActive, OutletState
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

WITHOUT_CHECKER: Final = Money(50_000_00)
"""What is paid in at a hall, or assigned by hand, above this needs a second pair of eyes."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a bank statement."""

    statement: StatementId
    booked: int
    booked_total: Money
    waiting: int
    """Lines in which no outlet was recognised: a person assigns them or sets them aside."""


def _high(ctx: Context, *, amount: Money, **_: object) -> str | None:
    return "pay_in.amount_high" if amount > WITHOUT_CHECKER else None


def _always(ctx: Context, **_: object) -> str | None:
    return "pay_in.take_back"


def _line_high(ctx: Context, *, line: LineId, **_: object) -> str | None:
    amount = payments.line(ctx, line=line).amount
    return "pay_in.amount_high" if amount > WITHOUT_CHECKER else None


@command("pay_in.receive", approval=_high)
def receive(
    ctx: Context,
    *,
    outlet: OrganizationId,
    hall: OrganizationId,
    method: str,
    amount: Money,
    reference: str = "",
) -> PaymentId:
    """
    Take cash or a card payment from an outlet at a hall of its branch, into the outlet's wallet.

    Cash goes into the actor's open drawer. Above `WITHOUT_CHECKER` the command is parked.

    :raises OutletUnknown: if the hall is not in the actor's scope.
    :raises NotAHall: if it is not the operator's own.
    :raises OutletNotInBranch: if the hall's branch has no such outlet.
    :raises OutletNotActive: if the outlet is closed.
    :raises MethodUnknown: if it is neither cash nor card.
    :raises AmountInvalid: if the amount is not positive or implausible.
    :raises NoOpenDrawer: for cash, if the actor has no open drawer at this hall.
    :raises ReferenceMissing: for a card, without the number of its slip.
    :raises WalletNotFound: if the outlet has no wallet.
    """
    here = payments.own_hall(ctx, hall=hall)
    # A hall serves the outlets of its whole branch, though its clerk sees nothing else of them.
    branch = replace(ctx, scope=payments.branch_scope(here.path))
    try:
        _not_closed(branch, outlet)
    except saleschannel.OutletUnknown as error:
        raise OutletNotInBranch(outlet) from error
    received = payment_operations.record_at_hall(
        ctx, outlet=outlet, hall=hall, method=method, amount=amount, reference=reference
    )
    return _credit(branch, outlet, received)


@command("pay_in.import_statement")
def import_statement(
    ctx: Context, *, branch: OrganizationId, format: str, file_name: str, content: bytes
) -> Imported:
    """
    Import a branch's bank statement: each credit whose text names one outlet goes into its wallet.

    All of the file is taken or nothing; what names no outlet, or one without a wallet, waits.

    :raises BranchExpected: if there is no such branch in the actor's scope.
    :raises FormatUnknown: if no such format is registered.
    :raises StatementInvalid: if any row is wrong, or was imported before.
    """
    statement = payment_operations.take_statement(
        ctx, branch=branch, format=format, file_name=file_name, content=content
    )
    amounts, texts = {}, {}
    page = PageRequest(MAX_LIMIT)
    while True:
        lines = payments.lines(ctx, statement=statement, page=page)
        for row in lines.items:
            amounts[row.line], texts[row.line] = row.amount, row.remittance
        if not lines.has_next:
            break
        page = PageRequest(MAX_LIMIT, page.offset + MAX_LIMIT)
    places = payments.recognise(ctx, texts)
    funded = {outlet for _, outlet in places.values() if _has_wallet(ctx, outlet)}
    # Wallets in the order of their ids, as sales lock them.
    booked = sorted((outlet, line) for line, (_, outlet) in places.items() if outlet in funded)
    for outlet, line in booked:
        _credit(ctx, outlet, payment_operations.record_line(ctx, line=line, outlet=outlet))
    total = sum(amounts[line].minor for _, line in booked)
    return Imported(statement, len(booked), Money(total), len(amounts) - len(booked))


@command("pay_in.assign_line", approval=_line_high, subject="line")
def assign_line(ctx: Context, *, line: LineId, outlet: OrganizationId) -> PaymentId:
    """
    Put a waiting line of a bank statement into the wallet of the outlet that a person recognised.

    Above `WITHOUT_CHECKER` the command is parked.

    :raises LineNotFound: if there is none in the actor's scope.
    :raises LineDecided: if it does not wait any more.
    :raises OutletUnknown: if there is no such outlet in the actor's scope.
    :raises OutletNotActive: if the outlet is closed.
    :raises WalletNotFound: if the outlet has no wallet.
    """
    _not_closed(ctx, outlet)
    return _credit(ctx, outlet, payment_operations.record_line(ctx, line=line, outlet=outlet))


@command("pay_in.take_back", approval=_always, subject="payment")
def take_back(ctx: Context, *, payment: PaymentId, reason: str) -> None:
    """
    Take back a pay-in of today that a hall recorded by mistake, out of the wallet again.

    Always parked for a second person. Cash goes back out of the drawer it was put into, which is
    still open; the drawer is expected to hold less from then on.

    :raises ReasonMissing: without a reason.
    :raises PaymentNotFound: if there is no such payment in the actor's scope.
    :raises NotTakenAtHall: if it came by bank transfer.
    :raises PaymentTakenBackAlready: if it was taken back before.
    :raises TakingBackTooLate: after its business day.
    :raises DrawerClosed: for cash, if the drawer that it was put into has been closed.
    :raises WalletNotFound: if the outlet has no wallet.
    :raises AccountFrozen: if the wallet is frozen.
    :raises MoneySpent: if the wallet does not hold the money any more.
    """
    taken = payment_operations.record_taken_back(ctx, payment=payment, reason=reason)
    # A hall sees nothing of the outlet's wallet, but what it put in, it takes out.
    outlet = replace(ctx, scope=Scope.of([taken.path]))
    wallet.take_back(outlet, outlet=taken.outlet, cause=payment)


def _not_closed(ctx: Context, outlet: OrganizationId) -> None:
    """Drafts and suspended outlets may pay in; what is over may not."""
    state = saleschannel.outlet(ctx, outlet=outlet).state
    if state == OutletState.CLOSED:
        raise OutletNotActive(state)


def _has_wallet(ctx: Context, outlet: OrganizationId) -> bool:
    try:
        wallets.wallet(ctx, outlet=outlet)
    except wallets.WalletNotFound:
        return False
    return True


def _credit(ctx: Context, outlet: OrganizationId, received: Received) -> PaymentId:
    wallet.credit(
        ctx,
        outlet=outlet,
        source=received.account,
        amount=received.amount,
        cause=received.payment,
    )
    return received.payment
