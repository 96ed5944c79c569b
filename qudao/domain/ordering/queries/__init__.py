"""Read orders, figures and failures; prove that they are sound."""

from qudao.domain.ordering.queries.audit import unsound
from qudao.domain.ordering.queries.backlog import Backlog, backlog
from qudao.domain.ordering.queries.orders import (
    Grain,
    OrderArchived,
    OrderUnknown,
    boss_orders,
    failures,
    figures,
    in_flight,
    open_in,
    order,
    order_history,
    orders,
    orders_in_trouble,
    records,
    reversal_of,
)
from qudao.domain.ordering.queries.steps import (
    Place,
    Step,
    Steps,
    journal_end,
    missed,
    steps,
)

__all__ = [
    "Backlog",
    "Grain",
    "OrderArchived",
    "OrderUnknown",
    "Place",
    "Step",
    "Steps",
    "backlog",
    "boss_orders",
    "failures",
    "figures",
    "in_flight",
    "journal_end",
    "missed",
    "open_in",
    "order",
    "order_history",
    "orders",
    "orders_in_trouble",
    "records",
    "reversal_of",
    "steps",
    "unsound",
]
