"""Tags and filters of the outlet portal: `{% load portal %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.ledger.types import Line
from qudao.domain.ordering.ports import Subscriber
from qudao.domain.ordering.types import OrderRecord
from qudao.fronts.design.templatetags.design import babel_locale, named
from qudao.fronts.portal import looks
from qudao.platform.identity.roles import roles

register = template.Library()


@register.filter
def business_name(code: str) -> str:
    business = catalog.businesses().get(code)
    return named(business) if business else code


@register.filter
def business_icon(code: str) -> str:
    business = catalog.businesses().get(code)
    return business.icon if business else "package"


@register.filter
def role_name(code: str) -> str:
    role = roles.get(code)
    return named(role) if role else code


@register.inclusion_tag("design/badge.html")
def order_state(order: OrderRecord) -> dict[str, object]:
    look = looks.ORDER_STATES[order.state]
    return {"text": look.label, "tone": look.tone, "icon": look.icon}


@register.inclusion_tag("design/badge.html")
def member_state(state: str) -> dict[str, object]:
    look = looks.MEMBER_STATES[state]
    return {"text": look.label, "tone": look.tone, "icon": look.icon}


@register.filter
def offering_name(order: OrderRecord) -> str:
    """The name of what was sold, in the active language."""
    english = babel_locale().startswith("en")
    return (order.offering_name_en if english else "") or order.offering_name_zh


@register.filter
def line_kind(line: Line) -> str:
    """What a line of the statement is about."""
    if line.kind == "pay_in" and line.phase == "reverse":
        return _("Pay-in taken back")
    kind = str(looks.LINE_KINDS.get(line.kind) or business_name(line.kind))
    note = str(looks.LINE_PHASES.get(line.phase, ""))
    return _("%(kind)s, %(note)s") % {"kind": kind, "note": note} if note else kind


@register.filter
def waited(seconds: int) -> str:
    """How long an order has been waiting."""
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


@register.filter
def item_name(goods: Any) -> str:
    """The name, in the active language, of a unit or a level of stock."""
    english = babel_locale().startswith("en")
    return str((goods.item_name_en if english else "") or goods.item_name_zh)


@register.filter
def described(offer: Offer) -> str:
    """What an offer says of itself, in the active language."""
    return offer.description_en if babel_locale().startswith("en") else offer.description_zh


@register.filter
def plan_name(line: Subscriber) -> str:
    """The plan of a line, in the active language."""
    return (line.plan_name_en if babel_locale().startswith("en") else "") or line.plan_name_zh
