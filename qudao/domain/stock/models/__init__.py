"""Tables of goods."""

from qudao.domain.stock.models.goods import Hold, Item, Quantity, Unit
from qudao.domain.stock.models.keeping import Bulk, BulkFault, Count, CountLine, Threshold
from qudao.domain.stock.models.moves import Movement, MovementLine, Requisition, RequisitionLine

__all__ = [
    "Bulk",
    "BulkFault",
    "Count",
    "CountLine",
    "Hold",
    "Item",
    "Movement",
    "MovementLine",
    "Quantity",
    "Requisition",
    "RequisitionLine",
    "Threshold",
    "Unit",
]
