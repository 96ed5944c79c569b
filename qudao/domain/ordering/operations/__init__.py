"""Take sales, send them to the BOSS, write down what it said, take back, print."""

from qudao.domain.ordering.operations.dispatch import beat, claim, settle
from qudao.domain.ordering.operations.overdue import note_completed_late, note_overdue
from qudao.domain.ordering.operations.reverse import (
    NotReversible,
    ReasonMissing,
    ReversalTooLate,
    print_receipt,
    reverse,
    take_back,
)
from qudao.domain.ordering.operations.sell import (
    BalanceTooLow,
    DayLimitReached,
    SoldOtherwise,
    WalletIsFrozen,
    WalletMissing,
    sell,
)

__all__ = [
    "BalanceTooLow",
    "DayLimitReached",
    "NotReversible",
    "ReasonMissing",
    "ReversalTooLate",
    "SoldOtherwise",
    "WalletIsFrozen",
    "WalletMissing",
    "beat",
    "claim",
    "note_completed_late",
    "note_overdue",
    "print_receipt",
    "reverse",
    "sell",
    "settle",
    "take_back",
]
