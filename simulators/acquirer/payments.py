"""
The acquirer's books: payments, bound cards, links and notices, in one SQLite file.

Each function runs inside a transaction of its caller's.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, Row
from typing import Any, Final

from simulators.acquirer import cards
from simulators.commit import connect

Json = dict[str, Any]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    method TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    merchant TEXT NOT NULL,
    description TEXT NOT NULL,
    return_to TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    card TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    received INTEGER NOT NULL DEFAULT 1,
    made_at REAL NOT NULL,
    ends_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payment_pending ON payment (ends_at) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS effect (
    sequence INTEGER PRIMARY KEY,
    payment TEXT NOT NULL,
    what TEXT NOT NULL,
    amount INTEGER NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS effect_payment ON effect (payment);
CREATE TABLE IF NOT EXISTS card (
    msisdn TEXT PRIMARY KEY,
    tail TEXT NOT NULL,
    available INTEGER NOT NULL CHECK (available >= 0),
    declines TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS binding (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    msisdn TEXT NOT NULL,
    return_to TEXT NOT NULL,
    language TEXT NOT NULL,
    ends_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice (
    sequence INTEGER PRIMARY KEY,
    payment TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    taken_at REAL
);
CREATE INDEX IF NOT EXISTS notice_due ON notice (due_at) WHERE taken_at IS NULL;
"""
"""`effect` has no unique key on purpose: it is the independent witness of exactly-once."""

BOUND_LIMIT: Final = 1_000_000
"""Fen that a card has whose owner bound it on the page."""
MOST_TRIES: Final = 3
"""Declined cards on a page before the payment is declined."""
BINDING_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator wants to be paid."""

    id: str
    method: str
    """`bound`: by the card that is bound to the line; `page`: on a page of ours."""
    msisdn: str
    amount: int
    """Fen."""
    merchant: str
    description: str
    return_to: str
    language: str
    digest: bytes


class WrongState(Exception):
    """Nothing was done: the payment is not in a state for it."""

    def __init__(self, payment: Json) -> None:
        super().__init__(payment["state"])
        self.payment = payment


def prepare(folder: Path) -> Path:
    """Make the books in a folder if there are none; the file that they are."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "acquirer.sqlite3"
    db = connect(path)
    db.executescript(_SCHEMA)
    db.close()
    return path


def of_id(db: Connection, payment: str) -> Json | None:
    """A payment; `token` names its page."""
    return _shown(db.execute("SELECT * FROM payment WHERE id = ?", (payment,)).fetchone())


def of_token(db: Connection, token: str) -> Json | None:
    """The payment of a page."""
    return _shown(db.execute("SELECT * FROM payment WHERE token = ?", (token,)).fetchone())


def authorise(db: Connection, asked: Asked, now: float, page_s: float, decline: str) -> Json | None:
    """
    Hold the amount, or open a page; at most once under the payment's id.

    None: the id was used before with other content. `decline` is the code of a fault.
    """
    known = db.execute(
        "UPDATE payment SET received = received + 1 WHERE id = ? RETURNING *", (asked.id,)
    ).fetchone()
    if known is not None:
        # What was given up before it came has no digest, and stays given up.
        return _shown(known) if known["digest"] in (asked.digest, b"") else None
    _insert(db, asked, "pending", now, now + page_s)
    if decline:
        return _decline(db, asked.id, decline, now)
    if asked.method == "page":
        return of_id(db, asked.id)
    card = db.execute("SELECT * FROM card WHERE msisdn = ?", (asked.msisdn,)).fetchone()
    if card is None:
        return _decline(db, asked.id, "no-card", now)
    if card["declines"] or card["available"] < asked.amount:
        return _decline(db, asked.id, card["declines"] or "insufficient-funds", now)
    return _hold(db, asked.id, card["tail"], now)


def capture(db: Connection, payment: str, now: float) -> Json | None:
    """
    Take what is held; None: there is no such payment.

    :raises WrongState: if nothing is held.
    """
    return _move(db, payment, "capture", {"authorised": "captured"}, now)


def void(db: Connection, asked: Asked, now: float) -> Json:
    """
    Give up what is held or not paid yet. What was never asked for is given up beforehand: it
    stays so when it comes later.

    :raises WrongState: if it was taken, or will never be.
    """
    moves = {"authorised": "voided", "pending": "voided"}
    moved = _move(db, asked.id, "release", moves, now)
    if moved is None:
        _insert(db, asked, "voided", now, now)
        moved = of_id(db, asked.id)
    assert moved is not None
    return moved


def refund(db: Connection, payment: str, now: float) -> Json | None:
    """
    Give back what was taken; None: there is no such payment.

    :raises WrongState: if nothing was taken.
    """
    return _move(db, payment, "refund", {"captured": "refunded"}, now)


def pay(db: Connection, token: str, number: str, now: float) -> Json | None:
    """Pay on the page with a card of that right number; None: there is no such page."""
    payment = of_token(db, token)
    if payment is None or payment["state"] != "pending":
        return payment
    code = cards.TEST_CARDS.get(number, "")
    if not code:
        return _hold(db, payment["id"], number[-4:], now)
    (tries,) = db.execute(
        "UPDATE payment SET tries = tries + 1 WHERE id = ? RETURNING tries", (payment["id"],)
    ).fetchone()
    if tries >= MOST_TRIES:
        return _decline(db, payment["id"], code, now)
    return payment | {"code": code}


def cancel(db: Connection, token: str, now: float) -> Json | None:
    """The customer does not want to pay; None: there is no such page."""
    payment = of_token(db, token)
    if payment is None or payment["state"] != "pending":
        return payment
    return _decline(db, payment["id"], "cancelled", now)


def end_late(db: Connection, now: float) -> int:
    """Decline what nobody has paid in time; how many."""
    late = db.execute(
        "SELECT id FROM payment WHERE state = 'pending' AND ends_at <= ?", (now,)
    ).fetchall()
    for row in late:
        _decline(db, row["id"], "timed-out", now)
    return len(late)


# ---- bound cards


def bind(db: Connection, msisdn: str, tail: str, limit: int, declines: str) -> Json:
    """Bind a card to a line, in the place of another one."""
    db.execute(
        "INSERT INTO card VALUES (?, ?, ?, ?) ON CONFLICT (msisdn) DO UPDATE SET"
        " tail = excluded.tail, available = excluded.available, declines = excluded.declines",
        (msisdn, tail, limit, declines),
    )
    card = card_of(db, msisdn)
    assert card is not None
    return card


def unbind(db: Connection, msisdn: str) -> None:
    db.execute("DELETE FROM card WHERE msisdn = ?", (msisdn,))


def card_of(db: Connection, msisdn: str) -> Json | None:
    """The card that is bound to a line."""
    row = db.execute("SELECT * FROM card WHERE msisdn = ?", (msisdn,)).fetchone()
    return None if row is None else dict(row)


def offer_binding(
    db: Connection, binding: str, msisdn: str, return_to: str, language: str, now: float
) -> Json | None:
    """
    Make a link on which the owner of a line binds a card, once; the same under the same id.

    None: the id was used before for another line.
    """
    db.execute("DELETE FROM binding WHERE ends_at <= ?", (now,))
    db.execute(
        "INSERT INTO binding (id, token, msisdn, return_to, language, ends_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (binding, secrets.token_urlsafe(24), msisdn, return_to, language, now + BINDING_S),
    )
    row = db.execute("SELECT * FROM binding WHERE id = ?", (binding,)).fetchone()
    return dict(row) if row["msisdn"] == msisdn else None


def binding_of(db: Connection, token: str, now: float) -> Json | None:
    """What a binding link is for; None: there is none, or it is too old."""
    row = db.execute(
        "SELECT * FROM binding WHERE token = ? AND ends_at > ?", (token, now)
    ).fetchone()
    return None if row is None else dict(row)


def use_binding(db: Connection, token: str, number: str, now: float) -> Json | None:
    """Bind the card of that right number; None: the link is none, or was used."""
    found = binding_of(db, token, now)
    if found is None or found["used"]:
        return found
    if code := cards.TEST_CARDS.get(number, ""):
        return found | {"code": code}
    db.execute("UPDATE binding SET used = 1 WHERE token = ?", (token,))
    bind(db, found["msisdn"], number[-4:], BOUND_LIMIT, "")
    return found | {"used": 1}


# ---- one payment


def _insert(db: Connection, asked: Asked, state: str, now: float, ends_at: float) -> None:
    db.execute(
        "INSERT INTO payment (id, reference, token, digest, method, msisdn, amount, merchant,"
        " description, return_to, language, state, made_at, ends_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            asked.id,
            f"ACQ{secrets.token_hex(6).upper()}",
            secrets.token_urlsafe(24),
            asked.digest,
            asked.method,
            asked.msisdn,
            asked.amount,
            asked.merchant,
            asked.description,
            asked.return_to,
            asked.language,
            state,
            now,
            ends_at,
        ),
    )


def _hold(db: Connection, payment: str, tail: str, now: float) -> Json:
    db.execute("UPDATE payment SET card = ? WHERE id = ?", (tail, payment))
    moved = _move(db, payment, "hold", {"pending": "authorised"}, now)
    assert moved is not None
    return moved


def _decline(db: Connection, payment: str, code: str, now: float) -> Json:
    db.execute("UPDATE payment SET code = ? WHERE id = ?", (code, payment))
    moved = _move(db, payment, "decline", {"pending": "declined"}, now)
    assert moved is not None
    return moved


def _move(
    db: Connection, payment: str, what: str, moves: dict[str, str], now: float
) -> Json | None:
    """Change a payment's state, note the effect, and tell the operator what a page has done."""
    found = db.execute("SELECT * FROM payment WHERE id = ?", (payment,)).fetchone()
    if found is None:
        return None
    if found["state"] in moves.values():
        return _shown(found)
    if found["state"] not in moves:
        shown = _shown(found)
        assert shown is not None
        raise WrongState(shown)
    state = moves[found["state"]]
    db.execute("UPDATE payment SET state = ? WHERE id = ?", (state, payment))
    db.execute(
        "INSERT INTO effect (payment, what, amount, at) VALUES (?, ?, ?, ?)",
        (payment, what, found["amount"], now),
    )
    if found["method"] == "page":
        db.execute(
            "INSERT INTO notice (payment, state, made_at, due_at) VALUES (?, ?, ?, ?)",
            (payment, state, now, now),
        )
    else:
        _move_limit(db, found, state)
    return of_id(db, payment)


def _move_limit(db: Connection, found: Row, state: str) -> None:
    """What a bound card has left: less by what is held or taken, more by what is given back."""
    change = {"authorised": -1, "voided": 1, "refunded": 1}.get(state, 0)
    if found["state"] == "pending" and state != "authorised":
        change = 0
    db.execute(
        "UPDATE card SET available = available + ? WHERE msisdn = ?",
        (change * found["amount"], found["msisdn"]),
    )


def _shown(row: sqlite3.Row | None) -> Json | None:
    if row is None:
        return None
    shown = dict(row)
    del shown["digest"]
    return shown
