"""Why nothing was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qudao.domain.commission.types.problems import PolicyProblem
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class PolicyUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such policy where the actor may look."""

    policy: str


@dataclass(eq=False)
class PolicyNotSo(Refusal, kind=Kind.CONFLICT):
    """What was asked for belongs to another state of the policy."""

    policy_state: str


@dataclass(eq=False)
class PolicyChanged(Refusal, kind=Kind.CONFLICT):
    """Somebody else has saved the draft since it was read."""

    edition: int


@dataclass(eq=False)
class PolicyInvalid(Refusal, kind=Kind.INVALID):
    """The policy cannot be paid as it is written: gaps, overlaps, inverted bands, …"""

    problems: tuple[PolicyProblem, ...]


@dataclass(eq=False)
class PolicyOverlaps(Refusal, kind=Kind.CONFLICT):
    """Other policies pay the same outlets for the same, and nobody said that both shall."""

    policies: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(eq=False)
class PolicyRetroactive(Refusal, kind=Kind.CONFLICT):
    """It would hold for days whose month was computed, or is long past."""

    valid_from: date
    earliest: date


@dataclass(eq=False)
class BudgetTooSmall(Refusal, kind=Kind.CONFLICT):
    """The last what-if of this draft cost more in a month than its budget."""

    cost: Money
    budget: Money


@dataclass(eq=False)
class ProvinceDecides(Refusal, kind=Kind.FORBIDDEN):
    """This is for people whose area is the whole province."""


@dataclass(eq=False)
class BranchNeeded(Refusal, kind=Kind.INVALID):
    """The organization is no branch."""

    organization_kind: str


@dataclass(eq=False)
class BranchesNotYours(Refusal, kind=Kind.FORBIDDEN):
    """A branch's policy holds in that branch alone."""

    branches: tuple[str, ...]


@dataclass(eq=False)
class SamePerson(Refusal, kind=Kind.FORBIDDEN):
    """Another person has to do this: whoever asks has done the step before."""


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """A decision against something says why."""

    field: str = "reason"


@dataclass(eq=False)
class CasesMissing(Refusal, kind=Kind.INVALID):
    """Nothing is verified without a test case, nor are rules that no case touches."""

    rules: tuple[str, ...]


@dataclass(eq=False)
class CaseInvalid(Refusal, kind=Kind.INVALID):
    """A test case says what cannot be."""

    case: str
    row: int
    """From 1; 0: the case itself."""
    case_problem: str


@dataclass(eq=False)
class CaseFails(Refusal, kind=Kind.CONFLICT):
    """The configured rules earn something else than the test case expects."""

    case: str
    row: int
    expected: Money
    computed: Money


@dataclass(eq=False)
class TrialUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such trial where the actor may look."""

    trial: str


@dataclass(eq=False)
class TrialMonthsInvalid(Refusal, kind=Kind.INVALID):
    """A trial runs on one to twelve months for which the lake has sales."""

    months: tuple[date, ...]


@dataclass(eq=False)
class TrialUnderWay(Refusal, kind=Kind.CONFLICT):
    """A trial of this draft is running already."""
