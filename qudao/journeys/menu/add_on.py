"""Add-ons (业务订购)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Quote, add
from qudao.kernel.money import Money

BUSINESS = "add_on"


def _quote(call: Call) -> Quote:
    one = parts.offer(call, BUSINESS, call.text("offering"))
    name = Fact("add_on", pgettext_lazy("offer", "Add-on"), parts.offer_name(one))
    return parts.chosen_quote(call, one, one.price or Money(0), name)


ADD_ON = add(
    Item(
        code="add_on",
        name=_("Add-ons"),
        about=_("Order a data pack or another add-on for a line."),
        position=70,
        group=Group.CHANGE,
        keywords=("DG", "订购", "ADDON"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK, Audience.TERMINAL}),
        inputs=(
            parts.OWN_LINE,
            parts.offer_choice(
                BUSINESS,
                _("Which add-on?"),
                _("There is no further add-on for this line here just now."),
            ),
        ),
        handler=parts.sold,
        receipt=parts.RECEIPT,
        business=BUSINESS,
        needs=Need.MONEY,
        at_place=True,
        paid_by=parts.WITHOUT_CASH,
        confirm=True,
        quote=_quote,
    )
)
