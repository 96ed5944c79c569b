"""What the ledger shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.kernel.money import Money

AccountId = NewType("AccountId", UUID)
PostingId = NewType("PostingId", int)


CARRIED: Final = "carried"
"""The kind of a line that sums up what lies in the archive."""


class Phase(StrEnum):
    SINGLE = "single"
    """Moved at once."""
    PENDING = "pending"
    """Taken from the source, held in flight."""
    POST = "post"
    """Resolves a pending posting: on to its destination."""
    VOID = "void"
    """Resolves a pending posting: back to its source."""
    REVERSE = "reverse"
    """Takes a posted one, or one that moved at once, back to where the money had come from."""


class AccountKind(StrEnum):
    """What an account is for. Kinds are text in the tables: packages above add their own."""

    WALLET = "wallet"
    DEPOSIT = "deposit"
    """What outlets have put down under their contracts; it is theirs; one per outlet."""
    IN_FLIGHT = "in_flight"
    """What sales have taken from wallets and the BOSS has not decided on; one per branch."""
    COLLECTED = "collected"
    """What outlets have paid for completed sales; one per branch."""
    CASH = "cash"
    """Cash taken at a hall; one per hall."""
    CARD = "card"
    """Card takings on their way from the acquirer; one per hall."""
    BANK = "bank"
    """Transfers received on the operator's bank account; one per branch."""
    ADJUSTMENT = "adjustment"
    """Corrections by hand; one per branch."""


@dataclass(frozen=True, slots=True)
class Balance:
    account: AccountId
    balance: Money
    floor: Money
    """The balance never falls below it: minus the credit limit."""
    frozen: bool
    day_out: Money
    """What has left the account on the business date `day`."""
    day: date

    @property
    def available(self) -> Money:
        return Money.zero() if self.frozen else self.balance - self.floor


@dataclass(frozen=True, slots=True)
class Line:
    """One posting as the holder of a limited account sees it."""

    id: PostingId
    at: datetime
    business_date: date
    kind: str
    phase: Phase
    amount: Money
    """Positive into the account, negative out of it."""
    balance: Money
    """The account's balance after this line."""
    cause: UUID
    """What it was for: the order, the payment, the closing."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount to move at once between two of the operator's own accounts."""

    source: AccountId
    target: AccountId
    amount: Money
    kind: str
    cause: UUID
