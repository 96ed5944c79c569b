"""Read orders, figures and failures; prove that they are sound."""

from qudao.domain.ordering.queries.audit import unsound
from qudao.domain.ordering.queries.backlog import Backlog, backlog
from qudao.domain.ordering.queries.orders import (
    Grain,
    OrderUnknown,
    boss_orders,
    failures,
    figures,
    in_flight,
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
    "order",
    "order_history",
    "orders",
    "orders_in_trouble",
    "records",
    "reversal_of",
    "steps",
    "unsound",
]
