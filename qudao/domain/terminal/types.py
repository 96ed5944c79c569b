"""What terminals show to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret


class Part(StrEnum):
    """A device that may be built into a kiosk."""

    CASH = "cash"
    """Takes notes, and holds them in escrow."""
    CARD = "card"
    """Reads bank cards, and asks for their PIN."""
    DOCUMENT = "document"
    """Reads identity cards."""
    PRINTER = "printer"


class EscrowState(StrEnum):
    """Where the notes of one customer are."""

    TAKING = "taking"
    """In escrow; more are taken."""
    HELD = "held"
    """In escrow, bound to a payment: only its end or its roll-back moves them."""
    STORED = "stored"
    """In the cash box."""
    RETURNED = "returned"
    """Given back."""
    STUCK = "stuck"
    """A note is jammed; somebody has to open the unit."""
    NONE = "none"
    """There are none: nothing is known of this intake."""


@dataclass(frozen=True, slots=True)
class Escrow:
    """What a customer has put in."""

    state: EscrowState
    total: Money = Money(0)
    notes: tuple[tuple[Money, int], ...] = ()
    """Face value and how many, the largest first."""


@dataclass(frozen=True, slots=True)
class BankCard:
    """A bank card that is in the terminal, its PIN entered."""

    token: Secret
    """By which the terminal knows this card until it is taken out."""
    shown: str
    """Its number, masked."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """An identity card that lies on the reader."""

    number: Personal
