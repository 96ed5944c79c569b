"""Recharge cards: what lies at the outlet, sold with their PIN, used by it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query as FromQuery
from ninja import Router, Status

from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import ItemKind, OrderId, OrderRecord, OrderState, Sold
from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import UnitNotForSale
from qudao.fronts.api import forms, schemas, shapes
from qudao.fronts.api.asker import Prefer, RequestKey, Trial, ctx_of, outlet_of
from qudao.fronts.api.interface import answers
from qudao.fronts.api.outcome import waited
from qudao.journeys import cards
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context

CARD = "recharge_card"

router = Router(tags=["cards"])


@dataclass(eq=False)
class NoCardSold(Refusal, kind=Kind.CONFLICT):
    """The order sold no recharge card, or the BOSS has not made it valid yet."""


@router.get(
    "/cards",
    response=answers({200: forms.CardsOut}, 404),
    operation_id="listCards",
    summary=_("Recharge cards in the outlet's stock, by denomination"),
)
def list_cards(request: HttpRequest, query: FromQuery[schemas.OutletQuery]) -> forms.CardsOut:
    ctx = ctx_of(request)
    found = []
    for level in stock.stock_at(ctx, place=outlet_of(request, query.outlet), kind=CARD):
        found.append(
            forms.CardOut(
                item=level.item,
                name_zh=level.item_name_zh,
                name_en=level.item_name_en,
                price_fen=stock.item(ctx, item=level.item).price.minor,
                in_stock=level.in_stock,
            )
        )
    return forms.CardsOut(items=found)


@router.post(
    "/cards/sales",
    response=answers({200: schemas.TrialOut, 201: forms.CardSoldOut}, 404, 409, 413, 415, 503),
    operation_id="sellCard",
    summary=_("Sell a recharge card"),
    description=_(
        "A certain one by its serial, or any of an item. The operator makes it valid moments "
        "later; then its PIN can be said, once: in this answer with `Prefer: wait=N`, or by "
        "`POST /orders/{order}/pin`. A repeated request is answered without the PIN."
    ),
)
def sell_card(
    request: HttpRequest,
    response: HttpResponse,
    body: forms.CardSaleIn,
    key: RequestKey,
    prefer: Prefer = "",
    dry_run: Trial = "false",
) -> Status[schemas.TrialOut | forms.CardSoldOut]:
    trial = dry_run == "true"
    ctx = ctx_of(request, key, trial)
    outlet = outlet_of(request, body.outlet)
    if body.serial is not None:
        sold = cards.sell(ctx, outlet=outlet, serial=body.serial)
    else:
        sold = cards.sell_any(ctx, outlet=outlet, item=body.item or "")
    if trial:
        return Status(200, shapes.trial_out(sold))
    outcome = waited(response, ctx, sold.order, prefer)
    return Status(201, card_sold(ctx, sold, outcome))


def card_sold(ctx: Context, sold: Sold, outcome: OrderRecord | None) -> forms.CardSoldOut:
    """Return the answer to a card's sale: with its PIN, if the order is completed by now."""
    record = outcome or orders.order(ctx, order=sold.order)
    part = next(part for part in record.parts if part.kind == ItemKind.CARD)
    return forms.CardSoldOut(
        **shapes.sold_out(sold, outcome).model_dump(),
        item=part.attributes["item"],
        serial=part.code,
        pin=None if outcome is None else pin_of_sale(ctx, outcome),
    )


def pin_of_sale(ctx: Context, record: OrderRecord) -> str | None:
    """
    Return the PIN of a card for the answer to its sale, made with this context: once, and only if
    the order is completed.
    """
    if record.state != OrderState.COMPLETED:
        return None
    part = next(part for part in record.parts if part.kind == ItemKind.CARD)
    try:
        return _reveal(ctx.part("pin"), part.code)
    except (stock_operations.PinShownAlready, UnitNotForSale):
        return None  # the request was repeated: it was said before, and may have been used since


@router.post(
    "/orders/{uuid:order}/pin",
    response=answers({200: forms.PinOut}, 404, 409, 503),
    operation_id="revealPin",
    summary=_("The PIN of a card that was sold: once"),
    description=_(
        "For the customer's receipt. Whoever asks again, even with the same key, is refused: a "
        "second person has to allow it in the portal."
    ),
)
def pin(request: HttpRequest, order: UUID, key: RequestKey) -> forms.PinOut:
    ctx = ctx_of(request, key)
    record = orders.order(ctx, order=OrderId(order))
    part = next((part for part in record.parts if part.kind == ItemKind.CARD), None)
    if (
        part is None
        or record.business != CARD
        or record.reverses is not None
        or record.state != OrderState.COMPLETED
    ):
        raise NoCardSold
    shown = _reveal(ctx, part.code)
    return forms.PinOut(
        order=record.id,
        item=part.attributes["item"],
        serial=part.code,
        pin=shown,
        expires_on=stock.unit(ctx, kind=CARD, serial=part.code).expires_on,
    )


@router.post(
    "/cards/redemptions",
    response=answers({200: schemas.TrialOut, 201: schemas.SoldOut}, 404, 409, 413, 415, 503),
    operation_id="redeemCard",
    summary=_("Put a card's value onto a line, by its PIN"),
    description=_("Whichever outlet sold it. Nothing is paid for it: the card was."),
)
def redeem_card(
    request: HttpRequest,
    response: HttpResponse,
    body: forms.CardUseIn,
    key: RequestKey,
    prefer: Prefer = "",
    dry_run: Trial = "false",
) -> Status[schemas.TrialOut | schemas.SoldOut]:
    trial = dry_run == "true"
    ctx = ctx_of(request, key, trial)
    outlet = outlet_of(request, body.outlet)
    sold = cards.redeem(ctx, outlet=outlet, pin=Secret(body.pin), msisdn=body.msisdn)
    if trial:
        return Status(200, shapes.trial_out(sold))
    return Status(201, shapes.sold_out(sold, waited(response, ctx, sold.order, prefer)))


def _reveal(ctx: Context, serial: str) -> str:
    """
    :raises PinShownAlready: if it was said before, to this request or another.
    """
    digits = str.__str__(stock_operations.reveal_pin(ctx, serial=serial))
    if not digits.isdigit():
        # The journal keeps no PIN: to a repeated request it gives a mask.
        raise stock_operations.PinShownAlready(serial, ctx.at)
    return digits
