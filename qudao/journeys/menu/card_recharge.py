"""Recharge by card PIN (充值卡充值): the value of a card that was sold goes onto a line."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.stock import queries as goods
from qudao.domain.stock.operations import PinWrong
from qudao.journeys import cards
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import (
    Audience,
    Call,
    Fact,
    Group,
    Input,
    Item,
    Kind,
    Outcome,
    Quote,
    add,
)
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret

PIN = Input(
    code="pin",
    kind=Kind.PIN,
    prompt=_("PIN of the card"),
    help=_("The digits under the coating on the back of the card."),
    shortest=8,
    longest=20,
)


def _value(call: Call) -> Money:
    card = goods.card_of_pin(pin=Secret(call.text("pin")))
    if card is None:
        raise PinWrong
    return card.price


def _facts(call: Call) -> tuple[Fact, ...]:
    return parts.line_fact(call.text("msisdn")), Fact("value", _("Value of the card"), _value(call))


def _quote(call: Call) -> Quote:
    return Quote(_facts(call))


def _recharge(call: Call) -> Outcome:
    facts = _facts(call)
    sold = cards.redeem(
        call.ctx,
        outlet=call.where.outlet,
        pin=Secret(call.text("pin")),
        msisdn=call.text("msisdn"),
    )
    return Outcome((*facts, Fact("receipt", _("Receipt number"), sold.number)), order=sold.order)


CARD_RECHARGE = add(
    Item(
        code="card_recharge",
        name=_("Recharge by card"),
        about=_("Put the value of a recharge card onto a line, by its PIN."),
        position=80,
        group=Group.PAY,
        keywords=("CZK", "充值卡", "CARD"),
        audiences=frozenset({Audience.ANYONE}),
        inputs=(parts.ANY_LINE, PIN),
        handler=_recharge,
        receipt=("msisdn", "value", "receipt"),
        business="card_recharge",
        at_place=True,
        confirm=True,
        quote=_quote,
    )
)
