"""Try, set and reset service passwords; send and try one-time codes; note what was looked at."""

from qudao.domain.credential.operations.codes import send_code, try_code
from qudao.domain.credential.operations.passwords import (
    LineCredentialUnknown,
    LineNotLocked,
    change_password,
    forget,
    note_document,
    reset_password,
    set_password,
    try_password,
    unlock,
)
from qudao.domain.credential.operations.policy import PolicyOutOfRange, ReasonMissing, set_policy
from qudao.domain.credential.operations.upkeep import note_look_up, sweep

__all__ = [
    "LineCredentialUnknown",
    "LineNotLocked",
    "PolicyOutOfRange",
    "ReasonMissing",
    "change_password",
    "forget",
    "note_document",
    "note_look_up",
    "reset_password",
    "send_code",
    "set_password",
    "set_policy",
    "sweep",
    "try_code",
    "try_password",
    "unlock",
]
