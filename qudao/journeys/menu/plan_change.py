"""Plan change (套餐变更)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Quote, add
from qudao.kernel.money import Money

BUSINESS = "plan_change"


def _quote(call: Call) -> Quote:
    one = parts.offer(call, BUSINESS, call.text("offering"))
    facts = [Fact("plan", _("New plan"), parts.offer_name(one))]
    fee = parts.monthly_fee(one)
    if fee is not None:
        facts.append(Fact("monthly_fee", _("Monthly fee"), fee))
    return parts.chosen_quote(call, one, one.price or Money(0), *facts)


PLAN_CHANGE = add(
    Item(
        code="plan_change",
        name=_("Plan change"),
        about=_("Give a line another plan."),
        position=60,
        group=Group.CHANGE,
        keywords=("BGTC", "套餐变更", "NEWPLAN"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK, Audience.TERMINAL}),
        inputs=(
            parts.OWN_LINE,
            parts.offer_choice(
                BUSINESS,
                _("Which plan?"),
                _("There is no other plan for this line here just now."),
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
