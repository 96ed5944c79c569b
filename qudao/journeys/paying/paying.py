"""What a hall asks for: to be paid and to sell, at once or on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.types import NOT_REACHED, CheckoutId, Pay, PaymentRecord, PaymentState
from qudao.domain.ordering.operations import sell as sell_order
from qudao.domain.ordering.types import Sale, Sold
from qudao.journeys.paying import selling
from qudao.journeys.paying.carrying import Carried, advance, charge_of
from qudao.journeys.paying.means import means_of
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context

NO_TOKEN: Final = Secret("")
LEFT: Final = (PaymentState.RELEASED, PaymentState.RELEASING)


@dataclass(eq=False)
class PaymentDeclined(Refusal, kind=Kind.CONFLICT):
    """Whoever holds the money does not pay; nothing was sold."""

    declined: str
    """`no-card`, `insufficient-funds`, `expired`, `cancelled`, …"""


@dataclass(eq=False)
class PaymentGivenUp(Refusal, kind=Kind.CONFLICT):
    """Nothing was sold, and nothing is taken."""


@dataclass(eq=False)
class PaymentUnreached(Refusal, kind=Kind.UNAVAILABLE):
    """Whoever holds the money was not reached; nothing is taken."""


@dataclass(eq=False)
class PaymentUnsettled(Refusal, kind=Kind.UNAVAILABLE):
    """
    Whether it was paid is not known yet: it must not be paid again. What comes of it is told by a
    short message.
    """


@dataclass(frozen=True, slots=True)
class Page:
    """Where a customer is to pay; the sale is made once that is done."""

    payment: CheckoutId
    url: str


def pay_and_sell(
    ctx: Context,
    *,
    sale: Sale,
    means: str,
    payer: str = "",
    what: str = "",
    token: Secret | None = None,
    language: str = "zh-hans",
) -> Sold:
    """
    Have a customer pay and sell; what costs nothing is just sold.

    Called again under the same request key, after a crash, it finds its payment and goes on with
    it. Nothing of it may be called inside a transaction.

    :raises PaymentDeclined: if it is not paid.
    :raises PaymentUnreached: if whoever holds the money cannot be reached; nothing is taken.
    :raises PaymentUnsettled: if whether it was paid is unknown. It is settled by itself.
    :raises PaymentGivenUp: if it was given up meanwhile; nothing is taken.
    :raises MeansMissing: if nobody takes money in this way.
    :raises Refusal: those of `ordering.sell`; nothing is taken.
    """
    if not sale.amount:
        return sell_order.one(ctx, sale)
    means_of(means)
    pay = Pay(
        hall=sale.outlet,
        means=means,
        amount=sale.amount,
        offering=sale.offering,
        line=Personal(sale.msisdn),
        payer=Personal(payer),
        what=what,
        language=language,
    )
    carried = advance(ctx, _opened(ctx, pay, token or NO_TOKEN), waited_for=True)
    paid = carried.paid
    if carried.sold is not None:
        return carried.sold
    if paid.order is not None:
        # Sold before a crash, or by somebody faster: the same answer.
        own = selling.context_of(ctx, paid, "sold")
        return selling.sell(own, payment=paid.id, reference=paid.reference)
    raise carried.refused or _why(paid)


def begin_page(
    ctx: Context,
    *,
    sale: Sale,
    means: str = "page",
    payer: str = "",
    what: str = "",
    language: str = "zh-hans",
) -> Page:
    """
    Begin a payment that the customer makes on a page of the acquirer's; return where that is.

    The sale is made when it is paid (`noticed`, or `settle`), and told by a short message. Called
    again under the same request key it is the same page.

    :raises PaymentDeclined: if it cannot be paid there.
    :raises PaymentUnreached: if the acquirer cannot be reached.
    :raises PaymentUnsettled: if whether there is a page is unknown. It is given up by itself.
    :raises PaymentGivenUp: if it was given up.
    :raises MeansMissing: if there are no such pages.
    """
    assert sale.amount > Money.zero(), "what costs nothing needs no page"
    means_of(means)
    pay = Pay(
        hall=sale.outlet,
        means=means,
        amount=sale.amount,
        offering=sale.offering,
        line=Personal(sale.msisdn),
        payer=Personal(payer),
        what=what,
        language=language,
    )
    carried = Carried(_opened(ctx, pay, NO_TOKEN))
    if carried.paid.state == PaymentState.OPENED:
        carried = advance(ctx, carried.paid, waited_for=True)
    paid = carried.paid
    if paid.state != PaymentState.WAITING and paid.order is None:
        raise carried.refused or _why(paid)
    return Page(paid.id, paid.url or charge_of(paid).return_to)


def _opened(ctx: Context, pay: Pay, token: Secret) -> PaymentRecord:
    payment = checkout.open(ctx.part("payment"), pay=pay, token=token)
    return payments.payment(payment=payment)


def _why(paid: PaymentRecord) -> Refusal:
    if paid.state == PaymentState.DECLINED:
        return PaymentDeclined(paid.code)
    if paid.state in LEFT:
        return PaymentUnreached() if paid.code == NOT_REACHED else PaymentGivenUp()
    return PaymentUnsettled()
