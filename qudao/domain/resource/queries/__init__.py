"""Search and read numbers, what they cost, and how many there are."""

from qudao.domain.resource.queries.numbers import (
    held,
    held_by,
    history,
    holds,
    number,
    number_of_order,
)
from qudao.domain.resource.queries.pools import (
    figures,
    known_prefixes,
    number_problems,
    pools,
    segments,
    unsound,
)
from qudao.domain.resource.queries.search import search
from qudao.domain.resource.queries.terms import (
    grades,
    patterns,
    preview_pattern,
    preview_price,
    price_history,
)

__all__ = [
    "figures",
    "grades",
    "held",
    "held_by",
    "history",
    "holds",
    "known_prefixes",
    "number",
    "number_of_order",
    "number_problems",
    "patterns",
    "pools",
    "preview_pattern",
    "preview_price",
    "price_history",
    "search",
    "segments",
    "unsound",
]
