"""Orders as the BOSS is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import PartyFacts
from qudao.domain.ordering.ports import BossOrder, BossParty
from qudao.domain.ordering.types import Details, ItemKind, OrderId, stored_details
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context


class BossRow(NamedTuple):
    """What must be known of an order to tell the BOSS of it."""

    order: UUID
    business: str
    msisdn: str
    amount: int
    """Fen."""
    product: str
    ordered_at: datetime
    outlet_code: str
    reverses: UUID | None
    details: str | None
    """JSON."""


def boss_orders(ctx: Context, rows: Sequence[BossRow]) -> tuple[BossOrder, ...]:
    """Return orders as the BOSS sees them, from what the dispatcher's claim tells of each."""
    made = []
    for row in rows:
        details = stored_details(msgspec.json.decode(row.details)) if row.details else Details()
        made.append((row, details))
    named = {
        details.customer
        for row, details in made
        if row.business in _NAMED and details.customer is not None
    }
    parties = customers.parties_of(ctx, customers=named) if named else {}
    return tuple(
        BossOrder(
            OrderId(row.order),
            row.business,
            row.msisdn,
            Money(row.amount),
            row.product
            or next((one.code for one in details.items if one.kind == ItemKind.ADD_ON), ""),
            row.ordered_at,
            row.outlet_code,
            None if row.reverses is None else OrderId(row.reverses),
            details.items,
            _party(parties.get(details.customer)) if details.customer else None,
            details.replaced,
        )
        for row, details in made
    )


_NAMED = frozenset({"account_opening"})
"""Businesses for which the BOSS must know whose line it will be."""


def _party(facts: PartyFacts | None) -> BossParty | None:
    if facts is None:
        return None
    return BossParty(facts.name, facts.document_kind, facts.document, facts.address, facts.phone)
