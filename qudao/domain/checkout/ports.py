"""
What checkout wants from whoever holds a customer's money until it is the operator's: an acquirer, a
card terminal, a unit that takes notes.

An implementation keeps three promises: it acts at most once under a payment's id; it answers
`Unknown` whenever the other side may or may not have acted; it never raises for what networks and
devices do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from qudao.domain.checkout.types import CheckoutId
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid."""

    payment: CheckoutId
    """External id: the other side acts at most once under it."""
    amount: Money
    msisdn: str
    """The line whose bound card pays; empty where the means needs none."""
    hall: str
    """Node code of the outlet in whose name is sold."""
    what: str
    """What the customer reads on the statement or the page: the offering's name."""
    token: Secret = Secret("")
    """
    What the device gave that holds card or notes; only as long as it is not decided. What comes
    after goes by the payment's id.
    """
    return_to: str = ""
    """Where the acquirer's page sends the customer afterwards; empty: nowhere."""
    language: str = "zh-hans"


@dataclass(frozen=True, slots=True)
class Authorised:
    """The amount is held for us; nothing is taken yet."""

    reference: str


@dataclass(frozen=True, slots=True)
class Captured:
    """The amount is ours."""

    reference: str


@dataclass(frozen=True, slots=True)
class Released:
    """The hold was given up; nothing is or will be taken."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """The whole amount was given back."""

    reference: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The customer is to pay at an address; whoever holds the money tells us, or is asked."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class Declined:
    """It will never be paid under this id."""

    code: str
    """`no-card`, `insufficient-funds`, `expired`, `cancelled`, `declined`, …"""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have had its effect: ask before anything else."""

    problem: str


@dataclass(frozen=True, slots=True)
class NotReached:
    """It certainly did not arrive: may be asked for again."""

    problem: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Asked, the other side knows nothing of this payment: may be asked for under the same id."""


State = (
    Authorised
    | Captured
    | Released
    | Refunded
    | Waiting
    | Declined
    | Unknown
    | NotReached
    | NotFound
)


@dataclass(eq=False)
class CardsUnavailable(Refusal, kind=Kind.UNAVAILABLE):
    """Whoever keeps customers' cards does not answer."""


class Means(Protocol):
    """A way of paying; each call answers with the state that the payment has then."""

    def authorise(self, charge: Charge) -> State:
        """Hold the amount, or say where the customer is to pay it."""

    def capture(self, charge: Charge) -> State:
        """Take what is held."""

    def void(self, charge: Charge) -> State:
        """Give up what is held, or what the customer has not paid yet."""

    def refund(self, charge: Charge) -> State:
        """Give back what was captured, whole."""

    def ask(self, charge: Charge) -> State:
        """Ask how the payment stands."""


class Cards(Protocol):
    """
    Whoever keeps the cards that customers have bound to their lines. Their numbers we never see.
    """

    def bound(self, msisdn: str) -> str:
        """
        Return the last digits of the card that is bound to a line; empty: none is.

        :raises CardsUnavailable: if there is no answer.
        """

    def link(self, request: UUID, msisdn: str, language: str) -> Secret:
        """
        Return an address on which a card is bound to a line, once; the same for the same request.

        :raises CardsUnavailable: if there is no answer; asking again does no harm.
        """

    def unbind(self, msisdn: str) -> None:
        """
        Give a line's card up; that there is none is no fault.

        :raises CardsUnavailable: if there is no answer; asking again does no harm.
        """
