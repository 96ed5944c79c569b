"""Recharge cards: worth something once they are sold, and once only."""

from __future__ import annotations

from sqlite3 import Connection

from simulators.boss.catalogue import catalogue
from simulators.boss.orders import Order, Rejected
from simulators.boss.reasons import rejected


def make_valid(db: Connection, order: Order) -> Rejected | None:
    """From now on a card is worth its value."""
    serial, value = order.parts.card, order.parts.value
    card = db.execute("SELECT used_by FROM card WHERE serial = ?", (serial,)).fetchone()
    if card is not None:
        return rejected("card_used" if card["used_by"] else "card_valid_already")
    limits = catalogue().payments["recharge_card"]
    if not limits.minimum <= value <= limits.maximum:
        return rejected("amount_out_of_range")
    db.execute("INSERT INTO card (serial, value) VALUES (?, ?)", (serial, value))
    return None


def use(db: Connection, order: Order) -> Rejected | None:
    """A card's value is taken from it, to go onto the line of the order."""
    card = db.execute("SELECT * FROM card WHERE serial = ?", (order.parts.card,)).fetchone()
    if card is None:
        return rejected("card_unknown")
    if card["used_by"]:
        return rejected("card_used")
    if card["value"] != order.amount:
        return rejected("card_value_mismatch")
    db.execute(
        "UPDATE card SET used_by = ?, msisdn = ? WHERE serial = ?",
        (order.external_id, order.msisdn, order.parts.card),
    )
    return None
