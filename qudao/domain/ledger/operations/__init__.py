"""Open accounts, move amounts, limit and freeze."""

from qudao.domain.ledger.operations.keeping import carry, squash, uncarry
from qudao.domain.ledger.operations.moving import (
    AccountFrozen,
    AccountNotFound,
    AmountNegative,
    FloorAboveBalance,
    FloorAboveZero,
    InsufficientFunds,
    PostingNotFound,
    PostingTakenBack,
    SameAccount,
    deposit_all,
    open_account,
    post,
    post_all,
    set_floor,
    set_frozen,
    take_back,
)
from qudao.domain.ledger.operations.opening import open_accounts

__all__ = [
    "AccountFrozen",
    "AccountNotFound",
    "AmountNegative",
    "FloorAboveBalance",
    "FloorAboveZero",
    "InsufficientFunds",
    "PostingNotFound",
    "PostingTakenBack",
    "SameAccount",
    "carry",
    "deposit_all",
    "open_account",
    "open_accounts",
    "post",
    "post_all",
    "set_floor",
    "set_frozen",
    "squash",
    "take_back",
    "uncarry",
]
