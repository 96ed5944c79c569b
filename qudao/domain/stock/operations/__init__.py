"""
Move goods: take them in, send them, hold them for orders, hand them over, count them, write off.

Every move is a document with both ends (`moving.Move`). What becomes scarce is taken by a
conditional update; the rows of many units are changed in one statement.
"""

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
from qudao.domain.stock.operations.reference import load_reference

__all__ = [
    "CardUsed",
    "ConditionUnknown",
    "CostInvalid",
    "ItemCodeTaken",
    "ItemInvalid",
    "NotSoldByOrder",
    "NumberPacked",
    "PinMissing",
    "PinShownAlready",
    "PinWrong",
    "SerialTaken",
    "change_item",
    "create_item",
    "expire_cards",
    "give_back",
    "hand_over",
    "hold",
    "hold_quantity",
    "load_quantity",
    "load_reference",
    "load_units",
    "pack",
    "replace",
    "reveal_pin",
    "reveal_pin_again",
    "take_back",
    "take_back_quantity",
    "unpack",
    "unuse_cards",
    "use_card",
]
