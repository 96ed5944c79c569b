"""Disputes, adjustments, payouts, taxes and points, as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.domain.commission.types.settlements.documents import StatementId, StatementState
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

DisputeId = NewType("DisputeId", UUID)
AdjustmentId = NewType("AdjustmentId", UUID)
PayoutId = NewType("PayoutId", UUID)

POINT: Final = "POINT"
"""The ledger's asset in which clerks' points are counted."""


class DisputeState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """Why there is an adjustment."""

    DISPUTE = "dispute"
    HAND = "hand"


class PayoutState(StrEnum):
    MADE = "made"
    """The file is made; what is in it is on its way."""
    ANSWERED = "answered"
    """The bank has answered each of its payments."""


class ItemState(StrEnum):
    SENT = "sent"
    PAID = "paid"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class AdjustmentRecord:
    """A correction of a settled month, counted in a later one."""

    id: AdjustmentId
    outlet: OrganizationId
    month: date
    corrects: date
    rule: int
    fact: int
    amount: Money
    reason: str
    source: str
    dispute: DisputeId | None
    made_at: datetime
    made_by: UUID


UNPAID: Final = frozenset({StatementState.OPEN, StatementState.PAYABLE, StatementState.SENT})
"""States of statements whose money the outlet does not have yet."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What is not settled of an outlet's commission."""

    unpaid: Money
    disputes: int
    """Open ones."""
    last_month: date | None
    """Of which there is a statement."""


@dataclass(frozen=True, slots=True)
class DisputeRecord:
    """An agent says that a line is wrong, and what came of it."""

    id: DisputeId
    statement: StatementId
    outlet: OrganizationId
    outlet_code: str
    outlet_name_zh: str
    outlet_name_en: str
    month: date
    rule: int
    fact: int
    slice: int
    amount: Money
    claim: str
    state: str
    due_on: date
    opened_at: datetime
    opened_by: UUID
    answered_at: datetime | None
    answered_by: UUID | None
    answer: str
    correction: Money


@dataclass(frozen=True, slots=True)
class PayoutTermsRecord:
    """Where an outlet's commission goes; the account's number is masked."""

    outlet: OrganizationId
    way: str
    payee: str
    account_name: str
    account_number: str
    bank_code: str


@dataclass(frozen=True, slots=True)
class BankDetails:
    """An account at a bank, as an agent gives it."""

    name: str
    number: str
    bank_code: str
    """Of the bank's branch: twelve digits (CNAPS)."""


@dataclass(frozen=True, slots=True)
class TaxBand:
    """How incomes up to a limit are taxed: (income − free) × base × rate − less, never below 0."""

    upto: int | None
    """Fen; None: all above."""
    free: int
    """Fen that are not taxed."""
    base_ppm: int
    """The part of the income that is taxed."""
    rate_ppm: int
    less: int
    """Fen, taken off the tax."""


@dataclass(frozen=True, slots=True)
class PayoutRecord:
    """A file for the bank."""

    id: PayoutId
    number: str
    branch: OrganizationId
    branch_name_zh: str
    branch_name_en: str
    month: date
    state: str
    items: int
    total: Money
    made_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a payout file."""

    reference: str
    amount: Money
    name: str
    number: str
    bank_code: str
    remark: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says of one payment."""

    reference: str
    paid: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BranchBalance:
    """One branch's part of a settlement: what was earned, approved, posted, paid, disputed."""

    branch: OrganizationId
    code: str
    name_zh: str
    name_en: str
    statements: int
    earned: Money
    adjusted: Money
    brought: Money
    carried: Money
    tax: Money
    to_wallets: Money
    payable: Money
    sent: Money
    paid: Money
    disputed: Money
    disputes: int


@dataclass(frozen=True, slots=True)
class Reward:
    """What a clerk can have for points."""

    code: str
    name_zh: str
    name_en: str
    points: int


@dataclass(frozen=True, slots=True)
class TakenReward:
    """What a clerk has taken for points."""

    name_zh: str
    name_en: str
    points: int
    at: datetime
    handed_at: datetime | None
    """When the branch handed it over; None: it waits."""


@dataclass(frozen=True, slots=True)
class PointsRecord:
    """A clerk's points."""

    user: UUID
    balance: int
    rewards: tuple[Reward, ...]
    taken: tuple[TakenReward, ...]
    """The latest first."""


@dataclass(eq=False)
class DisputeNotFound(Refusal, kind=Kind.NOT_FOUND):
    dispute: UUID


@dataclass(eq=False)
class PayoutNotFound(Refusal, kind=Kind.NOT_FOUND):
    payout: UUID
