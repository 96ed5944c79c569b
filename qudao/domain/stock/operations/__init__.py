"""
Move goods: take them in, send them, hold them for orders, hand them over, count them, write off.

Every move is a document with both ends (`moving.Move`). What becomes scarce is taken by a
conditional update; the rows of many units are changed in one statement.
"""

from qudao.domain.stock.operations.arrivals import (
    NotInDelivery,
    OutcomeUnknown,
    PurchaseUnpaid,
    cancel,
    receive,
    receive_bought,
    settle_difference,
)
from qudao.domain.stock.operations.cards import (
    CardUsed,
    PinShownAlready,
    PinWrong,
    expire_cards,
    reveal_pin,
    reveal_pin_again,
    unuse_cards,
    use_card,
)
from qudao.domain.stock.operations.counting import (
    CountOpen,
    CountOver,
    cancel_count,
    close_count,
    open_count,
    record_count,
)
from qudao.domain.stock.operations.deliveries import (
    OutletsOwn,
    TermsMixed,
    dispatch,
    exchange,
    return_goods,
    transfer,
)
from qudao.domain.stock.operations.files import (
    BulkStateWrong,
    FileEmpty,
    FileKindUnknown,
    Foreign,
    check_file,
    discard_file,
    keep_file,
    load_file,
    start_loading,
    sweep_files,
)
from qudao.domain.stock.operations.handing import (
    ConditionUnknown,
    NotSoldByOrder,
    give_back,
    hand_over,
    replace,
    take_back,
    take_back_quantity,
)
from qudao.domain.stock.operations.holding import hold, hold_quantity
from qudao.domain.stock.operations.items import (
    ItemCodeTaken,
    ItemInvalid,
    change_item,
    create_item,
)
from qudao.domain.stock.operations.loading import (
    CostInvalid,
    PinMissing,
    SerialTaken,
    load_quantity,
    load_units,
)
from qudao.domain.stock.operations.packs import NumberPacked, pack, unpack
from qudao.domain.stock.operations.picking import RangeInvalid
from qudao.domain.stock.operations.reference import load_reference
from qudao.domain.stock.operations.rehoming import rehome
from qudao.domain.stock.operations.requisitions import (
    RequisitionStateWrong,
    TermsUnknown,
    ask,
    decide,
)
from qudao.domain.stock.operations.shelves import (
    StateUnknown,
    mark_defective,
    mark_found,
    set_threshold,
    write_off,
)
from qudao.domain.stock.queries.counts import CountUnknown
from qudao.domain.stock.queries.deliveries import RequisitionUnknown

__all__ = [
    "BulkStateWrong",
    "CardUsed",
    "ConditionUnknown",
    "CostInvalid",
    "CountOpen",
    "CountOver",
    "CountUnknown",
    "FileEmpty",
    "FileKindUnknown",
    "Foreign",
    "ItemCodeTaken",
    "ItemInvalid",
    "NotInDelivery",
    "NotSoldByOrder",
    "NumberPacked",
    "OutletsOwn",
    "OutcomeUnknown",
    "PinMissing",
    "PinShownAlready",
    "PinWrong",
    "PurchaseUnpaid",
    "RangeInvalid",
    "RequisitionStateWrong",
    "RequisitionUnknown",
    "SerialTaken",
    "StateUnknown",
    "TermsMixed",
    "TermsUnknown",
    "ask",
    "cancel",
    "cancel_count",
    "change_item",
    "check_file",
    "close_count",
    "create_item",
    "decide",
    "discard_file",
    "dispatch",
    "exchange",
    "expire_cards",
    "give_back",
    "hand_over",
    "hold",
    "hold_quantity",
    "keep_file",
    "load_file",
    "load_quantity",
    "load_reference",
    "load_units",
    "mark_defective",
    "mark_found",
    "open_count",
    "pack",
    "receive",
    "receive_bought",
    "rehome",
    "record_count",
    "replace",
    "return_goods",
    "reveal_pin",
    "reveal_pin_again",
    "set_threshold",
    "settle_difference",
    "start_loading",
    "sweep_files",
    "take_back",
    "take_back_quantity",
    "transfer",
    "unpack",
    "unuse_cards",
    "use_card",
    "write_off",
]
