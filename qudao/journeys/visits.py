"""
What is begun at a hall and ended at a shop: a number is held until its customer has come.

One transaction books the seat at the shop, holds the number there, and tells the customer by short
message, which they show at the shop: what they chose stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.care import operations as care
from qudao.domain.care.types import AppointmentId
from qudao.domain.catalog import queries as catalog
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource.types import HoldId, Reserve
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.money import Money
from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.messaging import operations as messaging

PURPOSE: Final = "account_opening"
LATE: Final = timedelta(hours=1)
"""So long after the appointment's beginning the number is still held."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A number that waits at a shop for its customer."""

    appointment: AppointmentId
    hold: HoldId
    number: str
    until: datetime
    price: Money
    """The prepayment that the number's grade asks for."""
    plan_zh: str
    plan_en: str


@command("visits.reserve")
def reserve(
    ctx: Context,
    *,
    outlet: OrganizationId,
    number: str,
    plan: str,
    msisdn: Personal,
    starts_at: datetime,
    language: str = "zh-hans",
) -> Reserved:
    """
    Hold a number at a shop for a customer who comes at a time to have a line opened.

    `plan` is the code of an offering, `msisdn` a line on which the customer is reached; a line has
    one such appointment at a time.

    :raises HoldTooLong: if the time is more than three days ahead.
    :raises Refusal: those of `CatalogSnapshot.offer` for the plan, of `care.book_appointment` and
        of `resource.reserve`.
    """
    shop = saleschannel.outlet(ctx, outlet=outlet)
    offer = catalog.snapshot().offer(plan, shop.kind, shop.market, shop.path, ctx.at)
    appointment = care.book_appointment(
        ctx,
        outlet=outlet,
        purpose=PURPOSE,
        starts_at=starts_at,
        msisdn=msisdn,
        language=language,
    )
    minutes = int((starts_at + LATE - ctx.at) / timedelta(minutes=1))
    held = resource.reserve.one(ctx.part("hold"), Reserve(outlet, number, minutes, visit=True))
    with translation.override(language):
        english = language.startswith("en")
        text = _(
            "Your new number %(number)s with %(plan)s is held until %(until)s. Come to %(shop)s,"
            " %(address)s, on %(time)s with your identity document, and show this message."
        ) % {
            "number": number,
            "plan": offer.name_en if english else offer.name_zh,
            "until": _minute(held.until),
            "shop": shop.name_en if english else shop.name_zh,
            "address": shop.address,
            "time": _minute(starts_at),
        }
    messaging.send(
        ctx,
        recipient=msisdn,
        kind="visit_reserved",
        text=Secret(text),
        lifetime_s=int((held.until - ctx.at).total_seconds()),
    )
    record_subject(appointment)
    return Reserved(
        appointment, held.hold, number, held.until, held.price, offer.name_zh, offer.name_en
    )


def _minute(at: datetime) -> str:
    return f"{at.astimezone(MARKET_ZONE):%Y-%m-%d %H:%M}"
