"""What happens to a month's commission, for reactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qudao.domain.commission.types.settlements import DisputeId, SettlementId
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money


@dataclass(frozen=True, slots=True)
class SettlementApproved:
    settlement: SettlementId
    month: date
    net: Money


@dataclass(frozen=True, slots=True)
class SettlementSentBack:
    settlement: SettlementId
    month: date
    reason: str


@dataclass(frozen=True, slots=True)
class SettlementPosted:
    """Outlets can see their statements; what goes to wallets is there."""

    settlement: SettlementId
    month: date
    net: Money


@dataclass(frozen=True, slots=True)
class SettlementClosed:
    settlement: SettlementId
    month: date


@dataclass(frozen=True, slots=True)
class LineDisputed:
    dispute: DisputeId
    outlet: OrganizationId
    month: date


@dataclass(frozen=True, slots=True)
class DisputeAnswered:
    dispute: DisputeId
    outlet: OrganizationId
    accepted: bool
    correction: Money
