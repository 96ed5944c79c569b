"""Cancellation of an add-on (退订): one of those that the line has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.credential.types import Need
from qudao.journeys import lines
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
    Pair,
    Quote,
    add,
)

BUSINESS = "add_on_cancel"


def _names(call: Call) -> dict[str, Pair]:
    """What the line has and may give up, by the BOSS's codes, under the catalogue's names."""
    business = catalog.recent_snapshot().business
    return parts.add_on_names(
        call,
        # Whoever has bought a handset for less is bound to its contract.
        [
            code
            for code in parts.look_up(call).subscriber.add_ons
            if business(code) in (None, "add_on")
        ],
    )


def _active(call: Call) -> Sequence[Option]:
    return [Option(code, name) for code, name in _names(call).items()]


def _quote(call: Call) -> Quote:
    code = call.text("add_on")
    name = _names(call).get(code, (code, code))
    lines.end_add_on(
        replace(call.ctx.part("trial"), dry_run=True),
        outlet=call.where.outlet,
        msisdn=call.text("msisdn"),
        code=code,
    )
    return Quote(
        (
            parts.line_fact(call.text("msisdn")),
            Fact("add_on", pgettext_lazy("offer", "Add-on"), name),
        )
    )


def _end(call: Call) -> Outcome:
    msisdn = call.text("msisdn")
    sold = lines.end_add_on(
        call.ctx, outlet=call.where.outlet, msisdn=msisdn, code=call.text("add_on")
    )
    facts = (parts.line_fact(msisdn), Fact("receipt", _("Receipt number"), sold.number))
    return Outcome(facts, order=sold.order, follow=("plan",))


ADD_ON_CANCEL = add(
    Item(
        code="add_on_cancel",
        name=_("Cancel an add-on"),
        about=_("End an add-on of a line; what was paid for it is not given back."),
        position=75,
        group=Group.CHANGE,
        keywords=("TD", "退订", "ENDADDON"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(
            parts.OWN_LINE,
            Input(
                code="add_on",
                kind=Kind.CHOICE,
                prompt=_("Which add-on shall end?"),
                help=_("Choose one of the list."),
                choices=_active,
                nothing=_("This line has no add-on that can be ended here."),
            ),
        ),
        handler=_end,
        receipt=("msisdn", "receipt"),
        business=BUSINESS,
        needs=Need.MONEY,
        at_place=True,
        confirm=True,
        quote=_quote,
    )
)
