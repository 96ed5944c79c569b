"""Tags and filters of the halls' pages: `{% load hall %}`."""

from __future__ import annotations

from django import template

from qudao.domain.checkout.types import PaymentRecord
from qudao.domain.ordering.ports import Subscriber
from qudao.domain.ordering.types import OrderRecord
from qudao.fronts.design.templatetags.design import babel_locale
from qudao.fronts.hall import looks, receipts
from qudao.fronts.paying import looks as paying
from qudao.platform.identity.personal import mask_phone

register = template.Library()

register.filter("business_name", receipts.business_name)
register.filter("offering_name", receipts.offering_name)
register.filter("item_icon", looks.icon_of)


@register.filter
def masked(number: str) -> str:
    """A mobile number that others may see: 138 **** 5678."""
    shown = mask_phone(number)
    return f"{shown[:3]} {shown[3:7]} {shown[7:]}" if len(shown) == 11 else shown


@register.filter
def order_look(order: OrderRecord) -> looks.Look:
    return looks.ORDER_STATES[order.state]


@register.filter
def payment_look(paid: PaymentRecord) -> paying.Look:
    return paying.look(paid)


@register.filter
def plan_name(line: Subscriber) -> str:
    """The plan of a line, in the active language."""
    return (line.plan_name_en if babel_locale().startswith("en") else "") or line.plan_name_zh
