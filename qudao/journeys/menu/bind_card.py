"""Bank card (绑定银行卡): the card that pays by short message, USSD and telephone."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
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
from qudao.journeys.paying import bound_cards

BIND, UNBIND = "bind", "unbind"


def _choices(call: Call) -> Sequence[Option]:
    if not bound_cards.bound_card(call.text("msisdn")):
        return [Option(BIND, _("Bind a card"))]
    return [Option(BIND, _("Bind another card")), Option(UNBIND, _("Give the card up"))]


def _given(call: Call) -> str | None:
    choices = _choices(call)
    return choices[0].value if len(choices) == 1 else None


def _facts(call: Call) -> tuple[Fact, ...]:
    tail = bound_cards.bound_card(call.text("msisdn"))
    card = Fact("card", _("Card bound now, ends in"), tail or _("no card"))
    return parts.line_fact(call.text("msisdn")), card


def _quote(call: Call) -> Quote:
    # Few words: with the question it should fit one screen of a telephone.
    asked = _("link by short message") if call.text("act") == BIND else _("give the card up")
    return Quote((*_facts(call), Fact("next", _("What happens"), asked)))


def _act(call: Call) -> Outcome:
    msisdn, language = call.text("msisdn"), get_language() or "zh-hans"
    if call.text("act") == UNBIND:
        bound_cards.unbind(call.ctx, msisdn=msisdn, language=language)
        told = _("The card is given up.")
    else:
        bound_cards.send_link(call.ctx, msisdn=msisdn, language=language)
        told = _("The short message is on its way. Its address is good for 15 minutes.")
    return Outcome((*_facts(call), Fact("next", _("What happens"), told)), follow=("top_up",))


BIND_CARD = add(
    Item(
        code="bind_card",
        name=_("Bank card"),
        about=_("Bind a bank card to your number, to pay with, or give it up."),
        position=85,
        group=Group.PAY,
        keywords=("BK", "绑卡", "BINDCARD"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            Input(
                code="act",
                kind=Kind.CHOICE,
                prompt=_("What would you like to do?"),
                help=_("Choose one of the list."),
                choices=_choices,
                given=_given,
            ),
        ),
        handler=_act,
        receipt=("msisdn", "card", "next"),
        needs=Need.MONEY,
        confirm=True,
        quote=_quote,
    )
)
