"""Kits, gifts and accessories that carry serials."""

from qudao.domain.stock import rules
from qudao.domain.stock.formats import (
    BATCH,
    COST,
    EXPIRES_ON,
    ITEM,
    SERIAL,
    FileKind,
    Problem,
    Row,
    file_kinds,
)
from qudao.domain.stock.types import GoodsKind


def check(row: Row) -> list[Problem]:
    """4 to 32 letters, digits and hyphens."""
    row["serial"] = rules.clean_serial(row["serial"])
    if rules.valid_serial(GoodsKind.KIT, row["serial"]):
        return []
    return [("serial", "serial", row["serial"])]


file_kinds.register("serial_goods")(
    FileKind(
        "serial_goods",
        "卡包、礼品与配件（串码）",
        "Kits, gifts, accessories with serials",
        (SERIAL, ITEM, COST, BATCH, EXPIRES_ON),
        check,
        frozenset({GoodsKind.KIT, GoodsKind.GIFT, GoodsKind.ACCESSORY}),
    )
)
