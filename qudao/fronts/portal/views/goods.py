"""Recharge cards, their PIN and their use; handsets and goods, alone and with a contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import NotEligible, Offer
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.ports import Subscriber
from qudao.domain.ordering.types import ItemKind, OrderId, OrderRecord, OrderState, Sold
from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import StockLevel, StockShort, Terms, UnitUnknown
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal.desk import STATUS, WAYS, Desk, at_desk
from qudao.fronts.portal.goods_forms import (
    BasketForm,
    CardForm,
    CardUseForm,
    ContractHandsetForm,
    PinAgainForm,
)
from qudao.fronts.web.actor import asking
from qudao.fronts.web.limits import limited
from qudao.journeys import cards, customers, goods
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context

CARD: Final = "recharge_card"
PIECE: Final = "piece"


@dataclass(frozen=True, slots=True)
class Piece:
    """Goods without serials, of which so many may be sold."""

    level: StockLevel
    field: forms.BoundField
    price: Money


# ------------------------------------------------------------------ recharge cards


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def card_sale(desk: Desk) -> HttpResponse:
    """Scan a card, see what it is, sell it: the second page carries the first one's key."""
    _may(desk, CARD)
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
                    return _to_order(sold.order)
                return _card_page(desk, form)
            except Refusal as refused:
                refusal = refused
                form.add_error("serial", wording.word(refused))
    return _page(desk, CARD, "goods/card", form, refusal)


def _card_page(desk: Desk, form: CardForm) -> HttpResponse:
    values = form.cleaned_data
    unit = stock.for_sale(desk.ctx, outlet=desk.id, kind=CARD, serial=values["serial"])
    trial = cards.sell(_dry(desk, values["request_key"]), outlet=desk.id, serial=values["serial"])
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return _page(
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
    record = _order(desk, order)
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
    _may(desk, business)
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
                    return _to_order(sold.order)
                line = customers.look_up(desk.ctx, msisdn=values["msisdn"]).subscriber
                _admit(desk, business, line)
                cards.redeem(
                    _dry(desk, values["request_key"]),
                    outlet=desk.id,
                    pin=pin,
                    msisdn=values["msisdn"],
                )
                card = stock.card_of_pin(pin=pin)
                return _page(
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
    return _page(desk, business, "goods/card_use", form, refusal)


# ------------------------------------------------------------------ handsets and goods


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def basket(desk: Desk) -> HttpResponse:
    """What goes over the counter: scanned, or counted; confirmed with its price; sold at once."""
    _may(desk, "goods")
    levels = _loose(desk)
    pieces = _pieces(levels)
    form = BasketForm(initial={"request_key": str(uuid4())}, pieces=pieces)
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = BasketForm(desk.request.POST, pieces=pieces)
        if form.is_valid():
            try:
                return _basket(desk, form, levels)
            except Refusal as refused:
                refusal = refused
                beside = "serials" if refused.code.startswith("stock.") else None
                form.add_error(beside, wording.word(refused))
    return _page(desk, "goods", "goods/basket", form, refusal, **_shelf(desk, form, levels))


def _basket(desk: Desk, form: BasketForm, levels: tuple[StockLevel, ...]) -> HttpResponse:
    values = form.cleaned_data
    lines, trial = _tried(desk, form, levels)
    priced = goods.basket(desk.ctx, outlet=desk.id, lines=lines)
    total = sum((one.amount for one in priced), Money(0))
    if desk.request.POST.get("act") == "sell":
        sold = goods.sell(
            desk.keyed(values["request_key"]),
            outlet=desk.id,
            lines=lines,
            total=values["total"] if values["total"] is not None else total,
            msisdn=values["msisdn"],
        )
        return _to_order(sold[0].order) if len(sold) == 1 else redirect("portal:orders")
    debit = sum((one.debit for one in trial), Money(0))
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return _page(
        desk,
        "goods",
        "goods/basket_confirm",
        BasketForm(_shown(desk, total=total), pieces=_pieces(levels)),
        None,
        priced=priced,
        amount=total,
        debit=debit,
        after=wallet.available - debit,
    )


def _tried(
    desk: Desk, form: BasketForm, levels: tuple[StockLevel, ...]
) -> tuple[tuple[goods.Line, ...], tuple[Sold, ...]]:
    """
    The lines of a basket that can be sold, and what selling them would answer.

    Of goods without serials the operator's go first; what the outlet has bought, where the
    operator's do not suffice.
    """
    lines = _lines(desk, form, levels)
    while True:
        priced = goods.basket(desk.ctx, outlet=desk.id, lines=lines)
        try:
            return tuple(lines), goods.sell(
                _dry(desk, f"{form.cleaned_data['request_key']}/try"),
                outlet=desk.id,
                lines=tuple(lines),
                total=sum((one.amount for one in priced), Money(0)),
                msisdn=form.cleaned_data["msisdn"],
            )
        except StockShort as short:
            place = next(
                (
                    place
                    for place, line in enumerate(lines)
                    if line.item == short.item and line.terms == Terms.CONSIGNMENT
                ),
                None,
            )
            if place is None:
                raise
            lines[place] = replace(lines[place], terms=Terms.PURCHASE)


def _lines(desk: Desk, form: BasketForm, levels: tuple[StockLevel, ...]) -> list[goods.Line]:
    """The lines of a basket, as `goods.sell` wants them."""
    lines = []
    for serial in form.cleaned_data["serials"]:
        kinds = [one.kind for one in stock.find(desk.ctx, serial=serial)]
        kind = next((one for one in kinds if one in goods.SERIALISED), kinds[0] if kinds else "")
        if not kind:
            raise UnitUnknown(serial)
        lines.append(goods.Line(kind=kind, serial=serial))
    for n, level in enumerate(levels):
        quantity = form.cleaned_data.get(f"{PIECE}-{n}")
        if quantity:
            lines.append(goods.Line(item=level.item, quantity=quantity))
    return lines


def _loose(desk: Desk) -> tuple[StockLevel, ...]:
    """Goods without serials that lie here."""
    return tuple(
        level
        for level in stock.stock_at(desk.ctx, place=desk.id)
        if not level.serialised and level.in_stock > 0 and level.kind in goods.SERIALISED
    )


def _pieces(levels: tuple[StockLevel, ...]) -> dict[str, int]:
    """The fields of goods without serials, and how many there are of each."""
    return {f"{PIECE}-{n}": level.in_stock for n, level in enumerate(levels)}


def _shown(desk: Desk, **amounts: Money) -> QueryDict:
    """What was sent, with the amount that the customer is shown."""
    data = desk.request.POST.copy()
    for name, amount in amounts.items():
        data[name] = str(amount)
    return data


def _shelf(desk: Desk, form: BasketForm, levels: tuple[StockLevel, ...]) -> dict[str, Any]:
    return {
        "pieces": [
            Piece(level, form[f"{PIECE}-{n}"], stock.item(desk.ctx, item=level.item).price)
            for n, level in enumerate(levels)
        ]
    }


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def contract_handset(desk: Desk) -> HttpResponse:
    """A handset at the reduced price of a contract that binds the customer's line."""
    business = "contract_handset"
    _may(desk, business)
    offers = _offers(desk, business)
    contracts = [(one.code, named(one)) for one in offers]
    form = ContractHandsetForm(
        initial={"request_key": str(uuid4()), "contract": contracts[0][0] if contracts else ""},
        contracts=contracts,
    )
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = ContractHandsetForm(desk.request.POST, contracts=contracts)
        if form.is_valid():
            try:
                return _contract_handset(desk, form, offers)
            except Refusal as refused:
                refusal = refused
                beside = "serial" if refused.code.startswith(("stock.", "goods.")) else "msisdn"
                form.add_error(beside, wording.word(refused))
    return _page(desk, business, "goods/contract_handset", form, refusal, offers=offers)


def _contract_handset(
    desk: Desk, form: ContractHandsetForm, offers: tuple[Offer, ...]
) -> HttpResponse:
    values = form.cleaned_data
    unit = stock.for_sale(desk.ctx, outlet=desk.id, kind="handset", serial=values["serial"])
    price, _code = goods.contract_price(
        desk.ctx, outlet=desk.id, contract=values["contract"], price=unit.price
    )

    def sell(ctx: Context, price: Money) -> Any:
        return goods.sell_with_contract(
            ctx,
            outlet=desk.id,
            serial=values["serial"],
            contract=values["contract"],
            msisdn=values["msisdn"],
            price=price,
        )

    if desk.request.POST.get("act") == "sell":
        shown = values["price"] if values["price"] is not None else price
        return _to_order(sell(desk.keyed(values["request_key"]), shown).order)
    line = customers.look_up(desk.ctx, msisdn=values["msisdn"]).subscriber
    offer = next(one for one in offers if one.code == values["contract"])
    offer.admit_customer(state=line.state, plan=line.plan_code)
    trial = sell(_dry(desk, values["request_key"]), price)
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return _page(
        desk,
        "contract_handset",
        "goods/contract_handset_confirm",
        ContractHandsetForm(
            _shown(desk, price=price), contracts=[(one.code, named(one)) for one in offers]
        ),
        None,
        unit=unit,
        line=line,
        offer=offer,
        full=unit.price,
        amount=price,
        debit=trial.debit,
        after=wallet.available - trial.debit,
    )


# ------------------------------------------------------------------ pieces


def _may(desk: Desk, business: str) -> None:
    desk.ctx.require(WAYS[business][1])
    if not desk.goes(business):
        raise NotEligible(business, "channel")


def _page(
    desk: Desk,
    business: str,
    template: str,
    form: forms.Form,
    refusal: Refusal | None,
    **values: Any,
) -> HttpResponse:
    status = STATUS[refusal.kind] if refusal else 422 if form.is_bound and form.errors else 200
    return desk.page(
        template,
        "sell",
        status=status,
        business=catalog.businesses()[business],
        form=form,
        wallet=wallets.wallet(desk.ctx, outlet=desk.id),
        **values,
    )


def _offers(desk: Desk, business: str) -> tuple[Offer, ...]:
    return catalog.snapshot().offers(
        desk.outlet.kind, desk.outlet.market, desk.outlet.path, desk.ctx.at, business=business
    )


def _admit(desk: Desk, business: str, line: Subscriber) -> None:
    for offer in _offers(desk, business):
        offer.admit_customer(state=line.state, plan=line.plan_code)


def _dry(desk: Desk, key: str) -> Context:
    return asking(desk.request).ctx_for(request_key=key, dry_run=True)


def _to_order(order: OrderId) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:order", args=[order]))


def _order(desk: Desk, order: UUID) -> OrderRecord:
    record = ordering.order(desk.ctx, order=OrderId(order))
    if record.outlet != desk.id:
        raise Http404
    return record


def _card_of(record: OrderRecord) -> str:
    """The serial of the card that an order sold; empty for other orders."""
    if record.business != CARD or record.reverses is not None:
        return ""
    return next((part.code for part in record.parts if part.kind == ItemKind.CARD), "")
