"""What becomes of a payment when whoever holds the money answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from qudao.domain.checkout.ports import (
    Authorised,
    Captured,
    Declined,
    NotFound,
    NotReached,
    Refunded,
    Released,
    State,
    Unknown,
    Waiting,
)
from qudao.domain.checkout.types import PaymentState as Is
from qudao.domain.checkout.types import Step

LEASE: Final = timedelta(seconds=60)
"""For so long a payment is left to whoever is at it; longer than any step takes."""

_UNDECIDED: Final = (Is.OPENED, Is.WAITING, Is.AUTHORISED)

_AFTER: Final[Mapping[type, Mapping[Is, Is]]] = {
    Authorised: {
        Is.OPENED: Is.AUTHORISED,
        Is.WAITING: Is.AUTHORISED,
        # It was given up meanwhile: what is held must not stay so.
        Is.DECLINED: Is.RELEASING,
        Is.RELEASED: Is.RELEASING,
        # It had not been captured yet.
        Is.REFUNDING: Is.RELEASING,
    },
    Captured: {
        # Some take the amount at once.
        Is.OPENED: Is.AUTHORISED,
        Is.WAITING: Is.AUTHORISED,
        Is.SOLD: Is.CAPTURED,
        Is.DECLINED: Is.REFUNDING,
        Is.RELEASING: Is.REFUNDING,
        Is.RELEASED: Is.REFUNDING,
    },
    Released: {
        **dict.fromkeys(_UNDECIDED, Is.RELEASED),
        Is.SOLD: Is.UNPAID,
        Is.RELEASING: Is.RELEASED,
        Is.REFUNDING: Is.RELEASED,
    },
    Refunded: {
        **dict.fromkeys(_UNDECIDED, Is.RELEASED),
        Is.SOLD: Is.UNPAID,
        Is.RELEASING: Is.RELEASED,
        Is.REFUNDING: Is.REFUNDED,
    },
    Waiting: {
        Is.OPENED: Is.WAITING,
        Is.DECLINED: Is.RELEASING,
        Is.RELEASED: Is.RELEASING,
        Is.REFUNDING: Is.RELEASING,
    },
    Declined: {
        **dict.fromkeys(_UNDECIDED, Is.DECLINED),
        Is.SOLD: Is.UNPAID,
        Is.RELEASING: Is.RELEASED,
        Is.REFUNDING: Is.RELEASED,
    },
    NotFound: {
        # What was asked for and did not arrive may still be under way: it is given up by name.
        **dict.fromkeys(_UNDECIDED, Is.RELEASING),
        Is.SOLD: Is.UNPAID,
        Is.RELEASING: Is.RELEASED,
        Is.REFUNDING: Is.RELEASED,
    },
}


def after(state: Is, step: Step, answer: State) -> tuple[Is, bool]:
    """Return where a payment stands after an answer to a step, and whether that is uncertain."""
    match answer:
        case Unknown():
            return state, True
        case NotReached():
            if step is Step.AUTHORISE and state is Is.OPENED:
                # Somebody who died may have asked for it before: it is given up by name.
                return Is.RELEASING, False
            return state, step is Step.ASK
        case Declined() if step is Step.REFUND and state is Is.REFUNDING:
            return Is.OWED, False  # notes in a box, a card that was closed
    return _AFTER[type(answer)].get(state, state), False
