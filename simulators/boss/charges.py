"""What a bill is made of: the plan's monthly fee, and what was used beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from sqlite3 import Connection, Row
from typing import Final

from simulators.boss.catalogue import catalogue

_BEYOND: Final = (
    ("套餐外通话费", "Calls beyond the plan"),
    ("套餐外流量费", "Data beyond the plan"),
    ("短信费", "Messages"),
)


def write_charges(db: Connection) -> None:
    """Write the charges of all bills that have none."""
    bills = db.execute(
        "SELECT bill.id, bill.amount, line.plan FROM bill JOIN line ON line.msisdn = bill.msisdn"
        " WHERE NOT EXISTS (SELECT 1 FROM charge WHERE charge.bill = bill.id)"
    ).fetchall()
    rows = (row for bill in bills for row in _charges(bill))
    db.executemany("INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?)", rows)


def _charges(bill: Row) -> Iterator[tuple[str, str, str, str, str, int]]:
    """A bill's lines, which add up to its amount; the same for the same bill."""
    plan = catalogue().plan(bill["plan"])
    assert plan is not None, bill["plan"]
    fee = min(plan.monthly_fee, bill["amount"])
    name = f"{plan.name_zh}月费", f"{plan.name_en}, monthly fee"
    yield f"{bill['id']}-1", bill["id"], "recurringCharge", *name, fee
    left = bill["amount"] - fee
    random = Random(bill["id"])
    for nth, names in enumerate(_BEYOND, 2):
        part = left if nth == len(_BEYOND) + 1 else random.randrange(left + 1)
        left -= part
        if part:
            yield f"{bill['id']}-{nth}", bill["id"], "usageCharge", *names, part
