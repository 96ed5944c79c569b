"""Handsets: IMEI."""

from qudao.domain.stock import rules
from qudao.domain.stock.formats import (
    BATCH,
    COST,
    ITEM,
    SERIAL,
    FileKind,
    Problem,
    Row,
    file_kinds,
)
from qudao.domain.stock.types import GoodsKind


def check(row: Row) -> list[Problem]:
    """IMEI with its check digit."""
    row["serial"] = rules.clean_serial(row["serial"])
    if rules.valid_serial(GoodsKind.HANDSET, row["serial"]):
        return []
    return [("serial", "imei", row["serial"])]


file_kinds.register("handset")(
    FileKind(
        "handset",
        "手机终端",
        "Handsets",
        (SERIAL, ITEM, COST, BATCH),
        check,
        frozenset({GoodsKind.HANDSET}),
    )
)
