"""Goods where they lie, live: branch → county → outlet, by article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import GoodsKind, ItemRecord, StockLevel
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.places import PlaceInView, in_view, query
from qudao.fronts.backoffice.templatetags.backoffice import named_of
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.backoffice.listing import typed

MOST_ROWS: Final = 20_000
"""Rows of a file; at so many places the figures by branch are what one wants."""
MOST_SHOWN: Final = 4_000
SHORTAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the table of parts: a branch, a county, an outlet."""

    name: str
    code: str
    url: str
    in_stock: int
    in_transit: int
    shortages: int
    value: Money | None


def levels(desk: Desk) -> HttpResponse:
    """The page; its figures are fetched again while somebody looks."""
    view = in_view(desk)
    return desk.page("stock_levels", **_found(desk, view), **_chosen(desk, view))


def live(desk: Desk) -> HttpResponse:
    view = in_view(desk)
    return desk.part("stock_levels_live", **_found(desk, view), **_chosen(desk, view))


def file(desk: Desk, kind: str) -> HttpResponse:
    """What lies at each place in view, as a file."""
    if kind not in exports.FORMATS:
        raise Http404
    view = in_view(desk)
    goods, item = _filters(desk)
    columns = [
        _("Code"),
        pgettext("goods", "Place"),
        _("Article code"),
        _("Article"),
        _("In stock"),
        _("On the way"),
        _("Held"),
        _("Defective, expired or missing"),
        _("Threshold"),
        _("At cost"),
    ]
    found = _all(desk, view.path, goods, item, MOST_ROWS)
    rows = [
        (
            one.place_code,
            named_of(one, "place"),
            one.item,
            named_of(one, "item"),
            one.in_stock,
            one.in_transit,
            one.held,
            one.other,
            one.threshold,
            one.value,
        )
        for one in found
    ]
    return exports.table(kind, "stock", pgettext("goods", "Stock"), columns, rows)


def _filters(desk: Desk) -> tuple[str, str]:
    goods = typed(desk.request.GET.get("kind"), 20)
    return goods if goods in set(GoodsKind) else "", typed(desk.request.GET.get("item"), 32)


def _chosen(desk: Desk, view: PlaceInView) -> dict[str, Any]:
    goods, item = _filters(desk)
    place = view.path if view.place is not None else ""
    return {
        "view": view,
        "goods": goods,
        "item": item,
        "kinds": [kind.value for kind in GoodsKind],
        "articles": articles(desk),
        "address": query(place=place, kind=goods, item=item),
        "all_address": query(kind=goods, item=item),
        "crumbs": [(name, query(place=path, kind=goods, item=item)) for name, path in view.crumbs],
        "at": desk.ctx.at,
    }


def articles(desk: Desk) -> Sequence[ItemRecord]:
    """Return the articles to choose from."""
    return stock.items(desk.ctx, page=PageRequest(MAX_LIMIT)).items


def _found(desk: Desk, view: PlaceInView) -> dict[str, Any]:
    goods, item = _filters(desk)
    ctx = desk.ctx
    totals = stock.totals(ctx, below=view.path, kind=goods) if view.path else ()
    here: tuple[StockLevel, ...] = ()
    if view.place is not None:
        here = stock.stock_at(ctx, place=view.place.id, kind=goods)
    return {
        "totals": [one for one in totals if not item or one.item == item],
        "here": [one for one in here if not item or one.item == item],
        "parts": _parts(desk, view, goods, item),
        "shortages": stock.shortages(ctx, page=PageRequest(SHORTAGES), below=view.path),
        "values": "stock.read_value" in ctx.grants,
    }


def _parts(desk: Desk, view: PlaceInView, goods: str, item: str) -> list[Part]:
    if view.below in ("branch", "county"):
        found = stock.areas(desk.ctx, kind=view.below, below=view.path, goods=goods, item=item)
        return [
            Part(
                named(one),
                one.code,
                "?" + query(place=one.path, kind=goods, item=item),
                one.in_stock,
                one.in_transit,
                one.shortages,
                one.value,
            )
            for one in found
        ]
    if view.below != "outlet":
        return []
    sums: dict[str, list[StockLevel]] = {}
    for one in _all(desk, view.path, goods, item, MOST_SHOWN):
        if one.place_kind == "outlet":
            sums.setdefault(one.path, []).append(one)
    return [
        Part(
            named_of(some[0], "place"),
            some[0].place_code,
            "?" + query(place=path, kind=goods, item=item),
            sum(one.in_stock for one in some),
            sum(one.in_transit for one in some),
            sum(1 for one in some if one.is_low),
            _sum(some),
        )
        for path, some in sums.items()
    ]


def _sum(some: Sequence[StockLevel]) -> Money | None:
    known = [one.value for one in some if one.value is not None]
    return sum(known, Money.zero()) if known else None


def _all(desk: Desk, path: str, goods: str, item: str, most: int) -> Iterator[StockLevel]:
    for offset in range(0, most, MAX_LIMIT):
        page = PageRequest(MAX_LIMIT, offset)
        found = stock.levels(desk.ctx, page=page, below=path, item=item, kind=goods)
        yield from found.items
        if not found.has_next:
            return


def address_of(path: str) -> str:
    """Return the address of the page that shows a place."""
    return f"{reverse('admin:stock_levels')}?{query(place=path)}"


pages.register("stock_levels")(
    Page(
        code="stock_levels",
        title=gettext_lazy("Live stock"),
        group="goods",
        position=1,
        icon="building-warehouse",
        permissions=frozenset({"stock.read", "party.read"}),
        views=(
            ("stock/", levels, "stock_levels"),
            ("stock/live/", live, "stock_levels_live"),
            ("stock/file/<slug:kind>/", file, "stock_levels_file"),
        ),
    )
)
