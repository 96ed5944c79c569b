"""Facts that ordering announces. The functions in `sql/` write them as JSON of this shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from qudao.domain.ordering.types import OrderId
from qudao.domain.party.types import OrganizationId


@dataclass(frozen=True, slots=True)
class OrderSettled:
    """The BOSS has decided: the order is `completed` or `failed`, or a reversal is."""

    order: OrderId
    state: str
    outlet: OrganizationId
    business: str
    channel: str
    """The front through which the sale came."""
    amount: int
    """Face value, fen."""
    debit: int
    """fen"""
    ordered_at: datetime
    """Of the sale; for a reversal, of the sale that it reverses."""
    business_date: date
    reverses: OrderId | None = None
