"""How a customer finds a shop and a time to come: what several items ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from qudao.domain.care import queries as care
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletRecord
from qudao.journeys.menu import outlets, parts
from qudao.journeys.menu.item import Call, Fact, Input, Kind, Option
from qudao.kernel.page import PageRequest
from qudao.kernel.period import MARKET_ZONE, business_date

SHOWN = 60
"""Shops of one district."""


def _with_desks(asked: Input) -> Input:
    """Ask only for places in which a shop takes appointments."""
    choices, given = asked.choices, asked.given
    assert choices is not None and given is not None

    def offered(call: Call) -> Sequence[Option]:
        known = care.divisions_with_desks(parts.everywhere(call))
        return [one for one in choices(call) if one.value in known]

    def known(call: Call) -> str | None:
        nearest = given(call)
        if nearest is None or nearest not in care.divisions_with_desks(parts.everywhere(call)):
            return None
        assert isinstance(nearest, str)
        return nearest

    return replace(asked, choices=offered, given=known)


BRANCH = _with_desks(outlets.BRANCH)
DISTRICT = _with_desks(outlets.DISTRICT)


def _shops(call: Call) -> Sequence[Option]:
    below = saleschannel.division_path(call.text("district"))
    found = care.desks(parts.everywhere(call), below=below, page=PageRequest(SHOWN))
    return [
        Option(str(one.outlet), (one.outlet_name_zh, one.outlet_name_en)) for one in found.items
    ]


SHOP = Input(
    code="shop",
    kind=Kind.CHOICE,
    prompt=_("In which shop?"),
    help=_("Choose one of the list."),
    choices=_shops,
)


def shop_of(call: Call) -> OutletRecord:
    """Return the shop that was chosen."""
    return shop(call, OrganizationId(UUID(call.text("shop"))))


def shop(call: Call, outlet: OrganizationId) -> OutletRecord:
    return saleschannel.outlet(parts.everywhere(call), outlet=outlet)


Where = Callable[[Call], tuple[OrganizationId, str]]
"""The shop, and the business for which one comes."""


def day(where: Where, days: int) -> Input:
    """Return the question for a day, of so many, on which a seat is free."""

    def free(call: Call) -> Sequence[Option]:
        return [_day_option(one) for one in dict.fromkeys(_free(call, where, days))]

    return Input(
        code="day",
        kind=Kind.CHOICE,
        prompt=_("On which day?"),
        help=_("Choose one of the list."),
        choices=free,
    )


def slot(where: Where) -> Input:
    """Return the question for a time of the day that was chosen."""

    def free(call: Call) -> Sequence[Option]:
        outlet, purpose = where(call)
        found = care.slots(
            parts.everywhere(call),
            outlet=outlet,
            purpose=purpose,
            first=date.fromisoformat(call.text("day")),
        )
        return [
            Option(one.starts_at.isoformat(), f"{one.starts_at.astimezone(MARKET_ZONE):%H:%M}")
            for one in found
        ]

    return Input(
        code="slot",
        kind=Kind.CHOICE,
        prompt=_("At what time?"),
        help=_("Choose one of the list."),
        choices=free,
    )


def starts_at(call: Call) -> datetime:
    """Return the time that was chosen."""
    return datetime.fromisoformat(call.text("slot"))


def facts(shop: OutletRecord, at: datetime) -> tuple[Fact, ...]:
    """Return where and when to come."""
    return (
        Fact("shop", _("Shop"), (shop.name_zh, shop.name_en)),
        Fact("address", _("Address"), shop.address),
        Fact("time", _("Time"), at),
    )


def _free(call: Call, where: Where, days: int) -> Sequence[date]:
    outlet, purpose = where(call)
    found = care.slots(
        parts.everywhere(call),
        outlet=outlet,
        purpose=purpose,
        first=business_date(call.ctx.at),
        days=days,
    )
    return [business_date(one.starts_at) for one in found]


def _day_option(one: date) -> Option:
    return Option(one.isoformat(), f"{one:%m-%d} {WEEKDAYS_ABBR[one.weekday()]}")
