"""The customer's receipt of an order: the same words on the page and in the PDF."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.types import OrderRecord
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import babel_locale, local_time, money, named, number
from qudao.fronts.hall.looks import ORDER_STATES
from qudao.fronts.receipts.paper import Paper


def business_name(order: OrderRecord) -> str:
    """Return what was done, in the active language."""
    business = catalog.businesses().get(order.business)
    return named(business) if business else order.business


def offering_name(order: OrderRecord) -> str:
    """Return what was bought, in the active language."""
    english = babel_locale().startswith("en")
    return (order.offering_name_en if english else "") or order.offering_name_zh


def paper(order: OrderRecord) -> Paper:
    """Word an order's receipt in the active language, as it stands now."""
    english = babel_locale().startswith("en")
    place = (order.outlet_name_en if english else "") or order.outlet_name_zh
    offering, business = offering_name(order), business_name(order)
    lines = (
        (_("Service"), business),
        (_("Product"), offering if offering != business else ""),
        (_("Mobile number"), number(order.msisdn)),
        (_("Time"), local_time(order.ordered_at, "full")),
        (pgettext("receipt", "Where"), place),
        (_("Operator's reference"), order.boss_reference),
        (_("Reason"), wording.boss_refusal(order.refusal_code, order.refusal_reason)),
    )
    return Paper(
        place=place,
        title=_("Receipt"),
        number=order.number,
        copy="",
        lines=tuple((label, value) for label, value in lines if value),
        paid_label=_("Paid"),
        paid=money(order.amount),
        verdict=str(ORDER_STATES[order.state].says),
        foot=_("Questions: call the operator's hotline with this number, or ask in the hall."),
    )
