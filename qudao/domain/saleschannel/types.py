"""What the sales channels show to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.domain.party.types import IndividualId, OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.kernel.refusals import Kind, Refusal

SurveyId = NewType("SurveyId", UUID)

LONGEST_ADDRESS: Final = 200
"""Characters of an outlet's address."""

OpeningHours = dict[str, list[list[str]]]
"""Weekday (`mon` … `sun`) → [[from, to], …] as `HH:MM`, market time; {} when not known."""


class Ownership(StrEnum):
    OWN = "own"
    SOCIAL = "social"
    ELECTRONIC = "electronic"
    DIRECT = "direct"
    INTERNET = "internet"


class Market(StrEnum):
    CITY = "city"
    RURAL = "rural"


class OutletState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class KindRecord:
    """A kind of channel and what it is for: emphasis in quarters, 4 = full."""

    code: str
    name_zh: str
    name_en: str
    ownership: str
    image: int
    experience: int
    sales: int
    service: int


@dataclass(frozen=True, slots=True)
class Division:
    """A place of the vendored division data."""

    code: str
    parent: str
    kind: str
    """`province`, `branch`, `district`, `county`, `county_city` or `zone`."""
    name_zh: str
    name_en: str
    longitude: Decimal
    latitude: Decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """The agreement under which an outlet sells; own halls have none."""

    number: str
    period: Period
    deposit: Money = Money(0)


@dataclass(frozen=True, slots=True)
class OutletDraft:
    """What is known of an outlet when it is entered."""

    name_zh: str
    name_en: str
    kind: str
    market: Market
    address: str
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    star: int | None = None
    tier: int = 1
    """Of the agent, 1 to 4: some commission goes by it."""
    owner: IndividualId | None = None
    contract: Contract | None = None
    opening_hours: OpeningHours | None = None
    hours_enforced: bool = False
    businesses: tuple[str, ...] | None = None
    """Codes of the businesses that it may carry; None: all that its kind is fit for."""
    sale_limit: Money | None = None
    day_limit: Money | None = None
    node_code: str | None = None
    """Chosen by the channel manager; None: the next free one of the place."""


@dataclass(frozen=True, slots=True)
class OutletChange:
    """What may be changed of an outlet without a decision; None leaves a field as it is."""

    name_zh: str | None = None
    name_en: str | None = None
    address: str | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    star: int | None = None
    tier: int | None = None
    market: Market | None = None
    kind: str | None = None
    owner: IndividualId | None = None
    opening_hours: OpeningHours | None = None
    hours_enforced: bool | None = None


@dataclass(frozen=True, slots=True)
class OutletRecord:
    """An outlet, whole."""

    outlet: OrganizationId
    code: str
    name_zh: str
    name_en: str
    path: str
    kind: str
    kind_name_zh: str
    kind_name_en: str
    ownership: str
    node_code: str
    market: str
    address: str
    longitude: Decimal | None
    latitude: Decimal | None
    star: int | None
    tier: int
    owner: IndividualId | None
    contract_number: str
    contract_from: datetime | None
    contract_until: datetime | None
    deposit: Money
    state: str
    state_reason: str
    state_since: datetime
    opening_hours: OpeningHours
    hours_enforced: bool
    businesses: list[str] | None
    sale_limit: Money | None
    day_limit: Money | None


@dataclass(frozen=True, slots=True)
class SellingPoint:
    """What a sale must know of an outlet, and no more; shared, so nobody changes it."""

    outlet: OrganizationId
    stamp: int
    """Which state of the outlet this is: a sale is written only if it is still the present one."""
    path: str
    kind: str
    market: str
    state: str
    contract_from: datetime | None
    contract_until: datetime | None
    businesses: tuple[str, ...] | None
    sale_limit: Money | None
    day_limit: Money | None
    hours_enforced: bool
    opening_hours: OpeningHours


@dataclass(frozen=True, slots=True)
class OutletRow:
    """A line of a list of outlets."""

    outlet: OrganizationId
    node_code: str
    name_zh: str
    name_en: str
    path: str
    kind: str
    kind_name_zh: str
    kind_name_en: str
    market: str
    state: str
    star: int | None
    contract_until: datetime | None


@dataclass(frozen=True, slots=True)
class NearOutlet:
    """An outlet as a customer looks for it."""

    outlet: OrganizationId
    name_zh: str
    name_en: str
    kind: str
    address: str
    longitude: Decimal | None
    latitude: Decimal | None
    opening_hours: OpeningHours
    distance_m: int | None = None
    """From where the customer is; None where one of the two places is not known."""


@dataclass(frozen=True, slots=True)
class OutletFilter:
    """Which outlets to list; an empty field does not restrict."""

    text: str = ""
    """Part of a name, or the beginning of a node code."""
    kinds: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    market: str = ""
    below: str = ""
    """Path of the branch or county."""
    contract_ends_before: datetime | None = None


class SurveyPurpose(StrEnum):
    """What a place is looked at for."""

    ENTRY = "entry"
    CHANGE = "change"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class SurveyDraft:
    """What somebody found who went and looked."""

    purpose: SurveyPurpose
    passed: bool
    longitude: Decimal
    latitude: Decimal
    accuracy_m: int | None = None
    """As the device said; None when the position was read off a map."""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class SurveyRecord:
    """An on-site check (实地核查) of an outlet."""

    id: SurveyId
    outlet: OrganizationId
    purpose: str
    passed: bool
    longitude: Decimal
    latitude: Decimal
    accuracy_m: int | None
    distance_m: int | None
    """From where the outlet was said to be; None if nobody had said."""
    remarks: str
    photographs: int
    surveyed_at: datetime
    surveyed_by: UUID


# Why an outlet may not sell. They are returned by `queries.may_sell`, which asks nobody.


@dataclass(eq=False)
class OutletNotActive(Refusal, kind=Kind.FORBIDDEN):
    """The outlet is a draft, suspended or closed."""

    state: str


@dataclass(eq=False)
class ContractNotValid(Refusal, kind=Kind.FORBIDDEN):
    """The sale falls outside the contract."""

    contract_from: datetime | None
    contract_until: datetime | None


@dataclass(eq=False)
class BusinessNotAllowed(Refusal, kind=Kind.FORBIDDEN):
    """The outlet was not given this business."""

    business: str


@dataclass(eq=False)
class OutletShut(Refusal, kind=Kind.FORBIDDEN):
    """It is outside the opening hours of an outlet that keeps to them."""

    opening_hours: OpeningHours


@dataclass(eq=False)
class SaleAboveLimit(Refusal, kind=Kind.FORBIDDEN):
    """One sale may not be worth more than this here."""

    limit: Money
