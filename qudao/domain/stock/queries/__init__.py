"""Read goods: articles, units, levels, documents, figures; and prove that they are sound."""

from qudao.domain.stock.queries.audit import unsound
from qudao.domain.stock.queries.counts import (
    CountUnknown,
    count,
    count_lines,
    counts,
    open_count_at,
)
from qudao.domain.stock.queries.deliveries import RequisitionUnknown, requisition, requisitions
from qudao.domain.stock.queries.expiry import expiring, expiring_count, proposals
from qudao.domain.stock.queries.figures import ageing, batches, margins, turnover
from qudao.domain.stock.queries.files import (
    BulkUnknown,
    bulk,
    bulks,
    faults,
    faults_csv,
    kinds_of_files,
)
from qudao.domain.stock.queries.items import item, items
from qudao.domain.stock.queries.levels import (
    areas,
    levels,
    shortages,
    shortages_of,
    stock_at,
    thresholds,
    totals,
)
from qudao.domain.stock.queries.movements import movement, movements
from qudao.domain.stock.queries.places import branches_of, place, store_above
from qudao.domain.stock.queries.shelf import card_of_pin, for_sale, next_for_sale
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
    "BulkUnknown",
    "CountUnknown",
    "RequisitionUnknown",
    "ageing",
    "areas",
    "batches",
    "branches_of",
    "bulk",
    "bulks",
    "by_numbers",
    "card_of_pin",
    "count",
    "count_lines",
    "counts",
    "expiring",
    "expiring_count",
    "faults",
    "faults_csv",
    "find",
    "for_sale",
    "goods_of_orders",
    "history",
    "item",
    "items",
    "kinds_of_files",
    "known_serials",
    "levels",
    "margins",
    "movement",
    "movements",
    "next_for_sale",
    "open_count_at",
    "place",
    "proposals",
    "requisition",
    "requisitions",
    "shortages",
    "shortages_of",
    "stock_at",
    "store_above",
    "thresholds",
    "totals",
    "turnover",
    "unit",
    "units",
    "units_of_orders",
    "unsound",
]
