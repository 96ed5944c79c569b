"""Points (积分查询): how many, and which of them end soon."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys import customers
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, add


def _tell(call: Call) -> Outcome:
    found = customers.points(call.ctx, msisdn=call.text("msisdn"))
    facts = [parts.line_fact(found.msisdn), Fact("points", _("Points"), found.balance)]
    for last, count in found.expiring[:1]:
        facts += [
            Fact("expiring", _("Of these, points that end"), count),
            Fact("until", _("Their last day"), last),
        ]
    return Outcome(tuple(facts), follow=("my_offers", "campaign"))


POINTS = add(
    Item(
        code="points",
        name=_("Points"),
        about=_("The points of a line, and which of them end soon."),
        position=35,
        group=Group.ACCOUNT,
        keywords=("JFCX", "积分", "POINTS"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "points"),
        needs=Need.NUMBER,
    )
)
