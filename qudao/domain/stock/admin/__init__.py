"""Back-office screens: articles, serials, movements, deliveries, counts, thresholds."""

from qudao.domain.stock.admin import (
    counts,
    items,
    movements,
    requisitions,
    shelves,
    thresholds,
    units,
)

__all__ = ["counts", "items", "movements", "requisitions", "shelves", "thresholds", "units"]
