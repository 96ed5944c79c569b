"""What payment announces."""

from __future__ import annotations

from dataclasses import dataclass

from qudao.domain.party.types import OrganizationId
from qudao.domain.payment.types import DrawerId, PaymentId, StatementId
from qudao.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaymentTaken:
    """An outlet's money was received."""

    payment: PaymentId
    outlet: OrganizationId
    method: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentTakenBack:
    """A payment that was recorded by mistake no longer counts."""

    payment: PaymentId
    outlet: OrganizationId
    method: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CashDrawerClosed:
    """A session at a drawer ended; the difference is counted less expected."""

    drawer: DrawerId
    hall: OrganizationId
    difference: Money


@dataclass(frozen=True, slots=True)
class StatementTaken:
    """A bank statement was imported."""

    statement: StatementId
    branch: OrganizationId
    lines: int
