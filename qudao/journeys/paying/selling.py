"""What is paid goes through the hall's wallet: in for the sale, and out again if that fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.types import CheckoutId, PaymentRecord
from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger.types import AccountKind
from qudao.domain.ordering.operations import sell as sell_order
from qudao.domain.ordering.operations.sell import BalanceTooLow
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.wallet import operations as wallet
from qudao.kernel.scope import Scope
from qudao.platform.commands.command import Busy, command
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

CASH: Final = "cash"


def context_of(ctx: Context, paid: PaymentRecord, part: str) -> Context:
    """
    Return the context of a step of a payment: whoever takes it, it is done in the name of who
    opened the payment, at its hall, once.
    """
    return replace(
        system_context(ctx.at, f"payment:{paid.id}:{part}", channel=paid.channel),
        actor=paid.actor,
        scope=Scope.of([paid.hall_path]),
    )


@command("paying.sell", subject="payment")
def sell(ctx: Context, *, payment: CheckoutId, reference: str) -> Sold:
    """
    Sell what a payment is for: the amount goes into the hall's wallet, the sale takes it from
    there, and the payment has its order; all of it or nothing.

    :raises PaymentUnknown: if there is no such payment.
    :raises PaymentPast: if it is decided already.
    :raises Refusal: those of `wallet.credit` and of `ordering.sell`.
    """
    paid = payments.payment(payment=payment)
    kind = AccountKind.CASH if paid.means == CASH else AccountKind.CARD
    source = ledger.open_account(ctx, kind=kind, owner=paid.hall)
    wallet.credit(ctx, outlet=paid.hall, source=source, amount=paid.amount, cause=payment)
    sold = sell_order.one(ctx.part("order"), Sale(paid.hall, paid.offering, paid.line, paid.amount))
    checkout.record_sold(ctx, payment=payment, order=sold.order, reference=reference)
    return sold


@command("paying.take_back", subject="payment")
def take_back(ctx: Context, *, payment: CheckoutId) -> None:
    """
    Take out of the hall's wallet again what was paid in for an order that came to nothing.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    :raises PaymentPast: if nothing is to be taken back.
    :raises Refusal: those of `wallet.take_back`.
    """
    checkout.record_taken_back(ctx, payment=payment)
    wallet.take_back(ctx, outlet=payments.payment(payment=payment).hall, cause=payment)


def try_out(ctx: Context, sale: Sale) -> None:
    """
    See whether a sale would be made that the customer pays; changes nothing.

    The hall's wallet is empty: that it could not pay is no reason. Nor is it that somebody pays by
    way of it just now: whoever asks does not wait for that.

    :raises Refusal: those of `ordering.sell`, but for these two.
    """
    try:
        sell_order.one(replace(ctx.part("trial"), dry_run=True, patient=False), sale)
    except (BalanceTooLow, Busy):
        return
