"""
The BOSS's back door, on a loopback port of its own: faults, clock, usage, history, audit, and a
look at lines, cards and the blacklist.

It stays reachable while the BOSS itself is down.
"""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection
from typing import Annotated, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.boss import answers
from simulators.boss.faults import Faults
from simulators.boss.history import Past, insert
from simulators.boss.orders import JSON, instant
from simulators.boss.parts import document_digest
from simulators.boss.server import Boss

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Clock(msgspec.Struct, forbid_unknown_fields=True):
    at: datetime | None = None
    """What time it is for the BOSS from now on; nothing: the real time again."""


class Usage(msgspec.Struct, forbid_unknown_fields=True):
    msisdn: Text
    amount: Annotated[int, msgspec.Meta(gt=0)]
    """Fen that the customer spends."""


class Document(msgspec.Struct, forbid_unknown_fields=True):
    kind: Text
    """`resident_id`, `passport`, …"""
    number: Text


_faults: Final = msgspec.json.Decoder(Faults)
_past: Final = msgspec.json.Decoder(Past)


def application(boss: Boss) -> Starlette:
    """The endpoints, all of them JSON; see each function."""

    async def faults(request: Request) -> Response:
        """GET shows the faults in force, PUT replaces them (`{}` ends them all)."""
        if request.method == "PUT":
            try:
                await boss.switch(_faults.decode(await request.body()))
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                return _json(400, {"reason": str(error)})
        current = boss.switchboard.current
        return _json(200, msgspec.to_builtins(current) | {"up_in_s": boss.switchboard.up_in_s})

    async def clock(request: Request) -> Response:
        """PUT `{"at": "2026-01-31T23:59:00Z"}` moves the BOSS's clock; `{}` sets it right."""
        if request.method == "PUT":
            try:
                wanted = msgspec.json.decode(await request.body(), type=Clock).at
            except msgspec.DecodeError as error:
                return _json(400, {"reason": str(error)})
            if wanted is not None and wanted.tzinfo is None:
                return _json(400, {"reason": "the time needs a zone"})
            boss.clock_offset -= boss.clock_offset
            if wanted is not None:
                boss.clock_offset = wanted - boss.now()
        return _json(200, {"at": instant(boss.now())})

    async def usage(request: Request) -> Response:
        """POST: a customer spends some of the balance; 409 when there is less than that."""
        try:
            use = msgspec.json.decode(await request.body(), type=Usage)
        except msgspec.DecodeError as error:
            return _json(400, {"reason": str(error)})
        left = await boss.commit.write(lambda db: _spend(db, use))
        return (
            _json(409, {"reason": "not so much"}) if left is None else _json(200, {"balance": left})
        )

    async def history(request: Request) -> Response:
        """
        POST orders of the past, one JSON object a line (see `Past`).

        Those whose external id is known already are left as they are, so loading twice is safe.
        """
        try:
            rows = [_past.decode(line) for line in (await request.body()).splitlines() if line]
        except msgspec.DecodeError as error:
            return _json(400, {"reason": str(error)})
        loaded = await boss.commit.write(lambda db: insert(db, rows))
        return _json(200, {"loaded": loaded, "known": len(rows) - loaded})

    async def audit(request: Request) -> Response:
        """
        GET how often each order was received and applied, with totals; `?externalId=` names
        those of interest, otherwise all but the history are listed.
        """
        return _json(200, audit_of(boss.reader, request.query_params.getlist("externalId")))

    async def line(request: Request) -> Response:
        """GET `?msisdn=`: number, SIM, plan, state, balance and add-ons of a line; 404."""
        found = line_of(boss.reader, request.query_params.get("msisdn", ""))
        return _json(404, {"reason": "no line"}) if found is None else _json(200, found)

    async def card(request: Request) -> Response:
        """GET `?serial=`: what a recharge card is worth, and who used it; 404."""
        found = card_of(boss.reader, request.query_params.get("serial", ""))
        return _json(404, {"reason": "no valid card"}) if found is None else _json(200, found)

    async def blacklist(request: Request) -> Response:
        """PUT a document on the blacklist, or DELETE it; GET says how many are on it."""
        if request.method != "GET":
            try:
                document = msgspec.json.decode(await request.body(), type=Document)
            except msgspec.DecodeError as error:
                return _json(400, {"reason": str(error)})
            statement = (
                "INSERT OR IGNORE INTO blacklist VALUES (?)"
                if request.method == "PUT"
                else "DELETE FROM blacklist WHERE document = ?"
            )
            digest = (document_digest(document.kind, document.number),)
            await boss.commit.write(lambda db: db.execute(statement, digest).rowcount)
        count = boss.reader.execute("SELECT count(*) FROM blacklist").fetchone()[0]
        return _json(200, {"documents": count})

    async def health(request: Request) -> Response:
        return _json(200, {"status": "ok", "url": boss.listener.url})

    return Starlette(
        routes=[
            Route("/faults", faults, methods=["GET", "PUT"]),
            Route("/clock", clock, methods=["GET", "PUT"]),
            Route("/usage", usage, methods=["POST"]),
            Route("/history", history, methods=["POST"]),
            Route("/audit", audit, methods=["GET"]),
            Route("/lines", line, methods=["GET"]),
            Route("/cards", card, methods=["GET"]),
            Route("/blacklist", blacklist, methods=["GET", "PUT", "DELETE"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


def audit_of(db: Connection, external_ids: list[str]) -> JSON:
    """
    The proof of exactly-once: effects are counted from a record of their own, which no unique
    key protects.

    `orders` maps an external id to business, state, code, amount (fen), how often it was received
    and applied, and the external id that took it back. `totals` sums what is listed: `completed`,
    `rejected`, `reversed`, `applied` (effects), `applied_wrongly` (orders whose effects are not 1
    when completed or not 0 when rejected), and `amount` by business of completed work (fen).
    """
    select = (
        "SELECT external_id, business, state, code, amount, received, reversed_by, (SELECT count(*)"
        " FROM effect WHERE effect.external_id = work.external_id) AS applied FROM work WHERE "
    )
    if external_ids:
        rows = [
            row
            for external_id in external_ids
            for row in db.execute(f"{select} external_id = ?", (external_id,))
        ]
    else:
        rows = db.execute(f"{select} history = 0 ORDER BY sequence").fetchall()
    orders = {row["external_id"]: dict(row) for row in rows}
    for order in orders.values():
        del order["external_id"]
    amounts: dict[str, int] = {}
    for row in rows:
        if row["state"] == "completed":
            amounts[row["business"]] = amounts.get(row["business"], 0) + row["amount"]
    done = [row for row in rows if row["state"] == "completed"]
    return {
        "orders": orders,
        "totals": {
            "orders": len(rows),
            "completed": len(done),
            "rejected": len(rows) - len(done),
            "reversed": sum(row["reversed_by"] is not None for row in rows),
            "applied": sum(row["applied"] for row in rows),
            "applied_wrongly": sum(row["applied"] != (row["state"] == "completed") for row in rows),
            "amount": amounts,
        },
    }


def line_of(db: Connection, msisdn: str) -> JSON | None:
    """A line without its customer: nothing personal."""
    row = db.execute(
        "SELECT msisdn, iccid, imsi, plan, payment, state, balance, since, customer FROM line"
        " WHERE msisdn = ?",
        (msisdn,),
    ).fetchone()
    if row is None:
        return None
    add_ons = db.execute("SELECT code FROM add_on WHERE msisdn = ? ORDER BY code", (msisdn,))
    return dict(row) | {"add_ons": [add_on["code"] for add_on in add_ons]}


def card_of(db: Connection, serial: str) -> JSON | None:
    """`state` is `valid` or `used`; `value` is fen; `used_by` is the external id of the order."""
    row = db.execute("SELECT * FROM card WHERE serial = ?", (serial,)).fetchone()
    return None if row is None else dict(row) | {"state": "used" if row["used_by"] else "valid"}


def _spend(db: Connection, use: Usage) -> int | None:
    row = db.execute(
        "UPDATE line SET balance = balance - ?1 WHERE msisdn = ?2 AND balance >= ?1"
        " RETURNING balance",
        (use.amount, use.msisdn),
    ).fetchone()
    return None if row is None else int(row["balance"])


def _json(status: int, body: object) -> Response:
    return Response(answers.encode(body), status, media_type="application/json")
