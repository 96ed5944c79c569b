"""PUK (PUK码查询): what unlocks a SIM card whose PIN was entered wrongly three times."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.journeys import callers, customers
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, add


def _tell(call: Call) -> Outcome:
    callers.look_up(call.ctx.part("seen"), caller=call.caller, what="puk")
    found = customers.unlocking(call.ctx, msisdn=call.text("msisdn"))
    keys = (("puk", "PUK", found.puk), ("puk2", "PUK2", found.puk2))
    facts = (
        parts.line_fact(call.text("msisdn")),
        # In the clear only from here on: it is what the customer asks for.
        *(Fact(code, name, str.__str__(key), secret=True) for code, name, key in keys if key),
        Fact("warning", _("Take care"), _("Ten wrong tries make the card useless.")),
    )
    return Outcome(facts, follow=("sim_swap_appointment",))


PUK = add(
    Item(
        code="puk",
        name=_("PUK of the SIM card"),
        about=_("What unlocks a SIM card after three wrong PINs."),
        position=38,
        group=Group.ACCOUNT,
        keywords=("PUK", "解锁码"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "puk"),
        needs=Need.DATA,
    )
)
