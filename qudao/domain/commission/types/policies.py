"""Policies: what they say, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from qudao.domain.commission.types.schemes import Selector, Source, Term, Unit
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money, Rounding

PolicyId = NewType("PolicyId", UUID)
TrialId = NewType("TrialId", UUID)


class PolicyKind(StrEnum):
    BASIC = "basic"
    """基本酬金: until further notice."""
    STAGED = "staged"
    """阶段性激励: for a time, and on top of what is basic."""


class PolicyState(StrEnum):
    """How far a version has come, in this order; `WITHDRAWN` is from anywhere."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ENDORSED = "endorsed"
    """Marketing has approved."""
    APPROVED = "approved"
    """Finance has approved, too."""
    CONFIGURED = "configured"
    VERIFIED = "verified"
    EFFECTIVE = "effective"
    WITHDRAWN = "withdrawn"


class Approval(StrEnum):
    """Who approves, in this order."""

    MARKETING = "marketing"
    FINANCE = "finance"


class Rejection(StrEnum):
    """Where a version may be rejected."""

    MARKETING = "marketing"
    FINANCE = "finance"
    CONFIGURATION = "configuration"
    """It cannot be configured as it was approved: back to the author."""
    VERIFICATION = "verification"
    """It was not configured as it was approved: back to the support centre."""


class TrialKind(StrEnum):
    """How a draft is tried out."""

    WHAT_IF = "what_if"
    """What it would have cost in past months."""
    RED_TEAM = "red_team"
    """How one earns more by it than one pays."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """One rule of a plan, as it is written."""

    code: str
    """The same in all versions, and in no other policy: other rules name it."""
    scheme: str
    terms: dict[str, Any]
    """JSON, as `schemes.written_terms` makes it."""
    name_zh: str
    name_en: str
    rounding: Rounding = Rounding.HALF_UP
    unit: Unit = Unit.FEN


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules for some outlets."""

    name_zh: str
    name_en: str
    selector: Selector
    rules: tuple[RuleDraft, ...]


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """What a version of a policy says."""

    name_zh: str
    name_en: str
    kind: PolicyKind
    valid_from: date
    valid_until: date | None
    """The day after the last; None: until further notice."""
    plans: tuple[Plan, ...]
    budget: Money | None = None
    """Most in a month; None: no limit."""
    branches: tuple[str, ...] = ()
    """Codes, of a policy of the province: in these alone; (): in all. A branch's is in its own."""
    on_top_of: tuple[str, ...] = ()
    """Codes of policies that it may overlap: what it pays is meant to come on top."""
    purpose: str = ""
    """Why, for those who decide."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that was stored."""

    policy: PolicyId
    number: int
    """Of the version."""
    edition: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Another policy that pays the same outlets for the same, at the same time."""

    rule: str
    """Of the version that was looked at."""
    policy: str
    """Code of the other one; its own code: two rules of the same policy."""
    other_rule: str
    scheme: str
    stands_against: bool
    """False: it was said that both shall pay."""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A line of a list of policies: the newest version of each."""

    policy: PolicyId
    code: str
    branch: OrganizationId | None
    branch_code: str | None
    kind: str
    name_zh: str
    name_en: str
    number: int
    state: str
    valid_from: date
    valid_until: date | None
    budget: Money | None


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version of a policy, whole."""

    policy: PolicyId
    code: str
    branch: OrganizationId | None
    branch_code: str | None
    branch_path: str | None
    number: int
    edition: int
    state: PolicyState
    state_since: datetime
    draft: PolicyDraft
    configured: tuple[Plan, ...] | None
    """As the support centre has configured it; None: not yet."""
    author: UUID
    configured_by: UUID | None
    effective_from: date | None
    effective_until: date | None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What was done with a version."""

    number: int
    """Of the version."""
    step: str
    edition: int
    at: datetime
    by: UUID
    approved_by: UUID | None
    remark: str


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """Which rule a line's number means, for who explains it."""

    number: int
    code: str
    name_zh: str
    name_en: str
    scheme: str
    plan_zh: str
    plan_en: str
    policy: PolicyId
    policy_code: str
    policy_zh: str
    policy_en: str
    version: int
    unit: str
    rounding: str
    terms: dict[str, Any]
    effective_from: date | None
    effective_until: date | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which what was configured is not what was approved, or two versions differ."""

    rule: str
    """Code; empty: of the policy or its plan."""
    where: str
    before: str
    """Empty: it was not there."""
    after: str


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial of a draft, and what came of it."""

    trial: TrialId
    policy: PolicyId
    number: int
    edition: int
    kind: str
    question: dict[str, Any]
    state: str
    done: int
    total: int
    asked_by: UUID
    asked_at: datetime
    finished_at: datetime | None
    fault: str
    result: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class PolicyOfMonth:
    """A version of a policy that holds on a day of a month."""

    policy: PolicyId
    code: str
    name_zh: str
    name_en: str
    branch_code: str | None
    number: int
    budget: Money | None
    """Most in the month; None: no limit."""
    rules: tuple[int, ...]
    """Numbers, as lines name them."""


@dataclass(frozen=True, slots=True)
class SchemeForm:
    """A way to earn, and what its author fills in."""

    code: str
    name_zh: str
    name_en: str
    source: Source
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a ploy costs, in fen."""

    card: int
    """A SIM card with its pack, for one line; whatever is on it counts as spent."""
    use: int
    """The least use that passes a gate, in a month, for one line."""
    resale_ppm: int
    """Which share of money that was paid in comes back: credit is sold on, or spent anyway."""
    floor: int = 0
    """The least that an active line has to pay in a month."""
