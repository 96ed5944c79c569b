"""What party shows to the floors and shelves above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from qudao.kernel.personal import Personal, Secret
from qudao.kernel.scope import Scope
from qudao.platform.identity.types import UserId

OrganizationId = NewType("OrganizationId", UUID)
IndividualId = NewType("IndividualId", UUID)
MembershipId = NewType("MembershipId", UUID)


class OrganizationKind(StrEnum):
    """The levels of an operator, from the top."""

    GROUP = "group"
    PROVINCE = "province"
    BRANCH = "branch"
    COUNTY = "county"
    OUTLET = "outlet"


class PersonalField(StrEnum):
    """What is known of an individual and shown masked."""

    NAME = "name"
    DOCUMENT = "document"
    ADDRESS = "address"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class OrganizationDraft:
    """An organization to add; its parent by code, None for the group itself."""

    kind: OrganizationKind
    code: str
    name_zh: str
    name_en: str
    parent: str | None
    division_code: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization in a list."""

    id: OrganizationId
    kind: str
    code: str
    name_zh: str
    name_en: str
    path: str
    parent: OrganizationId | None
    division_code: str


@dataclass(frozen=True, slots=True)
class IndividualRow:
    """An individual as anybody may see it: masked."""

    id: IndividualId
    organization: OrganizationId
    name_masked: str
    document_masked: str
    address_masked: str
    phone_masked: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A membership in a list, with its person masked."""

    membership: MembershipId
    user: UserId
    username: str
    name_masked: str
    phone_masked: str
    role: str
    organization: OrganizationId
    organization_kind: str
    organization_code: str
    organization_name_zh: str
    organization_name_en: str
    employee_number: str
    state: str
    """`active` or `suspended`; with an `ended_at` in the past it is over."""
    started_at: datetime
    ended_at: datetime | None
    account_is_active: bool
    individual: IndividualId | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the platform reaches a member, and in which language; for messages only."""

    phone: Personal
    language: str
    """Empty: the platform's own."""


@dataclass(frozen=True, slots=True)
class Acting:
    """One membership that a person may act in now."""

    membership: MembershipId
    role: str
    organization: OrganizationId
    organization_kind: str
    organization_code: str
    organization_name_zh: str
    organization_name_en: str
    path: str


@dataclass(frozen=True, slots=True)
class Authority:
    """What a person may do at one moment, and where."""

    user: UserId
    memberships: tuple[Acting, ...]
    """All the person could act in, the widest first."""
    acting: Acting | None
    """The one that grants and scope come from."""
    grants: frozenset[str]
    scope: Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do at one moment, for who remembers it."""

    authority: Authority
    stamp: int
    """The account's, read in the same statement: while it is the same, the authority holds for
    all moments from `since` to before `until`."""
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A person who was given an account and a membership."""

    membership: MembershipId
    user: UserId
    individual: IndividualId
    password: Secret | None
    """The temporary password, if the platform chose it; masked when the request is repeated."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """An unmasked value; masked when the request is repeated."""

    individual: IndividualId
    field: PersonalField
    value: Personal
