"""Asking the branch for goods: the form, the check, the sending; reordering with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock.types import (
    ItemRecord,
    RequisitionId,
    StockLevel,
    Terms,
)
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.portal import stock_looks as looks
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.stock_forms import PREFIX, AskForm
from qudao.fronts.portal.views.requisitions import of_outlet
from qudao.fronts.web.actor import asking
from qudao.fronts.web.limits import limited
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal

SAYS_OF_TERMS: Mapping[str, str | Promise] = {
    Terms.CONSIGNMENT: gettext_lazy("The goods stay the operator's; you pay when you sell them."),
    Terms.PURCHASE: gettext_lazy("You buy them at the wholesale price when you receive them."),
}


@dataclass(frozen=True, slots=True)
class AskRow:
    """A line of the form: an item, what is here of it, what is usual, and the field."""

    item: ItemRecord
    here: int
    coming: int
    sold: int
    usual: int
    low: bool
    field: Any
    drawn: SafeString


@dataclass(frozen=True, slots=True)
class AskLine:
    """A line of a request that is to be confirmed."""

    item: ItemRecord
    quantity: int

    @property
    def amount(self) -> Money:
        return Money(self.item.wholesale.minor * self.quantity)


@require_http_methods(["GET", "POST"])
@at_desk
def new(desk: Desk) -> HttpResponse:
    """Say how many of what. A POST comes from the page that checks: to change the request."""
    desk.ctx.require("stock.ask")
    items = storeroom.items(desk)
    if desk.request.method == "POST":
        form = AskForm(desk.request.POST, items=items)
        form.is_valid()
    else:
        form = AskForm(initial=_proposed(desk, items), items=items)
    return _ask_page(desk, form, items)


@require_POST
@limited("portal.look", per_minute=120)
@at_desk
def check(desk: Desk) -> HttpResponse:
    """Read it again before it is sent. It is tried and rolled back, so it will pass."""
    desk.ctx.require("stock.ask")
    items = storeroom.items(desk)
    form = AskForm(desk.request.POST, items=items)
    if form.is_valid() and not form.pieces:
        form.add_error(None, _("Say how many you want of at least one of the goods."))
    if not form.is_valid():
        return _ask_page(desk, form, items, status=422)
    values = form.cleaned_data
    try:
        _ask(desk, form, dry=True)
    except Refusal as refusal:
        return _refused(desk, form, items, refusal)
    chosen = form.pieces
    lines = [AskLine(one, chosen[one.code]) for one in items if one.code in chosen]
    purchase = values["terms"] == Terms.PURCHASE
    amount = sum((line.amount for line in lines), Money.zero())
    available = wallets.wallet(desk.ctx, outlet=desk.id).available
    return desk.page(
        "stock/requisition_check",
        "stock",
        part="requisitions",
        lines=lines,
        pieces=sum(chosen.values()),
        amount=amount,
        purchase=purchase,
        terms_label=looks.TERMS[values["terms"]],
        available=available,
        short=purchase and available < amount,
        note=values["note"],
        source=storeroom.store(desk),
        hidden=[
            ("request_key", values["request_key"]),
            ("terms", values["terms"]),
            ("note", values["note"]),
            *((PREFIX + item, quantity) for item, quantity in chosen.items()),
        ],
    )


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def place(desk: Desk) -> HttpResponse:
    """Send the request, once however often the form is sent."""
    desk.ctx.require("stock.ask")
    items = storeroom.items(desk)
    form = AskForm(desk.request.POST, items=items)
    if not form.is_valid() or not form.pieces:
        return _ask_page(desk, form, items, status=422)
    try:
        requisition = _ask(desk, form)
    except Refusal as refusal:
        return _refused(desk, form, items, refusal)
    messages.success(desk.request, _("The request is sent. The branch answers here."))
    return HttpResponseRedirect(reverse("portal:requisition", args=[requisition]))


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def reorder(desk: Desk) -> HttpResponse:
    """Ask at once for what runs low: one button on the page of the stock."""
    desk.ctx.require("stock.ask")
    items = [one for one in storeroom.items(desk) if one.code == desk.request.POST.get("item")]
    data = {
        "request_key": desk.request.POST.get("request_key", ""),
        "terms": Terms.CONSIGNMENT,
        "note": "",
        PREFIX + desk.request.POST.get("item", ""): desk.request.POST.get("quantity", ""),
    }
    form = AskForm(data, items=items)
    if not form.is_valid() or not form.pieces:
        return HttpResponseRedirect(reverse("portal:requisition_new"))
    requisition = _ask(desk, form)
    pieces = sum(form.pieces.values())
    messages.success(
        desk.request,
        ngettext(
            "%(count)d piece was asked for. You may still cancel it.",
            "%(count)d pieces were asked for. You may still cancel it.",
            pieces,
        )
        % {"count": pieces},
    )
    return HttpResponseRedirect(reverse("portal:requisition", args=[requisition]))


def _proposed(desk: Desk, items: Sequence[ItemRecord]) -> dict[str, Any]:
    """What the form begins with: what the address names, what runs low, or an old request."""
    asked = desk.request.GET
    values: dict[str, Any] = {"request_key": str(uuid4()), "terms": Terms.CONSIGNMENT}
    if asked.get("again"):
        try:
            record = of_outlet(desk, UUID(asked["again"]))
        except ValueError as error:
            raise Http404 from error
        values["terms"] = record.row.terms
        return values | {PREFIX + line.item: line.asked for line in record.lines}
    if not (asked.get("low") or asked.get("item")):
        return values
    sales = storeroom.turnover(desk)
    levels = {level.item: level for level in storeroom.levels(desk)}
    for one in items:
        level = levels.get(one.code)
        if one.code == asked.get("item") or (asked.get("low") and level and level.is_low):
            row = sales.get(one.code)
            values[PREFIX + one.code] = storeroom.usual(level, row.sold if row else 0) or None
    return values


def _ask(desk: Desk, form: AskForm, *, dry: bool = False) -> RequisitionId:
    values = form.cleaned_data
    ctx = (
        asking(desk.request).ctx_for(request_key=values["request_key"], dry_run=True)
        if dry
        else desk.keyed(values["request_key"])
    )
    return stock_operations.ask(
        ctx, place=desk.id, goods=form.pieces, terms=values["terms"], note=values["note"]
    )


def _refused(
    desk: Desk, form: AskForm, items: Sequence[ItemRecord], refusal: Refusal
) -> HttpResponse:
    form.beside(getattr(refusal, "item", ""), wording.word(refusal))
    return _ask_page(desk, form, items, status=STATUS[refusal.kind])


def _ask_page(
    desk: Desk, form: AskForm, items: Sequence[ItemRecord], *, status: int = 200
) -> HttpResponse:
    levels = {level.item: level for level in storeroom.levels(desk)}
    sales = storeroom.turnover(desk)
    rows = []
    for one in items:
        level, sold = levels.get(one.code), sales.get(one.code)
        rows.append(_ask_row(form, one, level, sold.sold if sold else 0))
    kinds = list(looks.GOODS_KINDS)
    rows.sort(
        key=lambda row: (
            not row.low,
            kinds.index(row.item.kind) if row.item.kind in kinds else len(kinds),
            row.item.code,
        )
    )
    picked = form["terms"].value()
    return desk.page(
        "stock/requisition_new",
        "stock",
        part="requisitions",
        form=form,
        rows=rows,
        terms=[
            {
                "code": code,
                "label": looks.TERMS[code],
                "says": says,
                "checked": code == picked,
            }
            for code, says in SAYS_OF_TERMS.items()
        ],
        status=status,
    )


def _ask_row(form: AskForm, item: ItemRecord, level: StockLevel | None, sold: int) -> AskRow:
    bound = form.quantity_field(item.code)
    attributes: dict[str, str | bool] = {"class": "q-input"}
    if bound.errors:
        attributes |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}
    return AskRow(
        item=item,
        here=level.in_stock if level else 0,
        coming=level.in_transit if level else 0,
        sold=sold,
        usual=storeroom.usual(level, sold),
        low=level.is_low if level else False,
        field=bound,
        drawn=bound.as_widget(attrs=attributes),
    )
