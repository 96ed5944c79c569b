"""Campaigns (活动参与): what runs now for this customer, and taking part in it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.credential.types import Need
from qudao.journeys import campaigns
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import (
    Audience,
    Call,
    Fact,
    Group,
    Input,
    Item,
    Kind,
    Option,
    Outcome,
    Quote,
    add,
)


def _path(call: Call) -> str:
    return "" if call.place is None else call.place.path


def _any(call: Call) -> bool:
    return campaigns.any_running(call.ctx.at, path=_path(call))


def _open(call: Call) -> Sequence[Option]:
    found = campaigns.running(call.ctx.at, path=_path(call), msisdn=call.text("msisdn"))
    return [Option(one.code, one.name) for one in found]


def _quote(call: Call) -> Quote:
    one = campaigns.campaign(
        call.ctx.at, path=_path(call), msisdn=call.text("msisdn"), code=call.text("campaign")
    )
    facts = [
        parts.line_fact(call.text("msisdn")),
        Fact("campaign", _("Campaign"), one.name),
        Fact("about", pgettext_lazy("campaign", "What it is"), one.about),
    ]
    if one.until is not None:
        facts.append(Fact("until", _("Until"), one.until))
    return Quote(tuple(facts))


def _enrol(call: Call) -> Outcome:
    msisdn, code = call.text("msisdn"), call.text("campaign")
    name = campaigns.enrol(call.ctx, path=_path(call), msisdn=msisdn, code=code)
    facts = (parts.line_fact(msisdn), Fact("campaign", _("You take part in"), name))
    return Outcome(facts, follow=("my_offers",))


CAMPAIGN = add(
    Item(
        code="campaign",
        name=_("Campaigns"),
        about=_("Take part in what runs just now."),
        position=94,
        group=Group.OFFERS,
        keywords=("HD", "活动", "CAMPAIGN"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            Input(
                code="campaign",
                kind=Kind.CHOICE,
                prompt=_("Which campaign?"),
                help=_("Choose one of the list."),
                choices=_open,
            ),
        ),
        handler=_enrol,
        receipt=("msisdn", "campaign"),
        needs=Need.NUMBER,
        open=_any,
        confirm=True,
        quote=_quote,
    )
)
