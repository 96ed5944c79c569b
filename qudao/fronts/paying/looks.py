"""How the states of a payment are shown and worded to its customer."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.checkout.types import PaymentRecord, PaymentState
from qudao.domain.ordering.types import OrderRecord, OrderState
from qudao.fronts.design.templatetags.design import babel_locale, local_time, money, named
from qudao.fronts.receipts.paper import Paper

HALLS: Final = {"web": "/hall/", "mobile": "/m/"}
"""Where a customer came from, by front."""


class Look(NamedTuple):
    """How a state is shown."""

    tone: str
    icon: str
    label: str | Promise
    says: str | Promise


_WAITING: Final = Look(
    "info",
    "clock",
    gettext_lazy("Waiting for your payment"),
    gettext_lazy("Pay on the payment page. As soon as you have, this page says so."),
)
_UNSURE: Final = Look(
    "warn",
    "clock",
    gettext_lazy("Being checked"),
    gettext_lazy(
        "We are asking whether it was paid. Do not pay again: a short message tells you, too."
    ),
)
_PAID: Final = Look(
    "good",
    "circle-check",
    pgettext_lazy("payment", "Paid"),
    gettext_lazy("Thank you. What you bought is being carried out."),
)
_NOTHING: Final = Look(
    "bad",
    "circle-x",
    gettext_lazy("Not paid"),
    gettext_lazy("Nothing was bought, and nothing is taken from you. You can begin again."),
)
_CANCELLED: Final = _NOTHING._replace(label=pgettext_lazy("payment", "Cancelled"))
_LATE: Final = _NOTHING._replace(label=gettext_lazy("Not paid in time"))
_RETURNING: Final = Look(
    "warn",
    "arrow-back-up",
    gettext_lazy("You get your money back"),
    gettext_lazy("It could not be carried out. What you paid is being given back to you."),
)
_RETURNED: Final = _RETURNING._replace(
    says=gettext_lazy("It could not be carried out. What you paid has been given back to you.")
)
_OWED: Final = _RETURNING._replace(
    says=gettext_lazy(
        "It could not be carried out. Come to one of our halls, with the short message that we "
        "sent you, to get back what you paid."
    )
)
_LOOKS: Final = {
    PaymentState.OPENED: _UNSURE,
    PaymentState.WAITING: _WAITING,
    PaymentState.AUTHORISED: _PAID._replace(
        says=gettext_lazy("Thank you. It is being bought for you now.")
    ),
    PaymentState.SOLD: _PAID,
    PaymentState.CAPTURED: _PAID,
    PaymentState.UNPAID: _PAID,
    PaymentState.DECLINED: _NOTHING,
    PaymentState.RELEASING: _NOTHING,
    PaymentState.RELEASED: _NOTHING,
    PaymentState.RETURNING: _RETURNING,
    PaymentState.REFUNDING: _RETURNING,
    PaymentState.REFUNDED: _RETURNED,
    PaymentState.OWED: _OWED,
}
_BY_CODE: Final = {"cancelled": _CANCELLED, "timed-out": _LATE, "not-paid": _LATE}
_UNDECIDED: Final = (PaymentState.OPENED, PaymentState.WAITING, PaymentState.AUTHORISED)


def look(paid: PaymentRecord) -> Look:
    """Return how a payment is shown."""
    state = PaymentState(paid.state)
    if paid.unsure and state in _UNDECIDED:
        return _UNSURE
    found = _LOOKS[state]
    return _BY_CODE.get(paid.code, found) if found is _NOTHING else found


def is_open(paid: PaymentRecord) -> bool:
    """Say whether it is not decided yet what becomes of a payment."""
    return paid.state in _UNDECIDED


def masked(msisdn: str) -> str:
    """Return a number that its owner recognizes."""
    return f"{msisdn[:3]} •••• {msisdn[-4:]}" if len(msisdn) > 7 else msisdn


def receipt(paid: PaymentRecord, order: OrderRecord) -> Paper:
    """Word the receipt of what was bought, in the active language, as it stands now."""
    english = babel_locale().startswith("en")
    business = catalog.businesses().get(order.business)
    service = named(business) if business else order.business
    offering = (order.offering_name_en if english else "") or order.offering_name_zh
    place = (order.outlet_name_en if english else "") or order.outlet_name_zh
    lines = (
        (_("Service"), service),
        (_("Product"), offering if offering != service else ""),
        (_("Mobile number"), masked(order.msisdn)),
        (_("Time"), local_time(order.ordered_at, "full")),
        (_("Payment reference"), paid.reference),
        (_("Operator's reference"), order.boss_reference),
    )
    return Paper(
        place=place,
        title=_("Receipt"),
        number=order.number,
        copy="",
        lines=tuple((label, value) for label, value in lines if value),
        paid_label=_("Paid"),
        paid=money(order.amount),
        verdict=_verdict(order.state),
        foot=_("Questions: call the operator's hotline with this number, or ask in the hall."),
    )


def _verdict(state: str) -> str:
    match state:
        case OrderState.COMPLETED:
            return _("Carried out by the operator.")
        case OrderState.FAILED | OrderState.CANCELLED:
            return _("Not carried out: you get your money back.")
    return _("Accepted; the operator is carrying it out.")
