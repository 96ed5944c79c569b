"""Short messages to customers who were not there when it was decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.types import CheckoutId, PaymentRecord, PaymentState
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderId
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging

WORTH_TELLING: Final = timedelta(days=3)
"""A message about money that cannot be delivered for so long is given up."""
LONGEST_NAME: Final = 60


@command("paying.tell", subject="payment")
def tell(ctx: Context, *, payment: CheckoutId) -> None:
    """
    Tell a customer by a short message what has come of a payment, once.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    if not checkout.record_told(ctx, payment=payment):
        return
    paid = payments.payment(payment=payment)
    recipient = paid.payer or paid.line
    if not valid_msisdn(recipient):
        return
    with translation.override(paid.language):
        text = _text(paid)
    messaging.send(
        ctx,
        recipient=Personal(recipient),
        kind="payment",
        text=Secret(text),
        lifetime_s=int(WORTH_TELLING.total_seconds()),
    )


def _text(paid: PaymentRecord) -> str:
    return _words(paid.state) % {
        "what": paid.what[:LONGEST_NAME],
        "amount": str(paid.amount),
        "receipt": _receipt(paid),
    }


def _words(state: str) -> str:
    match state:
        case PaymentState.SOLD | PaymentState.CAPTURED:
            return _("Qudao: %(what)s, %(amount)s yuan, is paid. Receipt number %(receipt)s.")
        case PaymentState.REFUNDED:
            return _(
                "Qudao: %(what)s could not be carried out. The %(amount)s yuan that you paid "
                "for it have been given back to you."
            )
        case PaymentState.OWED:
            return _(
                "Qudao: %(what)s could not be carried out. Come to one of our halls with this "
                "message to get back the %(amount)s yuan that you paid for it."
            )
    return _(
        "Qudao: %(what)s, %(amount)s yuan, was not bought, and nothing was taken from you. "
        "You can try again."
    )


def _receipt(paid: PaymentRecord) -> str:
    order = OrderId(paid.order) if paid.order is not None else None
    found = None if order is None else ordering.records(orders=[order]).get(order)
    return "" if found is None else found.number
