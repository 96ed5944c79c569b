"""What the catalogue shows to the floors above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

OfferingId = NewType("OfferingId", UUID)
VersionId = NewType("VersionId", UUID)


class Amount(StrEnum):
    """Where the amount of a sale comes from."""

    OPEN = "open"
    """The customer names it."""
    DUE = "due"
    """The BOSS is asked what is due; the customer may pay another amount."""
    PRICED = "priced"
    """The offering has a price."""


class FitLevel(StrEnum):
    """How well a business suits a kind of channel in a market."""

    BEST = "best"
    FIT = "fit"
    CAPABLE = "capable"
    """It can carry the business and does not recommend it: the blank cell."""
    UNFIT = "unfit"
    """It may not offer it."""


@dataclass(frozen=True, slots=True)
class Business:
    """A way of serving a customer; what it needs beyond the customer's number and an amount."""

    code: str
    name_zh: str
    name_en: str
    amount: Amount
    reversible: bool
    """May be taken back on the same day, where the BOSS agrees."""
    position: int
    """Place in lists."""
    icon: str
    """Name in the icon sprite."""
    journey: bool = False
    """Moves things besides money: sold by a journey of its own, never by a bare sale."""
    line: bool = True
    """Is about a customer's line; otherwise nobody's number is needed."""
    boss: bool = True
    """The BOSS has to do something for it; otherwise it is complete once it is taken."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may have a version; None does not restrict."""

    states: frozenset[str] | None = None
    """States of the customer's line: `active`, `suspended`."""
    plans: frozenset[str] | None = None
    """Codes of the plans that the customer may be on."""
    markets: frozenset[str] | None = None
    """Markets of the outlet: `city`, `rural`."""


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A new version of an offering. Amounts within [minimum, maximum] in whole steps."""

    name_zh: str
    name_en: str
    description_zh: str = ""
    description_en: str = ""
    price: Money | None = None
    """None: open amount."""
    minimum: Money | None = None
    maximum: Money | None = None
    step: Money = Money(1)
    chips: tuple[Money, ...] = ()
    """Amounts that screens propose."""
    boss_product_code: str = ""
    eligibility: Eligibility = Eligibility()
    attributes: dict[str, Any] = field(default_factory=dict)
    """For screens only: brand, monthly_fee (fen), data_mb, …"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A version of an offering as one outlet may sell it at one instant."""

    code: str
    version: VersionId
    number: int
    business: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    price: Money | None
    minimum: Money | None
    maximum: Money | None
    step: Money
    chips: tuple[Money, ...]
    boss_product_code: str
    discount_ppm: int
    fit: FitLevel
    eligibility: Eligibility
    attributes: dict[str, Any]

    def admit(self, amount: Money) -> None:
        """
        Check the face value of a sale.

        :raises AmountOutOfRange: if it is not the price, or outside the range, or no whole step.
        """
        if self.price is not None:
            if amount != self.price:
                raise AmountOutOfRange(self.code, self.price, self.price, self.step)
            return
        low, high = self.minimum or self.step, self.maximum
        if amount < low or (high is not None and amount > high) or amount.minor % self.step.minor:
            raise AmountOutOfRange(self.code, low, high, self.step)

    def admit_customer(self, *, state: str, plan: str) -> None:
        """
        Check the customer's line.

        :raises NotEligible: if its state or its plan is not one of those meant.
        """
        terms = self.eligibility
        if terms.states is not None and state not in terms.states:
            raise NotEligible(self.code, "state")
        if terms.plans is not None and plan not in terms.plans:
            raise NotEligible(self.code, "plan")

    def had_by(self, *, plan: str, add_ons: Sequence[str]) -> bool:
        """Say whether a line with this plan and these add-ons, by the BOSS's codes, has it."""
        return (self.boss_product_code or self.code) in (plan, *add_ons)

    def debit(self, face: Money) -> Money:
        """
        Return what the outlet's wallet pays for a sale of this face value.

        Face less the wholesale discount, which is rounded once, half up, to whole fen.
        """
        return face - face.part(self.discount_ppm)


@dataclass(frozen=True, slots=True)
class OfferingRecord:
    """An offering in a list, with the version that is valid at the asked instant, if any."""

    offering: OfferingId
    code: str
    business: str
    version: VersionId | None = None
    number: int | None = None
    name_zh: str = ""
    name_en: str = ""
    price: Money | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version of an offering, in its history."""

    version: VersionId
    number: int
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    price: Money | None
    minimum: Money | None
    maximum: Money | None
    boss_product_code: str
    eligibility: dict[str, Any]
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class ShelfRecord:
    branch: OrganizationId | None
    branch_name_zh: str | None
    branch_name_en: str | None
    on_shelf: bool
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class DiscountRecord:
    business: str
    offering_code: str | None
    channel_kind: str
    rate_ppm: int
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class FitCell:
    """One cell of the fit matrix."""

    business: str
    channel_kind: str
    market: str
    level: FitLevel


# Why an offer is not made


@dataclass(eq=False)
class OfferingUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no offering of this code."""

    offering: str


@dataclass(eq=False)
class VersionExpired(Refusal, kind=Kind.CONFLICT):
    """No version of the offering is valid at this instant."""

    offering: str


@dataclass(eq=False)
class NotOnShelf(Refusal, kind=Kind.FORBIDDEN):
    """The offering is not on the shelf of this branch now."""

    offering: str


@dataclass(eq=False)
class UnfitForChannel(Refusal, kind=Kind.FORBIDDEN):
    """This kind of channel may not offer this business in this market."""

    business: str
    channel_kind: str
    market: str


@dataclass(eq=False)
class AmountOutOfRange(Refusal, kind=Kind.INVALID):
    """The amount is not one that this offering takes."""

    offering: str
    minimum: Money
    maximum: Money | None
    step: Money


@dataclass(eq=False)
class NotEligible(Refusal, kind=Kind.FORBIDDEN):
    """The customer, or the outlet's market, is not one that this offering is for."""

    offering: str
    because: str
    """`state`, `plan` or `market`."""


# Why a change is not made


@dataclass(eq=False)
class OfferingCodeTaken(Refusal, kind=Kind.CONFLICT):
    """There is an offering of this code already."""

    offering: str


@dataclass(eq=False)
class OfferingFieldInvalid(Refusal, kind=Kind.INVALID):
    """A field of the offering or its version has no sensible value."""

    field: str


@dataclass(eq=False)
class BusinessUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no business of this code."""

    business: str


@dataclass(eq=False)
class Backdated(Refusal, kind=Kind.INVALID):
    """Validity may begin now or later: what was sold in the past stays as it was."""

    valid_from: datetime


@dataclass(eq=False)
class PeriodEmpty(Refusal, kind=Kind.INVALID):
    """The validity ends before it begins."""

    valid_from: datetime
    valid_until: datetime


@dataclass(eq=False)
class VersionPlanned(Refusal, kind=Kind.CONFLICT):
    """A version that begins at or after this instant was published before."""

    number: int
    valid_from: datetime


@dataclass(eq=False)
class RateOutOfRange(Refusal, kind=Kind.INVALID):
    """A discount is between nothing and the whole face value."""

    rate_ppm: int


@dataclass(eq=False)
class BeyondOwnBranch(Refusal, kind=Kind.FORBIDDEN):
    """What holds for all branches is not for one branch to change."""


@dataclass(eq=False)
class BranchExpected(Refusal, kind=Kind.INVALID):
    """Shelves belong to branches, not to other parts of the organization."""

    organization_kind: str
