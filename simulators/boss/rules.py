"""
What the BOSS does with an order, and when it will not.

`carry_out` runs inside the writer's transaction. It returns how to take the work back (kept with
the order), or a `Rejected` and then it has changed nothing.
"""

from __future__ import annotations

import json
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Any, Final

from simulators.boss.catalogue import catalogue
from simulators.boss.orders import Order, Rejected, business_day

Undo = dict[str, Any]

REASONS: Final = {
    "unknown_number": "号码不存在 / No line has this number",
    "line_terminated": "号码已销户 / The line is terminated",
    "line_suspended": "号码已停机 / The line is suspended",
    "unknown_product": "产品不存在 / There is no such product",
    "same_plan": "已是该套餐 / The line has this plan already",
    "add_on_active": "业务已开通 / The add-on is active already",
    "add_on_exclusive": "与已开通业务互斥 / Another add-on excludes this one",
    "amount_out_of_range": "金额超出范围 / The amount is out of range",
    "original_not_found": "原交易不存在 / There is no such work to take back",
    "original_not_completed": "原交易未成功 / The work to take back was never done",
    "not_reversible": "该交易不可返销 / Work of this kind is not taken back",
    "already_reversed": "原交易已返销 / It was taken back already",
    "reversal_too_late": "原交易非当日交易 / It was done on an earlier business day",
    "reversal_mismatch": "与原交易不符 / Number or amount differ from the original",
    "balance_used": "余额不足以返销 / What is left of the balance does not cover it",
    "plan_changed_since": "套餐已再次变更 / The plan has changed again since",
    "add_on_ended": "业务已退订 / The add-on has ended since",
}
"""Every code of refusal, and what a person may be told."""


def rejected(code: str) -> Rejected:
    return Rejected(code, REASONS[code])


def carry_out(db: Connection, order: Order, at: datetime) -> Undo | Rejected:
    """Do the work of an order, or say why not."""
    if order.business == "reversal":
        return _reversal(db, order, at)
    line = db.execute("SELECT * FROM line WHERE msisdn = ?", (order.msisdn,)).fetchone()
    if line is None:
        return rejected("unknown_number")
    if line["state"] == "terminated":
        return rejected("line_terminated")
    match order.business:
        case "bill_payment":
            return _out_of_range(order) or _bill_payment(db, line, order.amount)
        case "top_up":
            return _out_of_range(order) or _top_up(db, line, order.amount)
        case "plan_change":
            return _plan_change(db, line, order.product)
        case _:
            return _add_on(db, line, order.product, at)


def _out_of_range(order: Order) -> Rejected | None:
    limits = catalogue().payments[order.business]
    if limits.minimum <= order.amount <= limits.maximum:
        return None
    return rejected("amount_out_of_range")


def _bill_payment(db: Connection, line: Row, amount: int) -> Undo:
    """The oldest bills first; what is left over becomes balance, as does all of a prepaid line."""
    left = amount
    bills: dict[str, int] = {}
    for bill in db.execute(
        "SELECT id, remaining FROM bill WHERE msisdn = ? AND remaining > 0 ORDER BY month",
        (line["msisdn"],),
    ).fetchall():
        part = min(left, bill["remaining"])
        if part:
            bills[bill["id"]] = part
            left -= part
            _pay_bill(db, bill["id"], part)
    undo = _credit(db, line, left)
    owed = db.execute(
        "SELECT coalesce(sum(remaining), 0) FROM bill WHERE msisdn = ?", (line["msisdn"],)
    ).fetchone()[0]
    if line["state"] == "suspended" and owed == 0:
        _set_state(db, line["msisdn"], "active")
    return undo | {"bills": bills}


def _top_up(db: Connection, line: Row, amount: int) -> Undo:
    undo = _credit(db, line, amount)
    if line["state"] == "suspended" and line["payment"] == "prepaid":
        _set_state(db, line["msisdn"], "active")
    return undo


def _plan_change(db: Connection, line: Row, code: str) -> Undo | Rejected:
    plan = catalogue().plan(code)
    if plan is None:
        return rejected("unknown_product")
    if line["state"] == "suspended":
        return rejected("line_suspended")
    if line["plan"] == code:
        return rejected("same_plan")
    payment = line["payment"] if line["payment"] in plan.payment else plan.payment[0]
    db.execute(
        "UPDATE line SET plan = ?, payment = ? WHERE msisdn = ?", (code, payment, line["msisdn"])
    )
    return {"plan": line["plan"], "payment": line["payment"], "plan_then": code}


def _add_on(db: Connection, line: Row, code: str, at: datetime) -> Undo | Rejected:
    add_on = catalogue().add_on(code)
    if add_on is None:
        return rejected("unknown_product")
    if line["state"] == "suspended":
        return rejected("line_suspended")
    active = {
        row["code"]
        for row in db.execute("SELECT code FROM add_on WHERE msisdn = ?", (line["msisdn"],))
    }
    if code in active:
        return rejected("add_on_active")
    if add_on.exclusive_group and any(
        other.exclusive_group == add_on.exclusive_group and other.code in active
        for other in catalogue().add_ons
    ):
        return rejected("add_on_exclusive")
    db.execute(
        "INSERT INTO add_on (msisdn, code, since) VALUES (?, ?, ?)",
        (line["msisdn"], code, business_day(at).isoformat()),
    )
    return {"add_on": code}


def _reversal(db: Connection, order: Order, at: datetime) -> Undo | Rejected:
    original = db.execute("SELECT * FROM work WHERE id = ?", (order.reverses,)).fetchone()
    if original is None:
        return rejected("original_not_found")
    if original["state"] != "completed":
        return rejected("original_not_completed")
    if original["business"] == "reversal":
        return rejected("not_reversible")
    if original["reversed_by"] is not None:
        return rejected("already_reversed")
    if (original["msisdn"], original["amount"]) != (order.msisdn, order.amount):
        return rejected("reversal_mismatch")
    if original["business_day"] != business_day(at).isoformat():
        return rejected("reversal_too_late")
    line = db.execute("SELECT * FROM line WHERE msisdn = ?", (original["msisdn"],)).fetchone()
    if line is None or line["state"] == "terminated":
        return rejected("line_terminated")
    refusal = _take_back(db, line, json.loads(original["undo"]))
    if refusal is not None:
        return refusal
    db.execute("UPDATE work SET reversed_by = ? WHERE id = ?", (order.external_id, original["id"]))
    return {}


def _take_back(db: Connection, line: Row, undo: Undo) -> Rejected | None:
    msisdn = line["msisdn"]
    if undo.get("balance", 0) > line["balance"]:
        return rejected("balance_used")
    if "plan" in undo:
        if line["plan"] != undo["plan_then"]:
            return rejected("plan_changed_since")
        db.execute(
            "UPDATE line SET plan = ?, payment = ? WHERE msisdn = ?",
            (undo["plan"], undo["payment"], msisdn),
        )
    if "add_on" in undo:
        gone = db.execute(
            "DELETE FROM add_on WHERE msisdn = ? AND code = ?", (msisdn, undo["add_on"])
        )
        if gone.rowcount == 0:
            return rejected("add_on_ended")
    if "balance" in undo:
        db.execute(
            "UPDATE line SET balance = balance - ? WHERE msisdn = ?", (undo["balance"], msisdn)
        )
    for bill, part in undo.get("bills", {}).items():
        _pay_bill(db, bill, -part)
    if undo.get("state") == "suspended":
        _set_state(db, msisdn, "suspended")
    return None


def _credit(db: Connection, line: Row, amount: int) -> Undo:
    db.execute("UPDATE line SET balance = balance + ? WHERE msisdn = ?", (amount, line["msisdn"]))
    return {"balance": amount, "state": line["state"]}


def _pay_bill(db: Connection, bill: str, part: int) -> None:
    db.execute("UPDATE bill SET remaining = remaining - ? WHERE id = ?", (part, bill))


def _set_state(db: Connection, msisdn: str, state: str) -> None:
    db.execute("UPDATE line SET state = ? WHERE msisdn = ?", (state, msisdn))
