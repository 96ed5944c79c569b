"""Recharge cards: sold by their serial, their PIN shown once, used by it."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from qudao.domain.ordering.types import ItemKind, OrderRecord, OrderState
from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as stock
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.goods_forms import CardForm, CardUseForm, PinAgainForm
from qudao.fronts.portal.till import admit, dry, may, own_order, page, to_order
from qudao.fronts.web.limits import limited
from qudao.journeys import cards, customers
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal

CARD: Final = "recharge_card"


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def card_sale(desk: Desk) -> HttpResponse:
    """Scan a card, see what it is, sell it: the second page carries the first one's key."""
    may(desk, CARD)
    form = CardForm(initial={"request_key": str(uuid4())})
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = CardForm(desk.request.POST)
        if form.is_valid():
            values = form.cleaned_data
            try:
                if desk.request.POST.get("act") == "sell":
                    sold = cards.sell(
                        desk.keyed(values["request_key"]), outlet=desk.id, serial=values["serial"]
                    )
                    return to_order(sold.order)
                return _card_page(desk, form)
            except Refusal as refused:
                refusal = refused
                form.add_error("serial", wording.word(refused))
    return page(desk, CARD, "goods/card", form, refusal)


def _card_page(desk: Desk, form: CardForm) -> HttpResponse:
    values = form.cleaned_data
    unit = stock.for_sale(desk.ctx, outlet=desk.id, kind=CARD, serial=values["serial"])
    trial = cards.sell(dry(desk, values["request_key"]), outlet=desk.id, serial=values["serial"])
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return page(
        desk,
        CARD,
        "goods/card_confirm",
        CardForm(initial={"request_key": values["request_key"], "serial": unit.serial}),
        None,
        unit=unit,
        amount=trial.amount,
        debit=trial.debit,
        earned=trial.amount - trial.debit,
        after=wallet.available - trial.debit,
    )


@require_POST
@limited("portal.pin", per_minute=30)
@at_desk
def pin(desk: Desk, order: UUID) -> HttpResponse:
    """The PIN of a card that was sold, once: to be printed and given to the customer."""
    record = own_order(desk, order)
    serial = _card_of(record)
    if not serial or record.state != OrderState.COMPLETED:
        raise Http404
    form = PinAgainForm(desk.request.POST)
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    try:
        if desk.request.POST.get("act") == "again":
            if not form.is_valid():
                return _pin_again(desk, record, form, "")
            stock_operations.reveal_pin_again(
                desk.keyed(key), serial=serial, reason=form.cleaned_data["reason"]
            )
            return redirect("portal:order", record.id)
        shown = stock_operations.reveal_pin(desk.keyed(key), serial=serial)
    except stock_operations.PinShownAlready as refusal:
        again = PinAgainForm(initial={"request_key": str(uuid4())})
        return _pin_again(desk, record, again, wording.word(refusal), STATUS[refusal.kind])
    unit = stock.unit(desk.ctx, kind=CARD, serial=serial)
    digits = str.__str__(shown)
    return desk.page(
        "goods/pin",
        "orders",
        order=record,
        unit=unit,
        pin=" ".join(digits[n : n + 4] for n in range(0, len(digits), 4)),
    )


def _pin_again(
    desk: Desk, record: OrderRecord, form: PinAgainForm, refusal: str, status: int = 422
) -> HttpResponse:
    return desk.page(
        "goods/pin_again", "orders", status=status, order=record, form=form, refusal=refusal
    )


@require_http_methods(["GET", "POST"])
@limited("portal.card_use", per_minute=20)
@at_desk
def card_use(desk: Desk) -> HttpResponse:
    """Put a card's value onto a customer's line, by its PIN."""
    business = "card_recharge"
    may(desk, business)
    form = CardUseForm(initial={"request_key": str(uuid4())})
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = CardUseForm(desk.request.POST)
        if form.is_valid():
            values = form.cleaned_data
            pin = Secret(values["pin"])
            try:
                if desk.request.POST.get("act") == "use":
                    ctx = desk.keyed(values["request_key"])
                    sold = cards.redeem(ctx, outlet=desk.id, pin=pin, msisdn=values["msisdn"])
                    return to_order(sold.order)
                line = customers.look_up(desk.ctx, msisdn=values["msisdn"]).subscriber
                admit(desk, business, line)
                cards.redeem(
                    dry(desk, values["request_key"]),
                    outlet=desk.id,
                    pin=pin,
                    msisdn=values["msisdn"],
                )
                card = stock.card_of_pin(pin=pin)
                return page(
                    desk,
                    business,
                    "goods/card_use_confirm",
                    CardUseForm(initial=values),
                    None,
                    line=line,
                    card=card,
                )
            except Refusal as refused:
                refusal = refused
                beside = "pin" if refused.code.startswith("stock.") else "msisdn"
                form.add_error(beside, wording.word(refused))
    return page(desk, business, "goods/card_use", form, refusal)


def _card_of(record: OrderRecord) -> str:
    """The serial of the card that an order sold; empty for other orders."""
    if record.business != CARD or record.reverses is not None:
        return ""
    return next((part.code for part in record.parts if part.kind == ItemKind.CARD), "")
