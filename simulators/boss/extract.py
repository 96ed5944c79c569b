"""
`qudao boss extract`: what the BOSS tells each month about its lines, as files to drop.

One file for each branch with its control file: rows, sums of the totals, digest. Use and money of
a month follow from line and month, so that the same month gives the same file; what was billed and
collected is what the bills say, where there are any. `--wrong` makes files as they should not be.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from sqlite3 import Connection
from typing import Final

from simulators.boss import store
from simulators.commit import connect

WRONG: Final = ("columns", "digest", "encoding", "rows", "share", "total")
"""What may be wrong with a file: as receivers must expect it."""

TOTALS: Final = ("calls", "voice_s", "data_kb", "billed", "collected")

_UNKNOWN_FIRST: Final = 43_0000_000_000
"""Lines that were opened before these books began are numbered from here, by their order."""

_STATES: Final = {"active": "active", "suspended": "suspended", "terminated": "closed"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line in a month, as the extract has it."""

    subscriber: int
    node_code: str
    order: str
    opened_day: str
    activated_day: str
    calls: int
    voice_s: int
    data_kb: int
    billed: int
    collected: int
    state: str


@dataclass(frozen=True, slots=True)
class _Line:
    subscriber: int
    outlet: str
    order: str
    opened: date
    state: str
    msisdn: str


def main(arguments: list[str]) -> int:
    """Write the files; returns the exit status."""
    options = _parser().parse_args(arguments)
    books = store.books(options.data)
    if not books.is_file():
        print(f"There are no books in {options.data}.", file=sys.stderr)
        return 1
    month = date.fromisoformat(f"{options.month}-01")
    db = connect(books)
    try:
        rows = by_branch(db, month)
    finally:
        db.close()
    options.into.mkdir(parents=True, exist_ok=True)
    for branch, found in sorted(rows.items()):
        if not options.branch or branch in options.branch:
            control = write(options.into, branch, month, found, options.format, options.wrong)
            print(f"{control.name}: {len(found)} rows")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qudao boss extract", description=__doc__)
    parser.add_argument("--month", required=True, metavar="YYYY-MM")
    parser.add_argument(
        "--data", type=Path, default=Path(".qudao/boss"), help="folder of its books"
    )
    parser.add_argument("--into", type=Path, default=Path(".qudao/drop"), help="the drop folder")
    parser.add_argument("--branch", action="append", help="division code; all without it")
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--wrong", choices=WRONG, help="what shall be wrong with it")
    return parser


def by_branch(db: Connection, month: date) -> dict[str, list[Row]]:
    """Return the rows of a month, by branch: that of the outlet which opened the line."""
    end = (month + timedelta(days=32)).replace(day=1)
    bills = {
        row["msisdn"]: (row["amount"], row["amount"] - row["remaining"])
        for row in db.execute("SELECT * FROM bill WHERE month = ?", (f"{month:%Y-%m}",))
    }
    found: dict[str, list[Row]] = {}
    for line in sorted(_lines(db), key=lambda one: one.subscriber):
        if line.opened < end:
            found.setdefault(branch_of(line.outlet), []).append(
                _row(line, month, end, bills.get(line.msisdn))
            )
    return found


def branch_of(node_code: str) -> str:
    """Return the branch that a node code names; the province's own outlets have none."""
    return "41" if node_code[2:4] == "00" else node_code[:4]


def write(
    into: Path, branch: str, month: date, rows: list[Row], format: str, wrong: str | None
) -> Path:
    """Write a branch's file and then its control file, whose path is returned."""
    name = f"subscribers-{month:%Y-%m}-{branch}"
    totals = {total: sum(int(getattr(row, total)) for row in rows) for total in TOTALS}
    if wrong == "share":  # one row of twenty
        spoilt = len(rows) // 20 + 1
        rows = [_spoilt(row) if nth < spoilt else row for nth, row in enumerate(rows)]
    content = _parquet(rows) if format == "parquet" else _csv(rows, wrong)
    file = into / f"{name}.{format}"
    file.write_bytes(content)
    control = {
        "layout": "subscribers",
        "file": file.name,
        "month": f"{month:%Y-%m}",
        "branch": branch,
        "rows": len(rows) + (wrong == "rows"),
        "totals": {**totals, "collected": totals["collected"] + (wrong == "total")},
        "sha256": hashlib.sha256(content + (b"!" if wrong == "digest" else b"")).hexdigest(),
    }
    path = into / f"{name}.control.json"
    draft = into / f".{path.name}"
    draft.write_text(json.dumps(control, indent=1), "utf-8")
    return draft.rename(path)


def _lines(db: Connection) -> Iterator[_Line]:
    """Yield what outlets have opened, and the lines from before at the outlets that there are."""
    opened = db.execute(
        "SELECT w.sequence, w.external_id, w.outlet, w.business_day, w.msisdn, l.customer, l.state"
        " FROM work w LEFT JOIN line l"
        " ON l.customer = coalesce(json_extract(w.undo, '$.customer'),"
        "   (SELECT customer FROM line WHERE msisdn = w.msisdn))"
        " WHERE w.business = 'account_opening' AND w.state = 'completed'"
    ).fetchall()
    known = {row["customer"] for row in opened}
    for row in opened:
        customer = row["customer"]
        yield _Line(
            int(customer) if customer else _UNKNOWN_FIRST + row["sequence"],
            row["outlet"],
            row["external_id"],
            date.fromisoformat(row["business_day"]),
            _STATES.get(row["state"] or "active", "active"),
            row["msisdn"],
        )
    outlets: dict[str, list[str]] = {}
    for row in db.execute("SELECT DISTINCT outlet FROM work WHERE outlet <> '' ORDER BY outlet"):
        outlets.setdefault(branch_of(row["outlet"]), []).append(row["outlet"])
    for row in db.execute("SELECT customer, branch, msisdn, since, state FROM line"):
        there = outlets.get(row["branch"])
        if there and row["customer"] not in known:
            yield _Line(
                int(row["customer"]),
                there[int(row["customer"]) % len(there)],
                "",
                date.fromisoformat(row["since"]),
                _STATES.get(row["state"], "active"),
                row["msisdn"],
            )


def _row(line: _Line, month: date, end: date, bill: tuple[int, int] | None) -> Row:
    """A line's month; the same for the same line and month."""
    random = Random(f"{line.subscriber}-{month}")
    first_call = line.opened + timedelta(days=Random(line.subscriber).randrange(11))
    never = Random(line.subscriber + 1).randrange(100) < 4
    activated = not never and first_call < end
    used = activated and line.state == "active" and random.randrange(100) >= 6
    billed, collected = bill or (0, 0)
    if bill is None and used:
        billed = 1900 + random.randrange(90) * 100
        collected = billed if random.randrange(20) else 0
    return Row(
        subscriber=line.subscriber,
        node_code=line.outlet,
        order=line.order,
        opened_day=line.opened.isoformat(),
        activated_day=first_call.isoformat() if activated else "",
        calls=random.randrange(1, 120) if used else 0,
        voice_s=random.randrange(30, 30_000) if used else 0,
        data_kb=random.randrange(8_000_000) if used else 0,
        billed=billed,
        collected=collected,
        state=line.state,
    )


def _spoilt(row: Row) -> Row:
    return Row(**{**asdict(row), "opened_day": "soon"})


def _csv(rows: list[Row], wrong: str | None) -> bytes:
    names = list(Row.__dataclass_fields__)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*names[:-1], "status"] if wrong == "columns" else names)
    writer.writerows(list(asdict(row).values()) for row in rows)
    content = text.getvalue().encode()
    return content.replace(b",active", ",激活".encode("gbk"), 1) if wrong == "encoding" else content


def _parquet(rows: list[Row]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list[object]] = {
        name: [getattr(row, name) for row in rows] for name in Row.__dataclass_fields__
    }
    columns["order"] = [row.order or None for row in rows]
    columns["opened_day"] = [date.fromisoformat(row.opened_day) for row in rows]
    columns["activated_day"] = [
        date.fromisoformat(row.activated_day) if row.activated_day else None for row in rows
    ]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()
