"""Stock of the outlet: levels, pieces and their history, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    LYING,
    Goods,
    ItemRecord,
    MovementSearch,
    StockLevel,
    UnitRecord,
    UnitSearch,
    UnitState,
)
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal import stock_looks as looks
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import ReasonForm
from qudao.fronts.portal.paging import every, page_request
from qudao.fronts.portal.stock_forms import FindForm, ThresholdForm, UnitFilter
from qudao.fronts.portal.templatetags.stock import named_as, terms_name
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal

SOON_SHOWN = 3
RETURNABLE = frozenset({UnitState.IN_STOCK, UnitState.DEFECTIVE, UnitState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Group:
    """The levels of one kind of goods."""

    kind: str
    levels: tuple[StockLevel, ...]


# ------------------------------------------------------------------ levels


@require_GET
@at_desk
def stock(desk: Desk) -> HttpResponse:
    """What lies at the outlet, what runs low first."""
    return desk.page(
        "stock/stock",
        "stock",
        part="stock",
        find=FindForm(),
        coming=storeroom.coming(desk),
        **_levels(desk),
    )


@require_GET
@at_desk
def stock_live(desk: Desk) -> HttpResponse:
    return desk.page("stock/levels", "stock", **_levels(desk))


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def stock_file(desk: Desk, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    columns = [
        _("Code"),
        _("Goods"),
        _("Kind"),
        pgettext("column", "In stock"),
        pgettext("column", "On its way"),
        pgettext("column", "Held"),
        pgettext("column", "Not for sale"),
        pgettext("column", "Warn below"),
    ]
    rows = (
        (
            level.item,
            named_as(level, "item"),
            _kind_name(level.kind),
            level.in_stock,
            level.in_transit,
            level.held,
            level.other,
            level.threshold,
        )
        for level in _ordered(storeroom.levels(desk))
    )
    return exports.table(kind, storeroom.file_name(desk, "stock"), _("Stock"), columns, rows)


@require_GET
@at_desk
def find(desk: Desk) -> HttpResponse:
    """Find pieces by a serial that was scanned or typed; a single one is opened at once."""
    form = FindForm(desk.request.GET or None)
    serial = form.cleaned_data["serial"] if form.is_valid() else ""
    page = goods.units(
        desk.ctx,
        search=UnitSearch(place=desk.id, serial=serial),
        page=page_request(desk.request),
    )
    if serial and page.total == 1:
        unit = page.items[0]
        return HttpResponseRedirect(reverse("portal:stock_unit", args=[unit.kind, unit.serial]))
    return desk.page("stock/find", "stock", part="stock", find=form, page=page, asked=bool(serial))


@require_GET
@at_desk
def expiring(desk: Desk) -> HttpResponse:
    """Recharge cards whose last day is near."""
    return desk.page(
        "stock/expiring",
        "stock",
        part="stock",
        rows=_expiring(desk),
        may=storeroom.may(desk),
    )


# ------------------------------------------------------------------ one item, one piece


@require_GET
@at_desk
def item(desk: Desk, item: str) -> HttpResponse:
    """One item: figures, its pieces, its latest moves."""
    record = goods.item(desk.ctx, item=item)
    form, search = _unit_search(desk, record)
    sales = storeroom.turnover(desk).get(record.code)
    return desk.page(
        "stock/item",
        "stock",
        part="stock",
        item=record,
        level=_level(desk, record),
        form=form,
        page=goods.units(desk.ctx, search=search, page=page_request(desk.request))
        if record.serialised
        else None,
        moves=goods.movements(
            desk.ctx,
            search=MovementSearch(place=desk.id, item=record.code),
            page=PageRequest(limit=5),
        ),
        sold=sales.sold if sales else 0,
        lasts=sales.days_of_stock if sales else None,
        may=storeroom.may(desk),
    )


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def item_file(desk: Desk, item: str, kind: str) -> HttpResponse:
    """The pieces of an item as a file, up to 20,000."""
    if kind not in exports.FORMATS:
        raise Http404
    record = goods.item(desk.ctx, item=item)
    _form, search = _unit_search(desk, record)
    columns = [
        _("Serial"),
        _("Goods"),
        _("State"),
        pgettext("goods", "Terms"),
        _("Packed number"),
        _("Usable until"),
        _("Batch"),
        pgettext("moved", "Since"),
    ]
    rows = (
        (
            unit.serial,
            named_as(unit, "item"),
            str(looks.UNIT_STATES[unit.state].label),
            terms_name(unit.terms),
            unit.number,
            unit.expires_on,
            unit.batch,
            unit.moved_at,
        )
        for unit in storeroom.units_of(desk, search)
    )
    return exports.table(
        kind, storeroom.file_name(desk, f"stock-{record.code}"), named(record), columns, rows
    )


@require_GET
@at_desk
def unit(desk: Desk, kind: str, serial: str) -> HttpResponse:
    """One piece, with every move that brought it here."""
    record = _unit(desk, kind, serial)
    steps = goods.history(desk.ctx, kind=kind, serial=serial)
    return desk.page(
        "stock/unit",
        "stock",
        part="stock",
        unit=record,
        look=looks.UNIT_STATES[record.state],
        steps=steps,
        who=storeroom.names(desk, [step.actor for step in steps]),
        order=record.cause,
        may=storeroom.may(desk),
        can_return=record.state in RETURNABLE and desk.can("stock.return_goods"),
        can_mark=record.state == UnitState.IN_STOCK and desk.can("stock.mark_defective"),
        can_find=record.state == UnitState.MISSING and desk.can("stock.mark_found"),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def unit_mark(desk: Desk, kind: str, serial: str, what: str) -> HttpResponse:
    """Say that a piece is defective, or that a missing one has turned up."""
    marks = {"defective": stock_operations.mark_defective, "found": stock_operations.mark_found}
    if what not in marks:
        raise Http404
    desk.ctx.require(f"stock.mark_{what}")
    record = _unit(desk, kind, serial)
    refusal, status = "", 200
    if desk.request.method == "POST":
        form = ReasonForm(desk.request.POST)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                marks[what](
                    desk.keyed(values["request_key"]),
                    place=desk.id,
                    goods=(Goods(record.item, serials=(record.serial,)),),
                    reason=values["reason"],
                )
            except Refusal as refused:
                refusal, status = wording.word(refused), STATUS[refused.kind]
            else:
                messages.success(desk.request, _("It is noted."))
                return HttpResponseRedirect(
                    reverse("portal:stock_unit", args=[record.kind, record.serial])
                )
    else:
        form = ReasonForm(initial={"request_key": str(uuid4())})
    return desk.page(
        "stock/unit_mark",
        "stock",
        part="stock",
        unit=record,
        what=what,
        form=form,
        refusal=refusal,
        status=status,
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def threshold(desk: Desk, item: str) -> HttpResponse:
    """From how few pieces on to warn."""
    desk.ctx.require("stock.set_threshold")
    record = goods.item(desk.ctx, item=item)
    status = 200
    if desk.request.method == "POST":
        form = ThresholdForm(desk.request.POST)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                stock_operations.set_threshold(
                    desk.keyed(values["request_key"]),
                    place=desk.id,
                    item=record.code,
                    low=values["low"],
                )
            except Refusal as refused:
                form.add_error("low", wording.word(refused))
                status = STATUS[refused.kind]
            else:
                messages.success(desk.request, _("The warning is set."))
                return HttpResponseRedirect(reverse("portal:stock_item", args=[record.code]))
    else:
        level = _level(desk, record)
        low = level.threshold if level is not None else None
        form = ThresholdForm(initial={"request_key": str(uuid4()), "low": low})
    sales = storeroom.turnover(desk).get(record.code)
    return desk.page(
        "stock/threshold",
        "stock",
        part="stock",
        item=record,
        form=form,
        sold=sales.sold if sales else 0,
        status=status,
    )


# ------------------------------------------------------------------ inside


def _levels(desk: Desk) -> dict[str, Any]:
    levels = _ordered(storeroom.levels(desk))
    sales = storeroom.turnover(desk)
    can = storeroom.may(desk)
    low = []
    for level in levels:
        if level.is_low:
            row = sales.get(level.item)
            wanted = storeroom.usual(level, row.sold if row else 0)
            low.append(storeroom.Low(level, wanted, str(uuid4())))
    return {
        "low": low,
        "groups": [
            Group(kind, tuple(some)) for kind, some in groupby(levels, key=lambda one: one.kind)
        ],
        "expiring": _expiring(desk)[:SOON_SHOWN],
        "may": can,
    }


def _ordered(levels: tuple[StockLevel, ...]) -> list[StockLevel]:
    kinds = list(looks.GOODS_KINDS)
    return sorted(
        levels,
        key=lambda one: (
            kinds.index(one.kind) if one.kind in kinds else len(kinds),
            one.kind,
            not one.is_low,
            one.item,
        ),
    )


def _level(desk: Desk, record: ItemRecord) -> StockLevel | None:
    found = storeroom.levels(desk)
    return next((level for level in found if level.item == record.code), None)


def _expiring(desk: Desk) -> tuple[Any, ...]:
    return tuple(
        every(
            lambda page: goods.expiring(desk.ctx, below=desk.outlet.path, page=page),
            most=storeroom.MOST_ITEMS,
        )
    )


def _unit(desk: Desk, kind: str, serial: str) -> UnitRecord:
    record = goods.unit(desk.ctx, kind=kind, serial=serial)
    if record.place != desk.id:
        raise Http404
    return record


def _unit_search(desk: Desk, record: ItemRecord) -> tuple[UnitFilter, UnitSearch]:
    form = UnitFilter(desk.request.GET or None)
    values = form.cleaned_data if form.is_valid() else {}
    state = values.get("state")
    return form, UnitSearch(
        place=desk.id,
        item=record.code,
        states=frozenset([state]) if state else LYING,
        serial=values.get("serial", ""),
    )


def _kind_name(kind: str) -> str:
    look = looks.GOODS_KINDS.get(kind)
    return str(look.label) if look else kind
