"""SIM cards: ICCID, IMSI, and the number of a pre-opened pack."""

from qudao.domain.stock import rules
from qudao.domain.stock.formats import (
    BATCH,
    COST,
    ITEM,
    SERIAL,
    Column,
    FileKind,
    Problem,
    Row,
    file_kinds,
)
from qudao.domain.stock.types import GoodsKind


def check(row: Row) -> list[Problem]:
    """ICCID with its check digit; an IMSI of China, if there is one."""
    row["serial"] = rules.clean_serial(row["serial"])
    problems: list[Problem] = []
    if not rules.valid_serial(GoodsKind.SIM, row["serial"]):
        problems.append(("serial", "iccid", row["serial"]))
    if row["imsi"] and not rules.valid_imsi(row["imsi"]):
        problems.append(("imsi", "imsi", row["imsi"]))
    return problems


file_kinds.register("sim")(
    FileKind(
        "sim",
        "SIM卡",
        "SIM cards",
        (SERIAL, Column("imsi", ("imsi",), unique=True), ITEM, COST, BATCH),
        check,
        frozenset({GoodsKind.SIM}),
    )
)
