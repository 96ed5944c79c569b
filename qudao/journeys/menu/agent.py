"""Talk to a person (人工服务): the customer waits in the queue, and is told how many are before."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.care import operations as care
from qudao.domain.care import queries as waiting
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Item, Outcome, add
from qudao.kernel.personal import Personal


def _known(call: Call) -> str | None:
    return call.caller.msisdn


def _wait(call: Call) -> Outcome:
    ctx, msisdn = parts.everywhere(call), call.text("msisdn")
    request = care.request_agent(
        ctx,
        place=call.where.outlet,
        msisdn=Personal(msisdn),
        language=parts.language(),
    )
    facts = (
        Fact("msisdn", _("You are called on"), msisdn),
        Fact("ahead", _("Waiting before you"), waiting.ahead_of(ctx, request=request)),
    )
    return Outcome(facts)


AGENT = add(
    Item(
        code="agent",
        name=_("Talk to a person"),
        about=_("Wait for one of our people, who talks with you or calls you back."),
        position=118,
        keywords=("RG", "人工", "AGENT"),
        audiences=frozenset({Audience.ANYONE}),
        inputs=(replace(parts.ANY_LINE, prompt=_("On which number may we call?"), given=_known),),
        handler=_wait,
        receipt=("msisdn", "ahead"),
        at_place=True,
    )
)
