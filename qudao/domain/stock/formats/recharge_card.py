"""Recharge cards: serial, PIN, last day of use."""

from qudao.domain.stock import rules
from qudao.domain.stock.formats import (
    BATCH,
    COST,
    EXPIRES_ON,
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
    """A serial of 8 to 20 digits and a PIN of 12 to 20; the PIN is never told."""
    row["serial"] = rules.clean_serial(row["serial"])
    row["pin"] = "".join(row["pin"].split())
    problems: list[Problem] = []
    if not rules.valid_serial(GoodsKind.RECHARGE_CARD, row["serial"]):
        problems.append(("serial", "card_serial", row["serial"]))
    if not rules.valid_pin(row["pin"]):
        problems.append(("pin", "pin", ""))
    return problems


file_kinds.register("recharge_card")(
    FileKind(
        "recharge_card",
        "充值卡",
        "Recharge cards",
        (
            SERIAL,
            Column("pin", ("pin", "密码", "卡密", "充值密码"), True, True, secret=True),
            EXPIRES_ON,
            ITEM,
            COST,
            BATCH,
        ),
        check,
        frozenset({GoodsKind.RECHARGE_CARD}),
    )
)
