"""What numbers show to the floors above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

HoldId = NewType("HoldId", UUID)

HOLD_MINUTES: Final = 30
LONGEST_HOLD_MINUTES: Final = 120
LONGEST_VISIT_MINUTES: Final = 3 * 24 * 60 + 60
"""Of a number that waits for a customer who has an appointment: three days, and an hour to come."""
MOST_HOLDS: Final = 20
"""Open holds of an outlet."""
PAID_DAYS: Final = 7
LONGEST_PAID_DAYS: Final = 31
REST_DAYS: Final = 90


class NumberState(StrEnum):
    """Where a number is in its life; see `rules.TRANSITIONS`."""

    FREE = "free"
    RESERVED = "reserved"
    """Held by an outlet until a stated moment."""
    PAID = "paid"
    """Held for an order that was paid, until a stated moment."""
    BOUND = "bound"
    """Belongs to an order that the BOSS has not confirmed yet; without one: to a SIM in a pack."""
    ACTIVE = "active"
    CANCELLED = "cancelled"
    RESTING = "resting"
    """Cancelled, and given to nobody until a stated moment."""


@dataclass(frozen=True, slots=True)
class PatternRule:
    """
    A pattern that makes a number worth more: a member of the registry `patterns/`.

    A number belongs to the rule of the lowest priority value that matches it.
    """

    code: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    priority: int
    """Unique; the lower goes before the higher."""
    grade: str
    """Code of the grade it has until somebody decides otherwise."""
    reach: int
    """How many digits from the end it looks at: 1 to 8."""
    match: Callable[[str], bool]
    """Pure: says whether the last `reach` digits show the pattern."""
    examples: tuple[str, ...]
    """Numbers that match this rule and none of a lower priority value."""
    counter_examples: tuple[str, ...]
    """Numbers that look like it and are not."""

    def matches(self, number: str) -> bool:
        """Say whether a number of 11 digits shows the pattern."""
        return self.match(number[-self.reach :])


@dataclass(frozen=True, slots=True)
class Reserve:
    """What an outlet asks to hold."""

    outlet: OrganizationId
    number: str
    minutes: int = HOLD_MINUTES
    visit: bool = False
    """For a customer with an appointment; set by the journey that books it, never by a front."""


@dataclass(frozen=True, slots=True)
class Held:
    """A number that is held, with what it costs its customer."""

    number: str
    hold: HoldId
    outlet: OrganizationId
    until: datetime
    """When a reserved or paid number returns to the pool; of a bound one: when it was bound."""
    pattern: str
    grade: str
    price: Money
    """The prepayment that its grade asks for."""
    monthly_floor: Money


@dataclass(frozen=True, slots=True)
class NumberSearch:
    """Which free numbers to look for; an empty field does not restrict."""

    suffix: str = ""
    """The last digits: 1 to 8."""
    anywhere: str = ""
    """Digits anywhere among the last eight: 3 to 6."""
    starts: str = ""
    """The first digits: 1 to 11."""
    pattern: str = ""
    grade: str = ""
    without4: bool = False
    """No 4 among the 11 digits."""
    price_min: Money | None = None
    price_max: Money | None = None


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """A number as lists show it; its price is that of its grade in its branch now."""

    number: str
    branch: OrganizationId
    pattern: str
    without4: bool
    grade: str
    price: Money
    monthly_floor: Money
    state: str
    holder: OrganizationId | None
    hold: HoldId | None
    until: datetime | None
    cause: UUID | None
    packed: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NumberPage:
    """Some numbers of a search, and where to go on; `after` is None at the end."""

    items: tuple[NumberRecord, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class NumberChange:
    """One step of a number's life."""

    at: datetime
    was: str
    state: str
    holder: OrganizationId | None
    """Who has it since, or had it before where nobody has it any more."""
    cause: UUID | None
    actor: UUID
    command: str


@dataclass(frozen=True, slots=True)
class PatternRecord:
    """A rule with what was decided about it."""

    code: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    priority: int
    examples: tuple[str, ...]
    grade: str
    on: bool
    registered: bool
    """False: the rule is not part of the program any more, and its numbers await grading anew."""
    numbers: int
    """As last counted, within the actor's scope."""
    free: int


@dataclass(frozen=True, slots=True)
class GradeRecord:
    """A grade with its price, for a branch or for all that have no price of their own."""

    code: str
    name_zh: str
    name_en: str
    position: int
    price: Money
    monthly_floor: Money


@dataclass(frozen=True, slots=True)
class GradePriceRecord:
    """One entry of a grade's price history."""

    id: UUID
    grade: str
    branch: OrganizationId | None
    price: Money
    monthly_floor: Money
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """The numbers of a branch."""

    branch: OrganizationId
    code: str
    name_zh: str
    name_en: str
    area_code: str
    segments: int
    counted_at: datetime | None
    counts: dict[str, int]
    """Numbers by state, as last counted."""


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """Ten thousand numbers that begin with the same seven digits."""

    prefix: str
    branch: OrganizationId
    area_code: str
    hlr: str
    loaded_at: datetime
    graded: bool
    """Whether it was graded by the rules as they are now."""
    counts: dict[str, int]
    """Numbers by state, now."""


@dataclass(frozen=True, slots=True)
class NumberFigure:
    """How many numbers of a branch are in a state and a pattern, as last counted."""

    branch: OrganizationId
    state: str
    pattern: str
    count: int


@dataclass(frozen=True, slots=True)
class GradeShift:
    """How many free numbers of a branch a change would move from one grade to another."""

    branch: OrganizationId
    code: str
    name_zh: str
    name_en: str
    was: str
    becomes: str
    old_price: Money
    new_price: Money
    numbers: int


# Why a number is not given


@dataclass(eq=False)
class NumberUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such number where the actor may look."""

    number: str


@dataclass(eq=False)
class NumberTaken(Refusal, kind=Kind.CONFLICT):
    """The number is not free: somebody else was faster, or it is in use."""

    number: str


@dataclass(eq=False)
class NumberElsewhere(Refusal, kind=Kind.FORBIDDEN):
    """The number belongs to another branch."""

    number: str


@dataclass(eq=False)
class HoldUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such hold where the actor may look; it may have been used or released."""

    hold: UUID


@dataclass(eq=False)
class HoldExpired(Refusal, kind=Kind.CONFLICT):
    """The time of the hold is over."""

    number: str
    until: datetime


@dataclass(eq=False)
class TooManyHolds(Refusal, kind=Kind.CONFLICT):
    """The outlet holds as many numbers as it may."""

    most: int


@dataclass(eq=False)
class HoldTooLong(Refusal, kind=Kind.INVALID):
    """A hold lasts at least a minute, and not longer than this."""

    minutes: int
    most: int


@dataclass(eq=False)
class SearchInvalid(Refusal, kind=Kind.INVALID):
    """A field of the search has no sensible value."""

    field: str


# Why the stock of numbers is not changed


@dataclass(eq=False)
class PrefixUnknown(Refusal, kind=Kind.INVALID):
    """No numbers of the operator begin with these seven digits."""

    prefix: str


@dataclass(eq=False)
class PrefixElsewhere(Refusal, kind=Kind.CONFLICT):
    """The prefix is assigned to another city, or was loaded by another branch."""

    prefix: str


@dataclass(eq=False)
class SegmentLoaded(Refusal, kind=Kind.CONFLICT):
    """All numbers of this prefix are there already."""

    prefix: str


@dataclass(eq=False)
class SegmentUnknown(Refusal, kind=Kind.NOT_FOUND):
    """No numbers with this prefix were loaded where the actor may look."""

    prefix: str


@dataclass(eq=False)
class BranchNeeded(Refusal, kind=Kind.INVALID):
    """Numbers and prices belong to branches, not to other parts of the organization."""

    organization: UUID


@dataclass(eq=False)
class NumberStateWrong(Refusal, kind=Kind.CONFLICT):
    """The number is in a state from which this is not possible."""

    number: str
    number_state: str


@dataclass(eq=False)
class PatternUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no rule of this code."""

    pattern: str


@dataclass(eq=False)
class GradeUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no grade of this code."""

    grade: str


@dataclass(eq=False)
class GradeInvalid(Refusal, kind=Kind.INVALID):
    """A field of a grade or of its price has no sensible value."""

    field: str


@dataclass(eq=False)
class ProvinceNeeded(Refusal, kind=Kind.FORBIDDEN):
    """What holds for all branches is not for one branch to change."""


@dataclass(eq=False)
class PriceBackdated(Refusal, kind=Kind.INVALID):
    """A price begins now or later, and ends after it begins."""

    valid_from: datetime
