"""Suspension (停机保号): an order without a price, that the BOSS carries out."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Group, Item, Outcome, Quote, add
from qudao.kernel.money import Money

BUSINESS = "suspend"


def _quote(call: Call) -> Quote:
    one = parts.offer(call, BUSINESS)
    return parts.quote(call, one, one.price or Money(0))


def _do(call: Call) -> Outcome:
    return replace(parts.sold(call), follow=("resume",))


SUSPEND = add(
    Item(
        code="suspend",
        name=_("Suspend the line"),
        about=_("Let a line rest: it keeps its number, and can be resumed at any time."),
        position=76,
        group=Group.CHANGE,
        keywords=("TJ", "停机", "SUSPEND"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(parts.OWN_LINE,),
        handler=_do,
        receipt=parts.RECEIPT,
        business=BUSINESS,
        needs=Need.MONEY,
        at_place=True,
        confirm=True,
        quote=_quote,
    )
)
