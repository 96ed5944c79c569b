"""Facts that the wallet announces."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money


@dataclass(frozen=True, slots=True)
class WalletCredited:
    outlet: OrganizationId
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class WalletTakenFrom:
    """A pay-in was taken back."""

    outlet: OrganizationId
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class WalletFrozen:
    outlet: OrganizationId
    reason: str


@dataclass(frozen=True, slots=True)
class WalletUnfrozen:
    outlet: OrganizationId
