"""
Orders of the past, put into the books without their effect.

A province that is built with a history of sales has it in the BOSS as well: its orders can be
asked for by their external ids, and those of today can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Annotated, Final

import msgspec

from simulators.boss import answers
from simulators.boss.orders import JSON, Order, Rejected, api_of, business_day, instant
from simulators.boss.store import books, next_sequence, prepare
from simulators.commit import connect

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


_ACTIONS: Final = {
    "plan_change": "modify",
    "sim_swap": "modify",
    "number_change": "modify",
    "cancellation": "delete",
    "suspend": "modify",
    "resume": "modify",
    "add_on_cancel": "delete",
}
"""Of the businesses that do not add."""


class Past(msgspec.Struct, forbid_unknown_fields=True):
    """An order of the past, to be in the books without having its effect."""

    external_id: Text
    business: Text
    msisdn: Text
    amount: Annotated[int, msgspec.Meta(ge=0)]
    at: datetime
    product: str = ""
    outlet: str = ""
    refused: str = ""
    """The code of the refusal; empty for work that was done."""


def load(folder: Path, rows: Iterable[Past], *, customers: int, seed: int, today: date) -> int:
    """
    Put orders into the books in `folder` while no BOSS runs on them; makes them if there are none.

    All in one transaction. Rows whose external id is known already are left as they are. Returns
    how many were new.
    """
    path = books(folder)
    prepare(path, seed, customers, today)
    db = connect(path)
    try:
        db.execute("BEGIN IMMEDIATE")
        loaded = insert(db, rows)
        db.execute("COMMIT")
    finally:
        db.close()
    return loaded


def insert(db: Connection, rows: Iterable[Past]) -> int:
    """
    Put orders of the past into the books, without an effect on balances, bills or products.

    They can be asked for, and work of today can be taken back. Returns how many were new.
    """
    sequence = next_sequence(db)
    loaded = 0
    for past in rows:
        order = _order_of(past)
        rejected = Rejected(past.refused, past.refused) if past.refused else None
        undo = {"balance": past.amount} if past.business in ("bill_payment", "top_up") else {}
        added = db.execute(
            "INSERT INTO work VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, NULL, ?)"
            " ON CONFLICT (external_id) DO NOTHING",
            (
                sequence,
                answers.work_id(order.api, sequence),
                order.external_id,
                order.api,
                order.business,
                order.msisdn,
                order.amount,
                order.product,
                order.outlet,
                instant(past.at),
                business_day(past.at).isoformat(),
                "rejected" if rejected else "completed",
                past.refused,
                b"",
                msgspec.json.encode(undo).decode(),
                answers.encode(answers.work_answer(order, sequence, past.at, rejected)),
            ),
        )
        loaded += added.rowcount
        sequence += added.rowcount
    return loaded


def _order_of(past: Past) -> Order:
    """The order as it would have been sent."""
    api = api_of(past.business)
    party: JSON = {"id": past.msisdn, "name": past.msisdn, "@referredType": "BillingAccount"}
    if api == "payment":
        body: JSON = {
            "correlatorId": past.external_id,
            "account": party,
            "paymentMethod": {"@type": "Cash", "name": "outlet"},
            "totalAmount": answers.money(past.amount),
            "channel": {"id": past.outlet or "unknown"},
        }
    else:
        item: JSON = {
            "id": "1",
            "action": _ACTIONS.get(past.business, "add"),
            "product": {"productSerialNumber": past.msisdn},
        }
        if past.product:
            item["productOffering"] = {"id": past.product}
        body = {
            "externalId": past.external_id,
            "category": past.business,
            "productOrderItem": [item],
            "orderTotalPrice": [{"price": {"taxIncludedAmount": answers.money(past.amount)}}],
            "channel": [{"id": past.outlet or "unknown"}],
        }
    return Order(
        api=api,
        external_id=past.external_id,
        body=body,
        digest=b"",
        business=past.business,
        msisdn=past.msisdn,
        amount=past.amount,
        product=past.product,
        outlet=past.outlet,
    )
