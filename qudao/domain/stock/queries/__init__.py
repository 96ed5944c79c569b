"""Read goods: articles, units, levels, documents, figures; and prove that they are sound."""

from qudao.domain.stock.queries.items import item, items
from qudao.domain.stock.queries.places import branches_of, place, store_above
from qudao.domain.stock.queries.shelf import card_of_pin, for_sale
from qudao.domain.stock.queries.units import (
    by_numbers,
    find,
    goods_of_orders,
    history,
    known_serials,
    unit,
    units,
    units_of_orders,
)

__all__ = [
    "branches_of",
    "by_numbers",
    "card_of_pin",
    "find",
    "for_sale",
    "goods_of_orders",
    "history",
    "item",
    "items",
    "known_serials",
    "place",
    "store_above",
    "unit",
    "units",
    "units_of_orders",
]
