"""Goods without serials: how many of each."""

from qudao.domain.stock.formats import (
    COST,
    ITEM,
    Column,
    FileKind,
    Problem,
    Row,
    file_kinds,
)
from qudao.domain.stock.types import GoodsKind

MOST = 1_000_000


def check(row: Row) -> list[Problem]:
    """A positive whole number."""
    text = row["quantity"].removesuffix(".0")
    if text.isascii() and text.isdigit() and 0 < int(text) <= MOST:
        row["quantity"] = str(int(text))
        return []
    return [("quantity", "quantity", row["quantity"])]


file_kinds.register("counted_goods")(
    FileKind(
        "counted_goods",
        "商品（按数量）",
        "Goods by count",
        (Column("quantity", ("quantity", "数量"), True), ITEM, COST),
        check,
        frozenset({GoodsKind.KIT, GoodsKind.GIFT, GoodsKind.ACCESSORY}),
        serialised=False,
    )
)
