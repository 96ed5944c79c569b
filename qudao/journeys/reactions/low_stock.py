"""Goods run low, or expire: both sides are told by a short message, once on a business day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import Contact, OrganizationId
from qudao.domain.stock import queries as stock
from qudao.domain.stock.events import GoodsTaken
from qudao.domain.stock.types import PlaceUnknown, QuantityInvalid
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context
from qudao.platform.messaging import operations as messaging

OWNER: Final = "outlet_owner"
KEEPER: Final = "stock_keeper"
WORTH_TELLING: Final = timedelta(hours=12)
"""A warning that is older tells nothing any more: it is not sent, or not delivered."""
LONGEST_NAME: Final = 60
LONGEST_DAYS: Final = 3_660
"""Characters of a name in a short message."""

TAKERS: Final = (
    "cards.sell",
    "counts.close",
    "goods.sell",
    "goods.sell_with_contract",
    "lines.swap_sim",
    "opening.open",
    "stock.close_count",
    "stock.dispatch",
    "stock.exchange",
    "stock.hold",
    "stock.hold_quantity",
    "stock.mark_defective",
    "stock.return_goods",
    "stock.transfer",
    "stock.write_off",
)
"""Commands, of this and other packages, by which goods leave a shelf (`GoodsTaken`)."""


@consumer("low_stock.follow_goods", commands=TAKERS)
def follow_goods(entries: Sequence[Entry]) -> None:
    """Warn of what is below its threshold after something was taken from it."""
    taken = {
        (fact.place, item): entry
        for entry in _fresh(entries)
        for fact in entry.facts(GoodsTaken)
        for item in fact.items
    }
    for place, item in sorted(stock.shortages_of(taken), key=str):
        at = taken[place, item].at
        # The key makes it one warning of a place and an item on a business day.
        key = f"low_stock.warn:{place}:{item}:{business_date(at)}"
        warn(system_context(at, key), place=place, item=item)


@command("low_stock.warn", subject="place")
def warn(ctx: Context, *, place: OrganizationId, item: str) -> int:
    """
    Tell a place's owner, and the keepers of the store above it, that an item runs low there.

    Returns how many were told; nobody, if there is enough again. Whoever has no phone number
    sees it among the shortages.

    :raises PlaceUnknown: if there is no such place in the actor's scope.
    """
    record_subject(place)
    short = stock.shortages_of([(place, item)]).get((place, item))
    if short is None:
        return 0

    def say(english: bool) -> str:
        return _(
            "Qudao: %(place)s has %(in_stock)s of %(item)s left, below its threshold of %(low)s "
            "(%(in_transit)s on the way). Ask for more goods."
        ) % {
            "place": (short.place_name_en if english else short.place_name_zh)[:LONGEST_NAME],
            "item": (short.item_name_en if english else short.item_name_zh)[:LONGEST_NAME],
            "in_stock": short.in_stock,
            "low": short.low,
            "in_transit": short.in_transit,
        }

    return sum(_tell(ctx, one, "low_stock", say) for one in _both_sides(ctx, place))


@command("low_stock.warn_expiring", subject="place")
def warn_expiring(ctx: Context, *, place: OrganizationId, days: int) -> int:
    """
    Tell the keepers of a branch that goods below it expire soon; return how many were told.

    :raises PlaceUnknown: if there is no such place in the actor's scope.
    :raises QuantityInvalid: if the days are below zero, or more than `LONGEST_DAYS`.
    """
    if not 0 <= days <= LONGEST_DAYS:
        raise QuantityInvalid(days)
    row = stock.place(ctx, place=place)
    first = stock.expiring(ctx, page=PageRequest(1), days=days, below=row.path).items
    if not first:
        return 0
    quantity = stock.expiring_count(ctx, days=days, below=row.path)

    def say(english: bool) -> str:
        return _(
            "Qudao: %(quantity)s recharge cards in %(place)s expire within %(days)s days, the "
            "first on %(first)s. Look at the proposals where to bring them."
        ) % {
            "quantity": quantity,
            "place": (row.name_en if english else row.name_zh)[:LONGEST_NAME],
            "days": days,
            "first": first[0].expires_on.isoformat(),
        }

    keepers = party.contacts(ctx, organization=place, role=KEEPER)
    return sum(_tell(ctx, one, "expiring_goods", say) for one in keepers)


def _tell(ctx: Context, one: Contact, kind: str, say: Callable[[bool], str]) -> int:
    language = one.language or settings.LANGUAGE_CODE
    with translation.override(language):
        text = say(language == "en")
    messaging.send(
        ctx,
        recipient=one.phone,
        kind=kind,
        text=Secret(text),
        lifetime_s=int(WORTH_TELLING.total_seconds()),
    )
    return 1


def _both_sides(ctx: Context, place: OrganizationId) -> list[Contact]:
    """Return the owners of a place, and the keepers of the county or branch above it."""
    above = party.ancestors(ctx, place)
    if not above:
        raise PlaceUnknown(str(place))
    told = list(party.contacts(ctx, organization=place, role=OWNER))
    for row in reversed(above):
        keepers = party.contacts(ctx, organization=row.id, role=KEEPER)
        if keepers:
            return [*told, *keepers]
    return told


def _fresh(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what is long past: a new consumer begins with the first row of the journal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (clock,) = cursor.fetchone() or (None,)
    return [entry for entry in entries if clock is not None and entry.at > clock - WORTH_TELLING]
