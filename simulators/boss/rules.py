"""
What the BOSS does with an order, and when it will not.

`carry_out` runs inside the writer's transaction. It returns how to take the work back (kept with
the order), or a `Rejected` and then it has changed nothing.
"""

from __future__ import annotations

import json
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Any

from simulators.boss import cards, lines
from simulators.boss.catalogue import catalogue
from simulators.boss.orders import FINAL, Order, Rejected, business_day
from simulators.boss.reasons import REASONS as REASONS
from simulators.boss.reasons import rejected

Undo = dict[str, Any]


def carry_out(
    db: Connection, order: Order, at: datetime, lines_per_document: int
) -> Undo | Rejected:
    """Do the work of an order, or say why not."""
    match order.business:
        case "reversal":
            return _reversal(db, order, at)
        case "account_opening":
            return lines.open_line(db, order, at, lines_per_document)
        case "recharge_card":
            return cards.make_valid(db, order) or {}
    line = db.execute("SELECT * FROM line WHERE msisdn = ?", (order.msisdn,)).fetchone()
    if line is None:
        return rejected("unknown_number")
    if line["state"] == "terminated":
        return rejected("line_terminated")
    outcome = _on_line(db, line, order, at)
    # Whose line it was: the number may be another customer's when it is to be taken back.
    return outcome if isinstance(outcome, Rejected) else outcome | {"customer": line["customer"]}


def _on_line(db: Connection, line: Row, order: Order, at: datetime) -> Undo | Rejected:
    match order.business:
        case "bill_payment":
            return _out_of_range(order) or _bill_payment(db, line, order.amount)
        case "top_up":
            return _out_of_range(order) or _top_up(db, line, order.amount)
        case "card_recharge":
            return cards.use(db, order) or _top_up(db, line, order.amount)
        case "resume":
            return lines.resume(db, line)
    if line["state"] == "suspended":
        return rejected("line_suspended")
    match order.business:
        case "sim_swap":
            return lines.swap_sim(db, line, order)
        case "number_change":
            return lines.change_number(db, line, order)
        case "cancellation":
            return lines.terminate(db, line)
        case "suspend":
            return lines.suspend(db, line)
        case "add_on_cancel":
            return lines.end_add_on(db, line, order.product)
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
    if line["state"] == "suspended" and owed == 0 and not line["on_request"]:
        _set_state(db, line["msisdn"], "active")
    return undo | {"bills": bills}


def _top_up(db: Connection, line: Row, amount: int) -> Undo:
    undo = _credit(db, line, amount)
    if line["state"] == "suspended" and line["payment"] == "prepaid" and not line["on_request"]:
        _set_state(db, line["msisdn"], "active")
    return undo


def _plan_change(db: Connection, line: Row, code: str) -> Undo | Rejected:
    plan = catalogue().plan(code)
    if plan is None:
        return rejected("unknown_product")
    if line["plan"] == code:
        return rejected("same_plan")
    payment = line["payment"] if line["payment"] in plan.payment else plan.payment[0]
    db.execute(
        "UPDATE line SET plan = ?, payment = ? WHERE msisdn = ?", (code, payment, line["msisdn"])
    )
    return {"plan": line["plan"], "payment": line["payment"], "plan_then": code}


def _add_on(db: Connection, line: Row, code: str, at: datetime) -> Undo | Rejected:
    rows = db.execute("SELECT code FROM add_on WHERE msisdn = ?", (line["msisdn"],))
    problem = lines.add_on_problem(code, {row["code"] for row in rows})
    if problem:
        return rejected(problem)
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
    if original["business"] == "reversal" or original["business"] in FINAL:
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
    undo = json.loads(original["undo"])
    if undo.get("customer", line["customer"]) != line["customer"]:
        return rejected("line_terminated")
    refusal = _take_back(db, line, undo)
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
