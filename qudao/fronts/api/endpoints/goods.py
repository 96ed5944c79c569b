"""Goods over the counter: a basket, and a handset with a contract."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Router, Status

from qudao.domain.stock import queries as stock
from qudao.fronts.api import forms, schemas, shapes
from qudao.fronts.api.asker import Prefer, RequestKey, Trial, ctx_of, outlet_of
from qudao.fronts.api.interface import answers
from qudao.fronts.api.outcome import waited
from qudao.journeys import goods
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal

router = Router(tags=["goods"])


@dataclass(eq=False)
class PriceNotSaid(Refusal, kind=Kind.INVALID):
    """Only a trial may leave out what the customer was shown."""


@router.post(
    "/goods/sales",
    response=answers({200: forms.GoodsSoldOut, 201: forms.GoodsSoldOut}, 404, 409, 413, 415, 503),
    operation_id="sellGoods",
    summary=_("Sell a basket of goods: whole, or not at all"),
    description=_(
        "Each line is an order of its own, so that it can be brought back by itself. Try it first "
        "to learn what it costs; the orders of a trial are not kept."
    ),
)
def sell_goods(
    request: HttpRequest,
    response: HttpResponse,
    body: forms.GoodsSaleIn,
    key: RequestKey,
    dry_run: Trial = "false",
) -> Status[forms.GoodsSoldOut]:
    trial = dry_run == "true"
    ctx = ctx_of(request, key, trial)
    outlet = outlet_of(request, body.outlet)
    lines = tuple(
        goods.Line(
            kind=line.kind or "",
            serial=line.serial or "",
            item=line.item or "",
            quantity=line.quantity,
            terms=line.terms,
        )
        for line in body.lines
    )
    if body.total_fen is not None:
        total = Money(body.total_fen)
    elif trial:
        priced = goods.basket(ctx, outlet=outlet, lines=lines)
        total = sum((one.amount for one in priced), Money(0))
    else:
        raise PriceNotSaid
    sold = goods.sell(ctx, outlet=outlet, lines=lines, total=total, msisdn=body.msisdn or "")
    answer = forms.GoodsSoldOut(
        total_fen=total.minor, orders=[shapes.sold_out(one) for one in sold]
    )
    if not trial:
        response["Location"] = f"/api/v1/orders/{sold[0].order}"
    return Status(200 if trial else 201, answer)


@router.post(
    "/handsets/sales",
    response=answers({200: schemas.TrialOut, 201: schemas.SoldOut}, 404, 409, 413, 415, 503),
    operation_id="sellHandset",
    summary=_("Sell a handset at the price of a contract that binds a line"),
)
def sell_handset(
    request: HttpRequest,
    response: HttpResponse,
    body: forms.HandsetSaleIn,
    key: RequestKey,
    prefer: Prefer = "",
    dry_run: Trial = "false",
) -> Status[schemas.TrialOut | schemas.SoldOut]:
    trial = dry_run == "true"
    ctx = ctx_of(request, key, trial)
    outlet = outlet_of(request, body.outlet)
    if body.price_fen is not None:
        price = Money(body.price_fen)
    elif trial:
        unit = stock.for_sale(ctx, outlet=outlet, kind="handset", serial=body.serial)
        price, _code = goods.contract_price(
            ctx, outlet=outlet, contract=body.contract, price=unit.price
        )
    else:
        raise PriceNotSaid
    sold = goods.sell_with_contract(
        ctx,
        outlet=outlet,
        serial=body.serial,
        contract=body.contract,
        msisdn=body.msisdn,
        price=price,
    )
    if trial:
        return Status(200, shapes.trial_out(sold))
    return Status(201, shapes.sold_out(sold, waited(response, ctx, sold.order, prefer)))
