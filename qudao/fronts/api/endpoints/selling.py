"""Offers, customers, sales."""

from __future__ import annotations

import re
import threading
import time
from typing import Annotated, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Header, Path, Router, Status
from ninja import Query as FromQuery

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import OrderId, OrderRecord, Sale
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import BusinessNotAllowed
from qudao.fronts.api import schemas, shapes
from qudao.fronts.api.asker import RequestKey, ctx_of, outlet_of
from qudao.fronts.api.interface import answers
from qudao.journeys import customers
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context

LONGEST_WAIT_S: Final = 10
POLL_S: Final = 0.15
WAITERS: Final = 4
"""Requests of one process that may wait at the same time: the others need threads, too."""

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*(\d{1,4})\s*(?:$|[,;])", re.ASCII | re.IGNORECASE)
_waiting = threading.BoundedSemaphore(WAITERS)

router = Router(tags=["selling"])


@router.get(
    "/offers",
    response=answers({200: schemas.OffersOut}, 404),
    operation_id="listOffers",
    summary=_("What the outlet may sell now"),
    description=_(
        "The offers of the outlet's branch and kind of channel, the best suited ones first, with "
        "prices and the outlet's own discount. It changes as the catalogue does: read it again "
        "when a sale is refused for its price."
    ),
)
def offers(request: HttpRequest, query: FromQuery[schemas.OffersQuery]) -> schemas.OffersOut:
    ctx = ctx_of(request)
    ctx.require("catalog.read")
    outlet = outlets.outlet(ctx, outlet=outlet_of(request, query.outlet))
    found = []
    businesses = catalog.businesses()
    for offer in catalog.snapshot().offers(
        outlet.kind, outlet.market, outlet.path, ctx.at, business=query.business
    ):
        refusal = outlets.may_sell(outlet, offer.business, ctx.at)
        if businesses[offer.business].journey:
            continue
        if refusal is None:
            found.append(shapes.offer_out(offer))
        elif not isinstance(refusal, BusinessNotAllowed):
            raise refusal
    return schemas.OffersOut(items=found)


@router.get(
    "/customers/{msisdn}",
    response=answers({200: schemas.CustomerOut}, 404, 503),
    operation_id="getCustomer",
    summary=_("Who the customer is, masked"),
    description=_(
        "Asks the operator's system. Every look-up is recorded with the token that made it: look "
        "up only the customer at your counter."
    ),
)
def customer(
    request: HttpRequest, msisdn: Annotated[schemas.Msisdn, Path()]
) -> schemas.CustomerOut:
    found = customers.look_up(ctx_of(request), msisdn=msisdn)
    return shapes.customer_out(found.subscriber)


@router.get(
    "/customers/{msisdn}/due",
    response=answers({200: schemas.DueOut}, 404, 503),
    operation_id="getDue",
    summary=_("What the customer owes"),
    description=_("The open bills. Recorded like every look-up of a customer."),
)
def due(request: HttpRequest, msisdn: Annotated[schemas.Msisdn, Path()]) -> schemas.DueOut:
    found = customers.look_up(ctx_of(request), msisdn=msisdn, due=True)
    assert found.due is not None
    return shapes.due_out(found.due)


@router.post(
    "/sales",
    response=answers({200: schemas.TrialOut, 201: schemas.SoldOut}, 404, 409, 413, 415, 503),
    operation_id="sell",
    summary=_("Sell"),
    description=_(
        "Takes the price from the outlet's wallet and gives the order to the operator, whose "
        "answer comes moments later: ask for the order, or wait with `Prefer: wait=N`. Repeat the "
        "request with the same key when no answer reached you. 200 is the answer of a trial."
    ),
)
def sell(
    request: HttpRequest,
    response: HttpResponse,
    body: schemas.SaleIn,
    key: RequestKey,
    prefer: Annotated[
        str,
        Header(
            alias="Prefer",
            max_length=100,
            description=_("`wait=N`: wait up to N seconds, at most 10, for the operator's answer."),
        ),
    ] = "",
    dry_run: Annotated[
        Literal["true", "false"],
        Header(
            alias="X-Dry-Run",
            description=_("`true`: a trial. Everything is checked, nothing is done."),
        ),
    ] = "false",
) -> Status[schemas.TrialOut | schemas.SoldOut]:
    trial = dry_run == "true"
    ctx = ctx_of(request, key, trial)
    sale = Sale(outlet_of(request, body.outlet), body.offering, body.msisdn, Money(body.amount_fen))
    sold = ordering.sell.one(ctx, sale)
    if trial:
        tried = schemas.TrialOut(
            amount_fen=sold.amount.minor,
            debit_fen=sold.debit.minor,
            balance_fen=sold.balance.minor,
        )
        return Status(200, tried)
    wait_s = wished_wait_s(prefer)
    outcome = None
    if wait_s is not None:
        outcome = shapes.order_out(_settled(ctx, sold.order, wait_s))
        response["Preference-Applied"] = f"wait={wait_s}"
    response["Location"] = f"/api/v1/orders/{sold.order}"
    return Status(
        201,
        schemas.SoldOut(
            order=sold.order,
            number=sold.number,
            amount_fen=sold.amount.minor,
            debit_fen=sold.debit.minor,
            balance_fen=sold.balance.minor,
            outcome=outcome,
        ),
    )


def wished_wait_s(prefer: str) -> int | None:
    """Return how many seconds a `Prefer` asks to wait, as far as that is granted."""
    wished = _WAIT.search(prefer)
    return None if wished is None else min(int(wished[1]), LONGEST_WAIT_S)


def _settled(ctx: Context, order: OrderId, wait_s: int) -> OrderRecord:
    """Return the order when it is final, or when the wait is over; holds no transaction."""
    found = orders.order(ctx, order=order)
    if not _waiting.acquire(blocking=False):
        return found  # a preference, no promise: too many wait already
    try:
        until = time.monotonic() + wait_s
        while found.is_open and time.monotonic() < until:
            time.sleep(POLL_S)
            found = orders.order(ctx, order=order)
    finally:
        _waiting.release()
    return found
