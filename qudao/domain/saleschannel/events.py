"""What the sales channels announce."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.party.types import OrganizationId


@dataclass(frozen=True, slots=True)
class OutletOpened:
    """An outlet was entered; it may not sell yet."""

    outlet: OrganizationId
    node_code: str
    kind: str


@dataclass(frozen=True, slots=True)
class OutletActivated:
    outlet: OrganizationId


@dataclass(frozen=True, slots=True)
class OutletSuspended:
    outlet: OrganizationId
    reason: str


@dataclass(frozen=True, slots=True)
class OutletResumed:
    outlet: OrganizationId


@dataclass(frozen=True, slots=True)
class OutletClosed:
    outlet: OrganizationId
    reason: str


@dataclass(frozen=True, slots=True)
class OutletMoved:
    """The outlet now belongs to another part of the organization."""

    outlet: OrganizationId
    path: str
