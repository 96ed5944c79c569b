"""SIM swap appointment (预约补换卡): a seat at a shop, where the owner shows the document."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.care import operations as care
from qudao.domain.credential.types import Need
from qudao.domain.party.types import OrganizationId
from qudao.journeys.menu import desks, parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, Quote, add
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context

PURPOSE = "sim_swap"
DAYS = 14


def _where(call: Call) -> tuple[OrganizationId, str]:
    return desks.shop_of(call).outlet, PURPOSE


def _book(call: Call, ctx: Context) -> None:
    care.book_appointment(
        ctx,
        outlet=desks.shop_of(call).outlet,
        purpose=PURPOSE,
        starts_at=desks.starts_at(call),
        msisdn=Personal(call.text("msisdn")),
        language=parts.language(),
    )


def _facts(call: Call) -> tuple[Fact, ...]:
    line = parts.line_fact(call.text("msisdn"))
    return line, *desks.facts(desks.shop_of(call), desks.starts_at(call))


def _quote(call: Call) -> Quote:
    _book(call, replace(parts.everywhere(call).part("trial"), dry_run=True))
    return Quote(_facts(call))


def _do(call: Call) -> Outcome:
    _book(call, parts.everywhere(call))
    bring = Fact("bring", _("Please bring"), _("the identity document of the line's owner"))
    return Outcome((*_facts(call), bring), follow=("appointment",))


SIM_SWAP_APPOINTMENT = add(
    Item(
        code="sim_swap_appointment",
        name=_("SIM card appointment"),
        about=_("Book a time at a shop to have a lost or broken SIM card replaced."),
        position=112,
        group=Group.HELP,
        keywords=("YYBK", "补卡", "预约补卡", "NEWSIM"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            desks.BRANCH,
            desks.DISTRICT,
            desks.SHOP,
            desks.day(_where, DAYS),
            desks.slot(_where),
        ),
        handler=_do,
        receipt=("msisdn", "shop", "time"),
        needs=Need.NUMBER,
        confirm=True,
        quote=_quote,
    )
)
