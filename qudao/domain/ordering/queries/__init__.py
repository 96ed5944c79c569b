"""Read orders, figures and failures; prove that they are sound."""

from qudao.domain.ordering.queries.audit import unsound
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
    reversal_of,
)

__all__ = [
    "Grain",
    "OrderUnknown",
    "boss_orders",
    "failures",
    "figures",
    "in_flight",
    "order",
    "order_history",
    "orders",
    "orders_in_trouble",
    "reversal_of",
    "unsound",
]
