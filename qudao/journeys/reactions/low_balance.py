"""A wallet runs low: its owner gets a short message, once on a business day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context
from qudao.platform.messaging import operations as messaging

OWNER: Final = "outlet_owner"

WORTH_TELLING: Final = timedelta(hours=12)
"""A warning that is older tells nothing any more: it is not sent, or not delivered."""

LONGEST_NAME: Final = 60
"""Characters of an outlet's name in a short message."""


@consumer("low_balance.follow_sales", commands=["ordering.sell"])
def follow_sales(entries: Sequence[Entry]) -> None:
    """Warn of the wallets that a sale took below their warning, and that still are."""
    crossed: dict[OrganizationId, Entry] = {}
    fresh = _fresh(entries)
    levels = wallets.levels({_outlet(entry) for entry in fresh}) if fresh else {}
    for entry in fresh:
        level = levels.get(_outlet(entry))
        if level is None or not level.is_low:
            continue
        after = Money(entry.answer["balance"]) + level.credit_limit
        before = after + Money(entry.answer["debit"])
        if after < level.low_balance <= before:
            crossed.setdefault(_outlet(entry), entry)
    for outlet, entry in crossed.items():
        # The key makes it one warning of a wallet on a business day.
        key = f"low_balance.warn:{outlet}:{entry.answer['day']}"
        warn(system_context(entry.at, key), outlet=outlet)


@command("low_balance.warn", subject="outlet")
def warn(ctx: Context, *, outlet: OrganizationId) -> int:
    """
    Tell an outlet's owners by a short message that its wallet runs low; return how many were told.

    Owners without a phone number are left to the warning on the portal's home page.

    :raises WalletNotFound: if the outlet has no wallet in the actor's scope.
    """
    held = wallets.wallet(ctx, outlet=outlet)
    place = party.organization(ctx, outlet)
    if place is None:
        raise wallets.WalletNotFound(outlet)
    owners = party.contacts(ctx, organization=outlet, role=OWNER)
    for owner in owners:
        language = owner.language or settings.LANGUAGE_CODE
        with translation.override(language):
            text = _(
                "Qudao: the wallet of %(outlet)s has %(available)s yuan left to sell, "
                "below your warning of %(low)s yuan. Pay in to go on selling."
            ) % {
                "outlet": (place.name_en if language == "en" else place.name_zh)[:LONGEST_NAME],
                "available": str(held.balance + held.credit_limit),
                "low": str(held.low_balance),
            }
        messaging.send(
            ctx,
            recipient=owner.phone,
            kind="low_balance",
            text=Secret(text),
            lifetime_s=int(WORTH_TELLING.total_seconds()),
        )
    record_subject(outlet)
    return len(owners)


def _outlet(entry: Entry) -> OrganizationId:
    return OrganizationId(UUID(entry.arguments["outlet"]))


def _fresh(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what was sold long ago: a new consumer begins with the first row of the journal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (clock,) = cursor.fetchone() or (None,)
    return [entry for entry in entries if clock is not None and entry.at > clock - WORTH_TELLING]
