"""Balance (余额查询)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, add


def _tell(call: Call) -> Outcome:
    subscriber = parts.look_up(call).subscriber
    facts = (*parts.line_facts(subscriber), Fact("balance", _("Balance"), subscriber.balance))
    return Outcome(facts, follow=("top_up", "card_recharge", "bill"))


BALANCE = add(
    Item(
        code="balance",
        name=_("Balance"),
        about=_("What is left on a line."),
        position=10,
        group=Group.ACCOUNT,
        keywords=("YE", "CXYE", "余额", "BALANCE"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "state", "balance"),
        needs=Need.NUMBER,
    )
)
