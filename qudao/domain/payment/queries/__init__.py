"""Read drawers, payments and bank statements."""

from qudao.domain.payment.queries.drawers import (
    cash_received,
    drawer,
    drawers,
    own_drawer,
)
from qudao.domain.payment.queries.halls import (
    branch_scope,
    own_hall,
    paying_outlets,
)
from qudao.domain.payment.queries.received import (
    number_of,
    payment_of_receipt,
    payments,
    receipt,
)
from qudao.domain.payment.queries.statements import (
    LARGEST_FILE,
    MOST_LINES,
    formats_of_statements,
    line,
    lines,
    preview,
    read_statement,
    recognise,
    statements,
)

__all__ = [
    "LARGEST_FILE",
    "MOST_LINES",
    "branch_scope",
    "cash_received",
    "drawer",
    "drawers",
    "formats_of_statements",
    "line",
    "lines",
    "number_of",
    "own_drawer",
    "own_hall",
    "paying_outlets",
    "payment_of_receipt",
    "payments",
    "preview",
    "read_statement",
    "receipt",
    "recognise",
    "statements",
]
