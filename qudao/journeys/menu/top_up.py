"""Top-up (充值)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Group, Item, Quote, add

BUSINESS = "top_up"


def _quote(call: Call) -> Quote:
    return parts.quote(call, parts.offer(call, BUSINESS), call.money("amount"))


TOP_UP = add(
    Item(
        code="top_up",
        name=_("Top-up"),
        about=_("Put money onto a line."),
        position=40,
        group=Group.PAY,
        keywords=("CZ", "充值", "TOPUP"),
        audiences=frozenset({Audience.ANYONE, Audience.CLERK, Audience.TERMINAL}),
        inputs=(parts.ANY_LINE, parts.amount(BUSINESS, _("How much?"))),
        handler=parts.sold,
        receipt=parts.RECEIPT,
        business=BUSINESS,
        at_place=True,
        paid_by=parts.ALL_WAYS,
        confirm=True,
        quote=_quote,
    )
)
