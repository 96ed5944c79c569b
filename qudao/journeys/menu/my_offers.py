"""My exclusive offers (我的专属优惠): what is on offer for this line and not for everybody."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys import campaigns
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, add


def _tell(call: Call) -> Outcome:
    msisdn = call.text("msisdn")
    path = "" if call.place is None else call.place.path
    found = campaigns.offers(call.ctx.at, path=path, msisdn=msisdn)
    facts = [
        parts.line_fact(msisdn),
        Fact("count", _("Offers for you"), len(found)),
        *(Fact(f"offer:{one.code}", one.name, one.about) for one in found),
    ]
    if not found:
        facts.append(
            Fact(
                "none",
                _("Just now"),
                _("There is none for you alone. See what is on offer for everybody."),
            )
        )
    follow = tuple(dict.fromkeys(one.item for one in found)) or ("offers",)
    return Outcome(tuple(facts), follow=follow)


MY_OFFERS = add(
    Item(
        code="my_offers",
        name=_("My exclusive offers"),
        about=_("What is on offer for this line and not for everybody."),
        position=92,
        group=Group.OFFERS,
        keywords=("ZSYH", "专属优惠", "MYOFFERS"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "count"),
        needs=Need.NUMBER,
    )
)
