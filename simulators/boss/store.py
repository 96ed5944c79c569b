"""
The BOSS's books: one SQLite file, written by one thread (`simulators.commit`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from simulators.boss import answers
from simulators.boss.charges import write_charges
from simulators.boss.lines import LINES_PER_DOCUMENT
from simulators.boss.orders import Order, Rejected, business_day, instant
from simulators.boss.people import FIRST_CUSTOMER, people
from simulators.boss.rules import carry_out
from simulators.boss.sims import sim
from simulators.commit import connect

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (
    msisdn TEXT PRIMARY KEY,
    customer TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    branch TEXT NOT NULL,
    market TEXT NOT NULL,
    payment TEXT NOT NULL,
    plan TEXT NOT NULL,
    state TEXT NOT NULL,
    since TEXT NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0)
);
CREATE TABLE IF NOT EXISTS add_on (
    msisdn TEXT NOT NULL REFERENCES line,
    code TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (msisdn, code)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bill (
    id TEXT PRIMARY KEY,
    msisdn TEXT NOT NULL REFERENCES line,
    month TEXT NOT NULL,
    amount INTEGER NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND amount)
);
CREATE INDEX IF NOT EXISTS bill_msisdn ON bill (msisdn, month);
CREATE TABLE IF NOT EXISTS work (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    external_id TEXT NOT NULL UNIQUE,
    api TEXT NOT NULL,
    business TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    amount INTEGER NOT NULL,
    product TEXT NOT NULL,
    outlet TEXT NOT NULL,
    at TEXT NOT NULL,
    business_day TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL,
    received INTEGER NOT NULL,
    history INTEGER NOT NULL,
    digest BLOB NOT NULL,
    undo TEXT NOT NULL,
    reversed_by TEXT,
    answer BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS effect (
    sequence INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS effect_external_id ON effect (external_id);
"""
"""`effect` has no unique key on purpose: it is the independent witness of exactly-once."""

_ADDED: Final = (
    "ALTER TABLE line ADD COLUMN iccid TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE line ADD COLUMN imsi TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE line ADD COLUMN document TEXT NOT NULL DEFAULT ''",
    f"UPDATE line SET iccid = sim_iccid(CAST(customer AS INTEGER) - {FIRST_CUSTOMER}),"
    f" imsi = sim_imsi(CAST(customer AS INTEGER) - {FIRST_CUSTOMER})",
    "CREATE UNIQUE INDEX line_iccid ON line (iccid) WHERE state <> 'terminated' AND iccid <> ''",
    "CREATE UNIQUE INDEX line_imsi ON line (imsi) WHERE state <> 'terminated' AND imsi <> ''",
    "CREATE INDEX line_document ON line (document) WHERE document <> ''",
    """
    CREATE TABLE card (
        serial TEXT PRIMARY KEY,
        value INTEGER NOT NULL CHECK (value > 0),
        used_by TEXT NOT NULL DEFAULT '',
        msisdn TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID
    """,
    "CREATE TABLE blacklist (document TEXT PRIMARY KEY) WITHOUT ROWID",
    "DROP VIEW IF EXISTS product",
    """
    CREATE VIEW product AS
        SELECT msisdn || '-plan' AS id, msisdn, plan AS code, 'plan' AS kind, since, state,
            payment, customer, name, iccid, imsi
        FROM line
        UNION ALL
        SELECT add_on.msisdn || '-' || add_on.code, add_on.msisdn, add_on.code, 'addOn',
            add_on.since, line.state, line.payment, line.customer, line.name, '', ''
        FROM add_on JOIN line ON line.msisdn = add_on.msisdn
    """,
    "PRAGMA user_version = 1",
)
"""What the first version of the books lacked: in new books it follows at once."""

_ADDED_THEN: Final = (
    "ALTER TABLE line ADD COLUMN on_request INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE charge (
        id TEXT PRIMARY KEY,
        bill TEXT NOT NULL REFERENCES bill,
        kind TEXT NOT NULL,
        name_zh TEXT NOT NULL,
        name_en TEXT NOT NULL,
        amount INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX charge_bill ON charge (bill)",
    "PRAGMA user_version = 2",
)
"""What the second version lacked; `charges` writes those of the bills that were there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status and a body whose addresses are still relative (`@`)."""

    status: int
    body: bytes


def books(folder: Path) -> Path:
    """The file in a BOSS's folder that is its books."""
    return folder / "boss.sqlite3"


def prepare(path: Path, seed: int, customers: int, today: date) -> None:
    """Make the books at `path` if there are none, with their customers, in one transaction."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = connect(path)
    db.executescript(_SCHEMA)
    _bring_up(db)
    if db.execute("SELECT 1 FROM meta WHERE key = 'seed'").fetchone() is None:
        db.execute("BEGIN IMMEDIATE")
        _populate(db, seed, customers, today)
        db.execute(
            "INSERT INTO meta VALUES ('seed', ?), ('customers', ?)", (str(seed), str(customers))
        )
        db.execute("COMMIT")
    db.close()


def _bring_up(db: Connection) -> None:
    """Give books of an earlier version what they lack, in one transaction."""
    db.create_function("sim_iccid", 1, lambda number: sim(number).iccid)
    db.create_function("sim_imsi", 1, lambda number: sim(number).imsi)
    db.execute("BEGIN IMMEDIATE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _ADDED:
            db.execute(statement)
    if version < 2:
        for statement in _ADDED_THEN:
            db.execute(statement)
        write_charges(db)
    db.execute("COMMIT")


def _populate(db: Connection, seed: int, customers: int, today: date) -> None:
    months = _months_before(today, 3)
    since = date(today.year - 1, today.month, 1).isoformat()
    for person in people(seed, customers):
        db.execute(
            "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0)",
            (
                person.msisdn,
                f"{FIRST_CUSTOMER + person.number}",
                person.name,
                person.branch,
                person.market,
                person.payment,
                person.plan,
                person.state,
                since,
                person.balance,
                person.iccid,
                person.imsi,
            ),
        )
        db.executemany(
            "INSERT INTO add_on VALUES (?, ?, ?)",
            [(person.msisdn, code, since) for code in person.add_ons],
        )
        db.executemany(
            "INSERT INTO bill VALUES (?, ?, ?, ?, ?)",
            [
                (
                    f"{months[bill.months_ago - 1].replace('-', '')}-{person.msisdn}",
                    person.msisdn,
                    months[bill.months_ago - 1],
                    bill.amount,
                    bill.open,
                )
                for bill in person.bills
            ],
        )
    write_charges(db)


def _months_before(today: date, count: int) -> list[str]:
    months = today.year * 12 + today.month - 1
    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(months - 1, months - 1 - count, -1)]


def process(
    db: Connection, order: Order, at: datetime, lines_per_document: int = LINES_PER_DOCUMENT
) -> Answer:
    """
    Act on an order at most once under its external id, and answer.

    The same content again gets the first answer; other content gets 409.
    """
    known = db.execute(
        "SELECT digest, answer FROM work WHERE external_id = ?", (order.external_id,)
    ).fetchone()
    if known is not None:
        db.execute(
            "UPDATE work SET received = received + 1 WHERE external_id = ?", (order.external_id,)
        )
        if known["digest"] == order.digest:
            return Answer(201, known["answer"])
        reason = "The external id was used before with other content"
        return Answer(409, answers.encode(answers.error(409, "external_id_conflict", reason)))
    outcome = carry_out(db, order, at, lines_per_document)
    return _record(db, order, at, outcome)


def refuse(db: Connection, order: Order, at: datetime, refusal: Rejected) -> Answer:
    """Keep a refusal that no rule of the books demanded, unless the order is known already."""
    known = db.execute("SELECT 1 FROM work WHERE external_id = ?", (order.external_id,)).fetchone()
    return process(db, order, at) if known else _record(db, order, at, refusal)


def _record(
    db: Connection, order: Order, at: datetime, outcome: dict[str, Any] | Rejected
) -> Answer:
    rejected = outcome if isinstance(outcome, Rejected) else None
    sequence = next_sequence(db)
    customer = "" if isinstance(outcome, Rejected) else outcome.get("customer", "")
    answer = answers.encode(answers.work_answer(order, sequence, at, rejected, customer))
    db.execute(
        "INSERT INTO work VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, NULL, ?)",
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
            instant(at),
            business_day(at).isoformat(),
            "rejected" if rejected else "completed",
            rejected.code if rejected else "",
            order.digest,
            json.dumps({} if isinstance(outcome, Rejected) else outcome),
            answer,
        ),
    )
    if rejected is None:
        db.execute(
            "INSERT INTO effect (external_id, at) VALUES (?, ?)", (order.external_id, instant(at))
        )
    return Answer(201, answer)


def next_sequence(db: Connection) -> int:
    last: int = db.execute("SELECT coalesce(max(sequence), 0) FROM work").fetchone()[0]
    return last + 1
