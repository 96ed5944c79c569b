"""What the wallet shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from qudao.domain.ledger.types import AccountId
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money


@dataclass(frozen=True, slots=True)
class WalletRecord:
    """A wallet as its holder sees it."""

    outlet: OrganizationId
    account: AccountId
    balance: Money
    credit_limit: Money
    frozen: bool
    low_balance: Money
    """Warn when less than this is available."""
    spent_today: Money
    """What sales have taken on the business date asked for."""

    @property
    def available(self) -> Money:
        """What the next sale may cost at most."""
        return Money.zero() if self.frozen else self.balance + self.credit_limit

    @property
    def is_low(self) -> bool:
        return self.balance + self.credit_limit < self.low_balance


@dataclass(frozen=True, slots=True)
class WalletLevel:
    """How much a wallet has left, and when it warns."""

    outlet: OrganizationId
    balance: Money
    credit_limit: Money
    low_balance: Money

    @property
    def is_low(self) -> bool:
        return self.balance + self.credit_limit < self.low_balance


@dataclass(frozen=True, slots=True)
class WalletRow:
    """A line of a list of wallets."""

    outlet: OrganizationId
    code: str
    name_zh: str
    name_en: str
    path: str
    balance: Money
    credit_limit: Money
    low_balance: Money
    frozen: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """
    One business day of one wallet.

    `opening + paid_in - sold + returned + adjusted = closing`.
    """

    outlet: OrganizationId
    business_date: date
    opening: Money
    paid_in: Money
    """Less what was taken back."""
    sold: Money
    """Taken by sales of the day, whatever became of them."""
    returned: Money
    """Given back: sales that the BOSS refused, and reversals."""
    adjusted: Money
    closing: Money
    lines: int
    closed_at: datetime
