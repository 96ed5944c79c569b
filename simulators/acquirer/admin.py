"""
The acquirer's back door, on a loopback port of its own: bound cards, customers on their pages,
faults, the audit. All of it JSON. It stays reachable while the acquirer itself is down.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from sqlite3 import Connection
from typing import Annotated, Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acquirer import cards, payments
from simulators.acquirer.faults import Faults
from simulators.acquirer.payments import Json
from simulators.acquirer.requests import Address
from simulators.acquirer.server import Acquirer

_T = TypeVar("_T")
LIMIT: Final = 100_000
"""Fen of a card that is bound without saying more."""
Fen = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """A card to be bound."""

    limit: Fen = LIMIT
    """What can be taken from it."""
    declines: str = ""
    """The code with which it declines everything."""
    tail: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")] = "0005"


class Cards(msgspec.Struct, forbid_unknown_fields=True):
    """The same card for many lines."""

    msisdns: list[Annotated[str, msgspec.Meta(pattern="^[0-9]{5,20}$")]]
    card: Card = msgspec.field(default_factory=Card)


class Customer(msgspec.Struct, forbid_unknown_fields=True):
    """What a customer does on a page."""

    number: str = "6200000000000005"
    cancel: bool = False


class Whereto(msgspec.Struct, forbid_unknown_fields=True):
    """Where notices go; nothing: nowhere."""

    url: Address = ""
    drop: bool = False
    """Forget those that wait."""


class Wrong(Exception):
    """A request that cannot be done, and the status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def application(acquirer: Acquirer) -> Starlette:
    """The endpoints; see each function."""

    async def faults(request: Request) -> Any:
        """GET shows the faults in force, PUT replaces them (`{}` ends them all)."""
        if request.method == "PUT":
            await acquirer.switch(await _body(request, Faults))
        current = acquirer.switchboard.current
        return msgspec.to_builtins(current) | {"up_in_s": acquirer.switchboard.up_in_s}

    async def card(request: Request) -> Any:
        """PUT binds a card to a line, DELETE gives it up, GET tells what it has left; 404."""
        msisdn = request.path_params["msisdn"]
        if not msisdn.isdecimal() or not 5 <= len(msisdn) <= 20:
            raise Wrong(404, "a line's number has 5 to 20 digits")
        if request.method == "PUT":
            wanted = await _body(request, Card)
            await acquirer.commit.write(
                lambda db: payments.bind(db, msisdn, wanted.tail, wanted.limit, wanted.declines)
            )
        elif request.method == "DELETE":
            await acquirer.commit.write(lambda db: payments.unbind(db, msisdn))
            return {}
        found = payments.card_of(acquirer.reader, msisdn)
        if found is None:
            raise Wrong(404, "no card is bound to this line")
        return found

    async def many_cards(request: Request) -> Any:
        """PUT binds a card to each of many lines."""
        wanted = await _body(request, Cards)
        one = wanted.card

        def bind(db: Connection) -> None:
            for msisdn in wanted.msisdns:
                payments.bind(db, msisdn, one.tail, one.limit, one.declines)

        await acquirer.commit.write(bind)
        return {"bound": len(wanted.msisdns)}

    async def pay(request: Request) -> Any:
        """POST: a customer pays on a payment's page, or cancels; the payment."""
        wanted = await _body(request, Customer)
        number, now = cards.cleaned(wanted.number), time.time()
        found = payments.of_id(acquirer.reader, request.path_params["id"])
        if found is None:
            raise Wrong(404, "no such payment")
        if not cards.valid(number):
            raise Wrong(400, "this is no card number")
        token = found["token"]
        after = await acquirer.commit.write(
            lambda db: (
                payments.cancel(db, token, now)
                if wanted.cancel
                else payments.pay(db, token, number, now)
            )
        )
        acquirer.notices.ring()
        return after

    async def payment(request: Request) -> Any:
        """GET a payment, whole; 404."""
        found = payments.of_id(acquirer.reader, request.path_params["id"])
        if found is None:
            raise Wrong(404, "no such payment")
        return found

    async def audit(request: Request) -> Any:
        """GET what was received and done, `?payment=` of some payments only; see `audit_of`."""
        return audit_of(acquirer.reader, request.query_params.getlist("payment"))

    async def notices(request: Request) -> Any:
        """GET the notices, newest first; PUT says where they go."""
        if request.method == "PUT":
            wanted = await _body(request, Whereto)
            acquirer.notices.url = wanted.url
            if wanted.drop:
                await acquirer.commit.write(
                    lambda db: db.execute("DELETE FROM notice WHERE taken_at IS NULL").rowcount
                )
            acquirer.notices.ring()
        rows = acquirer.reader.execute(
            "SELECT sequence, payment, state, attempts, taken_at IS NOT NULL AS taken FROM notice"
            " ORDER BY sequence DESC LIMIT 1000"
        )
        return {"url": acquirer.notices.url, "notices": [dict(row) for row in rows]}

    async def health(request: Request) -> Any:
        return {"status": "ok", "url": acquirer.listener.url}

    read, write = ["GET"], ["POST"]
    return Starlette(
        routes=[
            Route("/faults", _door(faults), methods=["GET", "PUT"]),
            Route("/cards", _door(many_cards), methods=["PUT"]),
            Route("/cards/{msisdn}", _door(card), methods=["GET", "PUT", "DELETE"]),
            Route("/payments/{id}", _door(payment), methods=read),
            Route("/payments/{id}/pay", _door(pay), methods=write),
            Route("/audit", _door(audit), methods=read),
            Route("/notices", _door(notices), methods=["GET", "PUT"]),
            Route("/health", _door(health), methods=read),
        ]
    )


def audit_of(db: Connection, wanted: list[str]) -> Json:
    """
    The proof of exactly-once: effects are counted from a record of their own, which no unique
    key protects.

    `payments` maps an id to its state, amount (fen), how often it was asked for (`received`), and
    how often each effect came (`hold`, `capture`, `release`, `refund`, `decline`). `totals` sums
    what is listed, in fen: `held`, `captured`, `refunded`, and `wrong`: payments with an effect
    that came more than once.
    """
    marks = ",".join("?" * len(wanted))
    which = f" WHERE id IN ({marks})" if wanted else ""
    rows = db.execute(
        f"SELECT id, method, state, amount, received FROM payment{which} ORDER BY made_at", wanted
    ).fetchall()
    shown: dict[str, Json] = {row["id"]: dict(row) | {"effects": {}} for row in rows}
    for row in db.execute("SELECT payment, what, count(*) AS times FROM effect GROUP BY 1, 2"):
        if row["payment"] in shown:
            shown[row["payment"]]["effects"][row["what"]] = row["times"]
    for one in shown.values():
        del one["id"]

    def total(*states: str) -> int:
        return sum(one["amount"] for one in shown.values() if one["state"] in states)

    return {
        "payments": shown,
        "totals": {
            "payments": len(shown),
            "held": total("authorised"),
            "captured": total("captured"),
            "refunded": total("refunded"),
            "wrong": sum(any(n > 1 for n in one["effects"].values()) for one in shown.values()),
        },
    }


def _door(
    answer: Callable[[Request], Awaitable[Any]],
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            status, content = 200, await answer(request)
        except Wrong as wrong:
            status, content = wrong.status, {"reason": str(wrong)}
        return Response(msgspec.json.encode(content), status, media_type="application/json")

    return endpoint


async def _body(request: Request, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.DecodeError as error:
        raise Wrong(400, str(error)) from error
