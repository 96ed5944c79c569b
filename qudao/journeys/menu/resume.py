"""Resumption (复机): an order without a price, that the BOSS carries out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Group, Item, Outcome, Quote, add
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

BUSINESS = "resume"


@dataclass(eq=False)
class DueFirst(Refusal, kind=Kind.CONFLICT):
    """A line for which something is due is not resumed; once that is paid it works by itself."""

    due: Money


def _quote(call: Call) -> Quote:
    due = parts.look_up(call, due=True).due
    if due is not None and due.amount:
        raise DueFirst(due.amount)
    one = parts.offer(call, BUSINESS)
    return parts.quote(call, one, one.price or Money(0))


def _do(call: Call) -> Outcome:
    return replace(parts.sold(call), follow=("balance",))


RESUME = add(
    Item(
        code="resume",
        name=_("Resume the line"),
        about=_("Let a line work again that its customer had suspended."),
        position=77,
        group=Group.CHANGE,
        keywords=("FJ", "复机", "RESUME"),
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
