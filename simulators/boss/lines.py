"""Lines come, get another SIM or number, and go."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection, Row
from typing import Any, Final

from simulators.boss.catalogue import catalogue
from simulators.boss.orders import Order, Parts, Rejected, business_day
from simulators.boss.people import branch_of
from simulators.boss.reasons import rejected
from simulators.boss.sims import valid_iccid, valid_imsi

LINES_PER_DOCUMENT: Final = 5
"""How many lines may be opened on one document, unless the BOSS is told otherwise."""

_FIRST_CUSTOMER: Final = 42_0000_000_000
"""Customers who came with an order begin here; those from the seed have smaller numbers."""


def open_line(db: Connection, order: Order, at: datetime, most: int) -> dict[str, Any] | Rejected:
    """A new line for a customer with a document, who may have `most` of them."""
    parts, holder = order.parts, order.parts.holder
    plan = catalogue().plan(order.product)
    assert holder is not None, order.external_id
    problem = (
        _document_problem(db, holder.document, most)
        or _number_problem(db, order.msisdn)
        or _sim_problem(db, parts)
        or ("unknown_product" if plan is None else _add_on_problem(parts.add_ons))
    )
    if plan is None or problem:
        return rejected(problem)
    _forget(db, order.msisdn)
    customer = str(
        1
        + db.execute(
            "SELECT max(?, coalesce(max(CAST(customer AS INTEGER)), 0)) FROM line"
            " WHERE customer >= ?",
            (_FIRST_CUSTOMER, str(_FIRST_CUSTOMER)),
        ).fetchone()[0]
    )
    today = business_day(at).isoformat()
    db.execute(
        "INSERT INTO line (msisdn, customer, name, branch, market, payment, plan, state, since,"
        " balance, iccid, imsi, document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?)",
        (
            order.msisdn,
            customer,
            holder.name,
            branch_of(order.msisdn),
            plan.market,
            plan.payment[0],
            plan.code,
            today,
            parts.credit,
            parts.iccid,
            parts.imsi,
            holder.document,
        ),
    )
    db.executemany(
        "INSERT INTO add_on (msisdn, code, since) VALUES (?, ?, ?)",
        [(order.msisdn, code, today) for code in parts.add_ons],
    )
    return {"customer": customer}


def swap_sim(db: Connection, line: Row, order: Order) -> dict[str, Any] | Rejected:
    """Another SIM for a line; the old one is worth nothing from now on."""
    problem = _sim_problem(db, order.parts)
    if problem:
        return rejected(problem)
    db.execute(
        "UPDATE line SET iccid = ?, imsi = ? WHERE msisdn = ?",
        (order.parts.iccid, order.parts.imsi, line["msisdn"]),
    )
    return {}


def change_number(db: Connection, line: Row, order: Order) -> dict[str, Any] | Rejected:
    """Another number for a line with all that is on it; the old number has no line then."""
    number = order.parts.number
    problem = _number_problem(db, number)
    if problem:
        return rejected(problem)
    _forget(db, number)
    # Add-ons and bills name the line by its number: until all have followed, they name nothing.
    db.execute("PRAGMA defer_foreign_keys = ON")
    db.execute(
        "UPDATE line SET msisdn = ?, balance = balance + ? WHERE msisdn = ?",
        (number, order.parts.credit, line["msisdn"]),
    )
    for table in ("add_on", "bill"):
        db.execute(f"UPDATE {table} SET msisdn = ? WHERE msisdn = ?", (number, line["msisdn"]))
    return {}


def suspend(db: Connection, line: Row) -> dict[str, Any]:
    """A line rests because its customer wants it to; no payment wakes it."""
    db.execute(
        "UPDATE line SET state = 'suspended', on_request = 1 WHERE msisdn = ?", (line["msisdn"],)
    )
    return {}


def resume(db: Connection, line: Row) -> dict[str, Any] | Rejected:
    """A line that its customer had suspended works again."""
    if line["state"] != "suspended":
        return rejected("not_suspended")
    if not line["on_request"]:
        return rejected("suspended_for_debt")
    db.execute(
        "UPDATE line SET state = 'active', on_request = 0 WHERE msisdn = ?", (line["msisdn"],)
    )
    return {}


def end_add_on(db: Connection, line: Row, code: str) -> dict[str, Any] | Rejected:
    """An add-on ends; what was paid for it is not given back."""
    gone = db.execute(
        "DELETE FROM add_on WHERE msisdn = ? AND code = ?", (line["msisdn"], code)
    ).rowcount
    return {} if gone else rejected("add_on_not_active")


def terminate(db: Connection, line: Row) -> dict[str, Any]:
    """A line ends; what is left of the balance is settled with the customer."""
    db.execute(
        "UPDATE line SET state = 'terminated', balance = 0 WHERE msisdn = ?", (line["msisdn"],)
    )
    db.execute("DELETE FROM add_on WHERE msisdn = ?", (line["msisdn"],))
    return {}


def add_on_problem(code: str, active: set[str]) -> str:
    """Why a line with these add-ons may not have another; empty if it may."""
    add_on = catalogue().add_on(code)
    if add_on is None:
        return "unknown_product"
    if code in active:
        return "add_on_active"
    if add_on.exclusive_group and any(
        other.exclusive_group == add_on.exclusive_group and other.code in active
        for other in catalogue().add_ons
    ):
        return "add_on_exclusive"
    return ""


def _add_on_problem(codes: tuple[str, ...]) -> str:
    problems = (add_on_problem(code, set(codes[:at])) for at, code in enumerate(codes))
    return next((problem for problem in problems if problem), "")


def _document_problem(db: Connection, document: str, most: int) -> str:
    if db.execute("SELECT 1 FROM blacklist WHERE document = ?", (document,)).fetchone():
        return "document_blacklisted"
    lines: int = db.execute(
        "SELECT count(*) FROM line WHERE document = ? AND state <> 'terminated'", (document,)
    ).fetchone()[0]
    return "document_over_limit" if lines >= most else ""


def _number_problem(db: Connection, msisdn: str) -> str:
    taken = db.execute(
        "SELECT 1 FROM line WHERE msisdn = ? AND state <> 'terminated'", (msisdn,)
    ).fetchone()
    return "number_in_use" if taken else ""


def _sim_problem(db: Connection, parts: Parts) -> str:
    if not valid_iccid(parts.iccid) or (parts.imsi and not valid_imsi(parts.imsi)):
        return "sim_not_ours"
    for column, value in (("iccid", parts.iccid), ("imsi", parts.imsi)):
        taken = db.execute(
            f"SELECT 1 FROM line WHERE {column} = ? AND {column} <> '' AND state <> 'terminated'",
            (value,),
        ).fetchone()
        if taken:
            return "sim_in_use"
    return ""


def _forget(db: Connection, msisdn: str) -> None:
    """Make room for a new line where a terminated one was."""
    db.execute("DELETE FROM charge WHERE bill IN (SELECT id FROM bill WHERE msisdn = ?)", (msisdn,))
    for table in ("add_on", "bill", "line"):
        db.execute(f"DELETE FROM {table} WHERE msisdn = ?", (msisdn,))
