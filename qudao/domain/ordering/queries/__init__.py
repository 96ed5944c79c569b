"""Read orders, figures and failures; prove that they are sound."""

from qudao.domain.ordering.queries.audit import unsound
from qudao.domain.ordering.queries.backlog import Backlog, PaceRecord, backlog, pace, runners
from qudao.domain.ordering.queries.orders import (
    BossRow,
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
    "BossRow",
    "Grain",
    "OrderArchived",
    "OrderUnknown",
    "PaceRecord",
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
    "pace",
    "records",
    "reversal_of",
    "runners",
    "steps",
    "unsound",
]
