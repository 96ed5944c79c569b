"""Open, count and close drawers; record what is received; take in bank statements."""

from qudao.domain.payment.operations.drawers import (
    close_drawer,
    close_drawer_of_another,
    count_drawer,
    open_drawer,
)
from qudao.domain.payment.operations.received import (
    print_receipt,
    record_at_hall,
    record_line,
    record_taken_back,
)
from qudao.domain.payment.operations.statements import set_aside_line, take_statement

__all__ = [
    "close_drawer",
    "close_drawer_of_another",
    "count_drawer",
    "open_drawer",
    "print_receipt",
    "record_at_hall",
    "record_line",
    "record_taken_back",
    "set_aside_line",
    "take_statement",
]
