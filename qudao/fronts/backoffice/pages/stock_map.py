"""Stock on a map of the province: branches by colour, counties as points, and a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.stock import queries as stock
from qudao.domain.stock.types import AreaSum, GoodsKind
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.pages.stock_levels import address_of, articles
from qudao.fronts.backoffice.places import in_view, query
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.platform.backoffice.listing import typed

MEASURES: Final = {
    "in_stock": gettext_lazy("Pieces in stock"),
    "in_transit": gettext_lazy("Pieces on the way"),
    "shortages": gettext_lazy("Shortages"),
    "value": gettext_lazy("Value at cost"),
}


def stock_map(desk: Desk) -> HttpResponse:
    """The province by branch; a branch by county."""
    view, chosen = in_view(desk), _chosen(desk)
    found = _areas(desk, chosen)
    in_branch = view.level in ("branch", "county")
    value = chosen["measure"]
    return desk.page(
        "stock_map",
        view=view,
        measures=[
            (code, words)
            for code, words in MEASURES.items()
            if code != "value" or "stock.read_value" in desk.ctx.grants
        ],
        kinds=[kind.value for kind in GoodsKind],
        articles=articles(desk),
        label=MEASURES[value],
        unit="money" if value == "value" else "count",
        regions=_regions(desk, chosen, in_branch),
        points=_points(desk, chosen),
        rows=[(named(one), _address(one, in_branch, chosen), one) for one in found],
        in_branch=in_branch,
        address=query(place=view.path if view.place else "", **chosen),
        all_address=query(**chosen),
        values="stock.read_value" in desk.ctx.grants,
        goods=chosen["goods"],
        item=chosen["item"],
        measure=value,
    )


def file(desk: Desk, kind: str) -> HttpResponse:
    """The same figures as a file."""
    if kind not in exports.FORMATS:
        raise Http404
    columns = [_("Code"), pgettext("thing", "Name"), _("In stock"), _("On the way")]
    columns += [_("Shortages"), _("At cost")]
    rows = [
        (one.code, named(one), one.in_stock, one.in_transit, one.shortages, one.value)
        for one in _areas(desk, _chosen(desk))
    ]
    return exports.table(kind, "stock-map", _("Stock by area"), columns, rows)


def _chosen(desk: Desk) -> dict[str, str]:
    sent = desk.request.GET
    goods, measure = typed(sent.get("goods"), 20), typed(sent.get("measure"), 20)
    if measure == "value" and "stock.read_value" not in desk.ctx.grants:
        measure = ""
    return {
        "goods": goods if goods in set(GoodsKind) else "",
        "item": typed(sent.get("item"), 32),
        "measure": measure if measure in MEASURES else "in_stock",
    }


def _areas(desk: Desk, chosen: Mapping[str, str]) -> tuple[AreaSum, ...]:
    view = in_view(desk)
    kind = "county" if view.level in ("branch", "county") else "branch"
    return stock.areas(
        desk.ctx, kind=kind, below=view.path, goods=chosen["goods"], item=chosen["item"]
    )


def _regions(desk: Desk, chosen: Mapping[str, str], in_branch: bool) -> list[dict[str, Any]]:
    """The branches in view: all of them, or the one whose counties the table lists."""
    view = in_view(desk)
    path = ".".join(view.path.split(".")[:3]) if in_branch else view.path
    # Names of cities: there is little room on a map.
    cities = {one.code: named(one) for one in saleschannel.divisions()}
    found = stock.areas(
        desk.ctx, kind="branch", below=path, goods=chosen["goods"], item=chosen["item"]
    )
    return [
        {
            "code": one.code,
            "name": cities.get(one.code) or named(one),
            "value": _value(one, chosen["measure"]),
            "url": "" if in_branch else _address(one, in_branch, chosen),
        }
        for one in found
    ]


def _points(desk: Desk, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """The counties that have something, at about where they are."""
    centres = {one.code: (one.longitude, one.latitude) for one in saleschannel.divisions()}
    found = stock.areas(
        desk.ctx,
        kind="county",
        below=in_view(desk).path,
        goods=chosen["goods"],
        item=chosen["item"],
    )
    return [
        {
            "name": named(one),
            "longitude": centres[one.code][0],
            "latitude": centres[one.code][1],
            "value": _value(one, chosen["measure"]),
            "url": address_of(one.path),
        }
        for one in found
        if one.code in centres and _value(one, chosen["measure"])
    ]


def _value(one: AreaSum, measure: str) -> int:
    if measure == "value":
        return one.value.minor if one.value is not None else 0
    return int(getattr(one, measure))


def _address(one: AreaSum, in_branch: bool, chosen: Mapping[str, str]) -> str:
    if in_branch:
        return address_of(one.path)
    return f"{reverse('admin:stock_map')}?{query(place=one.path, **chosen)}"


pages.register("stock_map")(
    Page(
        code="stock_map",
        title=gettext_lazy("Stock on the map"),
        group="goods",
        position=12,
        icon="map",
        permissions=frozenset({"stock.read", "party.read"}),
        views=(
            ("stock-map/", stock_map, "stock_map"),
            ("stock-map/file/<slug:kind>/", file, "stock_map_file"),
        ),
    )
)
