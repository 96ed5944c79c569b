"""Handsets and goods: alone, with a contract, brought back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qudao.domain.catalog.types import Offer
from qudao.domain.ordering.types import Sold
from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import StockLevel, StockShort, Terms, UnitUnknown
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.goods_forms import BasketForm, ContractHandsetForm, ReturnForm
from qudao.fronts.portal.till import dry, may, offers_of, own_order, page, to_order
from qudao.fronts.web.limits import limited
from qudao.journeys import customers, goods
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context

PIECE: Final = "piece"
RETURNABLE: Final = frozenset({"goods", "own_goods"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Goods without serials, of which so many may be sold."""

    level: StockLevel
    field: forms.BoundField
    price: Money


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def basket(desk: Desk) -> HttpResponse:
    """What goes over the counter: scanned, or counted; confirmed with its price; sold at once."""
    may(desk, "goods")
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
    return page(desk, "goods", "goods/basket", form, refusal, **_shelf(desk, form, levels))


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
        return to_order(sold[0].order) if len(sold) == 1 else redirect("portal:orders")
    debit = sum((one.debit for one in trial), Money(0))
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return page(
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
                dry(desk, f"{form.cleaned_data['request_key']}/try"),
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
    may(desk, business)
    offers = offers_of(desk, business)
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
    return page(desk, business, "goods/contract_handset", form, refusal, offers=offers)


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
        return to_order(sell(desk.keyed(values["request_key"]), shown).order)
    line = customers.look_up(desk.ctx, msisdn=values["msisdn"]).subscriber
    offer = next(one for one in offers if one.code == values["contract"])
    offer.admit_customer(state=line.state, plan=line.plan_code)
    trial = sell(dry(desk, values["request_key"]), price)
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    return page(
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


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def order_return(desk: Desk, order: UUID) -> HttpResponse:
    """A customer brings goods back, within seven days: the money, or another one for it."""
    record = own_order(desk, order)
    if record.business not in RETURNABLE or record.reverses is not None:
        raise Http404
    units = stock.units_of_orders(orders=[record.id])
    exchange = len(units) == 1 and desk.can("stock.replace")
    form = ReturnForm(initial={"request_key": str(uuid4()), "what": "good"}, exchange=exchange)
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = ReturnForm(desk.request.POST, exchange=exchange)
        if form.is_valid():
            values = form.cleaned_data
            ctx = desk.keyed(values["request_key"])
            try:
                if values["what"] != "exchange":
                    reversal = goods.take_back(
                        ctx, order=record.id, condition=values["what"], reason=values["reason"]
                    )
                    return to_order(reversal)
                stock_operations.replace(
                    ctx,
                    outlet=desk.id,
                    order=record.id,
                    kind=units[0].kind,
                    old=units[0].serial,
                    new=values["new"],
                    reason=values["reason"],
                )
                messages.success(desk.request, _("Exchanged. Give the customer the new one."))
                return to_order(record.id)
            except Refusal as refused:
                refusal = refused
                beside = "new" if values["what"] == "exchange" else None
                form.add_error(beside, wording.word(refused))
    status = STATUS[refusal.kind] if refusal else 422 if form.errors else 200
    return desk.page("goods/return", "orders", status=status, order=record, form=form, units=units)
