"""Settlements, statements, disputes, adjustments, payouts and points, as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

SettlementId = NewType("SettlementId", UUID)
StatementId = NewType("StatementId", UUID)


class SettlementState(StrEnum):
    DRAFT = "draft"
    COMPUTED = "computed"
    CHECKED = "checked"
    APPROVED = "approved"
    POSTED = "posted"
    CLOSED = "closed"


SETTLED = frozenset({SettlementState.APPROVED, SettlementState.POSTED, SettlementState.CLOSED})
"""From here on nobody computes a month anew."""


class Running(StrEnum):
    """What a worker is doing with a settlement."""

    NOTHING = ""
    COMPUTING = "computing"
    MAKING = "making"
    """The lines are there; their statements are being made."""
    CHECKING = "checking"
    POSTING = "posting"


class Way(StrEnum):
    """Where an outlet wants its commission."""

    WALLET = "wallet"
    BANK = "bank"


class Payee(StrEnum):
    """Who earns, for the tax that is withheld."""

    COMPANY = "company"
    INDIVIDUAL = "individual"


class StatementState(StrEnum):
    OPEN = "open"
    """Computed, not posted."""
    CARRIED = "carried"
    """Nothing is due: what is owed to the operator is brought into the next month."""
    PAYABLE = "payable"
    """Posted, waits for a payout file."""
    SENT = "sent"
    """In a payout file that the bank has not answered."""
    PAID = "paid"
    """In the wallet, or paid by the bank."""


@dataclass(frozen=True, slots=True)
class RuleTotal:
    """What a month's lines of one branch and rule add up to."""

    branch: str
    """Its division code."""
    rule: int
    unit: str
    lines: int
    base: int
    amount: int
    """Fen, or points."""


@dataclass(frozen=True, slots=True)
class OutletSum:
    """What a month's lines of one outlet and rule add up to."""

    outlet: int
    """The outlet's number in the lake."""
    branch: str
    """The branch whose files have the lines."""
    rule: int
    unit: str
    lines: int
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class ClerkSum:
    """What a month's lines of one clerk at one outlet add up to."""

    outlet: int
    clerk: int
    """The account's number in the lake; 0 where nobody is known to have served."""
    lines: int
    amount: int
    points: int


@dataclass(frozen=True, slots=True)
class LineKey:
    """Names one line of an outlet's month."""

    rule: int
    fact: int
    slice: int = 0

    @property
    def parts(self) -> tuple[int, int, int]:
        return self.rule, self.fact, self.slice


@dataclass(frozen=True, slots=True)
class LineRecord:
    """One line: which fact, by which rule, on what base, at what rate, how much."""

    rule: int
    fact: int
    origin: int
    """The sale whose reversal takes it back."""
    outlet: int
    base: int
    slice: int
    rate_ppm: int
    coefficient_ppm: int
    amount: int
    clerk: int = 0
    of_month: date | None = None
    """The closed month whose line it takes back, or to which it adds; None: a line of its own."""
    why: str = ""
    """`reversed`, `late` or `undone` (see the lake's `adjustments`); empty for an own line."""

    @property
    def key(self) -> LineKey:
        return LineKey(self.rule, self.fact, self.slice)


@dataclass(frozen=True, slots=True)
class FactRecord:
    """The transaction behind a line."""

    fact: int
    day: date
    business: str
    offering: str
    amount: Money
    debit: Money
    order: UUID | None
    clerk: int


@dataclass(frozen=True, slots=True)
class ComputedMonth:
    """What computing a month has left in the lake. A province's names are longer than a text."""

    versions: bytes
    """Of the lines: pinned inputs as JSON, from which they are read for ever."""
    inputs: bytes
    """What was read, likewise: from it the month is computed again."""
    lines: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has found."""

    check: str
    """`totals`, `deviation`, `recomputed`, `previous`."""
    fault: bool
    """It must be mended; otherwise somebody should look at it."""
    what: str
    """Which branch, rule or outlet; empty for the whole."""
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """A month's settlement of a province."""

    id: SettlementId
    province: OrganizationId
    month: date
    state: str
    running: str
    done: int
    total: int
    problem: str
    versions: str
    inputs: str
    statements: int
    lines: int
    earned: Money
    adjusted: Money
    brought: Money
    tax: Money
    net: Money
    carried: Money
    points: int
    findings: list[dict[str, object]]
    made_at: datetime
    computed_at: datetime | None
    computed_by: UUID | None
    checked_at: datetime | None
    checked_by: UUID | None
    approved_at: datetime | None
    approved_by: UUID | None
    posted_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """What an outlet earned in a month, and what became of it."""

    id: StatementId
    settlement: SettlementId
    settlement_state: str
    month: date
    outlet: OrganizationId
    outlet_code: str
    outlet_name_zh: str
    outlet_name_en: str
    versions: str
    number: int
    """The outlet's number in the lake."""
    brought: Money
    earned: Money
    adjusted: Money
    tax: Money
    net: Money
    carried: Money
    points: int
    lines: int
    way: str
    payee: str
    state: str
    computed_at: datetime | None

    @property
    def due(self) -> Money:
        """Before tax: what was earned, corrected, and brought from the month before."""
        return self.brought + self.earned + self.adjusted


@dataclass(frozen=True, slots=True)
class StatementSumRow:
    """One rule's part of a statement."""

    rule: int
    unit: str
    lines: int
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class StatementClerkRow:
    """One clerk's part of a statement."""

    clerk: UUID | None
    lines: int
    amount: Money
    points: int


@dataclass(eq=False)
class SettlementNotFound(Refusal, kind=Kind.NOT_FOUND):
    settlement: UUID


@dataclass(eq=False)
class StatementNotFound(Refusal, kind=Kind.NOT_FOUND):
    statement: UUID


@dataclass(eq=False)
class LineNotFound(Refusal, kind=Kind.NOT_FOUND):
    """The statement has no such line."""

    rule: int
    fact: int
