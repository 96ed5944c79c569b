"""What party announces."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.party.types import IndividualId, MembershipId, OrganizationId, PersonalField
from qudao.platform.identity.types import UserId


@dataclass(frozen=True, slots=True)
class OrganizationCreated:
    organization: OrganizationId
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class OrganizationMoved:
    """The organization and all below it have new paths: the old prefix is replaced."""

    organization: OrganizationId
    old_path: str
    new_path: str


@dataclass(frozen=True, slots=True)
class MembershipStarted:
    membership: MembershipId
    user: UserId
    organization: OrganizationId
    role: str


@dataclass(frozen=True, slots=True)
class MembershipSuspended:
    membership: MembershipId
    user: UserId
    organization: OrganizationId
    reason: str


@dataclass(frozen=True, slots=True)
class MembershipResumed:
    membership: MembershipId
    user: UserId
    organization: OrganizationId


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    membership: MembershipId
    user: UserId
    organization: OrganizationId
    reason: str


@dataclass(frozen=True, slots=True)
class PersonalDataRevealed:
    individual: IndividualId
    field: PersonalField
    reason: str
