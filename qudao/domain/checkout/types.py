"""What customers' payments show to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret

CheckoutId = NewType("CheckoutId", UUID)
"""A customer's payment; also its external id at whoever holds the money."""


class PaymentState(StrEnum):
    """Where a payment stands; TMF676's `status`. That nobody knows is a mark beside it."""

    OPENED = "opened"
    """Written down; the amount may have been asked for."""
    WAITING = "waiting"
    """The customer is to pay it on a page."""
    AUTHORISED = "authorised"
    """The amount is held for us; the sale is to be made."""
    SOLD = "sold"
    """The sale is made; the amount is to be captured."""
    CAPTURED = "captured"
    """The amount is ours."""
    DECLINED = "declined"
    """It will never be paid; nothing was sold."""
    RELEASING = "releasing"
    """Nothing is sold; what is held is to be given up."""
    RELEASED = "released"
    """Nothing is taken, nor held."""
    RETURNING = "returning"
    """The order came to nothing: the pay-in is to be taken out of the hall's wallet."""
    REFUNDING = "refunding"
    """The customer is to get the amount back."""
    REFUNDED = "refunded"
    """The customer has got it back."""
    OWED = "owed"
    """The amount cannot be given back as it came: a person must pay it back."""
    UNPAID = "unpaid"
    """Sold, but whoever held the amount has let it go: a person must see to it."""


class Step(StrEnum):
    """What is to be done next for a payment."""

    AUTHORISE = "authorise"
    ASK = "ask"
    SELL = "sell"
    CAPTURE = "capture"
    VOID = "void"
    TAKE_BACK = "take_back"
    REFUND = "refund"
    TELL = "tell"
    """Send the customer a short message of what came of it."""


PAID_IN: Final = frozenset({PaymentState.SOLD, PaymentState.CAPTURED, PaymentState.UNPAID})
"""States in which what was paid has gone through the hall's wallet, and stays."""

OVER: Final = frozenset(
    {
        PaymentState.CAPTURED,
        PaymentState.DECLINED,
        PaymentState.RELEASED,
        PaymentState.REFUNDED,
        PaymentState.OWED,
        PaymentState.UNPAID,
    }
)
"""States in which nothing is to be done by itself any more."""

BY_HAND: Final = frozenset({PaymentState.OWED, PaymentState.UNPAID})
"""States that a person must see to."""

NOT_REACHED: Final = "not-reached"
"""Why a payment was given up: whoever holds the money could not be asked for it."""

_NEXT: Final = {
    PaymentState.OPENED: Step.AUTHORISE,
    PaymentState.WAITING: Step.ASK,
    PaymentState.AUTHORISED: Step.SELL,
    PaymentState.SOLD: Step.CAPTURE,
    PaymentState.RELEASING: Step.VOID,
    PaymentState.RETURNING: Step.TAKE_BACK,
    PaymentState.REFUNDING: Step.REFUND,
}

_WORTH_TELLING: Final = frozenset(
    {
        PaymentState.SOLD,
        PaymentState.CAPTURED,
        PaymentState.DECLINED,
        PaymentState.RELEASED,
        PaymentState.REFUNDED,
        PaymentState.OWED,
    }
)


@dataclass(frozen=True, slots=True)
class Pay:
    """What a customer is to pay, and for what."""

    hall: OrganizationId
    """Outlet in whose name is sold."""
    means: str
    """Code of the way of paying."""
    amount: Money
    offering: str
    """Code of the offering that is sold."""
    line: Personal
    """Number of the line that it is sold to."""
    payer: Personal = Personal("")
    """Number of the line of the customer who pays, where it is known."""
    what: str = ""
    """What the customer reads: the offering's name."""
    language: str = "zh-hans"


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """
    A customer's payment. TMF676's Payment: `id`, `status` (state), `statusDate` (changed_at),
    `paymentDate` (opened_at), `totalAmount` (amount), `payer`, `paymentMethod` (means),
    `correlatorId` (reference), `channel`, `paymentItem` (order).
    """

    id: CheckoutId
    actor: UUID
    channel: str
    """The front through which it is paid."""
    hall: OrganizationId
    hall_code: str
    hall_path: str
    means: str
    amount: Money
    offering: str
    line: str
    payer: str
    what: str
    language: str
    state: str
    unsure: bool
    """Whether the last step had its effect is unknown: it is asked for before anything else."""
    tell: bool
    order: UUID | None
    reference: str
    """Of whoever holds the money."""
    url: str
    """Where the customer is to pay, while it waits for that."""
    code: str
    """Why it was declined or given up."""
    problem: str
    """What went wrong with the last step; empty if nothing did."""
    attempts: int
    opened_at: datetime
    changed_at: datetime
    token: Secret | None

    @property
    def step(self) -> Step | None:
        """What is to be done next; None: nothing."""
        if self.unsure:
            return Step.ASK
        if self.tell and self.state in _WORTH_TELLING:
            return Step.TELL
        return _NEXT.get(PaymentState(self.state))

    @property
    def is_over(self) -> bool:
        return self.state in OVER
