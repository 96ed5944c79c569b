"""Read orders, figures and failures; prove that they are sound."""

from qudao.domain.ordering.queries.audit import unsound
from qudao.domain.ordering.queries.backlog import (
    COUNTED,
    Backlog,
    PaceRecord,
    backlog,
    pace,
    runners,
)
from qudao.domain.ordering.queries.boss import BossRow, boss_orders
from qudao.domain.ordering.queries.orders import (
    Grain,
    OrderArchived,
    OrderUnknown,
    failures,
    figures,
    in_flight,
    open_in,
    order,
    order_history,
    orders,
    orders_for,
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
    "COUNTED",
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
    "orders_for",
    "orders_in_trouble",
    "pace",
    "records",
    "reversal_of",
    "runners",
    "steps",
    "unsound",
]
