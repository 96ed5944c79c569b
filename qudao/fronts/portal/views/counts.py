"""Counting what lies at the outlet: open, scan and enter, look at the differences, close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    CountId,
    CountLine,
    CountRow,
    CountState,
    ItemRecord,
    StockLevel,
    UnitSearch,
    UnitState,
)
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal import stock_looks as looks
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.paging import every, page_request
from qudao.fronts.portal.stock_forms import PREFIX, CountForm, CountOpenForm, KeyForm
from qudao.fronts.portal.templatetags.stock import named_as
from qudao.fronts.web import exports
from qudao.fronts.web.actor import asking
from qudao.fronts.web.limits import limited
from qudao.journeys import counts as journey
from qudao.kernel.refusals import Refusal

LATEST = 50
FILE_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the counting of one item is."""

    line: StockLevel
    expected: int
    counted: int


# ------------------------------------------------------------------ lists, opening


@require_GET
@at_desk
def counts(desk: Desk) -> HttpResponse:
    page = goods.counts(desk.ctx, page=page_request(desk.request), place=desk.id)
    running = goods.open_count_at(desk.ctx, place=desk.id)
    return desk.page(
        "stock/counts",
        "stock",
        part="counts",
        page=page,
        open=running,
        may=storeroom.may(desk),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def new(desk: Desk) -> HttpResponse:
    """Begin to count: everything, or one item."""
    desk.ctx.require("stock.open_count")
    levels = storeroom.levels(desk)
    items = [(level.item, named_as(level, "item")) for level in levels]
    status = 200
    if desk.request.method == "POST":
        form = CountOpenForm(desk.request.POST, items=items)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                count = stock_operations.open_count(
                    desk.keyed(values["request_key"]),
                    place=desk.id,
                    item=values["item"] or None,
                )
            except Refusal as refusal:
                form.add_error("item", wording.word(refusal))
                status = STATUS[refusal.kind]
            else:
                return HttpResponseRedirect(reverse("portal:count", args=[count]))
    else:
        initial = {"request_key": str(uuid4()), "item": desk.request.GET.get("item", "")}
        form = CountOpenForm(initial=initial, items=items)
    return desk.page("stock/count_new", "stock", part="counts", form=form, status=status)


# ------------------------------------------------------------------ counting


@require_http_methods(["GET", "POST"])
@limited("portal.count", per_minute=240)
@at_desk
def count(desk: Desk, count: UUID) -> HttpResponse:
    """Scan and enter. What is saved stays, whoever goes on counting, and where."""
    row = _count(desk, count)
    if row.state != CountState.OPEN:
        return _done(desk, row)
    status = 200
    if desk.request.method == "POST":
        form = _form(desk, row, desk.request.POST)
        status = 422
        if form.is_valid():
            refused = _save(desk, row, form)
            if refused is None:
                messages.success(desk.request, _("Saved."))
                return HttpResponseRedirect(reverse("portal:count", args=[row.id]))
            status = STATUS[refused.kind]
    else:
        form = _form(desk, row)
    return desk.page(
        "stock/count",
        "stock",
        part="counts",
        form=form,
        quantities=form.quantity_fields,
        item=_item(desk, row),
        cancel_key=str(uuid4()),
        may=storeroom.may(desk),
        status=status,
        **_progress(desk, row),
    )


@require_POST
@limited("portal.count", per_minute=240)
@at_desk
def save(desk: Desk, count: UUID) -> HttpResponse:
    """Save while counting goes on; the answer is the progress alone."""
    row = _count(desk, count)
    problem = ""
    if row.state != CountState.OPEN:
        problem = _("This count is over. Load the page again.")
    else:
        form = _form(desk, row, desk.request.POST)
        if form.is_valid():
            # Each saving is a request of its own: the same codes again change nothing.
            _save(desk, row, form, key=str(uuid4()))
        problem = " ".join(str(one) for errors in form.errors.values() for one in errors)
        row = _count(desk, count)
    return desk.page("stock/count_progress", "stock", problem=problem, **_progress(desk, row))


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def close(desk: Desk, count: UUID) -> HttpResponse:
    """Show what differs; close the count when that is confirmed."""
    desk.ctx.require("counts.close")
    row = _count(desk, count)
    if row.state != CountState.OPEN:
        return HttpResponseRedirect(reverse("portal:count", args=[row.id]))
    if desk.request.method == "POST":
        form = KeyForm(desk.request.POST)
        if form.is_valid():
            ctx = desk.keyed(form.cleaned_data["request_key"])
            closed = journey.close(ctx, count=CountId(row.id))
            if closed.lines:
                messages.success(desk.request, _("The count is closed, with differences."))
            else:
                messages.success(desk.request, _("The count is closed. All was right."))
            return HttpResponseRedirect(reverse("portal:count", args=[row.id]))
    tried = journey.close(
        asking(desk.request).ctx_for(request_key=str(uuid4()), dry_run=True), count=CountId(row.id)
    )
    return desk.page(
        "stock/count_close",
        "stock",
        part="counts",
        form=KeyForm(initial={"request_key": str(uuid4())}),
        row=row,
        expected=_expected_in_all(desk, row),
        lines=tried.lines,
        short=tried.short,
        over=tried.over,
        elsewhere=tried.elsewhere,
    )


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def cancel(desk: Desk, count: UUID) -> HttpResponse:
    """Give the count up; the books stay as they are."""
    desk.ctx.require("stock.cancel_count")
    row = _count(desk, count)
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    stock_operations.cancel_count(desk.keyed(key), count=CountId(row.id))
    messages.success(desk.request, _("The count was given up. Nothing has changed."))
    return HttpResponseRedirect(reverse("portal:counts"))


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def count_file(desk: Desk, count: UUID, kind: str) -> HttpResponse:
    """Everything that a count found, as a file."""
    if kind not in exports.FORMATS:
        raise Http404
    row = _count(desk, count)
    found = every(lambda page: goods.count_lines(desk.ctx, count=row.id, page=page), most=FILE_ROWS)
    columns = [
        _("Goods"),
        _("Serial"),
        _("In the books"),
        pgettext("stock count", "Counted"),
        _("Finding"),
    ]
    rows = (
        (
            named_as(line, "item"),
            line.serial,
            line.expected,
            line.counted,
            str(looks.FINDINGS[line.finding].label) if line.finding else "",
        )
        for line in found
    )
    return exports.table(kind, f"count-{row.number}", _("Stock count"), columns, rows)


# ------------------------------------------------------------------ inside


def _count(desk: Desk, count: UUID) -> CountRow:
    row = goods.count(desk.ctx, count=count)
    if row.place != desk.id:
        raise Http404
    return row


def _done(desk: Desk, row: CountRow) -> HttpResponse:
    page = goods.count_lines(
        desk.ctx, count=row.id, page=page_request(desk.request), differences=True
    )
    return desk.page(
        "stock/count_done",
        "stock",
        part="counts",
        row=row,
        page=page,
        lines=page.items,
        item=_item(desk, row),
        opener=storeroom.names(desk, [row.opened_by]).get(row.opened_by, ""),
    )


def _item(desk: Desk, row: CountRow) -> ItemRecord | None:
    return goods.item(desk.ctx, item=row.item) if row.item else None


def _levels(desk: Desk, row: CountRow) -> list[StockLevel]:
    """What is to be counted."""
    return [level for level in storeroom.levels(desk) if row.item in (None, level.item)]


def _lines(desk: Desk, row: CountRow) -> list[CountLine]:
    return list(
        every(lambda page: goods.count_lines(desk.ctx, count=row.id, page=page), most=FILE_ROWS)
    )


def _form(desk: Desk, row: CountRow, data: Any = None) -> CountForm:
    levels, item = _levels(desk, row), _item(desk, row)
    counted = [(one.item, named_as(one, "item")) for one in levels if not one.serialised]
    if item is not None and not item.serialised and not counted:
        counted = [(item.code, named(item))]
    said = {line.item: line.counted for line in _lines(desk, row) if not line.serial}
    return CountForm(
        data,
        initial={
            "request_key": str(uuid4()),
            **{PREFIX + code: said[code] for code, _name in counted if code in said},
        },
        serialised=item is None or item.serialised,
        items=counted,
    )


def _save(desk: Desk, row: CountRow, form: CountForm, *, key: str | None = None) -> Refusal | None:
    """Write down what was found; a refusal goes beside its field and is returned."""
    desk.ctx.require("stock.record_count")
    values = form.cleaned_data
    try:
        stock_operations.record_count(
            desk.keyed(key or values["request_key"]),
            count=CountId(row.id),
            serials=values.get("serials", ()),
            quantities=form.entered,
        )
    except Refusal as refusal:
        words = wording.word(refusal)
        if hasattr(refusal, "serial") and "serials" in form.fields:
            form.add_error("serials", words)
        else:
            form.beside(getattr(refusal, "item", ""), words)
        return refusal
    return None


def _progress(desk: Desk, row: CountRow) -> dict[str, Any]:
    lines = _lines(desk, row)
    counted: dict[str, int] = {}
    for line in lines:
        counted[line.item] = counted.get(line.item, 0) + line.counted
    expected = _expected(desk, row)
    sums = [
        Progress(level, expected[level.item], counted.get(level.item, 0))
        for level in _levels(desk, row)
        if expected[level.item] or counted.get(level.item)
    ]
    return {
        "row": row,
        "sums": sums,
        "expected": sum(expected.values()),
        "counted": sum(counted.values()),
        "latest": [line.serial for line in reversed(lines) if line.serial][:LATEST],
    }


def _expected(desk: Desk, row: CountRow) -> dict[str, int]:
    """Item → how many a count should find: what is held or on its way does not count."""
    search = UnitSearch(place=desk.id, item=row.item or "", states=frozenset({UnitState.MISSING}))
    expected = {
        level.item: level.in_stock + (level.other if level.serialised else 0)
        for level in _levels(desk, row)
    }
    for unit in storeroom.units_of(desk, search):
        expected[unit.item] -= 1
    return expected


def _expected_in_all(desk: Desk, row: CountRow) -> int:
    return sum(_expected(desk, row).values())
