"""
Account opening (预约开户) as far as a hall may.

Number and plan are chosen, the number is held, and a seat is booked at the shop where the customer
shows the document and the line is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.credential.types import Need
from qudao.domain.party.types import OrganizationId
from qudao.journeys import visits
from qudao.journeys.menu import choose_number, desks, parts
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
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context

DAYS = 3
"""The number is held until then."""


def _shop(call: Call) -> OrganizationId:
    return desks.shop_of(call).outlet


def _where(call: Call) -> tuple[OrganizationId, str]:
    return _shop(call), visits.PURPOSE


def _plans(call: Call) -> Sequence[Offer]:
    """Plans that the shop sells and that the number's grade allows."""
    shop, floor = desks.shop_of(call), choose_number.wanted(call, _shop(call)).monthly_floor
    offers = catalog.snapshot().offers(
        shop.kind, shop.market, shop.path, call.ctx.at, business="plan_change"
    )
    return [one for one in offers if (parts.monthly_fee(one) or Money(0)) >= floor]


def _reserve(call: Call, ctx: Context) -> visits.Reserved:
    return visits.reserve(
        ctx,
        outlet=_shop(call),
        number=call.text("number"),
        plan=call.text("plan"),
        msisdn=Personal(call.text("msisdn")),
        starts_at=desks.starts_at(call),
        language=parts.language(),
    )


def _quote(call: Call) -> Quote:
    number = choose_number.wanted(call, _shop(call))
    done = _reserve(call, replace(parts.everywhere(call).part("trial"), dry_run=True))
    return Quote(
        (
            *choose_number.number_facts(number),
            Fact("plan", _("Plan"), (done.plan_zh, done.plan_en)),
            *desks.facts(desks.shop_of(call), desks.starts_at(call)),
        )
    )


def _do(call: Call) -> Outcome:
    done = _reserve(call, parts.everywhere(call))
    facts = (
        Fact("number", _("Number"), done.number),
        Fact("plan", _("Plan"), (done.plan_zh, done.plan_en)),
        Fact("price", _("Prepayment when the line is opened"), done.price),
        *desks.facts(desks.shop_of(call), desks.starts_at(call)),
        Fact("until", _("Held until"), done.until),
        Fact("bring", _("Please bring"), _("the identity document of the line's owner")),
    )
    return Outcome(facts, follow=("appointment",))


ACCOUNT_OPENING = add(
    Item(
        code="account_opening",
        name=_("New line"),
        about=_("Choose a number and a plan; the line is opened at a shop, with your document."),
        position=105,
        group=Group.CHANGE,
        keywords=("KH", "开户", "NEWLINE"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            desks.BRANCH,
            desks.DISTRICT,
            desks.SHOP,
            choose_number.WISH,
            choose_number.ENDING,
            Input(
                code="number",
                kind=Kind.CHOICE,
                prompt=_("Which number?"),
                help=_("Choose one of the list; go back for another kind."),
                choices=lambda call: choose_number.found(call, _shop(call)),
            ),
            Input(
                code="plan",
                kind=Kind.CHOICE,
                prompt=_("Which plan?"),
                help=_("Choose one of the list."),
                choices=lambda call: [
                    Option(one.code, parts.priced_name(one)) for one in _plans(call)
                ],
            ),
            desks.day(_where, DAYS),
            desks.slot(_where),
        ),
        handler=_do,
        receipt=("number", "plan", "shop", "time", "until"),
        business="account_opening",
        needs=Need.NUMBER,
        at_place=True,
        confirm=True,
        quote=_quote,
    )
)
