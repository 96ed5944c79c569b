"""Read contacts, and what they add up to."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.db.models import Sum

from qudao.domain.care.models import HourlyContacts, Interaction
from qudao.domain.care.types import (
    ContactFigure,
    InteractionId,
    InteractionRecord,
    InteractionSearch,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import day_bounds
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index, mask_phone
from qudao.platform.tables.scoped import within

Grain = Literal["day", "hour", "channel", "item", "outcome", "place", "all"]

_KEYS: dict[Grain, str] = {
    "day": "business_date",
    "hour": "hour",
    "channel": "channel",
    "item": "item",
    "outcome": "outcome",
    "place": "place__code",
}


def interactions(
    ctx: Context, *, search: InteractionSearch, page: PageRequest
) -> Page[InteractionRecord]:
    """
    Return the contacts of the actor's scope, masked, newest first.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = Interaction.objects.within(ctx.scope)
    if search.msisdn:
        rows = rows.filter(msisdn_hash=msisdn_hash(search.msisdn))
    for name in ("channel", "item", "outcome"):
        if getattr(search, name):
            rows = rows.filter(**{name: getattr(search, name)})
    if search.first:
        rows = rows.filter(started_at__gte=day_bounds(search.first).start)
    if search.last:
        rows = rows.filter(started_at__lt=day_bounds(search.last).end)
    rows = rows.order_by("-id")
    found = tuple(
        InteractionRecord(
            id=InteractionId(row.id),
            place=OrganizationId(row.place_id),
            channel=row.channel,
            direction=row.direction,
            reason=row.reason,
            item=row.item,
            outcome=row.outcome,
            language=row.language,
            msisdn_masked=mask_phone(row.msisdn or ""),
            order=row.order,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )
        for row in rows[page.offset : page.offset + page.limit]
    )
    return Page(found, rows.count(), page)


def contact_figures(
    ctx: Context, *, first: date, last: date, by: Grain = "all", below: str = ""
) -> tuple[ContactFigure, ...]:
    """
    Return sums over the contacts that began on the business days from `first` to `last`, by key.

    They are kept by the relay, within a second of the journal. Keys: the day in ISO 8601, the hour
    `00` to `23`, codes, or nothing. `below` is the path of a place.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = HourlyContacts.objects.within(ctx.scope).filter(business_date__range=(first, last))
    if below:
        rows = rows.filter(within("place__path", Scope.of([below])))
    sums = {"n": Sum("contacts"), "s": Sum("seconds"), "o": Sum("orders")}
    if by == "all":
        total = rows.aggregate(**sums)
        return (ContactFigure("", total["n"] or 0, total["s"] or 0, total["o"] or 0),)
    found = rows.order_by(_KEYS[by]).values_list(_KEYS[by]).annotate(**sums)
    return tuple(ContactFigure(_shown(key), *figures) for key, *figures in found)


def _shown(key: object) -> str:
    match key:
        case date():
            return key.isoformat()
        case int():
            return f"{key:02d}"
    return str(key)


def msisdn_hash(number: str) -> bytes:
    """Return the keyed hash by which a number's contacts are found."""
    return blind_index(number, "care_interaction.msisdn")
