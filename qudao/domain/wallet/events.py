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
class WalletPaidOut:
    """An outlet that leaves was paid what its wallet held."""

    outlet: OrganizationId
    amount: Money
    reference: str
    """The bank's number of the transfer."""


@dataclass(frozen=True, slots=True)
class DepositReceived:
    outlet: OrganizationId
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True)
class DepositReturned:
    outlet: OrganizationId
    amount: Money
    withheld: Money
    reason: str
    reference: str


@dataclass(frozen=True, slots=True)
class WalletFrozen:
    outlet: OrganizationId
    reason: str


@dataclass(frozen=True, slots=True)
class WalletUnfrozen:
    outlet: OrganizationId
