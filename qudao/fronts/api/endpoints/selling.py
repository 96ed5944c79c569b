"""Offers, customers, sales."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Path, Router, Status
from ninja import Query as FromQuery

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.types import Sale
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import BusinessNotAllowed
from qudao.fronts.api import schemas, shapes
from qudao.fronts.api.asker import Prefer, RequestKey, Trial, ctx_of, outlet_of
from qudao.fronts.api.interface import answers
from qudao.fronts.api.outcome import waited
from qudao.journeys import customers
from qudao.kernel.money import Money

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
    prefer: Prefer = "",
    dry_run: Trial = "false",
) -> Status[schemas.TrialOut | schemas.SoldOut]:
    trial = dry_run == "true"
    ctx = ctx_of(request, key, trial)
    sale = Sale(outlet_of(request, body.outlet), body.offering, body.msisdn, Money(body.amount_fen))
    sold = ordering.sell.one(ctx, sale)
    if trial:
        return Status(200, shapes.trial_out(sold))
    outcome = waited(response, ctx, sold.order, prefer)
    return Status(201, shapes.sold_out(sold, outcome))
