"""What is on offer (业务介绍): plans and add-ons of the catalogue, described."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
    add,
)

SORTS = {"plan_change": _("Plans"), "add_on": _("Add-ons")}


def _sorts(call: Call) -> Sequence[Option]:
    return [Option(code, name) for code, name in SORTS.items() if parts.offers(call, code)]


def _offers(call: Call) -> Sequence[Option]:
    found = parts.offers(call, call.text("sort"))
    return [Option(one.code, parts.priced_name(one)) for one in found]


def _tell(call: Call) -> Outcome:
    business = call.text("sort")
    one = parts.offer(call, business, call.text("offering"))
    fee = parts.monthly_fee(one)
    facts = [Fact("offer", _("Offer"), parts.offer_name(one))]
    if one.description_zh or one.description_en:
        facts.append(
            Fact("about", pgettext_lazy("offer", "About"), (one.description_zh, one.description_en))
        )
    if fee is not None:
        facts.append(Fact("monthly_fee", _("Monthly fee"), fee))
    elif one.price is not None:
        facts.append(Fact("price", _("Price"), one.price))
    return Outcome(tuple(facts), follow=(business,))


OFFERS = add(
    Item(
        code="offers",
        name=_("What is on offer"),
        about=_("Plans and add-ons, with what they cost."),
        position=90,
        group=Group.OFFERS,
        keywords=("YW", "业务", "OFFERS"),
        audiences=frozenset({Audience.ANYONE}),
        inputs=(
            Input(
                code="sort",
                kind=Kind.CHOICE,
                prompt=_("What are you interested in?"),
                help=_("Choose one of the list."),
                choices=_sorts,
            ),
            Input(
                code="offering",
                kind=Kind.CHOICE,
                prompt=_("Which one?"),
                help=_("Choose one of the list."),
                choices=_offers,
            ),
        ),
        handler=_tell,
        receipt=("offer",),
        at_place=True,
    )
)
