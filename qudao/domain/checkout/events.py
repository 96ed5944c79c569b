"""Facts that checkout announces."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from qudao.domain.checkout.types import CheckoutId


@dataclass(frozen=True, slots=True)
class PaymentSold:
    """What a customer pays has been sold."""

    payment: CheckoutId
    order: UUID


@dataclass(frozen=True, slots=True)
class PaymentMoved:
    """A payment stands elsewhere than before."""

    payment: CheckoutId
    state: str
    unsure: bool
    problem: str = ""
